"""What happened, read back from Dagster's records: the queries of the old status tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg

from radar_assets.defs.instance import ACTIVE, recorded_assets
from radar_assets.defs.metadata import rows_of
from radar_assets.defs.partitions import range_of
from radar_assets.defs.records import newest
from radar_assets.errors import BadName
from radar_assets.errors.advice import class_of
from radar_assets.ingest.scheduling.cursor import Cursor
from radar_assets.radar.names import BufrName, VolumeId
from radar_assets.stages import all_stages, bufr_files, tables
from radar_assets.stages.base.rows import FAILED, FileRow, columns, stamp
from radar_assets.stages.base.windows import window_key, window_start, windows_from

PENDING = "pending"

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Query:
    """Which rows to show; None: all."""

    radar: str | None = None
    first: datetime | None = None
    """start of the first window"""
    last: datetime | None = None
    """windows begin before this"""
    status: str | None = None
    stage: str | None = None
    """asset that the record belongs to"""
    volume: str | None = None
    """volume identifier, or the number of a strategy's volume"""
    file: str | None = None
    error_type: str | None = None
    """class or code of an error"""
    faults: bool = False
    """only what failed, except files that are meant to be left out"""

    def wants_window(self, radar: str, start: datetime) -> bool:
        """Whether the rows of a window are included."""
        return (
            self.radar in (None, radar)
            and (self.first is None or self.first <= start)
            and (self.last is None or start < self.last)
        )

    def wants(self, row: Mapping[str, Any]) -> bool:
        """Whether a row is shown."""
        return (
            self.status in (None, row["status"])
            and (not self.faults or is_fault(row))
            and self.stage in (None, row["asset"])
            and self.error_type in (None, row["error_type"], row.get("error_code"))
            and self.file in (None, row.get("file_name"))
            and (self.volume is None or self.volume in _volume_names(row))
        )


def is_fault(row: Mapping[str, Any]) -> bool:
    """Whether a row tells of a fault: it failed, and was not to be left out."""
    kind = class_of(str(row.get("error_code")))
    return row["status"] == FAILED and not issubclass(kind, bufr_files.SKIPPED)


def status(
    instance: dg.DagsterInstance, window_length: timedelta, query: Query | None = None
) -> dict[str, Any]:
    """Rows of files, volumes and products, and their counts by status.

    A row carries the columns of its table, its `radar`, its `window` (partition key), the `asset`
    that recorded it and the `run_id` of the run that did. Files that wait are added from the
    sensors' cursors; windows that are being processed are listed beside the tables.
    """
    query = query or Query()
    found: dict[str, Rows] = {table: [] for table in tables()}
    for table, row in (
        *_recorded(instance, window_length, query),
        *_pending(instance, window_length, query),
    ):
        if query.wants(row):
            found[table].append(row)
    counts = {name: dict(Counter(row["status"] for row in rows)) for name, rows in found.items()}
    processing = _processing(instance, window_length, query)
    counts["windows"] = {"processing": len(processing)}
    return {**found, "processing": processing, "counts": counts}


def _recorded(
    instance: dg.DagsterInstance, window_length: timedelta, query: Query
) -> Iterator[tuple[str, dict[str, Any]]]:
    windows = windows_from(query.first, query.last, window_length, datetime.now(UTC))
    for key in recorded_assets(instance, query.radar, query.stage):
        radar, stage = key.path
        found = newest(instance, key, windows) if windows != [] else {}
        for window in sorted(found):
            if not query.wants_window(radar, window_start(window)):
                continue
            place = {"radar": radar, "window": window, "asset": stage}
            table = all_stages()[stage].row.table
            for row in rows_of(found[window].metadata, table):
                yield table, {**place, "run_id": found[window].run_id, **row}


def _pending(
    instance: dg.DagsterInstance, window_length: timedelta, query: Query
) -> Iterator[tuple[str, dict[str, Any]]]:
    for state in instance.all_instigator_state():
        for text, size in Cursor.from_json(
            getattr(state.instigator_data, "cursor", "")
        ).pending.items():
            name = BufrName.parse(text)
            window = window_key(name.id.time, window_length)
            if query.wants_window(name.id.radar, window_start(window)):
                place = {"radar": name.id.radar, "window": window, "asset": bufr_files.STAGE.name}
                yield "files", {**place, "run_id": "", **columns(_waiting(name, size))}


def _waiting(name: BufrName, size: int) -> FileRow:
    return FileRow(
        file_name=str(name),
        size_bytes=size,
        strategy=name.id.strategy,
        volume=name.id.volume,
        field=name.field,
        observation_time=stamp(name.id.time),
        status=PENDING,
    )


def _volume_names(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Identifier and number of a row's volume; none for a file whose name holds none."""
    try:
        stated = row.get("volume_id")
        identity = VolumeId.parse(stated) if stated else BufrName.parse(row.get("file_name", "")).id
    except BadName:
        return ()
    return str(identity), identity.volume


def _processing(instance: dg.DagsterInstance, window_length: timedelta, query: Query) -> Rows:
    """Windows of active runs, each with the run that is to make it."""
    found = {}
    for run in instance.get_runs(dg.RunsFilter(statuses=ACTIVE)):
        for radar in {key.path[0] for key in run.asset_selection or ()}:
            for start in range_of(run.tags, window_length):
                if query.wants_window(radar, start):
                    window = window_key(start, window_length)
                    state = run.status.value.lower()
                    place = {"radar": radar, "window": window}
                    found[radar, window] = {**place, "run_id": run.run_id, "state": state}
    return [found[place] for place in sorted(found)]
