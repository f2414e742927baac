"""The volumes that products of a window are drawn of: its own, and those of windows in reach."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

from radar_assets.products import Product, all_products, products_of_volumes
from radar_assets.radar.names import VolumeId
from radar_assets.settings import Network
from radar_assets.stages.base.stage import Input, Task
from radar_assets.stages.base.windows import Window
from radar_assets.stages.building.stored import window_volumes
from radar_assets.stages.drawing.layers import Layers


@dataclass(frozen=True)
class InputVolume:
    """A volume: its NetCDF file, whether that is stored, and the digest that it has or had."""

    window: Window
    identity: VolumeId
    path: Path
    digest: Callable[[], str]
    is_lost: bool = False


def reach(network: Network, radar: str) -> int:
    """How many windows back the products of a radar reach."""
    names = network.radar(radar).products
    known = products_of_volumes() if names is None else all_products()
    chosen = (known[name] for name in (known if names is None else names) if name in known)
    return max((item.takes.windows_back for item in chosen), default=0)


def sources_of(task: Task, layers: Layers) -> list[InputVolume]:
    """Volumes of a window and of those in reach that are stored, or recorded and lost; in order."""
    recorded = {item.window: item for item in task.inputs("volumes")}
    windows = [task.window.back(n) for n in range(task.reach, -1, -1)]
    return [
        source
        for window in windows
        for source in _of_window(task, layers, window, recorded.get(window))
    ]


def inputs_of(
    product: Product, source: InputVolume, sources: Sequence[InputVolume]
) -> tuple[InputVolume, ...]:
    """What a product of a volume is made of: the volume last, after the earlier ones it takes."""
    back = product.takes.windows_back
    first = source.window.back(back).start
    earlier = (
        item
        for item in (sources if back else ())
        if item.window.start >= first and item.identity.time < source.identity.time
    )
    return (*sorted(earlier, key=lambda item: item.identity.time), source)


def _of_window(
    task: Task, layers: Layers, window: Window, recorded: Input | None
) -> Iterator[InputVolume]:
    """Volumes of a window, by name."""
    workspace = task.workspace
    stored = {path.name: path for path in window_volumes(workspace, window)}
    lost: dict[str, tuple[Path, str]] = {}
    for row in recorded.rows if recorded else ():
        path = workspace.store.get(PurePosixPath(row["netcdf_path"] or ""))
        if row["netcdf_path"] and path.name not in stored:
            lost[path.name] = path, row["sha256"]
    for name in sorted({*stored, *lost}):
        identity = VolumeId.from_netcdf(name)
        if name in stored:
            yield InputVolume(window, identity, stored[name], partial(layers.digest, stored[name]))
        else:
            path, digest = lost[name]
            yield InputVolume(window, identity, path, partial(str, digest), is_lost=True)
