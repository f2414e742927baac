"""The rules of one radar's live ingest, and the arithmetic of its windows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from radar_assets import settings
from radar_assets.ingest.listing.model import Span
from radar_assets.ingest.scheduling.arrivals import ArrivalRules
from radar_assets.ingest.times import hour_of, window_of

_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Plan:
    """The rules of one radar. A window is named by its start; windows divide the hour."""

    radar: str
    start: datetime
    end: datetime | None = None
    window: timedelta = timedelta(minutes=10)
    arrival: ArrivalRules = field(default_factory=ArrivalRules)
    late_horizon: timedelta = timedelta(hours=24)
    windows_per_run: int = 36
    runs_at_once: int = 4
    """ranges of windows with files that are under way at the same time"""
    requests_at_once: int = 40
    """ranges of windows with files that run or are to be tried again"""
    empty_pause: timedelta = timedelta(hours=1)
    """least time between requests that close empty windows"""
    reach: int = 0
    """windows before its own that the input of a window reaches back"""

    @classmethod
    def of(cls, network: settings.Network, owner: str, reach: int = 0) -> Plan:
        """The plan of a radar of a network, or of a composite, whose windows it counts.

        `reach` is that of the owner's stages.
        """
        rules, end = network.settings, network.end(owner)
        return cls(
            radar=owner,
            start=network.start(owner).astimezone(UTC),
            end=end and end.astimezone(UTC),
            window=rules.window,
            arrival=ArrivalRules(
                rules.composite_after if owner in network.composites else rules.incomplete_after,
                rules.settle_after,
                network.allow_incomplete(owner),
            ),
            late_horizon=rules.late_horizon,
            windows_per_run=rules.windows_per_run,
            empty_pause=6 * rules.window,
            reach=reach,
        )

    @property
    def first(self) -> datetime:
        """The first window that begins at the radar's start or later."""
        return self.window_from(self.start)

    @property
    def closes_after(self) -> timedelta:
        """Age of a window, from its start, at which its volumes are whole or overdue."""
        return self.window + self.arrival.incomplete_after

    def window_of(self, moment: datetime) -> datetime:
        """The window that holds a moment."""
        return window_of(moment, self.window)

    def window_from(self, moment: datetime) -> datetime:
        """The first window that begins at a moment or later."""
        window = self.window_of(moment)
        return window if window >= moment else window + self.window

    def includes(self, window: datetime) -> bool:
        """Whether a window lies wholly between the radar's start and end."""
        return self.first <= window and (self.end is None or window + self.window <= self.end)

    def is_closed(self, window: datetime, now: datetime) -> bool:
        """Whether nothing of a window is waited for any longer."""
        return window + self.closes_after <= now

    def first_open_hour(self, now: datetime) -> datetime:
        """First hour that is listed at every poll, because its windows are open or just closed."""
        return hour_of(now - max(_HOUR, self.closes_after))

    def past_hours(self, now: datetime) -> Span:
        """Hours that only late and changed files can change; empty where both ends are equal."""
        first = hour_of(max(self.first, now - self.late_horizon))
        last = self.first_open_hour(now)
        return first, last if self.end is None else min(last, self.window_of(self.end))

    def horizon(self, now: datetime) -> datetime:
        """First window that late and changed files can still change."""
        return self.window_of(now - max(self.late_horizon, self.closes_after))

    def windows(self, first: datetime, last: datetime) -> Iterator[datetime]:
        """Windows from the first to the last, both included."""
        while first <= last:
            yield first
            first += self.window

    def windows_in(self, spans: Iterable[Span]) -> set[datetime]:
        """Windows that lie in spans, each given by its first moment and the one after its last."""
        return {w for first, last in spans for w in self.windows(first, last - self.window)}

    def windows_of(self, ranges: Iterable[Span]) -> set[datetime]:
        """Windows of ranges, each given by its first and last window."""
        return {w for first, last in ranges for w in self.windows(first, last)}

    def ranges(self, windows: Iterable[datetime], longest: int | None = None) -> list[Span]:
        """Contiguous ranges (first and last window), oldest first, of `longest` windows at most."""
        ranges: list[Span] = []
        length = 0
        for window in sorted(windows):
            if ranges and ranges[-1][1] + self.window == window and length != longest:
                ranges[-1], length = (ranges[-1][0], window), length + 1
            else:
                ranges.append((window, window))
                length = 1
        return ranges
