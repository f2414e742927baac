"""Making the maps of a window that are not there yet: what stages of composites share."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any

from radar_assets.errors import ProductNotApplicable
from radar_assets.maps.raster import Raster
from radar_assets.stages.base.result import (
    StageResult,
    Verdict,
    disk_shortfall,
    lost_shortfall,
    was_hindered,
)
from radar_assets.stages.base.rows import NOT_APPLICABLE, MapRow, failure, row_from, stamp
from radar_assets.stages.base.stage import Task
from radar_assets.stages.composing.files import are_whole, map_key, remove_map, write_map
from radar_assets.stages.indexing.days import index_window


@dataclass(frozen=True)
class Wanted:
    """A map that a window is to have."""

    product: str
    fingerprint: str
    """of all that it follows from"""
    make: Callable[[], Raster]
    """raises `ProductNotApplicable` where the window cannot have it"""
    columns: Mapping[str, Any] = field(default_factory=dict)
    """of its row"""
    is_drawn: bool = True
    """whether it is drawn, too"""


def make_maps(task: Task, check: str, wanted: Sequence[Wanted]) -> StageResult:
    """Make the maps of a window, but for those that are there with their fingerprint.

    `check` is the check that fails with the maps that could not be made.
    """
    started = time.monotonic()
    known = {row.product: row for row in (row_from(MapRow, row) for row in task.previous)}
    asked = [
        item
        for item in wanted
        if item.product in known or task.selection.wants_product(item.product)
    ]
    rows = [_row(task, item, known.get(item.product)) for item in asked]
    made = [row for row in rows if row.path]
    failed = [row for row in rows if row.is_failed]
    return StageResult(
        rows=rows,
        totals={
            "product_count": len(made),
            "failed_count": len(failed),
            "render_seconds": time.monotonic() - started,
        },
        made=len(made),
        shortfall=disk_shortfall(rows) or lost_shortfall(rows),
        verdicts=(Verdict(check, tuple(row.error_message or "" for row in failed)),),
    )


def remove_stale(task: Task, result: StageResult) -> None:
    """Remove maps that the record before names and the new one does not, and index the rest."""
    rows = [row for row in result.rows if isinstance(row, MapRow)]
    kept = {row.product for row in rows if was_hindered(row)}
    named = {row["path"] for row in task.previous if row.get("path") and row["product"] not in kept}
    for text in named - {row.path for row in rows}:
        remove_map(task.workspace, PurePosixPath(text))
    index_window(task, result)


def _row(task: Task, wanted: Wanted, known: MapRow | None) -> MapRow:
    if known and (not task.selection.wants_product(wanted.product) or _holds(task, wanted, known)):
        return known
    try:
        raster = wanted.make()
        row = write_map(task.workspace, task.window, raster, is_drawn=wanted.is_drawn)
    except ProductNotApplicable as reason:
        row = MapRow(
            product=wanted.product,
            observation_time=stamp(task.window.end),
            status=NOT_APPLICABLE,
            error_message=str(reason),
        )
    except Exception as error:  # noqa: BLE001 - one map's defect must not stop the others
        task.log_failure(f"{wanted.product} of {task.window.owner} {task.window.key}", error)
        row = MapRow(
            product=wanted.product,
            observation_time=stamp(task.window.end),
            step="composing",
            **failure(error),
        )
        if not was_hindered(row):
            remove_map(task.workspace, map_key(task.window, wanted.product, "tif"))
        return replace(row, **wanted.columns)
    return replace(row, fingerprint=wanted.fingerprint, **wanted.columns)


def _holds(task: Task, wanted: Wanted, known: MapRow) -> bool:
    """Whether what a row says is so and would be said again."""
    if task.selection.is_forced or known.fingerprint != wanted.fingerprint:
        return False
    is_nothing = known.status == NOT_APPLICABLE
    return is_nothing or are_whole(task.workspace, known, is_drawn=wanted.is_drawn)
