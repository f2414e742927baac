"""What a radar's live ingest follows, and which hours it looks at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from radar_assets import settings
from radar_assets.ingest.arrivals import ArrivalRules, is_past
from radar_assets.ingest.cursor import Cursor
from radar_assets.ingest.survey import Span

_HOUR = timedelta(hours=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def window_of(moment: datetime, length: timedelta) -> datetime:
    """Start of the window that holds a moment; windows divide the hour."""
    return moment - (moment - _EPOCH) % length


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
    empty_windows_per_run: int = 720
    runs_at_once: int = 4
    """ranges of windows with files that are under way at the same time"""
    attempts: int = 3
    retry_pause: timedelta = timedelta(minutes=2)
    """pause before a failed run is tried again; doubles"""
    empty_pause: timedelta = timedelta(hours=1)
    """least time between requests that close empty windows"""
    hours_per_look: int = 6
    """hours listed at most, besides those that can still change"""
    sweep_period: timedelta = timedelta(minutes=30)
    """time in which the late horizon is listed once"""
    outage_pause: timedelta = timedelta(seconds=30)
    """pause after a look at which no source answered; doubles"""
    longest_outage_pause: timedelta = timedelta(minutes=5)

    @classmethod
    def of(cls, network: settings.Network, radar: str) -> Plan:
        """The plan of a radar of a network."""
        rules, end = network.settings, network.radar(radar).end
        return cls(
            radar=radar,
            start=network.start(radar).astimezone(UTC),
            end=end and end.astimezone(UTC),
            window=rules.window,
            arrival=ArrivalRules(
                rules.incomplete_after, rules.settle_after, rules.allow_incomplete
            ),
            late_horizon=rules.late_horizon,
            windows_per_run=rules.windows_per_run,
        )

    @property
    def first(self) -> datetime:
        """The first window that begins at the radar's start or later."""
        window = self.window_of(self.start)
        return window if window >= self.start else window + self.window

    @property
    def still_changing(self) -> timedelta:
        """Age of a window at which all of its volumes are whole or overdue."""
        return self.window + self.arrival.incomplete_after

    def window_of(self, moment: datetime) -> datetime:
        """The window that holds a moment."""
        return window_of(moment, self.window)

    def holds(self, window: datetime) -> bool:
        """Whether a window lies wholly between the radar's start and end."""
        return self.first <= window and (self.end is None or window + self.window <= self.end)

    def is_closed(self, window: datetime, now: datetime) -> bool:
        """Whether nothing of a window is waited for any longer."""
        return window + self.still_changing <= now

    def windows(self, first: datetime, last: datetime) -> Iterator[datetime]:
        """Windows from the first to the last, both included."""
        while first <= last:
            yield first
            first += self.window

    def horizon(self, now: datetime) -> datetime:
        """First window that is still looked at for late and changed files."""
        return self.window_of(now - max(self.late_horizon, self.still_changing))

    def frontier(self, cursor: Cursor, now: datetime) -> datetime:
        """First window that is not done for good; a clock that was wrong cannot hide any."""
        return max(self.first, min(cursor.done_until or self.first, self.horizon(now)))

    def held(self, cursor: Cursor) -> set[datetime]:
        """Windows that need no look: done, requested, or known to be empty."""
        ranges = [(request.first, request.last) for request in cursor.requests]
        return set(cursor.done).union(
            *(self.windows(first, last) for first, last in (*ranges, *cursor.empty))
        )


def hours_to_list(cursor: Cursor, plan: Plan, now: datetime) -> tuple[Span, ...]:
    """Spans to list now, oldest first: what was missed, a part of the past, what can change.

    Nothing when no source answered a short while ago, or when the radar's time is over.
    """
    if cursor.failed_at and not is_past(cursor.failed_at, now, _outage_pause(cursor, plan)):
        return ()
    missed = _missed_hours(cursor, plan, now)
    sweep = sweep_span(cursor, plan, now, plan.hours_per_look - len(missed))
    spans = [*((hour, hour + _HOUR) for hour in missed), *([sweep] if sweep else [])]
    return _clipped([*spans, (_recent(plan, now), _hour(now) + _HOUR)], plan)


def sweep_span(cursor: Cursor, plan: Plan, now: datetime, limit: int) -> Span | None:
    """Next part of the late horizon to list again, of at most `limit` hours."""
    first, last = _hour(max(plan.first, now - plan.late_horizon)), _recent(plan, now)
    if plan.end is not None:
        last = min(last, _hour(plan.end + _HOUR))
    if first >= last:
        return None
    hours = limit
    if cursor.swept_at is not None:
        pause = plan.sweep_period / ((last - first) / _HOUR)
        hours = min(limit, int(abs(now - cursor.swept_at) / pause))
    if hours < 1:
        return None
    reached = cursor.swept_until
    position = reached if reached and first <= reached < last else first
    return position, min(position + hours * _HOUR, last)


def _missed_hours(cursor: Cursor, plan: Plan, now: datetime) -> list[datetime]:
    """Hours before the recent ones that hold a window nothing is known of."""
    running = [r for r in cursor.requests if r.kind == "files" and r.failed_at is None]
    if len(running) >= plan.runs_at_once:
        return []
    held, recent = plan.held(cursor), _recent(plan, now)
    hours: list[datetime] = []
    window = plan.frontier(cursor, now)
    while window < recent and plan.holds(window) and len(hours) < plan.hours_per_look:
        if window in held:
            window += plan.window
        else:
            hours.append(_hour(window))
            window = _hour(window) + _HOUR
    return hours


def _recent(plan: Plan, now: datetime) -> datetime:
    """First hour that can still change."""
    return _hour(now - max(_HOUR, plan.still_changing))


def _outage_pause(cursor: Cursor, plan: Plan) -> timedelta:
    return min(plan.outage_pause * (1 << min(cursor.failures - 1, 10)), plan.longest_outage_pause)


def _clipped(spans: Iterable[Span], plan: Plan) -> tuple[Span, ...]:
    """Spans cut at the radar's start and end, joined where they touch or overlap."""
    joined: list[Span] = []
    for span in sorted(spans):
        first = max(span[0], plan.first)
        last = span[1] if plan.end is None else min(span[1], plan.window_of(plan.end))
        if joined and first <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(last, joined[-1][1])
        elif first < last:
            joined.append((first, last))
    return tuple(joined)


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)
