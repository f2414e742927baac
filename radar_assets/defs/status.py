"""What happened, read back from Dagster's records: the queries of the old status tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import dagster as dg

from radar_assets.defs.instance import ACTIVE
from radar_assets.defs.metadata import ROWS, FileRow, rows_of, stamp
from radar_assets.defs.partitions import range_of, window_key, window_start
from radar_assets.defs.records import newest
from radar_assets.ingest.live.cursor import Cursor
from radar_assets.radar.errors import BadName
from radar_assets.radar.names import BufrName, VolumeId
from radar_assets.settings import Stage

TABLES = ("files", "volumes", "products")
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

    def wants_window(self, radar: str, start: datetime) -> bool:
        """Whether the rows of a window are looked at."""
        return (
            self.radar in (None, radar)
            and (self.first is None or self.first <= start)
            and (self.last is None or start < self.last)
        )

    def wants(self, row: Mapping[str, Any]) -> bool:
        """Whether a row is shown."""
        return (
            self.status in (None, row["status"])
            and self.stage in (None, row["asset"])
            and self.error_type in (None, row["error_type"], row.get("error_code"))
            and self.file in (None, row.get("file_name"))
            and (self.volume is None or self.volume in _volume_names(row))
        )


def status(
    instance: dg.DagsterInstance, window_length: timedelta, query: Query | None = None
) -> dict[str, Any]:
    """Rows of files, volumes and products, and their counts by status.

    A row carries the columns of its table, its `radar`, its `window` (partition key) and the
    `asset` that recorded it. Files that wait are added from the sensors' cursors; windows that
    are being processed are counted.
    """
    query = query or Query()
    tables: dict[str, Rows] = {table: [] for table in TABLES}
    for table, row in (*_recorded(instance, query), *_pending(instance, window_length, query)):
        if query.wants(row):
            tables[table].append(row)
    counts = {name: dict(Counter(row["status"] for row in rows)) for name, rows in tables.items()}
    counts["windows"] = {"processing": _processing(instance, window_length, query)}
    return {**tables, "counts": counts}


def _recorded(instance: dg.DagsterInstance, query: Query) -> Iterator[tuple[str, dict[str, Any]]]:
    for key in sorted(instance.all_asset_keys(), key=_order):
        radar, stage = key.path[0], key.path[-1]
        table = ROWS[stage].table if len(key.path) == 2 and stage in ROWS else None
        if table is None or query.radar not in (None, radar):
            continue
        found = newest(instance, key)
        for window in sorted(found):
            if query.wants_window(radar, window_start(window)):
                for row in rows_of(found[window].metadata, table):
                    yield table, {"radar": radar, "window": window, "asset": stage, **row}


def _order(key: dg.AssetKey) -> tuple[str, int]:
    stages = [str(stage) for stage in Stage]
    return key.path[0], stages.index(key.path[-1]) if key.path[-1] in stages else len(stages)


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
                place = {"radar": name.id.radar, "window": window, "asset": Stage.BUFR_FILES.value}
                yield "files", {**place, **asdict(_waiting(name, size))}


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
    """Identifier and number of a row's volume; none for a file whose name does not tell."""
    try:
        stated = row.get("volume_id")
        identity = VolumeId.parse(stated) if stated else BufrName.parse(row["file_name"]).id
    except BadName:
        return ()
    return str(identity), identity.volume


def _processing(instance: dg.DagsterInstance, window_length: timedelta, query: Query) -> int:
    windows = set()
    for run in instance.get_runs(dg.RunsFilter(statuses=ACTIVE)):
        for radar in {key.path[0] for key in run.asset_selection or ()}:
            windows |= {(radar, start) for start in range_of(run.tags, window_length)}
    return sum(query.wants_window(*window) for window in windows)
