"""Hours that could not be listed: they are tried again later and hold up no other hour."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from itertools import islice

from pydantic import AwareDatetime

from radar_assets.ingest.listing.model import Listing, Span, hours_of
from radar_assets.ingest.scheduling.part import CursorPart, StoredSpan
from radar_assets.ingest.scheduling.plan import Plan
from radar_assets.ingest.times import hour_of, is_past

_HOUR = timedelta(hours=1)
_PAUSE = timedelta(minutes=10)
"""least time between attempts"""


class UnlistableHours(CursorPart):
    """Hours that could not be listed, in the order in which they are tried again."""

    spans: tuple[StoredSpan, ...] = ()
    """of whole hours, from the first moment to the one after the last"""
    tried_at: AwareDatetime | None = None
    """when one was last tried"""

    @property
    def hours(self) -> list[datetime]:
        """The hours one by one."""
        return [hour for span in self.spans for hour, _ in hours_of(*span)]

    def due(self, plan: Plan, now: datetime, limit: int) -> list[datetime]:
        """Hours to try again now; those that are listed at every poll are not among them."""
        if self.tried_at and not is_past(self.tried_at, now, _PAUSE):
            return []
        past = (hour for hour in self.hours if hour < plan.first_open_hour(now))
        return list(islice(past, max(0, limit)))

    def after(
        self, listing: Listing, now: datetime, *, due: Collection[datetime], kept: set[datetime]
    ) -> UnlistableHours:
        """After a poll: hours that failed move to the end, hours that were listed are forgotten.

        An hour of which a part failed, and was not listed from another source, has failed.
        `due` are the hours that were to be tried. Hours of `kept` stay although they were listed:
        their windows have yet to be requested.
        """
        faults = [fault.span for fault in listing.faults if fault.span]
        tried = {hour_of(first) for first, _ in (*listing.covered, *faults)}
        failed = {hour_of(span[0]) for span in faults}
        missing = {hour_of(span[0]) for span in faults if not listing.is_sure(*span)}
        listed = {hour_of(first) for first, _ in listing.covered} - missing - kept
        return UnlistableHours(
            spans=self._spans(listed, failed - listed),
            tried_at=self.tried_at if tried.isdisjoint(due) else now,
        )

    def _spans(self, listed: set[datetime], failed: set[datetime]) -> tuple[Span, ...]:
        spans: list[Span] = []
        for hour in [*(h for h in self.hours if h not in listed | failed), *sorted(failed)]:
            if spans and spans[-1][1] == hour:
                spans[-1] = spans[-1][0], hour + _HOUR
            else:
                spans.append((hour, hour + _HOUR))
        return tuple(spans)
