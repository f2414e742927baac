"""What a run did to each file, volume and product, as structured log events.

`volume_id` is the same from the file on the server to the image.
"""

from __future__ import annotations

from radar_assets.errors import BadName
from radar_assets.logs import logger
from radar_assets.radar.names import BufrName
from radar_assets.stages.base.result import StageResult
from radar_assets.stages.base.rows import FileRow, Row, columns
from radar_assets.stages.base.stage import Stage


def log_result(stage: Stage, result: StageResult, seconds: float) -> None:
    """Log what became of a stage of a window, row by row; failures are errors."""
    log = logger(stage.component)
    for row in result.rows:
        write = log.error if row.is_failed else log.info
        write(_event(row), **{"volume_id": _volume(row), **columns(row)})
    totals = {name: round(value, 3) for name, value in result.totals.items()}
    log.info("stage done", seconds=round(seconds, 3), **totals)


def _event(row: Row) -> str:
    return f"{row.table.removesuffix('s')} {row.status.replace('_', ' ')}"


def _volume(row: Row) -> str | None:
    """Identifier of the volume that a row is about; None where there is none."""
    if not isinstance(row, FileRow):
        return getattr(row, "volume_id", None)
    try:
        return str(BufrName.parse(row.file_name).id)
    except BadName:
        return None
