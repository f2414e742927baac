"""What a radar's live ingest follows, and which hours it looks at."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice

from radar_assets import settings
from radar_assets.ingest.listing.model import Span, hours_of
from radar_assets.ingest.scheduling.arrivals import ArrivalRules
from radar_assets.ingest.scheduling.cursor import Cursor, Request
from radar_assets.ingest.times import hour_of, is_past, window_of

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
    empty_windows_per_run: int = 720
    runs_at_once: int = 4
    """ranges of windows with files that are under way at the same time"""
    requests_at_once: int = 40
    """ranges of windows with files that run or are to be tried again"""
    attempts: int = 3
    """tries of what failed for its content; what the world may mend is tried on and on"""
    attempts_if_refused: int = 12
    """tries of what failed for files that a server refuses: they take some hours"""
    retry_pause: timedelta = timedelta(minutes=2)
    """pause before a failed run is tried again; doubles"""
    longest_retry_pause: timedelta = timedelta(minutes=30)
    empty_pause: timedelta = timedelta(hours=1)
    """least time between requests that close empty windows"""
    hours_per_look: int = 6
    """hours listed at most, besides those that can still change"""
    sweep_period: timedelta = timedelta(minutes=30)
    """time in which the late horizon is listed once"""
    barred_pause: timedelta = timedelta(minutes=10)
    """least time between looks at hours that could not be listed"""
    outage_pause: timedelta = timedelta(seconds=30)
    """pause after a look at which no source answered; doubles"""
    longest_outage_pause: timedelta = timedelta(minutes=5)

    @classmethod
    def of(cls, network: settings.Network, radar: str) -> Plan:
        """The plan of a radar of a network."""
        rules, end = network.settings, network.end(radar)
        return cls(
            radar=radar,
            start=network.start(radar).astimezone(UTC),
            end=end and end.astimezone(UTC),
            window=rules.window,
            arrival=ArrivalRules(
                rules.incomplete_after, rules.settle_after, network.allow_incomplete(radar)
            ),
            late_horizon=rules.late_horizon,
            windows_per_run=rules.windows_per_run,
            empty_pause=6 * rules.window,
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
            self.windows_of(cursor.barred),
            *(self.windows(first, last) for first, last in (*ranges, *cursor.empty)),
        )

    def attempts_of(self, outcome: str) -> float:
        """How often what ends like this is tried."""
        limits = {"final": self.attempts, "refused": self.attempts_if_refused}
        return limits.get(outcome, math.inf)

    def slots(self, requests: Iterable[Request]) -> int:
        """How many more ranges of windows with files may be requested."""
        files = [request for request in requests if request.kind == "files"]
        free = self.runs_at_once - self.running(files)
        return max(0, min(free, self.requests_at_once - len(files)))

    def running(self, requests: Iterable[Request]) -> int:
        """How many ranges of windows with files are under way."""
        return sum(r.kind == "files" and r.failed_at is None for r in requests)

    def windows_of(self, spans: Iterable[Span]) -> set[datetime]:
        """Windows that lie in some spans."""
        return {w for first, last in spans for w in self.windows(first, last - self.window)}


def hours_to_list(cursor: Cursor, plan: Plan, now: datetime) -> tuple[Span, ...]:
    """Spans to list now, in this order: what can change, newest hour first, so that it is listed
    even when time runs out; then what was missed, what was barred, and a part of the past.

    Nothing when no source answered a short while ago, or when the radar's time is over and
    nothing is to be tried again.
    """
    if cursor.failed_at and not is_past(cursor.failed_at, now, _outage_pause(cursor, plan)):
        return ()
    recent = list(hours_of(_recent(plan, now), hour_of(now) + _HOUR))
    hours = _missed_hours(cursor, plan, now)
    hours += barred_hours(cursor, plan, now, plan.hours_per_look - len(hours))
    sweep = sweep_span(cursor, plan, now, plan.hours_per_look - len(hours))
    past = [*((hour, hour + _HOUR) for hour in hours), *([sweep] if sweep else [])]
    spans = [*(s for hour in reversed(recent) for s in _clipped([hour], plan))]
    spans += _clipped(past, plan)
    return tuple(spans) or _probe(cursor)


def barred_hours(cursor: Cursor, plan: Plan, now: datetime, limit: int) -> list[datetime]:
    """Hours to try again that could not be listed; after another failure they go to the end."""
    if cursor.barred_at and not is_past(cursor.barred_at, now, plan.barred_pause):
        return []
    hours = (hour for span in cursor.barred for hour, _ in hours_of(*span))
    past = (hour for hour in hours if hour < _recent(plan, now))
    return list(islice(past, max(0, limit)))


def sweep_span(cursor: Cursor, plan: Plan, now: datetime, limit: int) -> Span | None:
    """Next part of the late horizon to list again, of at most `limit` hours."""
    first, last = past_hours(plan, now)
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


def past_hours(plan: Plan, now: datetime) -> Span:
    """Hours that can only change by late and changed files; empty where the first is the last."""
    first, last = hour_of(max(plan.first, now - plan.late_horizon)), _recent(plan, now)
    return first, last if plan.end is None else min(last, plan.window_of(plan.end))


def _missed_hours(cursor: Cursor, plan: Plan, now: datetime) -> list[datetime]:
    """Hours before the recent ones that hold a window nothing is known of."""
    if not plan.slots(cursor.requests):
        return []
    held, recent = plan.held(cursor), _recent(plan, now)
    hours: list[datetime] = []
    window = plan.frontier(cursor, now)
    while window < recent and plan.holds(window) and len(hours) < plan.hours_per_look:
        if window in held:
            window += plan.window
        else:
            hours.append(hour_of(window))
            window = hour_of(window) + _HOUR
    return hours


def _recent(plan: Plan, now: datetime) -> datetime:
    """First hour that can still change."""
    return hour_of(now - max(_HOUR, plan.still_changing))


def _probe(cursor: Cursor) -> tuple[Span, ...]:
    """An hour to see whether the source answers, when only failed runs are left to be done."""
    failed = [request.first for request in cursor.requests if request.failed_at]
    return ((hour_of(failed[0]), hour_of(failed[0]) + _HOUR),) if failed else ()


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
