"""Stage `composite`: the products of several radars as one map each."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

from radar_assets.maps.composing import Mosaic
from radar_assets.maps.raster import Raster
from radar_assets.products import Product
from radar_assets.stages.base import fingerprints
from radar_assets.stages.base.result import StageResult
from radar_assets.stages.base.rows import MapRow
from radar_assets.stages.base.stage import Check, Scope, Stage, Task
from radar_assets.stages.composing.inputs import WINDOWS_BACK, Sources, sources_of
from radar_assets.stages.composing.making import Wanted, make_maps, remove_stale
from radar_assets.stages.composing.maps import (
    COMPANIONS,
    Companion,
    Drawer,
    judged_by,
    products_of,
)
from radar_assets.stages.composing.mosaics import mosaic_of


def make_composite(task: Task) -> StageResult:
    """Compose every product that a radar has; what none has, the window does not have."""
    found = sources_of(task)
    known = products_of(task.workspace.network, task.window.owner)
    products = [item for item in known if item.name in found]
    wanted = [_product(task, item, found[item.name]) for item in products]
    if products:
        judged = judged_by(products)
        wanted += _companions(task, judged, found[judged.name])
    return make_maps(task, "every_product_was_composed", wanted)


def _product(task: Task, item: Product, sources: Sources) -> Wanted:
    def make() -> Raster:
        return _drawer(task).product(item, sources, _mosaic(task, item, sources))

    return _wanted(task, item.name, item, sources, make)


def _companions(task: Task, judged: Product, sources: Sources) -> list[Wanted]:
    mosaic = cache(partial(_mosaic, task, judged, sources))

    def make(companion: Companion) -> Raster:
        return _drawer(task).companion(companion, judged, sources, mosaic())

    return [_wanted(task, item.name, judged, sources, partial(make, item)) for item in COMPANIONS]


def _drawer(task: Task) -> Drawer:
    return Drawer(task.workspace.network, task.window)


def _mosaic(task: Task, item: Product, sources: Sources) -> Mosaic:
    return mosaic_of(task.workspace, task.window, item, sources)


def _wanted(
    task: Task, name: str, item: Product, sources: Sources, make: Callable[[], Raster]
) -> Wanted:
    return Wanted(
        product=name,
        fingerprint=fingerprints.of_composite(
            task.workspace.network, task.window.owner, item, name, sources.versions()
        ),
        make=make,
        columns={
            "radars": " ".join(sources.files),
            "old": " ".join(sources.old),
            "missing": " ".join(sources.missing),
        },
    )


STAGE = Stage(
    name="composite",
    description="Products of the radars of {owner} as one map each, in {crs}.",
    kind="geotiff",
    row=MapRow,
    work=make_composite,
    scope=Scope.COMPOSITE,
    upstream=("geotiff",),
    reach=lambda _network, _owner: WINDOWS_BACK,
    checks=(
        Check(
            "every_product_was_composed",
            "Every product that a radar of the composite has was composed.",
        ),
    ),
    seconds=("render_seconds",),
    recorded=remove_stale,
)
