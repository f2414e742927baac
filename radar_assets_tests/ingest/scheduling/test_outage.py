"""Outages as data: state and listing -> state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest

from radar_assets.errors import ListingUnclear, SourceBusy, SourceUnreachable
from radar_assets.ingest.listing.model import Listing, SourceFault
from radar_assets.ingest.scheduling.outage import Outage
from radar_assets_tests.ingest.tree import utc

NOON = utc("2025-11-18T12:00")
LATER = NOON + timedelta(minutes=1)
HOUR = (NOON, NOON + timedelta(hours=1))
DOWN, BUSY = (
    SourceFault("here", SourceUnreachable("down")),
    SourceFault("here", SourceBusy("busy")),
)
UNCLEAR = SourceFault("here", ListingUnclear("a line is not understood"), HOUR, is_unclear=True)
ONCE = Outage(failures=1, failed_at=NOON, since=NOON)


@dataclass(frozen=True)
class Case:
    what: str
    before: Outage
    listing: Listing
    after: Outage


CASES = [
    Case("all is well", Outage(), Listing(covered=(HOUR,)), Outage()),
    Case("nothing was asked for", Outage(), Listing(), Outage()),
    Case(
        "first failure",
        Outage(),
        Listing(faults=(DOWN,)),
        Outage(failures=1, failed_at=LATER, since=LATER),
    ),
    Case(
        "second failure",
        ONCE,
        Listing(faults=(DOWN, DOWN)),
        Outage(failures=2, failed_at=LATER, since=NOON),
    ),
    Case("nothing was asked for in an outage", ONCE, Listing(), ONCE),
    Case("a busy source is not down", Outage(), Listing(faults=(BUSY,)), Outage()),
    Case("a busy source ends no outage", ONCE, Listing(faults=(BUSY,)), ONCE),
    Case("one of two sources is down", ONCE, Listing(faults=(DOWN,), covered=(HOUR,)), Outage()),
    Case("it is not understood", ONCE, Listing(faults=(DOWN, UNCLEAR)), Outage()),
    Case("it answers again", ONCE, Listing(covered=(HOUR,)), Outage()),
    Case(
        "a beginning that is unknown",
        Outage(failures=3, failed_at=NOON),
        Listing(),
        Outage(failures=3, failed_at=NOON, since=LATER),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.what)
def test_cases(case: Case) -> None:
    assert case.before.after(case.listing, LATER) == case.after


@pytest.mark.parametrize(
    ("failures", "seconds"), [(0, 30), (1, 30), (2, 60), (3, 120), (5, 300), (900, 300)]
)
def test_pauses_double_up_to_five_minutes(failures: int, seconds: int) -> None:
    outage = Outage(failures=failures, failed_at=NOON, since=NOON)
    assert outage.is_pausing(NOON + timedelta(seconds=seconds - 1))
    assert not outage.is_pausing(NOON + timedelta(seconds=seconds))
    assert not Outage().is_pausing(NOON)
