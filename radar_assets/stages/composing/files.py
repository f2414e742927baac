"""Files of a composite's maps: GeoTIFF, PNG with its sidecars, thumbnail and quicklook."""

from __future__ import annotations

from pathlib import PurePosixPath

from radar_assets.maps.raster import Raster
from radar_assets.stages.base.rows import MapRow, stamp
from radar_assets.stages.base.windows import Window
from radar_assets.stages.base.workspace import Workspace
from radar_assets.stages.drawing.files import discard, put_map, recorded_parameters
from radar_assets.stages.drawing.pictures import has_pictures, put_pictures


def map_key(window: Window, product: str, suffix: str) -> PurePosixPath:
    """Key of a map of a composite: it is named by the end of its window."""
    folder = PurePosixPath("products", window.owner) / window.end.strftime("%Y/%m/%d")
    return folder / f"{window.owner}_{window.end:%Y%m%dT%H%M%SZ}_{product}_00.{suffix}"


def are_whole(workspace: Workspace, row: MapRow, *, is_drawn: bool) -> bool:
    """Whether the files of a map are stored as a row says; `is_drawn`: pictures are among them."""
    if not row.path:
        return False
    key = PurePosixPath(row.path)
    stat, picture = workspace.store.stat(key), key.with_suffix(".png")
    if stat is None or stat.size != row.size_bytes:
        return False
    if not is_drawn:
        return True
    return workspace.store.stat(picture) is not None and has_pictures(
        workspace, picture, row.product
    )


def write_map(workspace: Workspace, window: Window, raster: Raster, *, is_drawn: bool) -> MapRow:
    """Write the files of a map, the GeoTIFF last, and return its row."""
    about = raster.about
    key = map_key(window, about.product, "tif")
    if is_drawn:
        picture = key.with_suffix(".png")
        put_pictures(workspace, picture, raster, lambda: raster)
        put_map(workspace, raster, picture)
    size = put_map(workspace, raster, key)
    return MapRow(
        product=about.product,
        observation_time=stamp(window.end),
        path=str(key),
        size_bytes=size,
        parameters=recorded_parameters(raster),
        generated_at=stamp(workspace.now()),
    )


def remove_map(workspace: Workspace, key: PurePosixPath) -> None:
    """Remove all files of a map, by the key of its GeoTIFF."""
    for item in (key.with_suffix(".png"), key):
        discard(workspace, item)
