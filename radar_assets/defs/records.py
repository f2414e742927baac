"""The newest record of each window of an asset, be it made or failed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import dagster as dg

_PAGE = 1000
_KINDS = (dg.DagsterEventType.ASSET_MATERIALIZATION, dg.DagsterEventType.ASSET_OBSERVATION)


@dataclass(frozen=True)
class Record:
    """What was recorded last of a window."""

    number: int
    """grows from record to record"""
    time: datetime
    metadata: Mapping[str, Any]


def recorded_windows(instance: dg.DagsterInstance, key: dg.AssetKey) -> list[str]:
    """Windows of an asset of which there is a record, by partition key, in order."""
    found = (instance.get_latest_storage_id_by_partition(key, kind) for kind in _KINDS)
    return sorted(set().union(*found))


def newest(
    instance: dg.DagsterInstance, key: dg.AssetKey, windows: Sequence[str] | None = None
) -> dict[str, Record]:
    """Newest record of each window of an asset, by partition key; of some windows or of all."""
    found: dict[str, Record] = {}
    for window, record in _records(instance, key, windows):
        if window not in found or record.number > found[window].number:
            found[window] = record
    return found


def _records(
    instance: dg.DagsterInstance, key: dg.AssetKey, windows: Sequence[str] | None
) -> Iterator[tuple[str, Record]]:
    wanted = dg.AssetRecordsFilter(asset_key=key, asset_partitions=windows)
    for fetch in (instance.fetch_materializations, instance.fetch_observations):
        cursor: str | None = None
        while True:
            page = fetch(wanted, limit=_PAGE, cursor=cursor)
            for entry in page.records:
                event = entry.asset_materialization or entry.asset_observation
                if event is not None and entry.partition_key is not None:
                    time = datetime.fromtimestamp(entry.timestamp, UTC)
                    yield entry.partition_key, Record(entry.storage_id, time, event.metadata)
            if not page.has_more:
                break
            cursor = page.cursor
