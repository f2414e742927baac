"""What a run did to each file, volume and product, as structured log events.

`volume_id` is the same from the file on the server to the image.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from radar_assets.logs import logger
from radar_assets.stages.base.result import StageResult
from radar_assets.stages.base.rows import (
    COMPLETED,
    FAILED,
    NOT_APPLICABLE,
    PENDING,
    FileRow,
    Row,
    columns,
    volume_of,
)
from radar_assets.stages.base.stage import Task

_STATUSES = (COMPLETED, "unchanged", FAILED, PENDING, NOT_APPLICABLE)


def log_result(task: Task, result: StageResult, seconds: float) -> None:
    """Log what became of a stage of a window, row by row; failures are errors.

    What an earlier run made and this one left as it was is `unchanged`, so that sums over what is
    completed count everything once.
    """
    log, before = logger(task.stage.component), _Before(task)
    counts: Counter[str] = Counter()
    for row in result.rows:
        status = "unchanged" if before.has(row) else row.status
        counts[status] += 1
        write = log.error if row.is_failed else log.info
        write(
            f"{row.table.removesuffix('s')} {status.replace('_', ' ')}",
            **{"volume_id": volume_of(row), **columns(row)},
        )
    log.info(
        "stage done",
        seconds=round(seconds, 3),
        **{status: counts[status] for status in _STATUSES},
        totals={name: round(value, 3) for name, value in result.totals.items()},
    )


class _Before:
    """What was recorded of a window before."""

    def __init__(self, task: Task) -> None:
        self._task = task

    def has(self, row: Row) -> bool:
        """Whether a row is about what was there already and stays as it was."""
        if row.status != COMPLETED:
            return False
        if isinstance(row, FileRow):
            return not row.attempts
        return _content(columns(row)) in self._known

    @cached_property
    def _known(self) -> set[frozenset[tuple[str, Any]]]:
        return {_content(row) for row in self._task.previous}


def _content(row: Mapping[str, Any]) -> frozenset[tuple[str, Any]]:
    return frozenset((name, value) for name, value in row.items() if value is not None)
