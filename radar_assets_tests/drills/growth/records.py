"""Records of a whole network, written straight into Dagster's tables: the API takes 10 ms each."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import dagster as dg

from radar_assets.defs.keys import asset_key
from radar_assets.defs.metadata import metadata_of
from radar_assets.stages import all_stages
from radar_assets.stages.base.result import StageResult
from radar_assets.stages.base.rows import FileRow, ProductRow, Row, VolumeRow
from radar_assets.stages.base.windows import window_key
from radar_assets_tests.defs.platforms import STAGES

WINDOW = timedelta(minutes=10)
FULL = timedelta(days=1)
"""age up to which records have their tables of rows; older ones have totals alone"""
_PRODUCTS = 13
_FILES = 4
_INSERT = (
    "insert into event_logs (run_id, event, dagster_event_type, timestamp, asset_key, partition) "
    "values ('', ?, 'ASSET_MATERIALIZATION', ?, ?, ?)"
)


def grow(
    instance: dg.DagsterInstance, radars: list[str], first: datetime, last: datetime
) -> tuple[int, int]:
    """Record every window in [first, last) of every asset; number of records, size in bytes."""
    count = 0
    path = Path(instance.root_directory) / "history/runs/index.db"
    for radar in radars:
        for stage in STAGES:
            ends = {window_key(first, WINDOW): False, window_key(last - WINDOW, WINDOW): True}
            templates = {
                key: _template(instance, path, radar, stage, key, is_full=is_full)
                for key, is_full in ends.items()
            }
            with closing(sqlite3.connect(path)) as tables, tables:
                tables.execute("pragma synchronous = off")
                rows = list(_rows(asset_key(radar, stage).to_string(), first, last, templates))
                tables.executemany(_INSERT, rows)
            count += len(rows) + len(ends)
    return count, path.stat().st_size


def _template(
    instance: dg.DagsterInstance, path: Path, radar: str, stage: str, window: str, *, is_full: bool
) -> str:
    """Record a window by the API, and read the event as it is stored."""
    rows = _content(radar, stage, window) if is_full else []
    result = StageResult(rows=rows, totals={"failed_count": 0, "seconds": 1.5}, made=len(rows))
    metadata = metadata_of(all_stages()[stage].row, result)
    if not is_full:
        del metadata[all_stages()[stage].row.table]
    event = dg.AssetMaterialization(asset_key(radar, stage), partition=window, metadata=metadata)
    instance.report_runless_asset_event(event)
    with closing(sqlite3.connect(path)) as tables:
        query = "select event from event_logs order by id desc limit 1"
        return str(tables.execute(query).fetchone()[0])


def _rows(
    asset: str, first: datetime, last: datetime, templates: dict[str, str]
) -> Iterator[tuple[str, str, str, str]]:
    """Rows of the windows between the two of the templates."""
    bare, full = templates.items()
    start = first + WINDOW
    while start < last - WINDOW:
        key, template = bare if start < last - FULL else full
        window = window_key(start, WINDOW)
        event = template.replace(key, window)
        yield event, f"{start:%Y-%m-%d %H:%M:%S}.000000", asset, window
        start += WINDOW


def _content(radar: str, stage: str, window: str) -> list[Row]:
    volume = f"{radar}_0315_01_2025-11-18T12:30:20Z"
    if stage == "bufr_files":
        name = f"{radar}_0315_01_DBZH_20251118T123020Z.BUFR"
        path = f"{radar}/2025/11/18/12/3020/{name}"
        row = FileRow(file_name=name, remote_path=path, local_path=path, sha256="0" * 64)
        return [row] * _FILES
    if stage == "volumes":
        times = {"observation_time": window, "netcdf_path": "x" * 60, "sha256": "0" * 64}
        return [VolumeRow(volume_id=volume, strategy="0315", volume="01", **times)]
    product = ProductRow(
        volume_id=volume,
        product="COLMAX",
        field="DBZH",
        filtered=True,
        sweep=0,
        path="x" * 60,
        parameters='{"bounds": [1, 2, 3, 4], "crs": "EPSG:3857"}',
        fingerprint="0" * 16,
    )
    return [product] * _PRODUCTS
