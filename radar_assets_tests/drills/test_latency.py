"""The drill of latency: what it publishes, how it splits a journey, and its table."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from radar_assets.defs.instance import instance
from radar_assets.demo.home import Home
from radar_assets.radar.names import VolumeId
from radar_assets.simulator.scan import DOPPLER_SCAN, REFLECTIVITY_SCAN
from radar_assets.stages.building import read_parts
from radar_assets_tests.drills.endurance import Endurance
from radar_assets_tests.drills.latency import feed as module
from radar_assets_tests.drills.latency.composing import Composition, compositions
from radar_assets_tests.drills.latency.feed import Feed
from radar_assets_tests.drills.latency.measure import Times, journeys, last_pictures
from radar_assets_tests.drills.latency.platform import sites
from radar_assets_tests.drills.latency.report import Setting, quantile, table

VOLUME = VolumeId("RMA1", "0315", "01", datetime(2025, 11, 18, 12, 30, tzinfo=UTC))
WHOLE = VOLUME.time + timedelta(minutes=4)


def seconds_later(seconds: float) -> datetime:
    return WHOLE + timedelta(seconds=seconds)


def journey_of(asked: float, launched: float, started: float, pictured: float):
    moments = [seconds_later(s).timestamp() for s in (asked, launched, started, pictured + 1)]
    runs = {("RMA1", VOLUME.time): [Times(*moments)]}
    return journeys({VOLUME: WHOLE}, {VOLUME: seconds_later(pictured)}, runs)


def test_a_journey_is_the_sum_of_its_stages() -> None:
    (journey,) = journey_of(asked=20, launched=22, started=27, pictured=30)
    assert journey.seconds == 30
    assert journey.stages == {"sensor": 20, "queue": 2, "process": 5, "work": 3}


def test_a_run_that_was_asked_for_before_the_volume_was_whole_has_not_waited_for_it() -> None:
    (journey,) = journey_of(asked=-60, launched=-5, started=4, pictured=10)
    assert journey.stages == {"sensor": 0, "queue": 0, "process": 4, "work": 6}


def test_a_volume_without_pictures_has_no_journey() -> None:
    assert journeys({VOLUME: WHOLE}, {}, {}) == []


def test_the_last_picture_counts(tmp_path: Path) -> None:
    for number, suffix in enumerate(("png", "tif")):
        path = tmp_path / "RMA1" / f"RMA1_20251118T123000Z_COLMAX_00.{suffix}"
        path.parent.mkdir(exist_ok=True)
        path.touch()
        moment = seconds_later(number).timestamp()
        module.os.utime(path, (moment, moment))
    assert last_pictures(tmp_path, [VOLUME]) == {VOLUME: seconds_later(1)}


def test_the_table_tells_the_share_that_came(tmp_path: Path) -> None:
    setting = Setting("default", radars=1, minutes=10, cores=2, busy=0.5, published=2)
    made = Composition(VOLUME.time, WHOLE, seconds_later(25))
    journeys = journey_of(asked=20, launched=22, started=27, pictured=30)
    text = table(journeys, [made, Composition(VOLUME.time, WHOLE, None)], setting)
    assert "1 of 2 volumes drawn" in text
    assert "| **whole way** | 30.0 | 30.0 | 30.0 |" in text
    assert "| composite, from when it is due (1) | 25.0 | 25.0 | 25.0 |" in text


START = datetime(2025, 11, 18, 12, 30, tzinfo=UTC)
TEN, EIGHT = timedelta(minutes=10), timedelta(minutes=8)


def minutes_after(*minutes: float) -> dict[datetime, list[datetime]]:
    return {START: [START + timedelta(minutes=m) for m in minutes]}


@pytest.mark.parametrize(
    ("composed", "radars", "expected"),
    [
        ([11], [[4, 9], [6]], [(10, 11)]),
        ([13], [[4], [12]], [(12, 13)]),
        ([13, 19], [[4, 14], [12]], [(12, 13), (18, 19)]),
        ([19], [[4], []], [(18, 19)]),
        ([], [[4], [6]], [(10, None)]),
        ([13], [[4, 14], [12]], [(12, 13), (18, None)]),
        ([19, 22], [[4], [21]], [(18, 19)]),
    ],
    ids=["ended", "complete", "changed", "silent", "missing", "not again", "late"],
)
def test_a_composite_is_due_when_it_is_complete_and_when_nobody_is_waited_for(
    composed: list[float], radars: list[list[float]], expected: list[tuple[float, float | None]]
) -> None:
    found = compositions(
        minutes_after(*composed), [minutes_after(*m) if m else {} for m in radars], TEN, EIGHT
    )
    minute = timedelta(minutes=1)
    assert [
        ((item.due - START) / minute, item.made and (item.made - START) / minute) for item in found
    ] == expected


def test_quantiles_are_values_that_occurred() -> None:
    assert quantile([*map(float, range(100, 0, -1))], 0.95) == 96


def test_what_is_published_is_of_the_time_in_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_WARM_UP", timedelta())
    scans = [scan.coarser(8) for scan in (REFLECTIVITY_SCAN, DOPPLER_SCAN)]
    monkeypatch.setattr(module, "SCANS", {(scan.strategy, scan.volume): scan for scan in scans})
    feed = Feed(sites(2), tmp_path / "L2", tmp_path / "staging", minutes=10)
    feed.prepare()
    assert len(feed.volumes) == 4
    ahead = module.ended(feed.volumes[-1]) + timedelta(seconds=1)
    monkeypatch.setattr(module, "_now", lambda: ahead)
    feed.run(threading.Event())
    assert set(feed.published) == set(feed.volumes)
    parts = read_parts((tmp_path / "L2").rglob("*.BUFR"))
    assert not parts.errors
    assert {name.id for name in parts.fields} == set(feed.volumes)
    assert all(field.time == name.id.time for name, field in parts.fields.items())


def test_a_process_that_takes_more_and_more_is_reported() -> None:
    endurance = Endurance({}, dg.DagsterInstance.ephemeral())
    endurance.samples = {
        ("daemon", "memory, MB"): [100.0, 200.0, *[210.0] * 10],
        ("daemon", "open files"): [10.0, 11.0, 12.0, 20.0, 21.0, 22.0, 30.0, 31.0, 32.0],
    }
    assert endurance.growing() == ["daemon open files: 21.0 in the second third, 31.0 in the last"]


def test_samples_are_of_the_process_that_runs(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.prepare()
    held = tmp_path / "held"
    held.touch()
    code = f"files = [open({str(held)!r}) for _ in range(50)]; print('open', flush=True); input()"
    with (
        subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as process,
        instance(home.dagster) as records,
    ):
        process.stdout.readline()
        endurance = Endurance({"holder": process.pid}, records)
        endurance.sample()
        process.kill()
    assert endurance.samples["holder", "open files"][0] >= 50
    assert endurance.samples["holder", "memory, MB"][0] > 5
