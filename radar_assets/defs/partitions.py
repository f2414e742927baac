"""Windows of time as Dagster partitions. Only this module knows what a partition key looks like."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import dagster as dg

from radar_assets.settings import Network

_KEY = "%Y-%m-%d-%H:%M"


@dataclass(frozen=True, order=True)
class Window:
    """A radar's time from `start` up to, not including, `end`."""

    radar: str
    start: datetime
    end: datetime

    @property
    def key(self) -> str:
        """The window's partition key."""
        return window_key(self.start)


def windows_definition(network: Network, radar: str) -> dg.TimeWindowPartitionsDefinition:
    """Partitions of a radar: windows of equal length in UTC, the running one included."""
    minutes = network.settings.window_minutes
    return dg.TimeWindowPartitionsDefinition(
        start=network.start(radar).astimezone(UTC),
        end=network.radar(radar).end,
        fmt=_KEY,
        cron_schedule="0 * * * *" if minutes == 60 else f"*/{minutes} * * * *",
        timezone="UTC",
        end_offset=1,
    )


def window(network: Network, radar: str, key: str) -> Window:
    """Return the window of a partition key."""
    start = datetime.strptime(key, _KEY).replace(tzinfo=UTC)
    return Window(radar, start, start + timedelta(minutes=network.settings.window_minutes))


def window_key(start: datetime) -> str:
    """Partition key of the window that begins at `start`."""
    return start.strftime(_KEY)


def range_tags(first: datetime, last: datetime) -> dict[str, str]:
    """Tags that make one run cover the windows from one start to another, both included."""
    return {
        "dagster/asset_partition_range_start": window_key(first),
        "dagster/asset_partition_range_end": window_key(last),
    }
