"""What becomes of requests: retries, outages, keys, other servers, hours that cannot be listed."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import pairwise

import pytest

from radar_assets.errors import SourceUnreachable
from radar_assets.ingest.listing.model import Listing, SourceFault, hours_of
from radar_assets.ingest.scheduling.cursor import Cursor
from radar_assets.ingest.scheduling.decide import decide
from radar_assets.ingest.scheduling.polling import hours_to_list
from radar_assets.ingest.scheduling.requests import ATTEMPTS, Request, running
from radar_assets_tests.ingest.tree import utc
from radar_assets_tests.ingest.world import NOON, World, days, expected, play

T = "2025-11-18T12:03:00"
MINUTE = timedelta(minutes=1)
HALF_MINUTE = timedelta(seconds=30)


def failing() -> World:
    """A world whose volume is requested at 12:05 by a run that fails."""
    world = World()
    world.put(T)
    world.result = "failure"
    world.tick("2025-11-18T12:05")
    return world


def test_an_outage_uses_up_no_attempts() -> None:
    world = failing()
    world.is_down = True
    play(world, "2025-11-18T15:00", HALF_MINUTE)
    assert len(world.requests) == 1
    world.is_down, world.result = False, "success"
    play(world, "2025-11-18T15:06", HALF_MINUTE)
    tries = [r for r in world.requests if r.kind == "files"]
    assert [r.attempt for r in tries] == [1, 2]
    assert len({r.run_key for r in tries}) == 2
    assert world.cursor.requests.open == ()


def test_what_did_not_fail_for_its_content_is_tried_on_with_pauses_up_to_half_an_hour() -> None:
    world = failing()
    times = [world.now]
    while world.now < utc("2025-11-19T06:00"):
        if world.tick():
            times.append(world.now)
        world.now += MINUTE
    gaps = [(later - earlier) / MINUTE for earlier, later in pairwise(times)]
    assert gaps[:4] == pytest.approx([2, 4, 8, 16], abs=2)
    assert max(gaps) <= 32
    assert len(gaps) > 30
    world.result = "success"
    play(world, "2025-11-19T07:00", MINUTE)
    assert [r for r in world.cursor.requests.open if r.kind == "files"] == []


def test_empty_windows_are_not_closed_while_the_source_is_down() -> None:
    world = World()
    world.result = "failure"
    world.tick("2025-11-18T12:31")
    (first,) = world.requests
    world.tick("2025-11-18T12:45")
    assert world.cursor.empty.ranges
    count = len(world.requests)
    world.is_down = True
    play(world, "2025-11-18T16:00", HALF_MINUTE)
    assert len(world.requests) == count
    world.is_down, world.result = False, "success"
    play(world, "2025-11-18T16:10", HALF_MINUTE)
    tries = [request.attempt for request in world.requests if request.first == first.first]
    assert tries == list(range(1, len(tries) + 1))
    assert len(world.requests) > count
    assert world.cursor.requests.open == ()


def test_the_last_run_of_a_radar_that_has_ended_is_tried_again() -> None:
    world = World(end=utc("2025-11-18T12:10"))
    world.put(T)
    world.result = "failure"
    world.tick("2025-11-18T12:05")
    world.is_down = True
    play(world, "2025-11-20T00:00")
    world.is_down, world.result = False, "success"
    play(world, "2025-11-20T00:30")
    assert [request.attempt for request in world.requests] == [1, 2]
    assert world.cursor.requests.open == ()
    assert world.listed[-1] == ()


def test_a_return_to_earlier_files_is_a_run_of_its_own() -> None:
    world = World()
    keys = []
    for minute, size in ((5, 100), (10, 101), (15, 100)):
        world.put(T, size=size)
        assert world.tick(f"2025-11-18T12:{minute:02d}") == ["18 12:00"]
        keys.append(world.requests[-1].run_key)
    assert len(set(keys)) == 3
    assert world.requests[0].fingerprint == world.requests[2].fingerprint
    assert world.tick("2025-11-18T12:20") == []


def test_a_mirror_with_other_times_is_no_change_but_other_sizes_are() -> None:
    world = World()
    for time in days(T, "2025-11-18T18:00"):
        world.put(f"{time:%Y-%m-%dT%H:%M:%S}")
    play(world, "2025-11-18T18:10", MINUTE)
    original, count = list(world.files), len(world.requests)
    world.server = "mirror"
    for time in days(T, "2025-11-18T18:00"):
        world.put(f"{time:%Y-%m-%dT%H:%M:%S}", at=f"{time + 2 * MINUTE:%Y-%m-%dT%H:%M:%S}")
    play(world, "2025-11-18T19:00", MINUTE)
    world.server, world.files = "here", original
    play(world, "2025-11-18T20:00", MINUTE)
    assert world.windows(world.requests[count:]) == []
    world.server = "mirror"
    world.put("2025-11-18T17:03:00", size=101)
    assert world.tick() == []
    play(world, "2025-11-18T20:40", MINUTE)
    assert world.windows(world.requests[count:]) == ["18 17:00"]


def test_a_new_time_on_the_same_server_is_a_change() -> None:
    world = World()
    world.put(T)
    world.tick("2025-11-18T12:05")
    world.put(T, at="2025-11-18T12:06:00")
    assert world.tick("2025-11-18T12:07") == ["18 12:00"]


def test_an_hour_that_cannot_be_listed_holds_up_no_other() -> None:
    world = World(now=utc("2025-11-20T12:00"))
    times = days(T, "2025-11-20T12:00", 30 * MINUTE)
    for time in times:
        world.put(f"{time:%Y-%m-%dT%H:%M:%S}")
    world.unlistable = {utc("2025-11-18T14:00"), utc("2025-11-20T11:00")}
    play(world, "2025-11-20T18:00")
    requested = set(world.windows(world.requests))
    for spans in world.listed:
        hours = [hour for span in spans for hour in hours_of(*span)]
        assert len(hours) == len(set(hours))
    lost = {"18 14:00", "18 14:30", "20 11:00", "20 11:30"}
    assert requested == {f"{world.plan.window_of(time):%d %H:%M}" for time in times} - lost
    assert world.cursor.windows.until == world.plan.horizon(world.now - 5 * MINUTE)
    assert "2 hours not listed because of faults" in world.decide().summary
    world.unlistable.clear()
    count = len(world.requests)
    play(world, "2025-11-20T20:00")
    assert set(world.windows(world.requests[count:])) == lost
    assert "18 14:10" in world.windows(world.requests[count:], "empty")
    assert world.cursor.unlistable.spans == ()


def test_the_rescan_passes_an_hour_that_cannot_be_listed() -> None:
    world = World()
    world.unlistable = {utc("2025-11-18T14:00")}
    for time in days("2025-11-18T12:00", "2025-11-19T12:00"):
        world.put(f"{time:%Y-%m-%dT%H:%M:%S}")
    play(world, "2025-11-19T12:00")
    world.put("2025-11-18T23:00:00", "TH", at="2025-11-19T12:00:00")
    count = len(world.requests)
    play(world, "2025-11-19T12:40")
    assert "18 23:00" in world.windows(world.requests[count:])


def test_a_month_that_cannot_be_listed_keeps_the_cursor_small() -> None:
    world = World(start=utc("2025-10-01T00:00"), now=utc("2025-11-18T12:00"))
    world.unlistable = set(days("2025-10-05T00:00", "2025-11-04T00:00", timedelta(hours=1)))
    play(world, "2025-11-20T12:00", 10 * MINUTE)
    assert world.cursor.windows.until == world.plan.horizon(world.now - 10 * MINUTE)
    assert len(world.cursor.to_json()) < 6_000
    world.unlistable.clear()
    play(world, "2025-11-22T00:00", 10 * MINUTE)
    assert world.cursor.unlistable.spans == ()


def test_an_hour_that_can_be_listed_again_is_kept_until_its_windows_are_requested() -> None:
    world = World(now=utc("2025-11-20T12:00"), runs_at_once=1)
    world.put(T)
    world.unlistable = {NOON}
    play(world, "2025-11-20T14:00")
    world.put("2025-11-20T14:00:00", at="2025-11-20T14:00:30")
    world.result = "active"
    play(world, "2025-11-20T14:05", MINUTE)
    world.unlistable.clear()
    play(world, "2025-11-20T15:00")
    assert world.windows(world.requests) == ["20 14:00"]
    world.outcomes.update(dict.fromkeys(world.outcomes, "success"))
    world.result = "success"
    play(world, "2025-11-20T16:00")
    assert world.windows(world.requests) == ["20 14:00", "18 12:00"]


def test_requests_that_fail_do_not_pile_up() -> None:
    world = World(start=utc("2025-11-18T00:00"), requests_at_once=3)
    world.result = "failure"
    for time in days("2025-11-18T00:03", "2025-11-18T12:00", 20 * MINUTE):
        world.put(f"{time:%Y-%m-%dT%H:%M:%S}")
    play(world, "2025-11-18T12:00")
    assert len([r for r in world.cursor.requests.open if r.kind == "files"]) == 3
    world.result = "success"
    play(world, "2025-11-18T16:00")
    assert len(set(world.windows(world.requests))) == 36


def test_an_hour_that_cannot_be_listed_is_unlistable_although_nothing_else_was() -> None:
    world = World(start=utc("2025-11-18T00:00"))
    world.now = utc("2025-11-18T12:00")
    hour = utc("2025-11-18T03:00"), utc("2025-11-18T04:00")
    listing = Listing(faults=(SourceFault("here", SourceUnreachable("too slow"), hour),))
    decision = decide(world.cursor, listing, world.now, world.plan, expected=expected, outcomes={})
    assert decision.cursor.unlistable.spans == (hour,)


def test_files_that_are_refused_for_ever_do_not_stop_live_ingest() -> None:
    world = World(start=utc("2025-11-18T00:00"))
    world.result = "refused"
    times = days("2025-11-18T00:03", "2025-11-19T06:00")
    for time in times:
        world.put(f"{time:%Y-%m-%dT%H:%M:%S}")
    play(world, "2025-11-19T06:10", 2 * MINUTE)
    tries = Counter(world.windows(world.requests))
    assert set(tries) == {f"{world.plan.window_of(time):%d %H:%M}" for time in times}
    assert tries["18 00:00"] == ATTEMPTS["refused"]
    assert len(world.cursor.requests.open) < world.plan.requests_at_once


def test_runs_that_are_tried_again_keep_to_the_number_at_once() -> None:
    world = World(start=utc("2025-11-18T00:00"), runs_at_once=2)
    world.result = "failure"
    for time in days("2025-11-18T00:03", "2025-11-18T12:00", 20 * MINUTE):
        world.put(f"{time:%Y-%m-%dT%H:%M:%S}")
    play(world, "2025-11-18T06:00")
    assert len([r for r in world.cursor.requests.open if r.kind == "files"]) > 2
    world.result = "active"
    play(world, "2025-11-18T08:00")
    assert running(world.cursor.requests.open) == 2


def test_the_newest_hour_is_listed_first_and_the_past_oldest_first() -> None:
    world = World(start=utc("2025-11-01T00:00"))
    spans = hours_to_list(Cursor(), world.plan, utc("2025-11-18T12:30"))
    assert [first for first, _ in spans] == [
        utc("2025-11-18T12:00"),
        utc("2025-11-18T11:00"),
        utc("2025-11-01T00:00"),
    ]


def test_an_outage_is_reported_while_no_source_is_asked() -> None:
    world = World()
    world.is_down = True
    world.now = utc("2025-11-18T12:05")
    reported = world.decide().summary
    world.tick()
    assert reported == "no source has answered since 2025-11-18 12:05 UTC; here: does not answer"
    world.now += timedelta(seconds=10)
    reported = world.decide().summary
    assert world.listed[-1] == ()
    assert reported == "no source has answered since 2025-11-18 12:05 UTC"
    world.is_down = False
    world.now += MINUTE
    assert world.decide().summary == "0 files, 0 windows requested"


def test_a_request_keeps_its_key_until_it_is_tried_again() -> None:
    request = Request(radar="RMA1", first=NOON, last=NOON, fingerprints=("a/b/c",), number=7)
    assert request.model_copy(update={"failed_at": NOON}).run_key == request.run_key
    assert request.model_copy(update={"number": 8}).run_key != request.run_key
