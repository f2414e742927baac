"""What ran when, read from Dagster's own storage: its runs and the records of windows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg

from radar_assets.defs.adoption import OLDER_DAEMON
from radar_assets.defs.instance import recorded_assets
from radar_assets.defs.internals import BACKFILL_ID_TAG, SENSOR_NAME_TAG
from radar_assets.defs.metadata import rows_of
from radar_assets.defs.partitions import range_of
from radar_assets.defs.records import Record, records
from radar_assets.defs.upkeep.lost_runs import SHELL
from radar_assets.errors import BadName
from radar_assets.radar.names import BufrName
from radar_assets.stages import all_stages
from radar_assets.stages.base.rows import FAILED, stamp
from radar_assets.stages.base.statistics import FailedItem, Pass
from radar_assets.stages.base.windows import window_key, window_start, windows_from

_ORIGINS = {BACKFILL_ID_TAG: "backfill", SENSOR_NAME_TAG: "sensor", SHELL: "shell"}


@dataclass(frozen=True)
class Period:
    """Filters of passes and runs; None: all."""

    radar: str | None = None
    stage: str | None = None
    first: datetime | None = None
    """start of the first window"""
    last: datetime | None = None
    """windows begin before this"""
    since: datetime | None = None
    """when it was done"""
    until: datetime | None = None
    volume: str | None = None
    """volume identifier"""
    search: str | None = None
    """text in names, identifiers or errors"""

    def wants(self, item: Pass) -> bool:
        """Whether a pass is included."""
        return (self.volume is None or self.volume in item.volumes) and (
            self.search is None or item.holds(self.search)
        )

    def holds_window(self, start: datetime) -> bool:
        """Whether a window is included."""
        return (self.first is None or self.first <= start) and (
            self.last is None or start < self.last
        )


def passes(
    instance: dg.DagsterInstance, period: Period, window_length: timedelta
) -> Iterator[Pass]:
    """Passes of a period, asset by asset."""
    windows = windows_from(period.first, period.last, window_length, datetime.now(UTC))
    if windows == []:
        return
    for key in recorded_assets(instance, period.radar, period.stage):
        for window, record in records(instance, key, windows, period.since, period.until):
            is_older = OLDER_DAEMON in record.metadata and not record.run_id
            if period.holds_window(window_start(window)) and not is_older:
                item = _pass(key, window, record)
                if period.wants(item):
                    yield item


def runs(
    instance: dg.DagsterInstance, period: Period, window_length: timedelta
) -> list[dict[str, Any]]:
    """Runs of a period, newest first: run_id, radar, windows, origin, status, times, seconds."""
    wanted = dg.RunsFilter(
        tags={"radar": period.radar} if period.radar else {},
        created_after=period.since,
        created_before=period.until,
    )
    found = (_run(record, window_length) for record in instance.get_run_records(wanted))
    return [
        run
        for run in found
        if run and (period.search is None or period.search.lower() in str(run).lower())
    ]


def _run(record: dg.RunRecord, length: timedelta) -> dict[str, Any] | None:
    run = record.dagster_run
    windows = range_of(run.tags, length)
    if not windows:  # it is none of a radar's windows
        return None
    start, end = record.start_time, record.end_time
    return {
        "run_id": run.run_id,
        "radar": ", ".join(sorted({key.path[0] for key in run.asset_selection or ()})),
        "first_window": window_key(windows[0], length),
        "last_window": window_key(windows[-1], length),
        "windows": len(windows),
        "origin": next((name for tag, name in _ORIGINS.items() if tag in run.tags), "UI"),
        "status": run.status.value.lower(),
        "started_at": _moment(start),
        "ended_at": _moment(end),
        "seconds": round(end - start, 3) if start and end else None,
    }


def _moment(time: float | None) -> str | None:
    return None if time is None else stamp(datetime.fromtimestamp(time, UTC))


def _pass(key: dg.AssetKey, window: str, record: Record) -> Pass:
    radar, stage = key.path
    rows = rows_of(record.metadata, all_stages()[stage].row.table)
    numbers = (record.metadata.get(name) for name in all_stages()[stage].seconds)
    return Pass(
        radar=radar,
        window=window,
        stage=stage,
        time=record.time,
        run_id=record.run_id,
        seconds=sum(float(number.value) for number in numbers if number is not None),
        is_made=record.is_made,
        items=len(rows),
        failed_items=tuple(_failed_item(row) for row in rows if row["status"] == FAILED),
        volumes={name: row.get("seconds") for row in rows if (name := _volume(row))},
    )


def _failed_item(row: Mapping[str, Any]) -> FailedItem:
    return FailedItem(_volume(row), row.get("error_code") or "", row["error_message"] or "")


def _volume(row: Mapping[str, Any]) -> str:
    """Identifier of the volume that a row is about; empty where its file's name holds none."""
    try:
        return str(row.get("volume_id") or BufrName.parse(row.get("file_name", "")).id)
    except BadName:
        return ""
