"""Windows whose input reaches back run again when an earlier window changes after them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from radar_assets.ingest.scheduling.cursor import Cursor
from radar_assets.ingest.scheduling.outdated import outdated_windows
from radar_assets.ingest.scheduling.plan import Plan
from radar_assets.ingest.scheduling.requests import Request
from radar_assets_tests.ingest.tree import utc
from radar_assets_tests.ingest.world import World, play

DAY = "2025-11-18T"
MINUTE = timedelta(minutes=1)


def world_with(*times: str, reach: int = 2) -> World:
    """A radar whose volumes of some times are processed, at 12:50."""
    world = World(utc(f"{DAY}12:00"), reach=reach)
    for time in times:
        world.put(f"{DAY}{time}")
    play(world, f"{DAY}12:50", MINUTE)
    return world


def requested(world: World, until: str = "12:55") -> list[str]:
    """Windows with files that are requested from now on, in order."""
    before = len(world.requests)
    play(world, f"{DAY}{until}", MINUTE)
    return [text[3:] for text in world.windows(world.requests[before:])]


@pytest.mark.parametrize(
    ("reach", "again"),
    [(0, ["12:10"]), (1, ["12:10", "12:20"]), (2, ["12:10", "12:20", "12:30"])],
)
def test_a_late_volume_makes_the_windows_run_again_that_reach_it(
    reach: int, again: list[str]
) -> None:
    world = world_with("12:23:00", "12:33:00", "12:43:00", reach=reach)
    world.put(f"{DAY}12:13:00", at=f"{DAY}12:50")
    assert requested(world) == again
    assert requested(world, "13:30") == []
    assert world.cursor.windows.outdated == ()


def test_windows_without_files_are_not_run_again() -> None:
    world = world_with("12:33:00")
    world.put(f"{DAY}12:13:00", at=f"{DAY}12:50")
    assert requested(world) == ["12:10", "12:30"]


def test_windows_in_their_usual_order_run_once() -> None:
    world = world_with("12:03:00", "12:13:00", "12:23:00", "12:33:00")
    assert [text[3:] for text in world.windows(world.requests)] == [
        "12:00",
        "12:10",
        "12:20",
        "12:30",
    ]


def ended(window: str, number: int, fingerprint: str = "new") -> Request:
    """A request of one window that has ended."""
    start = utc(f"{DAY}{window}")
    return Request(
        radar="RMA1", first=start, last=start, fingerprints=(fingerprint,), number=number
    )


@pytest.mark.parametrize(
    ("done", "requests", "found"),
    [
        ({"12:10": "a"}, [ended("12:00", 5)], {"12:10"}),
        ({"12:00": "new", "12:10": "a"}, [ended("12:00", 5)], set()),
        ({"12:00": "old", "12:10": "a"}, [ended("12:00", 5)], {"12:10"}),
        ({"12:10": "a"}, [ended("12:00", 5, "")], set()),
        ({"12:10": ""}, [ended("12:00", 5)], set()),
        ({"12:20": "a"}, [ended("12:00", 5)], set()),
        ({}, [ended("12:00", 5), ended("12:10", 6)], set()),
        ({}, [ended("12:10", 6), ended("12:00", 7)], {"12:10"}),
        ({"11:50": "a"}, [ended("12:00", 5)], set()),
    ],
)
def test_windows_are_outdated_that_ran_before_an_earlier_one_that_has_changed(
    done: dict[str, str], requests: list[Request], found: set[str]
) -> None:
    plan = Plan("RMA1", utc(f"{DAY}00:00"), reach=1)
    before = {utc(f"{DAY}{window}"): text for window, text in done.items()}
    outdated = outdated_windows(before, requests, plan)
    assert {f"{window:%H:%M}" for window in outdated} == found


def test_outdated_windows_wait_for_a_free_slot_and_for_the_end_of_an_outage() -> None:
    world = world_with("12:23:00", "12:33:00")
    world.put(f"{DAY}12:13:00", at=f"{DAY}12:50")
    world.tick(f"{DAY}12:50")
    world.is_down = True
    world.tick(f"{DAY}12:51")
    assert [f"{w:%H:%M}" for w in world.cursor.windows.outdated] == ["12:20", "12:30"]
    assert Cursor.from_json(world.cursor.to_json()) == world.cursor
    world.is_down = False
    assert requested(world, "13:00") == ["12:20", "12:30"]
