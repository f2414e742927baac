"""Stage `geotiff`: the products of a window's volumes as Cloud-Optimized GeoTIFF."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath

from radar_assets.errors import RadarAssetsError
from radar_assets.maps import cog
from radar_assets.stages.base.result import StageResult, Verdict
from radar_assets.stages.base.rows import ProductRow
from radar_assets.stages.base.stage import Check, Stage, Task
from radar_assets.stages.base.workspace import Workspace
from radar_assets.stages.drawing.products import (
    Format,
    made_products,
    make_products,
    remove_stale,
)
from radar_assets.stages.drawing.sources import reach


def make_geotiff(task: Task) -> StageResult:
    """Write all products as GeoTIFF, and open each of them."""
    result = make_products(task, Format(is_sound=_is_sound))
    keys = (PurePosixPath(str(row.path)) for row in made_products(result))
    faults = (fault for key in keys for fault in _faults(task.workspace, key))
    return replace(result, verdicts=(*result.verdicts, Verdict("geotiff_is_valid", tuple(faults))))


def _is_sound(workspace: Workspace, _: ProductRow, key: PurePosixPath) -> bool:
    return not _faults(workspace, key)


def _faults(workspace: Workspace, key: PurePosixPath) -> list[str]:
    try:
        cog.check_cog(workspace.store.get(key), workspace.network.settings.crs)
    except RadarAssetsError as error:
        return [str(error)]
    return []


STAGE = Stage(
    name="geotiff",
    description="Products of {owner} as Cloud-Optimized GeoTIFF with their values, in {crs}.",
    kind="geotiff",
    row=ProductRow,
    work=make_geotiff,
    upstream=("volumes",),
    reach=reach,
    checks=(
        Check(
            "every_product_was_made",
            "Every product that the volumes allow was written as GeoTIFF.",
        ),
        Check("geotiff_is_valid", "Every GeoTIFF of the window opens and is cloud-optimized."),
    ),
    seconds=("render_seconds",),
    recorded=remove_stale,
)
