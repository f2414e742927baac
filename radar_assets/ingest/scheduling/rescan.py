"""The rescan: past hours are listed again, bit by bit, to find late and changed files."""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import AwareDatetime

from radar_assets.ingest.listing.model import Listing, Span
from radar_assets.ingest.scheduling.part import CursorPart
from radar_assets.ingest.scheduling.plan import Plan

_HOUR = timedelta(hours=1)
_PERIOD = timedelta(minutes=30)
"""time in which the late horizon is listed once"""


class Rescan(CursorPart):
    """How far the rescan is."""

    position: AwareDatetime | None = None
    """where it continues; None: at the beginning"""
    continued_at: AwareDatetime | None = None
    """when it last went on"""

    def next_span(self, plan: Plan, now: datetime, limit: int) -> Span | None:
        """The part to list now, of at most `limit` hours; None where it is too early for one."""
        first, last = plan.past_hours(now)
        if first >= last:
            return None
        hours = limit
        if self.continued_at is not None:
            pause = _PERIOD / ((last - first) / _HOUR)
            hours = min(limit, int(abs(now - self.continued_at) / pause))
        if hours < 1:
            return None
        begin = self.position if self.position and first <= self.position < last else first
        return begin, min(begin + hours * _HOUR, last)

    def after(self, listing: Listing, plan: Plan, now: datetime, limit: int) -> Rescan:
        """After a poll; hours that could not be listed are passed, at the end it starts again.

        `limit` is the number of hours that `next_span` may have given at most.
        """
        span = self.next_span(plan, now, limit)
        if span is None:
            return self
        begin = reached = max(span[0], plan.first)
        faults = (fault.span for fault in listing.faults if fault.span)
        for first, last in sorted([*listing.covered, *faults]):
            if first <= reached < last:
                reached = min(last, span[1])
        if reached >= plan.past_hours(now)[1]:
            return Rescan(position=plan.first, continued_at=now)
        return Rescan(position=reached, continued_at=now) if reached > begin else self
