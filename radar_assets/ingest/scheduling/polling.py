"""Which hours of a radar's sources to list at a poll."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from radar_assets.ingest.listing.model import Span, hours_of
from radar_assets.ingest.scheduling.cursor import Cursor
from radar_assets.ingest.scheduling.plan import Plan
from radar_assets.ingest.scheduling.requests import free_slots, windows_of
from radar_assets.ingest.times import hour_of

HOURS_PER_POLL = 6
"""hours listed at most, besides those that can still change"""
_HOUR = timedelta(hours=1)


def hours_to_list(cursor: Cursor, plan: Plan, now: datetime) -> tuple[Span, ...]:
    """Spans to list now, in this order: what can change, newest hour first, so that it is listed
    even when time runs out; then what was missed, what could not be listed, a part of the past.

    Nothing when no source answered a short while ago, or when the radar's time is over and
    nothing is to be tried again.
    """
    if cursor.outage.is_pausing(now):
        return ()
    recent = list(hours_of(plan.first_open_hour(now), hour_of(now) + _HOUR))
    hours = _missed_hours(cursor, plan, now)
    hours += cursor.unlistable.due(plan, now, HOURS_PER_POLL - len(hours))
    rescan = cursor.rescan.next_span(plan, now, HOURS_PER_POLL - len(hours))
    past = [*((hour, hour + _HOUR) for hour in hours), *([rescan] if rescan else [])]
    spans = [*(s for hour in reversed(recent) for s in _clipped([hour], plan))]
    spans += _clipped(past, plan)
    return tuple(spans) or _probe(cursor)


def _missed_hours(cursor: Cursor, plan: Plan, now: datetime) -> list[datetime]:
    """Hours before the recent ones that hold a window nothing is known of."""
    if not free_slots(cursor.requests.open, plan):
        return []
    known, recent = _known(cursor, plan), plan.first_open_hour(now)
    hours: list[datetime] = []
    window = cursor.windows.frontier(plan, now)
    while window < recent and plan.includes(window) and len(hours) < HOURS_PER_POLL:
        if window in known:
            window += plan.window
        else:
            hours.append(hour_of(window))
            window = hour_of(window) + _HOUR
    return hours


def _known(cursor: Cursor, plan: Plan) -> set[datetime]:
    """Windows that need no listing: done, requested, empty, or of unlistable hours."""
    return (
        set(cursor.windows.later)
        | windows_of(cursor.requests.open, plan)
        | plan.windows_of(cursor.empty.ranges)
        | plan.windows_in(cursor.unlistable.spans)
    )


def _probe(cursor: Cursor) -> tuple[Span, ...]:
    """An hour that shows whether the source answers, when all that is to be done has failed."""
    failed = [request.first for request in cursor.requests.open if request.failed_at]
    return ((hour_of(failed[0]), hour_of(failed[0]) + _HOUR),) if failed else ()


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
