"""Edges of the calendar and of time stamps: nothing is lost, doubled or refused at them."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath

import pytest

from radar_assets.defs.partitions import windows_definition
from radar_assets.ingest.download.one_file import fetch_file
from radar_assets.ingest.listing.model import Listing, Span, hours_of
from radar_assets.ingest.listing.walk import list_radar
from radar_assets.ingest.scheduling.cursor import Cursor
from radar_assets.ingest.scheduling.decide import decide
from radar_assets.ingest.scheduling.fingerprint import fingerprint
from radar_assets.ingest.scheduling.plan import Plan
from radar_assets.ingest.scheduling.polling import hours_to_list
from radar_assets.ingest.sources.folder import FolderClient
from radar_assets.ingest.sources.lines import time_of
from radar_assets.radar.names import BufrName
from radar_assets.settings import Network
from radar_assets.stages.base.windows import window_key, window_start
from radar_assets_tests.ingest.tree import message, name, put, utc
from radar_assets_tests.ingest.world import World, expected, play

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NOON = utc("2025-11-18T12:00"), utc("2025-11-18T13:00")
TURNS = [
    "2025-11-19T00:00",
    "2025-12-01T00:00",
    "2026-01-01T00:00",
    "2027-03-01T00:00",
    "2028-02-29T00:00",
    "2028-03-01T00:00",
    "2017-01-01T00:00",
]
"""turns of a day, a month and a year, before and after leap days, after a leap second"""
each_turn = pytest.mark.parametrize("turn", TURNS)


def iso(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}"


def around(turn: str) -> list[datetime]:
    """Moments around a turn, to the second."""
    offsets = (-3601, -3600, -600, -1, 0, 1, 599, 600, 3599, 3600)
    return [utc(turn) + timedelta(seconds=offset) for offset in offsets]


def span(first: str, last: str) -> Span:
    return utc(first), utc(last)


def listed(folder: Path, *spans: Span) -> Listing:
    hours = [hour for part in spans for hour in hours_of(*part)]
    with closing(FolderClient("here", folder)) as source:
        return list_radar(source, "RMA1", hours)


@each_turn
def test_files_around_a_turn_of_the_calendar_are_found_and_requested(
    turn: str, tmp_path: Path
) -> None:
    times = around(turn)
    for moment in times:
        for field in ("DBZH", "ZDR"):
            put(tmp_path, name(iso(moment), field), modified=iso(moment + MINUTE))
    plan, now = Plan("RMA1", utc(turn) - 2 * HOUR), utc(turn) + 2 * HOUR
    listing = listed(tmp_path, *hours_to_list(Cursor(), plan, now))
    assert {file.name.id.time for file in listing.files} == set(times)
    decision = decide(Cursor(), listing, now, plan, expected=expected, outcomes={})
    windows = {
        window
        for request in decision.requests
        if request.kind == "files"
        for window in plan.windows(request.first, request.last)
    }
    assert windows == {plan.window_of(moment) for moment in times}


@each_turn
def test_partitions_around_a_turn_are_the_windows(turn: str) -> None:
    site = {"latitude": 0, "longitude": 0, "sources": ["here"], "start": utc(turn) - HOUR}
    known = Network.model_validate({"sources": {"here": {"url": "L2"}}, "radars": {"RMA1": site}})
    definition = windows_definition(known, "RMA1")
    keys = definition.get_partition_keys(current_time=utc(turn) + HOUR - MINUTE)
    windows = list(Plan.of(known, "RMA1").windows(utc(turn) - HOUR, utc(turn) + 50 * MINUTE))
    assert [window_start(key) for key in keys] == windows
    assert [window_key(window + MINUTE, 10 * MINUTE) for window in windows] == keys


@each_turn
@pytest.mark.parametrize("late_horizon", [HOUR, 24 * HOUR], ids=str)
def test_every_window_around_a_turn_is_run_once(turn: str, late_horizon: timedelta) -> None:
    start = utc(turn) - 90 * MINUTE
    world = World(start=start, late_horizon=late_horizon)
    times = [start + i * (10 * MINUTE + timedelta(seconds=30)) for i in range(18)]
    for moment in times:
        world.put(iso(moment), at=iso(moment))
    play(world, iso(utc(turn) + 4 * HOUR))
    windows = [f"{world.plan.window_of(moment):%d %H:%M}" for moment in times]
    assert world.windows(world.requests) == windows
    empty = world.windows(world.requests, "empty")
    assert len(empty) == len(set(empty)) > 0
    assert set(windows).isdisjoint(empty)


@pytest.mark.parametrize(
    ("start", "first"),
    [("12:20", "12:20"), ("12:25", "12:30"), ("12:50", "12:50"), ("12:59", "13:00")],
)
def test_a_first_window_that_is_not_on_the_hour(start: str, first: str) -> None:
    world = World(start=utc(f"2025-11-18T{start}"))
    for minute in range(0, 180, 10):
        moment = utc("2025-11-18T12:00") + minute * MINUTE
        world.put(iso(moment + 3 * MINUTE))
    world.unlistable = {utc("2025-11-18T12:00")}
    play(world, "2025-11-18T16:00")
    world.unlistable.clear()
    play(world, "2025-11-18T17:00")
    found = world.windows(world.requests)
    expected_windows = world.plan.windows(utc(f"2025-11-18T{first}"), utc("2025-11-18T14:50"))
    assert sorted(found) == [f"{window:%d %H:%M}" for window in expected_windows]
    assert world.cursor.unlistable.spans == ()


def test_late_files_of_the_last_windows_of_a_radar_are_still_run() -> None:
    world = World(start=utc("2025-12-31T22:00"), end=utc("2026-01-01T00:10"))
    world.put("2026-01-01T00:00:00", "DBZH")
    world.put("2026-01-01T00:09:59", "VRAD", volume="02")
    world.put("2026-01-01T00:10:00")
    play(world, "2026-01-01T04:00")
    assert world.windows(world.requests) == ["01 00:00"]
    world.put("2026-01-01T00:00:00", "ZDR", at="2026-01-01T04:00:00")
    play(world, "2026-01-01T05:00")
    assert world.windows(world.requests) == ["01 00:00"] * 2
    play(world, "2026-01-03T00:00", HOUR)
    assert len(world.windows(world.requests)) == 2
    assert world.listed[-1] == ()


def test_a_leap_second_is_reported_and_holds_up_nothing(tmp_path: Path) -> None:
    for moment in ("2016-12-31T23:59:59", "2017-01-01T00:00:00"):
        put(tmp_path, name(moment))
    leap = tmp_path / "RMA1/2016/12/31/23/5960/RMA1_0315_01_DBZH_20161231T235960Z.BUFR"
    leap.parent.mkdir()
    leap.write_bytes(b"BUFR7777")
    beside = tmp_path / "RMA1/2016/12/31/23/5959" / leap.name
    beside.write_bytes(b"BUFR7777")
    found = listed(tmp_path, span("2016-12-31T23:00", "2017-01-01T01:00"))
    assert [file.name.id.time for file in found.files] == [
        utc("2016-12-31T23:59:59"),
        utc("2017-01-01T00:00:00"),
    ]
    assert {PurePosixPath(item.path).name for item in found.ignored} == {"5960", leap.name}
    assert found.faults == ()
    assert len(found.covered) == 2


@pytest.mark.parametrize(
    ("stamp", "moment"),
    [
        ("20251118123020", "2025-11-18T12:30:20"),
        ("20251118123020.999", "2025-11-18T12:30:20"),
        ("20251118123020.123456789", "2025-11-18T12:30:20"),
        ("20280229000000", "2028-02-29T00:00:00"),
        ("20270229000000", None),
        ("20161231235960", None),
        ("20161231235960.5", None),
        ("00000000000000", None),
        ("99991231235959", "9999-12-31T23:59:59"),
    ],
)
def test_stamps_of_a_server_are_whole_seconds_and_those_that_do_not_exist_are_unknown(
    stamp: str, moment: str | None
) -> None:
    assert time_of(stamp) == (utc(moment) if moment else None)


NANOSECONDS = [
    1763468999_999_999_999,
    1763469000_000_000_001,
    1763469000_123_456_789,
    1,
    -1,
    -1_763_469_000_123_456_789,
    9_223_372_036_000_000_000,
]


@pytest.mark.parametrize("nanoseconds", NANOSECONDS)
def test_a_file_with_a_part_of_a_second_is_fetched_once(nanoseconds: int, tmp_path: Path) -> None:
    bufr = name("2025-11-18T12:30:20")
    path = put(tmp_path / "L2", bufr, message(1000))
    os.utime(path, ns=(nanoseconds, nanoseconds))
    (file,), (again,) = (listed(tmp_path / "L2", NOON).files for _ in range(2))
    assert fingerprint([file]) == fingerprint([again])
    with closing(FolderClient("here", tmp_path / "L2")) as source:
        attempts = [
            fetch_file(source, seen, tmp_path / bufr.path, tmp_path / "partial").attempts
            for seen in (file, again)
        ]
    assert attempts == [1, 0]


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="no file system takes such times")
def test_a_time_that_no_calendar_has_is_unknown() -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        path = put(Path(folder), name("2025-11-18T12:30:20"))
        os.utime(path, (10**12, 10**12))
        (file,) = listed(Path(folder), NOON).files
    assert file.modified_at is None


@pytest.fixture(params=["America/Argentina/Buenos_Aires", "Pacific/Auckland"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine that has a zone of its own."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield
    time.tzset()


def test_the_zone_of_this_machine_does_not_matter(zone: None, tmp_path: Path) -> None:
    moment = datetime(2025, 11, 18, 23, 55, tzinfo=UTC)
    bufr = name("2025-11-18T23:55:00")
    put(tmp_path, bufr, modified="2025-11-18T23:56:00")
    assert BufrName.parse(str(bufr)).id.time == moment
    assert str(bufr.remote_path).startswith("RMA1/2025/11/18/23/5500/")
    (file,) = listed(tmp_path, span("2025-11-18T23:50", "2025-11-19T00:00")).files
    assert file.modified_at == moment + MINUTE
    assert time_of("20251118235500") == moment
    assert window_key(moment, 10 * MINUTE) == "2025-11-18-23:50"
    assert window_start("2025-11-18-23:50") == datetime(2025, 11, 18, 23, 50, tzinfo=UTC)
