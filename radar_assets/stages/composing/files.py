"""Files of a composite's maps: GeoTIFF, PNG with its sidecars, thumbnail and quicklook."""

from __future__ import annotations

import json
from pathlib import PurePosixPath

from radar_assets.maps import png, quicklook
from radar_assets.maps.raster import Raster
from radar_assets.stages.base.rows import MapRow, stamp
from radar_assets.stages.base.windows import Window
from radar_assets.stages.base.workspace import Workspace
from radar_assets.stages.drawing.files import discard, put_map, quicklook_key, thumbnail_key


def map_key(window: Window, product: str, suffix: str) -> PurePosixPath:
    """Key of a map of a composite: it is named by the end of its window."""
    folder = PurePosixPath("products", window.owner) / window.end.strftime("%Y/%m/%d")
    return folder / f"{window.owner}_{window.end:%Y%m%dT%H%M%SZ}_{product}_00.{suffix}"


def are_whole(workspace: Workspace, row: MapRow, *, has_pictures: bool) -> bool:
    """Whether the files of a map are stored as a row says."""
    if not row.path:
        return False
    key = PurePosixPath(row.path)
    stat = workspace.store.stat(key)
    picture = key.with_suffix(".png")
    needed = [picture, thumbnail_key(picture)] if has_pictures else []
    if has_pictures and row.product in workspace.network.settings.quicklooks:
        needed.append(quicklook_key(picture))
    is_there = all(workspace.store.stat(item) is not None for item in needed)
    return stat is not None and stat.size == row.size_bytes and is_there


def write_map(
    workspace: Workspace, window: Window, raster: Raster, *, has_pictures: bool
) -> MapRow:
    """Write the files of a map, the GeoTIFF last, and return its row."""
    about = raster.about
    key = map_key(window, about.product, "tif")
    if has_pictures:
        _draw(workspace, window, raster, key.with_suffix(".png"))
    size = put_map(workspace, raster, key)
    bounds = [float(f"{edge:.8g}") for edge in raster.grid.bounds]
    return MapRow(
        product=about.product,
        observation_time=stamp(window.end),
        path=str(key),
        size_bytes=size,
        parameters=json.dumps({**about.parameters, "bounds": bounds, "crs": raster.grid.crs}),
        generated_at=stamp(workspace.now()),
    )


def _draw(workspace: Workspace, window: Window, raster: Raster, picture: PurePosixPath) -> None:
    """Draw the PNG, its thumbnail, and the quicklook where the network file wants that."""
    settings, about = workspace.network.settings, raster.about
    if about.product in settings.quicklooks:
        notes = quicklook.Notes(
            place=workspace.network.title(window.owner), attribution=settings.attribution
        )
        workspace.store.put(quicklook_key(picture), quicklook.encode(raster, notes))
    else:
        workspace.store.remove(quicklook_key(picture))
    workspace.store.put(thumbnail_key(picture), png.thumbnail(raster))
    put_map(workspace, raster, picture)


def remove_map(workspace: Workspace, key: PurePosixPath) -> None:
    """Remove all files of a map, by the key of its GeoTIFF."""
    for item in (key.with_suffix(".png"), key):
        discard(workspace, item)
