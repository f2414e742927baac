"""Windows of time: what a radar or composite does in one of them is recorded as one partition.

Only this module knows what a partition key looks like.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from radar_assets.ingest.times import window_of
from radar_assets.settings import Network

KEY_FORMAT = "%Y-%m-%d-%H:%M"

_LISTED = 5000
"""windows that a query of Dagster's storage may list"""


@dataclass(frozen=True, order=True)
class Window:
    """Time of a radar or composite, its owner, from `start` up to, not including, `end`."""

    owner: str
    start: datetime
    end: datetime

    @property
    def key(self) -> str:
        """The window's partition key."""
        return self.start.strftime(KEY_FORMAT)

    def back(self, count: int) -> Window:
        """The window so many windows earlier."""
        length = self.end - self.start
        return Window(self.owner, self.start - count * length, self.end - count * length)

    def of(self, owner: str) -> Window:
        """The same time of another owner."""
        return Window(owner, self.start, self.end)

    def holds(self, time: datetime) -> bool:
        """Whether a moment lies in the window."""
        return self.start <= time < self.end


def window(network: Network, owner: str, key: str) -> Window:
    """Return the window of a partition key."""
    start = window_start(key)
    return Window(owner, start, start + network.settings.window)


def window_start(key: str) -> datetime:
    """Start of the window that a partition key names."""
    return datetime.strptime(key, KEY_FORMAT).replace(tzinfo=UTC)


def window_key(time: datetime, length: timedelta) -> str:
    """Partition key of the window that holds a moment."""
    return window_of(time, length).strftime(KEY_FORMAT)


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
    return [(begin + i * length).strftime(KEY_FORMAT) for i in range(count)]
