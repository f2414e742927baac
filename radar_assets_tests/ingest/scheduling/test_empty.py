"""Empty windows as data: noted, dropped, requested in ranges."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from radar_assets.ingest.listing.model import Listing
from radar_assets.ingest.scheduling.empty import EmptyWindows, close_empty, empty_windows
from radar_assets.ingest.scheduling.plan import Plan
from radar_assets_tests.ingest.tree import utc

NOW = utc("2025-11-18T15:00")
PLAN = Plan("RMA1", utc("2025-11-18T12:00"), runs_at_once=2)
HOUR = timedelta(hours=1)


def at(text: str) -> datetime:
    return utc(f"2025-11-18T{text}")


def windows(texts: str) -> set[datetime]:
    return {at(text) for text in texts.split()}


def ranges(*texts: str) -> tuple[tuple[datetime, datetime], ...]:
    return tuple((at(text.split("-")[0]), at(text.split("-")[1])) for text in texts)


@pytest.mark.parametrize(
    ("covered", "found"),
    [
        ((), ""),
        ((("12:00", "13:00"),), "12:00 12:10 12:20 12:30 12:40 12:50"),
        ((("11:50", "12:20"),), "12:00 12:10"),
        ((("12:00", "12:14"), ("12:15", "12:40")), "12:00 12:20 12:30"),
        ((("12:05", "12:30"),), "12:10 12:20"),
        ((("12:00", "12:15"),), "12:00"),
        ((("14:20", "15:00"),), "14:20 14:30"),
        ((("13:50", "14:00"), ("12:00", "12:10")), "12:00 13:50"),
    ],
)
def test_windows_of_listed_spans_that_are_closed(
    covered: tuple[tuple[str, str], ...], found: str
) -> None:
    listing = Listing(covered=tuple((at(first), at(last)) for first, last in covered))
    assert empty_windows(listing, PLAN, NOW) == windows(found)


@pytest.mark.parametrize(
    ("before", "noted", "filled", "rest", "requested"),
    [
        ((), "", "", (), ()),
        ((), "12:00 12:10 12:30", "", (), ("12:00-12:10", "12:30-12:30")),
        (("12:00-12:20",), "12:30", "", (), ("12:00-12:30",)),
        (("12:00-12:20",), "", "12:10", (), ("12:00-12:00", "12:20-12:20")),
        (
            (),
            "12:00 12:20 12:40 13:00",
            "",
            ("12:40-12:40", "13:00-13:00"),
            ("12:00-12:00", "12:20-12:20"),
        ),
    ],
)
def test_the_oldest_are_requested(
    before: tuple[str, ...],
    noted: str,
    filled: str,
    rest: tuple[str, ...],
    requested: tuple[str, ...],
) -> None:
    state, requests = closed(EmptyWindows(ranges=ranges(*before)), noted, filled)
    assert tuple((request.first, request.last) for request in requests) == ranges(*requested)
    assert {request.kind for request in requests} <= {"empty"}
    assert state == EmptyWindows(ranges=ranges(*rest), requested_at=NOW if requested else None)


def closed(state: EmptyWindows, noted: str, filled: str = "", *, is_down: bool = False):
    return close_empty(
        state, noted=windows(noted), filled=windows(filled), plan=PLAN, now=NOW, is_down=is_down
    )


@pytest.mark.parametrize(
    ("ago", "is_down", "is_requested"),
    [
        (None, False, True),
        (HOUR, False, True),
        (HOUR - timedelta(seconds=1), False, False),
        (-HOUR, False, True),
        (HOUR, True, False),
    ],
)
def test_they_are_requested_once_an_hour_and_not_in_an_outage(
    ago: timedelta | None, is_down: bool, is_requested: bool
) -> None:
    before = EmptyWindows(requested_at=None if ago is None else NOW - ago)
    state, requests = closed(before, "12:00", is_down=is_down)
    assert bool(requests) is is_requested
    kept = EmptyWindows(ranges=ranges("12:00-12:00"), requested_at=before.requested_at)
    assert state == (EmptyWindows(requested_at=NOW) if is_requested else kept)


def test_a_long_time_is_several_runs() -> None:
    first = at("12:00") - timedelta(days=10)
    noted = set(PLAN.windows(first, at("12:00")))
    state, requests = close_empty(
        EmptyWindows(), noted=noted, filled=set(), plan=PLAN, now=NOW, is_down=False
    )
    assert [(r.last - r.first) / PLAN.window + 1 for r in requests] == [720, 720]
    assert state.ranges == ((first + 1440 * PLAN.window, at("12:00")),)
