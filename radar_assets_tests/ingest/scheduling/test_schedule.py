"""The decision of live ingest, rule by rule."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

import pytest

from radar_assets.errors import SourceBusy, SourceUnreachable
from radar_assets.ingest.listing.model import Listing, SourceFault
from radar_assets.ingest.scheduling.arrivals import ArrivalRules
from radar_assets.ingest.scheduling.cursor import Cursor
from radar_assets.ingest.scheduling.decide import decide
from radar_assets.ingest.scheduling.plan import Plan
from radar_assets.ingest.sources.client import RemoteFile
from radar_assets.settings import Network
from radar_assets_tests.ingest.tree import name, utc
from radar_assets_tests.ingest.world import NOON, World, days, expected, play

LENIENT = ArrivalRules()
STRICT = ArrivalRules(allow_incomplete=False)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Put:
    """Files that appear on the server."""

    time: str
    fields: str = "DBZH ZDR"
    volume: str = "01"
    size: int = 100
    at: str | None = None


@dataclass(frozen=True)
class Tick:
    """A poll at a moment (of 18 November), and the windows that it requests."""

    at: str
    requests: str = ""
    result: str = "success"


@dataclass(frozen=True)
class Case:
    what: str
    steps: tuple[Put | Tick, ...]
    rules: ArrivalRules = LENIENT


T = "2025-11-18T12:03:00"
CASES = [
    Case(
        "complete and settled", (Put(T), Tick("12:04:10"), Tick("12:04:30", "12:00"), Tick("12:05"))
    ),
    Case(
        "incomplete until its time is over",
        (Put(T, "DBZH"), Tick("12:17:59"), Tick("12:18", "12:00"), Tick("12:19")),
    ),
    Case(
        "incomplete is skipped, and said once",
        (Put(T, "DBZH"), Tick("12:17:59"), Tick("12:18", "12:00"), Tick("12:40"), Tick("14:00")),
        STRICT,
    ),
    Case(
        "skipped, then completed late",
        (
            Put(T, "DBZH"),
            Tick("12:40", "12:00"),
            Put(T, "ZDR", at="2025-11-18T12:41:00"),
            Tick("12:41:30", "12:00"),
        ),
        STRICT,
    ),
    Case(
        "a field comes after the run",
        (
            Put(T, "DBZH"),
            Tick("12:18", "12:00"),
            Put(T, "ZDR", at="2025-11-18T12:30:00"),
            Tick("12:29:59"),
            Tick("12:30:30", "12:00"),
            Tick("12:31"),
        ),
    ),
    Case(
        "an unexpected field comes after the run",
        (
            Put(T),
            Tick("12:05", "12:00"),
            Put(T, "TH", at="2025-11-18T12:06:00"),
            Tick("12:06:30", "12:00"),
        ),
    ),
    Case(
        "a file changes after the run",
        (
            Put(T),
            Tick("12:05", "12:00"),
            Put(T, at="2025-11-18T12:10:00"),
            Tick("12:11", "12:00"),
            Put(T, size=101, at="2025-11-18T12:10:00"),
            Tick("12:12", "12:00"),
        ),
    ),
    Case(
        "a file changes while its run is active",
        (
            Put(T),
            Tick("12:05", "12:00", result="active"),
            Put(T, size=101),
            Tick("12:06"),
            Tick("12:07"),
        ),
    ),
    Case("delivered again unchanged", (Put(T), Tick("12:05", "12:00"), Put(T), Tick("12:06"))),
    Case(
        "a growing file",
        (
            Put(T, "DBZH"),
            Put(T, "ZDR", size=10, at="2025-11-18T12:05:00"),
            Tick("12:05:10"),
            Put(T, "ZDR", size=20, at="2025-11-18T12:05:20"),
            Tick("12:05:30"),
            Tick("12:05:40", "12:00"),
        ),
    ),
    Case(
        "an unknown strategy",
        (Put(T, "XYZ", "09"), Tick("12:17"), Tick("12:18", "12:00"), Tick("12:19")),
    ),
    Case(
        "two volumes ready together make one run",
        (
            Put(T),
            Put("2025-11-18T12:04:00", "VRAD", "02", at="2025-11-18T12:04:15"),
            Tick("12:04:30"),
            Tick("12:04:40", "12:00"),
            Tick("12:05:00"),
        ),
    ),
    Case(
        "a second volume later makes a second run",
        (
            Put(T),
            Tick("12:05", "12:00"),
            Put("2025-11-18T12:07:00", "VRAD", "02"),
            Tick("12:09", "12:00"),
        ),
    ),
    Case(
        "neighbours are one range, holes part ranges",
        (
            Put("2025-11-18T12:03:00"),
            Put("2025-11-18T12:13:00"),
            Put("2025-11-18T12:33:00"),
            Tick("12:40", "12:00 12:10 12:30"),
        ),
    ),
    Case(
        "a file from the future waits for its window",
        (
            Put("2025-11-18T12:45:00", at="2025-11-18T12:05:00"),
            Tick("12:10"),
            Tick("12:39"),
            Tick("12:46", "12:40"),
            Tick("12:47"),
        ),
    ),
    Case(
        "files that the server deletes change nothing",
        (
            Put(T),
            Tick("12:05", "12:00"),
            Put(T, at="2025-12-31T00:00"),
            Tick("12:06"),
            Tick("14:00"),
        ),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.what)
def test_cases(case: Case) -> None:
    world = World(arrival=case.rules)
    for step in case.steps:
        if isinstance(step, Put):
            world.put(
                step.time, *step.fields.split(), volume=step.volume, size=step.size, at=step.at
            )
        else:
            world.result = step.result
            requested = world.tick(f"2025-11-18T{step.at}")
            assert requested == [f"18 {window}" for window in step.requests.split()], step


def test_a_run_is_ordered_by_radar_range_fingerprint_and_number() -> None:
    world = World()
    world.put("2025-11-18T12:03:00")
    world.put("2025-11-18T12:13:00")
    world.tick("2025-11-18T12:16")
    (request,) = world.requests
    radar, first, last, fingerprint, number = request.run_key.split("/")
    assert (radar, first, last) == ("RMA1", "20251118T1200Z", "20251118T1210Z")
    assert int(number) == request.number == world.cursor.requests.number
    assert fingerprint == request.fingerprint
    assert len(request.fingerprints) == 2


def test_the_same_tick_twice_requests_the_same_runs() -> None:
    world = World()
    for minute in (3, 13, 33):
        world.put(f"2025-11-18T12:{minute:02d}:00")
    world.now = utc("2025-11-18T13:30")
    first, second = world.decide(), world.decide()
    assert first == second
    assert world.windows(first.requests) == ["18 12:00", "18 12:10", "18 12:30"]
    empty = ["18 12:20", "18 12:40", "18 12:50", "18 13:00"]
    assert world.windows(first.requests, "empty") == empty


def test_a_request_whose_run_is_unknown_is_made_again_under_its_key() -> None:
    world = World()
    world.put(T)
    world.tick("2025-11-18T12:05")
    world.outcomes.clear()
    assert world.tick("2025-11-18T12:06") == ["18 12:00"]
    assert world.requests[0].run_key == world.requests[1].run_key
    assert world.tick("2025-11-18T12:07") == []


def test_a_run_that_fails_for_its_content_is_tried_again_then_given_up() -> None:
    world = World()
    world.put(T)
    world.result = "final"
    world.now = utc("2025-11-18T12:05")
    play(world, "2025-11-18T13:00", MINUTE)
    tries = [request for request in world.requests if request.kind == "files"]
    assert [request.attempt for request in tries] == [1, 2, 3]
    assert len({request.run_key for request in tries}) == 3
    assert world.cursor.requests.open == ()
    world.result = "success"
    world.put(T, size=101)
    assert world.tick() == ["18 12:00"]
    assert world.requests[-1].attempt == 1


def test_the_pauses_of_a_failing_run_double() -> None:
    world = World()
    world.put(T)
    world.result = "failure"
    world.now = utc("2025-11-18T12:05")
    times = []
    for _ in range(600):
        times += [world.now] * bool(world.tick())
        world.now += timedelta(seconds=2)
    gaps = [(later - earlier) / MINUTE for earlier, later in pairwise(times)]
    assert gaps == pytest.approx([2, 4, 8], abs=0.2)


def test_empty_windows_are_closed_once_in_ranges_hourly() -> None:
    world = World()
    world.put("2025-11-18T12:33:00")
    moments = []
    while world.now < utc("2025-11-18T18:00"):
        before = len(world.requests)
        world.tick()
        moments += [world.now for r in world.requests[before:] if r.kind == "empty"]
        world.now += 5 * MINUTE
    closed = world.windows(world.requests, "empty")
    assert len(closed) == len(set(closed))
    assert "18 12:30" not in closed
    assert closed[:3] == ["18 12:00", "18 12:10", "18 12:20"]
    assert "18 16:30" in closed
    assert min(
        later - sooner for sooner, later in pairwise(moments) if later > sooner
    ) >= timedelta(hours=1)


def test_empty_windows_need_a_listing_later_than_their_time() -> None:
    world = World()
    assert world.windows(world.decide().requests, "empty") == []
    world.tick("2025-11-18T12:24:59")
    assert world.requests == []
    world.is_down = True
    world.tick("2025-11-18T12:30")
    assert world.requests == []
    world.is_down = False
    world.tick("2025-11-18T12:31")
    assert world.windows(world.requests, "empty") == ["18 12:00"]


def test_a_late_file_reopens_an_empty_window() -> None:
    world = World()
    world.tick("2025-11-18T12:31")
    assert world.windows(world.requests, "empty") == ["18 12:00"]
    world.put(T, at="2025-11-18T12:40:00")
    assert world.tick("2025-11-18T12:41") == ["18 12:00"]
    world.tick("2025-11-18T13:40")
    world.put("2025-11-18T12:10:00", at="2025-11-18T15:00:00")
    play(world, "2025-11-18T16:00")
    assert Counter(world.windows(world.requests))["18 12:10"] == 1


def test_polls_that_are_an_hour_apart_go_through_the_whole_past() -> None:
    world = World()
    world.put("2025-11-18T12:10")
    play(world, "2025-11-19T02:00", every=timedelta(hours=1))
    world.put("2025-11-18T12:10", size=300, at="2025-11-19T02:00")
    play(world, "2025-11-19T11:00", every=timedelta(hours=1))
    assert world.windows(world.requests) == ["18 12:10", "18 12:10"]


def test_a_late_file_of_hours_ago_is_found_by_the_rescan() -> None:
    world = World()
    for time in days("2025-11-18T12:00", "2025-11-19T18:00"):
        world.put(f"{time:%Y-%m-%dT%H:%M:%S}")
    play(world, "2025-11-19T12:00")
    world.put("2025-11-18T13:00:00", "TH", at="2025-11-19T12:00:00")
    before = len(world.requests)
    play(world, "2025-11-19T12:40")
    assert "18 13:00" in world.windows(world.requests[before:])


@pytest.mark.parametrize("poll", [MINUTE, 7 * MINUTE])
def test_an_outage_is_caught_up_oldest_first_and_nothing_is_skipped(poll: timedelta) -> None:
    world = World(start=utc("2024-12-30T00:00"))
    times = days("2024-12-30T00:03", "2025-01-01T06:00")
    for time in times:
        world.put(f"{time:%Y-%m-%dT%H:%M:%S}")
    play(world, "2024-12-30T03:00", poll)
    world.is_down = True
    play(world, "2024-12-31T23:30", poll)
    assert world.cursor.outage.failures > 3
    world.is_down = False
    before = len(world.requests)
    play(world, "2025-01-01T06:20", poll)
    requested = Counter(world.windows(world.requests))
    assert requested == Counter(f"{world.plan.window_of(time):%d %H:%M}" for time in times)
    assert world.windows(world.requests, "empty") == []
    caught_up = [r.first for r in world.requests[before:] if r.first < utc("2024-12-31T22:00")]
    assert caught_up == sorted(caught_up)
    assert max(len(r.fingerprints) for r in world.requests) == world.plan.windows_per_run
    assert len(world.cursor.to_json()) < 8_000


def test_catching_up_waits_for_runs_to_end() -> None:
    world = World(start=utc("2025-11-01T00:00"), now=utc("2025-11-10T00:00"), runs_at_once=2)
    for time in days("2025-11-01T00:00", "2025-11-10T00:00"):
        world.put(f"{time:%Y-%m-%dT%H:%M:%S}")
    world.result = "active"
    for _ in range(10):
        world.tick()
        world.now += MINUTE
    assert len(world.requests) == 2
    assert world.requests[0].first == utc("2025-11-01T00:00")
    for request in world.requests:
        world.outcomes[request.run_key] = "success"
    world.tick()
    world.tick()
    assert world.requests[2].first == world.requests[0].last + world.plan.window


def test_a_radar_with_an_end_is_finished_and_then_not_listed() -> None:
    world = World(end=utc("2025-11-18T18:05"), now=utc("2025-11-18T12:00"))
    for time in days("2025-11-18T12:00", "2025-11-19T00:00", 30 * MINUTE):
        world.put(f"{time:%Y-%m-%dT%H:%M:%S}")
    play(world, "2025-11-20T18:00", 10 * MINUTE)
    windows = world.windows(world.requests) + world.windows(world.requests, "empty")
    assert sorted(windows) == [
        f"{t:%d %H:%M}" for t in days("2025-11-18T12:00", "2025-11-18T18:00")
    ]
    assert any(world.listed[-300])
    assert world.listed[-60:] == [()] * 60
    assert world.cursor.windows.later == {}


def test_an_archive_whose_end_is_long_past_is_processed_whole() -> None:
    world = World(end=utc("2025-11-19T12:00"), now=utc("2026-06-01T00:00"))
    world.put("2025-11-18T12:00:00")
    world.put("2025-11-19T11:55:00")
    play(world, "2026-06-01T06:00")
    assert world.windows(world.requests) == ["18 12:00", "19 11:50"]
    assert len(world.windows(world.requests, "empty")) == 142
    assert world.listed[-1] == ()


def test_a_plan_follows_the_network_file() -> None:
    site = {"sources": ["s"], "latitude": 0, "longitude": 0}
    network = Network.model_validate(
        {
            "settings": {"window_minutes": 5, "settle_after": "7s", "windows_per_run": 3},
            "sources": {"s": {"url": "x"}},
            "radars": {"RMA1": {**site, "start": "2025-11-01T00:00:00-03:00"}},
        }
    )
    plan = Plan.of(network, "RMA1")
    assert (plan.window, plan.windows_per_run, plan.end) == (5 * MINUTE, 3, None)
    assert plan.arrival.settle_after == timedelta(seconds=7)
    assert f"{plan.first:%d %H:%M}" == "01 03:00"


def test_a_start_off_the_grid_or_in_the_future() -> None:
    world = World(start=utc("2025-11-18T12:05"), now=utc("2025-11-18T11:00"))
    world.put("2025-11-18T12:07:00")
    world.put("2025-11-18T12:12:00")
    assert world.tick() == []
    assert world.listed == [()]
    assert world.tick("2025-11-18T12:20") == ["18 12:10"]


def test_a_clock_that_was_wrong_hides_nothing() -> None:
    world = World()
    world.tick("2027-01-01T00:00")
    for _ in range(300):
        world.tick()
        world.now += MINUTE
    world.put(T)
    assert world.tick("2025-11-18T12:05") == ["18 12:00"]


def test_a_lost_cursor_asks_again_under_other_keys() -> None:
    world = World()
    world.put(T)
    world.tick("2025-11-18T12:05")
    world.cursor = Cursor.from_json("{broken")
    assert world.tick("2025-11-18T12:06") == ["18 12:00"]
    assert world.requests[0].fingerprint == world.requests[1].fingerprint
    assert world.requests[0].run_key != world.requests[1].run_key


def test_pending_files_are_remembered_until_they_are_processed() -> None:
    world = World()
    world.put(T, "DBZH")
    world.tick("2025-11-18T12:05")
    assert world.cursor.pending == {"RMA1_0315_01_DBZH_20251118T120300Z.BUFR": 100}
    world.is_down = True
    world.tick("2025-11-18T12:06")
    assert len(world.cursor.pending) == 1
    world.is_down = False
    world.put(T, "ZDR", at="2025-11-18T12:07:00")
    world.tick("2025-11-18T12:08")
    world.tick("2025-11-18T12:09")
    assert world.cursor.pending == {}


def test_an_outage_slows_the_polls_down() -> None:
    world = World()
    world.is_down = True
    play(world, "2025-11-18T13:00", timedelta(seconds=10))
    polls = sum(bool(spans) for spans in world.listed)
    assert 12 <= polls <= 20


def test_a_source_that_is_busy_is_not_down() -> None:
    world = World()
    busy = Listing(faults=(SourceFault("here", SourceBusy("busy")),))
    found = decide(world.cursor, busy, world.now, world.plan, expected=expected, outcomes={})
    assert found.cursor.outage.failed_at is None
    assert found.summary == "0 files, 0 windows requested; here: busy"


def test_files_of_unknown_time_settle_by_their_size() -> None:
    world = World()
    world.files = [
        RemoteFile(name("2025-11-18T12:03:00", f), 9, None, "here") for f in ("DBZH", "ZDR")
    ]
    assert world.tick("2025-11-18T12:04:00") == []
    assert world.tick("2025-11-18T12:04:30") == ["18 12:00"]
    assert world.tick("2025-11-18T12:05:00") == []


def test_the_summary_tells_what_was_seen() -> None:
    world = World()
    world.put(T)
    world.put("2025-11-18T12:11:00", "DBZH")
    world.now = utc("2025-11-18T12:13")
    spans = ((NOON, utc("2025-11-18T13:00")),)
    fault = SourceFault("s", SourceUnreachable("down"))
    listing = Listing(world.files and tuple(world.files), (("x", "bad"),), (fault,), spans)
    text = decide(Cursor(), listing, world.now, world.plan, expected=expected, outcomes={}).summary
    assert text == "3 files, 1 volume waiting, 1 window requested, 1 name ignored; s: down"
    text = decide(Cursor(), Listing(), NOON, world.plan, expected=expected, outcomes={}).summary
    assert text == "0 files, 0 windows requested"
