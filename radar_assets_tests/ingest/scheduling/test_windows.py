"""Windows with files and the frontier, as data."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from radar_assets.ingest.scheduling.arrivals import ArrivalState, VolumeArrival
from radar_assets.ingest.scheduling.plan import Plan
from radar_assets.ingest.scheduling.requests import Request
from radar_assets.ingest.scheduling.windows import (
    DoneWindows,
    FollowedWindows,
    after_requests,
    contents_of,
    pending_sizes,
    request_changed,
)
from radar_assets.ingest.sources.client import RemoteFile
from radar_assets_tests.ingest.tree import name, utc

NOW = utc("2025-11-18T12:30")
"""the windows of 12:00 and before are closed, that of 12:30 is the last to have begun"""
PLAN = Plan("RMA1", utc("2025-11-18T10:00"), late_horizon=timedelta(hours=1), windows_per_run=2)


def at(text: str) -> datetime:
    return utc(f"2025-11-18T{text}")


def arrival(text: str, state: ArrivalState = "ready", size: int = 100) -> VolumeArrival:
    file = RemoteFile(name(f"2025-11-18T{text}:07"), size, None, "here")
    return VolumeArrival(file.name.id, (file,), frozenset({"DBZH"}), state)


def contents(*arrivals: VolumeArrival):
    return contents_of(arrivals, PLAN)


READY = contents(*(arrival(text) for text in ("11:00", "11:10", "11:20", "12:00")))
PRINTS = {window: content.fingerprint for window, content in READY.items()}


def asked(
    *arrivals: VolumeArrival, done: dict[datetime, str] | None = None, busy: str = ""
) -> list[str]:
    """First and last windows that are requested, then those that wait."""
    open_requests = [Request(radar="RMA1", first=at(text), last=at(text)) for text in busy.split()]
    changes = request_changed(contents(*arrivals), done or {}, open_requests, PLAN, NOW)
    return [
        *(f"{request.first:%H:%M}-{request.last:%H:%M}" for request in changes.requests),
        *(f"{window:%H:%M}" for window in sorted(changes.waiting)),
    ]


@pytest.mark.parametrize(
    ("arrivals", "found"),
    [
        ([], []),
        ([arrival("12:00")], ["12:00-12:00"]),
        ([arrival("12:00", "waiting")], []),
        ([arrival("12:00", "overdue")], ["12:00-12:00"]),
        ([arrival("12:00", "skipped")], ["12:00-12:00"]),
        ([arrival("12:30")], ["12:30-12:30"]),
        ([arrival("12:40")], []),
        ([arrival("12:20"), arrival("12:23", "waiting")], []),
        ([arrival("12:00"), arrival("12:03", "waiting")], ["12:00-12:00"]),
        ([arrival(text) for text in ("11:20", "11:00", "11:10")], ["11:00-11:10", "11:20-11:20"]),
    ],
)
def test_windows_with_something_to_do_are_requested(
    arrivals: list[VolumeArrival], found: list[str]
) -> None:
    assert asked(*arrivals) == found


def test_windows_that_were_processed_as_they_are_are_not_requested() -> None:
    assert asked(arrival("12:00"), done=PRINTS) == []
    assert asked(arrival("12:00", size=101), done=PRINTS) == ["12:00-12:00"]
    assert asked(arrival("12:00"), arrival("12:03"), done=PRINTS) == ["12:00-12:00"]


def test_windows_of_open_requests_have_their_turn_later() -> None:
    arrivals = [arrival(text) for text in ("11:00", "11:10", "11:20")]
    assert asked(*arrivals, busy="11:10") == ["11:00-11:00", "11:20-11:20"]


def test_windows_without_a_free_slot_wait() -> None:
    arrivals = [arrival(f"{hour}:{minute}0") for hour in (10, 11) for minute in (0, 2, 4)]
    assert asked(*arrivals) == [
        *("10:00-10:00", "10:20-10:20", "10:40-10:40", "11:00-11:00", "11:20", "11:40")
    ]


def test_what_is_requested_is_reported_window_by_window() -> None:
    (request, _) = request_changed(READY, {}, [], PLAN, NOW).requests[:2]
    assert request.fingerprints == (PRINTS[at("11:00")], PRINTS[at("11:10")])


@pytest.mark.parametrize(
    ("until", "frontier"),
    [(None, "10:00"), ("11:00", "11:00"), ("11:40", "11:30"), ("09:00", "10:00")],
)
def test_the_frontier_is_what_is_done_but_not_after_the_horizon(
    until: str | None, frontier: str
) -> None:
    assert DoneWindows(until=until and at(until)).frontier(PLAN, NOW) == at(frontier)


@pytest.mark.parametrize(
    ("done", "held", "until", "later"),
    [
        ("", "", "11:00", ""),
        ("11:00 11:10", "", "11:20", ""),
        ("11:00", "11:10", "11:20", ""),
        ("11:10", "", "11:00", "11:10"),
        ("11:00 11:20", "", "11:10", "11:20"),
        ("10:50 11:00 11:10 11:20 11:30 11:40", "", "11:30", "11:30 11:40"),
    ],
)
def test_the_frontier_moves_over_what_is_done_or_held(
    done: str, held: str, until: str, later: str
) -> None:
    marks = {at(text): text for text in done.split()}
    found = after_requests(at("11:00"), marks, {at(text) for text in held.split()}, PLAN, NOW)
    assert found == DoneWindows(until=at(until), later={at(text): text for text in later.split()})


def test_newer_windows_are_followed_and_those_that_could_not_be_listed() -> None:
    followed = FollowedWindows(at("11:00"), {at("10:00")})
    assert [at(text) in followed for text in ("10:00", "10:50", "11:00", "12:00")] == [
        *(True, False, True, True)
    ]


def test_files_of_open_windows_are_pending_until_they_are_processed() -> None:
    found = contents(
        arrival("11:00", "waiting"), arrival("12:10", size=7), arrival("12:20", "waiting")
    )
    processed = {at("12:10"): found[at("12:10")].fingerprint}
    names = {text: str(name(f"2025-11-18T{text}:07")) for text in ("12:10", "12:20")}
    assert pending_sizes(found, {}, PLAN, NOW) == {names["12:10"]: 7, names["12:20"]: 100}
    assert pending_sizes(found, processed, PLAN, NOW) == {names["12:20"]: 100}
