"""Wrong clocks, ours or the server's: nothing is lost, and what repeats comes to an end."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from radar_assets.ingest.listing.model import Listing, Span
from radar_assets.ingest.scheduling.decide import Decision, decide
from radar_assets.ingest.scheduling.polling import hours_to_list
from radar_assets_tests.ingest.tree import utc
from radar_assets_tests.ingest.world import World, days, expected, play

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
FIRST, LAST = "2025-11-18T12:00", "2025-11-18T17:00"
"""volumes come from one moment to the other"""


class Clocks(World):
    """A world that goes by the true time, with clocks that do not."""

    ours = timedelta()
    """how far our clock is ahead"""
    theirs = timedelta()
    """how far the server's times are"""

    def decide(self) -> Decision:
        clock = self.now + self.ours
        self.listed.append(hours_to_list(self.cursor, self.plan, clock))
        listing = self.listing(self.listed[-1]) if self.listed[-1] else Listing()
        return decide(
            self.cursor, listing, clock, self.plan, expected=expected, outcomes=self.outcomes
        )

    def listing(self, spans: tuple[Span, ...]) -> Listing:
        found = super().listing(spans)
        return replace(
            found,
            files=tuple(
                replace(file, modified_at=file.modified_at and file.modified_at + self.theirs)
                for file in found.files
            ),
        )


def world() -> Clocks:
    """A radar with a volume in each window and a short late horizon."""
    made = Clocks(late_horizon=2 * HOUR)
    for time in days(FIRST, LAST):
        made.put(f"{time + 3 * MINUTE:%Y-%m-%dT%H:%M:%S}")
    return made


def runs(made: Clocks) -> Counter[str]:
    """How often each window was run, until nothing is left to do."""
    play(made, "2025-11-18T20:00")
    count = len(made.requests)
    play(made, "2025-11-18T21:00")
    assert made.windows(made.requests[count:]) == []
    found = Counter(made.windows(made.requests))
    assert found.keys() == {f"{time:%d %H:%M}" for time in days(FIRST, LAST)}
    return found


@pytest.mark.parametrize("minutes", [10, 90], ids="for {} minutes".format)
@pytest.mark.parametrize("hours", [-3, -1, -0.1, 0.1], ids="{} hours".format)
def test_a_clock_that_is_wrong_for_a_while_loses_and_repeats_nothing(
    hours: float, minutes: int
) -> None:
    made = world()
    play(made, "2025-11-18T14:00")
    made.ours = hours * HOUR
    play(made, f"{utc('2025-11-18T14:00') + minutes * MINUTE:%Y-%m-%dT%H:%M}")
    made.ours = timedelta()
    assert set(runs(made).values()) == {1}


@pytest.mark.parametrize("hours", [1, 3, 30, 24 * 30, 24 * 400], ids="{} hours".format)
def test_a_clock_that_jumps_ahead_and_back_runs_the_oldest_windows_it_still_lists_once_more(
    hours: int,
) -> None:
    made = world()
    play(made, "2025-11-18T14:00")
    made.ours = hours * HOUR
    play(made, "2025-11-18T14:10")
    made.ours = timedelta()
    assert max(runs(made).values()) == 2


@pytest.mark.parametrize("start", ["1970-01-01T00:00", "2000-01-01T00:00", "2025-11-18T05:00"])
def test_a_clock_that_is_set_after_the_start_loses_nothing(start: str) -> None:
    made = world()
    made.ours = utc(start) - made.now
    play(made, "2025-11-18T13:00")
    assert made.requests == []
    made.ours = timedelta()
    assert set(runs(made).values()) == {1}


def test_what_failed_while_a_clock_was_ahead_is_tried_again_when_it_is_right() -> None:
    made = world()
    play(made, "2025-11-18T14:00")
    made.ours, made.result = 24 * 400 * HOUR, "failure"
    made.unlistable = {utc("2025-11-18T12:00")}
    play(made, "2025-11-18T14:30")
    made.is_down = True
    play(made, "2025-11-18T15:00")
    made.ours, made.result, made.is_down = timedelta(), "success", False
    made.unlistable.clear()
    assert max(runs(made).values()) <= 3
    assert [request for request in made.cursor.requests.open if request.kind == "files"] == []
    assert made.cursor.unlistable.spans == ()


@pytest.mark.parametrize("hours", [-24 * 400, 5, 24 * 400], ids="{} hours".format)
def test_late_files_are_found_after_a_clock_was_wrong(hours: int) -> None:
    made = world()
    play(made, "2025-11-18T15:00")
    made.ours = hours * HOUR
    play(made, "2025-11-18T15:10")
    made.ours = timedelta()
    play(made, "2025-11-18T17:30")
    count = len(made.requests)
    made.put("2025-11-18T15:43:00", "TH", at="2025-11-18T17:30:00")
    play(made, "2025-11-18T18:30")
    assert made.windows(made.requests[count:]) == ["18 15:40"]


@pytest.mark.parametrize("seed", range(3))
def test_a_clock_that_is_set_time_and_again_ends_with_every_window_run(seed: int) -> None:
    generator = random.Random(seed)
    made = world()
    while made.now < utc("2025-11-18T16:00"):
        made.ours = generator.choice([0, 1, -1, 30, -30, 600, -600]) * SECOND
        made.tick()
        made.now += 2 * MINUTE
    made.ours = timedelta()
    assert max(runs(made).values()) <= 4


@pytest.mark.parametrize("hours", [-24 * 400, -3, -0.5, 0.5, 3, 24 * 400], ids="{} hours".format)
def test_times_of_a_server_in_another_zone_or_with_another_clock_change_nothing(
    hours: float,
) -> None:
    made = world()
    made.theirs = hours * HOUR
    assert set(runs(made).values()) == {1}


@pytest.mark.parametrize("hours", [-3, -0.5, 0, 0.5, 3], ids="{} hours".format)
def test_a_growing_file_waits_whatever_the_servers_clock_says(hours: float) -> None:
    made = Clocks()
    made.theirs = hours * HOUR
    made.put("2025-11-18T12:03:00")
    made.now = utc("2025-11-18T12:04:00")
    while made.now < utc("2025-11-18T12:06:00"):
        written = f"{made.now:%Y-%m-%dT%H:%M:%S}"
        made.put("2025-11-18T12:03:00", "ZDR", size=int(made.now.timestamp()) % 1000, at=written)
        assert made.tick() == []
        made.now += 10 * SECOND
    assert set(made.tick() + made.tick("2025-11-18T12:06:30")) == {"18 12:00"}


@pytest.mark.parametrize("hours", [-1, 1], ids="{} hours".format)
def test_a_summer_time_on_the_server_runs_the_windows_of_the_late_horizon_once_more(
    hours: int,
) -> None:
    made = world()
    made.theirs = -3 * HOUR
    play(made, "2025-11-18T16:00")
    made.theirs += hours * HOUR
    found = runs(made)
    again = {window for window, count in found.items() if count > 1}
    assert max(found.values()) == 2
    assert {"18 14:30", "18 15:40"} <= again
    assert {"18 12:00", "18 16:10"}.isdisjoint(again)


def test_volumes_of_a_radar_whose_clock_is_late_are_found_in_the_past() -> None:
    made = Clocks()
    for time in days(FIRST, LAST):
        delivered = f"{time + 5 * HOUR:%Y-%m-%dT%H:%M:%S}"
        made.put(f"{time + 3 * MINUTE:%Y-%m-%dT%H:%M:%S}", at=delivered)
    play(made, "2025-11-19T00:00")
    found = Counter(made.windows(made.requests))
    assert found == Counter(f"{time:%d %H:%M}" for time in days(FIRST, LAST))


def test_volumes_of_a_radar_whose_clock_is_early_wait_for_their_windows() -> None:
    made = Clocks()
    moments: dict[str, datetime] = {}
    for time in days(FIRST, LAST):
        delivered = f"{time - HOUR:%Y-%m-%dT%H:%M:%S}"
        made.put(f"{time + 3 * MINUTE:%Y-%m-%dT%H:%M:%S}", at=delivered)
    while made.now < utc(LAST):
        moments |= dict.fromkeys(made.tick(), made.now)
        made.now += 5 * MINUTE
    for window, moment in moments.items():
        assert timedelta() <= moment - utc(f"2025-11-{window.replace(' ', 'T')}") <= 10 * MINUTE
    assert len(moments) == 30
