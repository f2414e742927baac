"""What belongs to the PNG of a map: its thumbnail, its sidecars, and the quicklook."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath

from radar_assets.maps import png, quicklook
from radar_assets.maps.grid import Grid
from radar_assets.maps.raster import Raster
from radar_assets.maps.sidecars import beside
from radar_assets.stages.base.workspace import Workspace
from radar_assets.stages.drawing.files import quicklook_key, thumbnail_key


def put_pictures(
    workspace: Workspace, key: PurePosixPath, raster: Raster, shown: Callable[[], Raster[Grid]]
) -> None:
    """Store the thumbnail of a map, and a quicklook of `shown` where that is wanted."""
    network, about = workspace.network, raster.about
    workspace.store.put(thumbnail_key(key), png.thumbnail(raster))
    if about.product not in network.settings.quicklooks:
        workspace.store.remove(quicklook_key(key))
        return
    notes = quicklook.Notes(
        place=network.title(about.name), attribution=network.settings.attribution
    )
    workspace.store.put(quicklook_key(key), quicklook.encode(shown(), notes))


def has_pictures(workspace: Workspace, key: PurePosixPath, product: str) -> bool:
    """Whether what belongs to a map is there, and the quicklook only where it is wanted."""
    is_shown = product in workspace.network.settings.quicklooks
    has_quicklook = workspace.store.stat(quicklook_key(key)) is not None
    needed = (thumbnail_key(key), *beside(key))
    is_whole = all(workspace.store.stat(item) is not None for item in needed)
    return is_whole and is_shown == has_quicklook
