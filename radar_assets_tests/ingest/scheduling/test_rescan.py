"""The rescan as data: which part is next, and where it goes on."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from radar_assets.ingest.listing.model import Listing, SourceFault
from radar_assets.ingest.scheduling.plan import Plan
from radar_assets.ingest.scheduling.rescan import Rescan
from radar_assets_tests.ingest.tree import utc

NOW = utc("2025-11-18T12:30")
"""hours from 11:00 on are listed at every poll"""
PLAN = Plan("RMA1", utc("2025-11-18T01:00"), late_horizon=timedelta(hours=24))
"""ten past hours, each to be listed every 30 minutes: one in three minutes"""


def at(hour: int) -> datetime:
    return utc(f"2025-11-18T{hour:02d}:00")


def rescan(hour: int | None, minutes: float | None = None) -> Rescan:
    """A rescan that goes on at an hour, and did so some minutes ago."""
    ago = None if minutes is None else NOW - timedelta(minutes=minutes)
    return Rescan(position=None if hour is None else at(hour), continued_at=ago)


@pytest.mark.parametrize(
    ("before", "limit", "span"),
    [
        (rescan(None), 6, (1, 7)),
        (rescan(None), 3, (1, 4)),
        (rescan(None), 0, None),
        (rescan(4, 2.9), 6, None),
        (rescan(4, 3), 6, (4, 5)),
        (rescan(4, 9), 6, (4, 7)),
        (rescan(4, 9), 2, (4, 6)),
        (rescan(4, -9), 6, (4, 7)),
        (rescan(9, 60), 6, (9, 11)),
        (rescan(11, 3), 6, (1, 2)),
        (rescan(0, 3), 6, (1, 2)),
    ],
)
def test_the_next_part(before: Rescan, limit: int, span: tuple[int, int] | None) -> None:
    assert before.next_span(PLAN, NOW, limit) == (span and (at(span[0]), at(span[1])))


def test_a_radar_without_a_past_has_none() -> None:
    plan = Plan("RMA1", utc("2025-11-18T12:00"))
    assert Rescan().next_span(plan, NOW, 6) is None
    assert Rescan().after(Listing(covered=((at(12), at(13)),)), plan, NOW, 6) == Rescan()


@pytest.mark.parametrize(
    ("before", "covered", "failed", "position"),
    [
        (rescan(4, 9), [4, 5, 6], [], 7),
        (rescan(4, 9), [4, 5, 6, 7], [], 7),
        (rescan(4, 9), [4], [], 5),
        (rescan(4, 9), [4, 6], [5], 7),
        (rescan(4, 9), [5, 6], [], None),
        (rescan(4, 9), [], [], None),
        (rescan(4, 2), [4], [], None),
        (rescan(9, 60), [9, 10, 11, 12], [], 1),
    ],
)
def test_it_goes_on_after_what_was_listed(
    before: Rescan, covered: list[int], failed: list[int], position: int | None
) -> None:
    listing = Listing(
        covered=tuple((at(hour), at(hour + 1)) for hour in covered),
        faults=tuple(SourceFault("x", "AccessDenied", (at(h), at(h + 1))) for h in failed),
    )
    expected = before if position is None else Rescan(position=at(position), continued_at=NOW)
    assert before.after(listing, PLAN, NOW, 6) == expected
