"""Stage `png`: the products of a window's volumes as PNG overlays, thumbnails and quicklooks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath

from radar_assets.maps.gridding import site_raster
from radar_assets.maps.layer import Layer
from radar_assets.maps.raster import Raster
from radar_assets.stages.base.result import StageResult
from radar_assets.stages.base.rows import ProductRow
from radar_assets.stages.base.stage import Check, Stage, Task
from radar_assets.stages.base.workspace import Workspace
from radar_assets.stages.drawing.pictures import has_pictures, put_pictures
from radar_assets.stages.drawing.preview import preview
from radar_assets.stages.drawing.products import (
    Format,
    made_products,
    make_products,
    remove_stale,
)
from radar_assets.stages.drawing.sources import reach


def make_png(task: Task) -> StageResult:
    """Draw all products as PNG, and show some of them in the record."""
    result = make_products(task, Format(is_sound=_is_sound, finish=_finish))
    return replace(result, texts={"preview": preview(task.workspace, made_products(result))})


def _is_sound(workspace: Workspace, row: ProductRow, key: PurePosixPath) -> bool:
    return has_pictures(workspace, key, row.product)


def _finish(workspace: Workspace, layer: Layer, raster: Raster, key: PurePosixPath) -> None:
    put_pictures(workspace, key, raster, lambda: site_raster(layer))


STAGE = Stage(
    name="png",
    description="Products of {owner} as transparent PNG overlays in {crs}, for web maps.",
    kind="png",
    row=ProductRow,
    work=make_png,
    upstream=("volumes",),
    reach=reach,
    checks=(
        Check("every_product_was_made", "Every product that the volumes allow was drawn as PNG."),
    ),
    seconds=("render_seconds",),
    recorded=remove_stale,
)
