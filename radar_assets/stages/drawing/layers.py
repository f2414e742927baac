"""Layers of the volumes of a window, computed once for all formats."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path

from radar_assets.errors import ProductError
from radar_assets.files import sha256
from radar_assets.maps.layer import Layer
from radar_assets.products import Choices, Product, choose, compute
from radar_assets.stages.base.sharing import BoundedCache
from radar_assets.stages.base.stage import Task
from radar_assets.stages.building.stored import Volumes, volumes_of

_LIMIT = 300 * 10**6
"""bytes of layers that a window keeps in memory; those of the largest volume known fit"""


class Layers:
    """Layers of volumes, the last ones kept in memory between the stages of a window."""

    def __init__(self, task: Task) -> None:
        """Begin with none."""
        network, owner = task.workspace.network, task.window.owner
        self._tables = network.parameters(owner), task.selection.parameters
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

    def layer(self, paths: Sequence[Path], product: Product) -> Layer:
        """A product of volumes, the last of which it is of; errors are those of `compute`."""
        return self._layers.get((*paths, product.name), lambda: self._compute(paths, product))

    def load(self, paths: Iterable[Path]) -> None:
        """Read volumes, so that an error in a file is met as such."""
        for path in paths:
            self._volumes.get(path)

    def _compute(self, paths: Sequence[Path], product: Product) -> Layer:
        made = compute(product, [self._volumes.get(path) for path in paths], self.choices)
        if not isinstance(made, Layer):
            raise ProductError(f"{product.name} is not made of volumes")
        return made


def layers_of(task: Task) -> Layers:
    """The layers that all stages of the window share."""
    return task.shared.once("layers", lambda: Layers(task))
