"""The soak in small, and that it would tell what is wrong."""

from __future__ import annotations

from pathlib import Path
from random import Random

from radar_assets.defs.instance import instance
from radar_assets.demo.home import Home
from radar_assets_tests.drills.night.feed import Feed
from radar_assets_tests.drills.soak import BEGIN, Soak, soak


def test_hours_of_two_radars_add_up(tmp_path: Path) -> None:
    text, wrong = soak(tmp_path, radars=2, hours=2, seed=1)
    reported = [line for line in wrong if "second third" not in line]  # it is still warming up
    assert reported == []
    assert "24 windows" in text


def test_what_was_published_and_is_not_recorded_is_reported(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.prepare()
    home.network.write_text("", "utf-8")
    feed = Feed(("RMA1",), home.server / "L2", BEGIN, 0, ("", range(0)), 1)
    day = Soak(home, feed, windows=1)
    feed.publish("RMA1", BEGIN, Random(2))
    with instance(home.dagster) as records:
        wrong = list(day.wrong(records))
    assert [line.partition(" is ")[2] for line in wrong[:2]] == ["None, not completed"] * 2
    assert "0 pictures instead of 6" in wrong
    assert any("has no record" in line for line in wrong)
