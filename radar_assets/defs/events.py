"""What a run did to each file, volume and product, as structured log events.

`volume_id` is the same from the file on the server to the picture.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from radar_assets.defs.metadata import FileRow, Row
from radar_assets.defs.stage import StageResult
from radar_assets.errors import BadName
from radar_assets.logs import Component, logger
from radar_assets.radar.names import BufrName

_COMPONENTS: Mapping[str, Component] = {
    "bufr_files": Component.INGEST,
    "volumes": Component.VOLUMES,
    "png": Component.PRODUCTS,
    "geotiff": Component.PRODUCTS,
}


def tell(result: StageResult, seconds: float) -> None:
    """Log what became of a stage of a window, row by row; failures are errors."""
    log = logger(_COMPONENTS[result.stage])
    for row in result.rows:
        columns = {k: v for k, v in dataclasses.asdict(row).items() if v not in (None, "")}
        write = log.error if row.is_failed else log.info
        write(_event(row), **{"volume_id": _volume(row), **columns})
    totals = {name: round(value, 3) for name, value in result.totals.items()}
    log.info("stage done", seconds=round(seconds, 3), **totals)


def _event(row: Row) -> str:
    return f"{row.table.removesuffix('s')} {row.status.replace('_', ' ')}"


def _volume(row: Row) -> str | None:
    """Identifier of the volume that a row is about; None where its file's name tells none."""
    if not isinstance(row, FileRow):
        return row.volume_id
    try:
        return str(BufrName.parse(row.file_name).id)
    except BadName:
        return None
