"""The records of an asset's windows, be they made or failed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import dagster as dg

RECORDED_AT, RECORDED_BY = "recorded_at", "recorded_by"
"""entries of a record that replaces that of a deleted run: its time and the run"""

_PAGE, _FEW = 1000, 50
_KINDS = (dg.DagsterEventType.ASSET_MATERIALIZATION, dg.DagsterEventType.ASSET_OBSERVATION)


@dataclass(frozen=True)
class Record:
    """What was recorded of a window once."""

    number: int
    """grows from record to record"""
    time: datetime
    run_id: str
    """run that recorded it; empty where none did"""
    is_made: bool
    """whether it is a materialization; an observation is of a window that failed"""
    metadata: Mapping[str, Any]
    tags: Mapping[str, str]
    is_compacted: bool
    """whether it replaces that of a deleted run"""


def recorded_windows(instance: dg.DagsterInstance, key: dg.AssetKey) -> list[str]:
    """Windows of an asset of which there is a record, by partition key, in order."""
    found = (instance.get_latest_storage_id_by_partition(key, kind) for kind in _KINDS)
    return sorted(set().union(*found))


def newest(
    instance: dg.DagsterInstance, key: dg.AssetKey, windows: Sequence[str] | None = None
) -> dict[str, Record]:
    """Newest record of each window of an asset, by partition key; of some windows or of all."""
    if windows is not None and not windows:
        return {}
    latest: dict[str, int] = {}
    wanted = None if windows is None else set(windows)
    for kind in _KINDS:
        numbers = instance.get_latest_storage_id_by_partition(key, kind, wanted)
        latest = {**latest, **{w: max(n, latest.get(w, 0)) for w, n in numbers.items()}}
    found: dict[str, Record] = {}
    wanted_numbers = sorted(latest.values())
    for first in range(0, len(wanted_numbers), _PAGE):
        page = wanted_numbers[first : first + _PAGE]
        found.update(_matching(instance, dg.AssetRecordsFilter(key, storage_ids=page)))
    return found


def recent(instance: dg.DagsterInstance, key: dg.AssetKey, since: datetime) -> dict[str, Record]:
    """Newest records of the windows that were recorded since a moment, by partition key.

    It takes no longer with years of records.
    """
    found: dict[str, Record] = {}
    for fetch in (instance.fetch_materializations, instance.fetch_observations):
        for entry in _latest(fetch, dg.AssetRecordsFilter(key), since):
            record, window = _record(entry), entry.partition_key
            is_newer = window not in found or record.number > found[window].number
            if window is not None and record.time >= since and is_newer:
                found[window] = record
    return found


def _latest(
    fetch: Callable[..., dg.EventRecordsResult], wanted: dg.AssetRecordsFilter, since: datetime
) -> Iterator[dg.EventLogRecord]:
    """Records that were written since a moment, the newest first."""
    cursor: str | None = None
    while True:
        page = fetch(wanted, limit=_FEW, cursor=cursor)
        for entry in page.records:
            if entry.timestamp < since.timestamp():
                return
            yield entry
        if not page.has_more:
            return
        cursor = page.cursor


def records(
    instance: dg.DagsterInstance,
    key: dg.AssetKey,
    windows: Sequence[str] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Iterator[tuple[str, Record]]:
    """All records of an asset with their partition keys; of some windows, of some time, or all."""
    wanted = dg.AssetRecordsFilter(
        asset_key=key,
        asset_partitions=windows,
        after_timestamp=since.timestamp() if since else None,
        before_timestamp=until.timestamp() if until else None,
    )
    yield from _matching(instance, wanted)


def _matching(
    instance: dg.DagsterInstance, wanted: dg.AssetRecordsFilter
) -> Iterator[tuple[str, Record]]:
    for fetch in (instance.fetch_materializations, instance.fetch_observations):
        cursor: str | None = None
        while True:
            page = fetch(wanted, limit=_PAGE, cursor=cursor)
            for entry in page.records:
                if entry.partition_key is not None:
                    yield entry.partition_key, _record(entry)
            if not page.has_more:
                break
            cursor = page.cursor


def _record(entry: dg.EventLogRecord) -> Record:
    made = entry.asset_materialization
    event = made or entry.asset_observation
    metadata = dict(event.metadata) if event else {}
    time, run_id = metadata.pop(RECORDED_AT, None), metadata.pop(RECORDED_BY, None)
    return Record(
        number=entry.storage_id,
        time=datetime.fromtimestamp(_seconds(time) or entry.timestamp, UTC),
        run_id=str(run_id.value) if run_id else entry.run_id,
        is_made=made is not None,
        metadata=metadata,
        tags=made.tags or {} if made else {},
        is_compacted=run_id is not None,
    )


def _seconds(time: dg.MetadataValue[Any] | None) -> float | None:
    return time.value if isinstance(time, dg.TimestampMetadataValue) else None
