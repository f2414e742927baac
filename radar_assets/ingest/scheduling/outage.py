"""An outage: no source answers, so that every run would fail."""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import AwareDatetime

from radar_assets.ingest.listing.model import Listing
from radar_assets.ingest.scheduling.part import CursorPart
from radar_assets.ingest.times import is_past

_PAUSE = timedelta(seconds=30)
"""pause after a poll at which no source answered; doubles"""
_LONGEST_PAUSE = timedelta(minutes=5)
_MOST_DOUBLINGS = 10


class Outage(CursorPart):
    """Polls in a row at which no source answered; without any, the sources answer."""

    failures: int = 0
    failed_at: AwareDatetime | None = None
    """when the last of them was"""
    since: AwareDatetime | None = None
    """when the first of them was; None while the sources answer"""

    @property
    def is_on(self) -> bool:
        """Whether no source answers."""
        return self.since is not None

    def after(self, listing: Listing, now: datetime) -> Outage:
        """After a poll; one that listed nothing and met no fault changes nothing.

        A source without a free connection is busy, one that is not understood has answered: neither
        is an outage.
        """
        if listing.covered or any(fault.is_unclear for fault in listing.faults):
            return Outage()
        has_failed = any(not fault.is_busy for fault in listing.faults)
        if not has_failed and self.failed_at is None:
            return Outage()
        return Outage(
            failures=self.failures + has_failed,
            failed_at=now if has_failed else self.failed_at,
            since=self.since or now,
        )

    def is_pausing(self, now: datetime) -> bool:
        """Whether it is too early to ask the sources again."""
        doublings = min(max(self.failures - 1, 0), _MOST_DOUBLINGS)
        pause = min(_PAUSE * (1 << doublings), _LONGEST_PAUSE)
        return self.failed_at is not None and not is_past(self.failed_at, now, pause)
