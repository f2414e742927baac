"""Layers of the volumes of a window, computed once for all formats."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from radar_assets.files import sha256
from radar_assets.maps.layer import Layer
from radar_assets.products import Choices, Product, choose
from radar_assets.stages.base.memory import BoundedCache
from radar_assets.stages.base.stage import Task
from radar_assets.stages.building.stored import Volumes, volumes_of

_LIMIT = 300 * 10**6
"""bytes of layers that a window keeps in memory; those of the largest volume known fit"""


class Layers:
    """Layers of volumes, the last ones kept in memory between the stages of a window."""

    def __init__(self, task: Task) -> None:
        """Begin with none."""
        network, owner = task.workspace.network, task.window.owner
        self._tables = network.parameters(owner), task.choice.parameters
        self._volumes: Volumes = volumes_of(task)
        self._layers: BoundedCache[Layer] = BoundedCache(_LIMIT, lambda x: x.polar.values.nbytes)
        self._digests: dict[Path, str] = {}

    @cached_property
    def choices(self) -> Choices:
        """Parameters by the network file and then the run; `SettingsError` says what is wrong."""
        return choose(*self._tables)

    def digest(self, path: Path) -> str:
        """SHA-256 of a volume's NetCDF file."""
        if path not in self._digests:
            self._digests[path] = sha256(path)
        return self._digests[path]

    def layer(self, path: Path, product: Product) -> Layer:
        """A product of a volume; errors are those of `Product.layer`."""
        return self._layers.get(
            (path, product.name), lambda: product.layer(self._volumes.get(path), self.choices)
        )

    def load(self, path: Path) -> None:
        """Read a volume, so that an error in its file is met as such."""
        self._volumes.get(path)


def layers_of(task: Task) -> Layers:
    """The layers that all stages of the window share."""
    return task.memory.once("layers", lambda: Layers(task))
