"""Windows of time as Dagster partitions. Only this module knows what a partition key looks like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import dagster as dg

from radar_assets.ingest.times import window_of
from radar_assets.settings import Network

_KEY = "%Y-%m-%d-%H:%M"
_FIRST = "dagster/asset_partition_range_start"
_LAST = "dagster/asset_partition_range_end"
_SINGLE = "dagster/partition"
_LISTED = 5000
"""windows that a query of Dagster's storage may list"""


@dataclass(frozen=True, order=True)
class Window:
    """A radar's time from `start` up to, not including, `end`."""

    radar: str
    start: datetime
    end: datetime

    @property
    def key(self) -> str:
        """The window's partition key."""
        return self.start.strftime(_KEY)


def windows_definition(network: Network, radar: str) -> dg.TimeWindowPartitionsDefinition:
    """Partitions of a radar: windows of equal length in UTC, the running one included."""
    minutes = network.settings.window_minutes
    return dg.TimeWindowPartitionsDefinition(
        start=network.start(radar),
        end=network.radar(radar).end,
        fmt=_KEY,
        cron_schedule="0 * * * *" if minutes == 60 else f"*/{minutes} * * * *",
        timezone="UTC",
        end_offset=1,
    )


def window(network: Network, radar: str, key: str) -> Window:
    """Return the window of a partition key."""
    start = window_start(key)
    return Window(radar, start, start + network.settings.window)


def window_start(key: str) -> datetime:
    """Start of the window that a partition key names."""
    return datetime.strptime(key, _KEY).replace(tzinfo=UTC)


def window_key(time: datetime, length: timedelta) -> str:
    """Partition key of the window that holds a moment."""
    return window_of(time, length).strftime(_KEY)


def windows_from(
    first: datetime | None, last: datetime | None, length: timedelta, now: datetime
) -> list[str] | None:
    """Partition keys of the windows that begin in [first, last), up to a window from now.

    None where they have no first, or are too many to be listed in a query.
    """
    if first is None:
        return None
    begin = window_of(first, length)
    begin += length if begin < first else timedelta(0)
    stop = min(last or now + length, now + length)
    count = max(0, -((begin - stop) // length))
    if count > _LISTED:
        return None
    return [(begin + i * length).strftime(_KEY) for i in range(count)]


def range_tags(first: datetime, last: datetime) -> dict[str, str]:
    """Tags that make one run cover the windows from one start to another, both included."""
    return {_FIRST: first.strftime(_KEY), _LAST: last.strftime(_KEY)}


def range_of(tags: Mapping[str, str], length: timedelta) -> list[datetime]:
    """Starts of the windows that a run with these tags covers."""
    first = tags.get(_FIRST) or tags.get(_SINGLE)
    if first is None:
        return []
    start, stop = window_start(first), window_start(tags.get(_LAST, first))
    return [start + i * length for i in range((stop - start) // length + 1)]
