from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from threading import Event

import pytest

from radar_assets.errors import BufrError, SettingsError
from radar_assets.radar.bufr import decode
from radar_assets.radar.names import BufrName, VolumeId
from radar_assets.simulator.publish import (
    Delivery,
    Fault,
    Simulation,
    Timetable,
    damaged,
    plan,
    publish_volume,
)
from radar_assets.simulator.scan import REFLECTIVITY_SCAN
from radar_assets_tests.simulator.sites import CORDOBA, NOON, TERMAS

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
VOLUME = VolumeId("RMA1", "0315", "01", NOON)
FIELDS = REFLECTIVITY_SCAN.fields


def ends(volume: VolumeId) -> datetime:
    return volume.time + timedelta(seconds=239 if volume.volume == "01" else 89)


def simulation(root, **options) -> Simulation:
    return Simulation(root / "L2", (CORDOBA, TERMAS), coarseness=16, pause=0, **options)


def files(root) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in root.rglob("*.BUFR")}


def test_a_radar_repeats_its_volumes_every_ten_minutes():
    volumes = Timetable(("RMA1",)).observed(NOON, NOON + timedelta(minutes=20))
    assert [(volume.volume, volume.time - NOON) for volume in volumes] == [
        ("02", 0 * MINUTE),
        ("01", 4 * MINUTE),
        ("02", 10 * MINUTE),
        ("01", 14 * MINUTE),
    ]


def test_radars_are_staggered():
    volumes = Timetable(("RMA1", "RMA2")).observed(NOON, NOON + timedelta(minutes=10))
    assert [(volume.radar, volume.volume, volume.time - NOON) for volume in volumes] == [
        ("RMA1", "02", 0 * MINUTE),
        ("RMA1", "01", 4 * MINUTE),
        ("RMA2", "02", 5 * MINUTE),
        ("RMA2", "01", 9 * MINUTE),
    ]


def test_a_volume_is_due_when_its_scan_has_ended():
    due = Timetable(("RMA1",)).due
    end = NOON + timedelta(seconds=4 * 60 + 239)
    volume = VolumeId("RMA1", "0315", "01", NOON + 4 * MINUTE)
    assert due(end - MINUTE, end) == []
    assert due(end, end + timedelta(microseconds=1)) == [volume]


@pytest.mark.parametrize("speed", [0.5, 1, 7, 60])
def test_ticks_of_any_length_publish_every_volume_once(speed):
    table = Timetable(("RMA1", "RMA5", "RMA11"), speed)
    ticks = [NOON + timedelta(seconds=seconds) for seconds in (0, 0.7, 13, 400, 401.5, 3600)]
    parts = [volume for since, until in pairwise(ticks) for volume in table.due(since, until)]
    assert parts == table.due(NOON, NOON + HOUR)
    assert max(Counter(parts).values()) == 1
    assert len(parts) == pytest.approx(36 * speed, rel=0.05)


@pytest.mark.parametrize("speed", [1, 13, 60])
def test_time_stamps_are_recent_whole_seconds_and_not_in_the_future(speed):
    volumes = Timetable(("RMA1", "RMA5"), speed).due(NOON, NOON + HOUR)
    assert all(NOON <= ends(volume) < NOON + HOUR for volume in volumes)
    assert all(volume.time.microsecond == 0 and volume.time.tzinfo is UTC for volume in volumes)
    assert [ends(volume) for volume in volumes] == sorted(ends(volume) for volume in volumes)


@pytest.mark.parametrize("speed", [0, -1, 61])
def test_an_impossible_speed_is_refused(speed):
    with pytest.raises(SettingsError, match="at most 60"):
        Timetable(("RMA1",), speed)


def test_without_faults_everything_arrives():
    assert plan(VOLUME, FIELDS, rate=1) == [Delivery(BufrName(VOLUME, name)) for name in FIELDS]


def test_a_missing_field_is_not_delivered():
    assert len(plan(VOLUME, FIELDS, {Fault.MISSING_FIELD}, rate=1)) == len(FIELDS) - 1
    assert len(plan(VOLUME, ("VRAD",), {Fault.MISSING_FIELD}, rate=1)) == 1


@pytest.mark.parametrize("fault", [Fault.TRUNCATED, Fault.GARBLED])
def test_one_file_is_damaged(fault):
    damages = Counter(delivery.damage for delivery in plan(VOLUME, FIELDS, {fault}, rate=1))
    assert damages == {None: len(FIELDS) - 1, fault: 1}


def test_one_file_is_late():
    delays = [delivery.delay for delivery in plan(VOLUME, FIELDS, {Fault.LATE}, rate=1)]
    late = [delay for delay in delays if delay]
    assert len(late) == 1
    assert 2 * MINUTE <= late[0] <= 20 * MINUTE


def test_faults_strike_at_their_rate_and_repeat_with_the_seed():
    volumes = Timetable(("RMA1", "RMA5")).observed(NOON, NOON + 24 * HOUR)
    plans = [[plan(v, FIELDS, {Fault.LATE}, seed=seed) for v in volumes] for seed in (1, 1, 2)]
    struck = sum(any(delivery.delay for delivery in one) for one in plans[0])
    assert plans[0] == plans[1] != plans[2]
    assert struck / len(volumes) == pytest.approx(0.2, abs=0.06)


def test_all_faults_can_strike_one_volume():
    for seed in range(50):
        assert plan(VOLUME, ("VRAD", "WRAD"), set(Fault), rate=1, seed=seed)


@pytest.mark.parametrize("fault", [Fault.TRUNCATED, Fault.GARBLED])
def test_a_damaged_file_is_not_readable(tmp_path, fault):
    path = publish_volume(tmp_path, VOLUME, simulation(tmp_path).fields(VOLUME))[0]
    data = path.read_bytes()
    for seed in range(20):
        with pytest.raises(BufrError):
            decode(damaged(data, fault, seed=seed))
    assert damaged(data, None) == data


def test_a_volume_is_laid_out_as_on_the_server(tmp_path):
    paths = publish_volume(tmp_path, VOLUME, simulation(tmp_path).fields(VOLUME))
    assert [path.relative_to(tmp_path).as_posix() for path in paths] == [
        f"RMA1/2026/05/04/12/2000/RMA1_0315_01_{name}_20260504T122000Z.BUFR" for name in FIELDS
    ]
    for path, name in zip(paths, FIELDS, strict=True):
        assert decode(path.read_bytes()).quantity == name


def test_a_span_is_published_at_once_and_repeats(tmp_path):
    span = (NOON, NOON + 10 * MINUTE)
    published = simulation(tmp_path / "a").publish_span(*span)
    simulation(tmp_path / "b").publish_span(*span)
    found = files(tmp_path / "a")
    assert len(published) == 4
    assert found == files(tmp_path / "b")
    assert {BufrName.parse(name).id for name in found} == set(published)
    assert len(found) == 2 * (6 + 2)


def test_late_files_of_a_span_arrive_in_the_end(tmp_path):
    simulation(tmp_path, faults=frozenset({Fault.LATE}), fault_rate=1).publish_span(
        NOON, NOON + 10 * MINUTE
    )
    assert len(files(tmp_path)) == 16


def test_a_silent_radar_stops_and_the_others_go_on(tmp_path):
    published = simulation(tmp_path, faults=frozenset({Fault.SILENT})).publish_span(
        NOON, NOON + 20 * MINUTE
    )
    assert sorted(Counter(volume.radar for volume in published).values()) == [2, 4]


class Clock:
    """A clock that shows the given moments, then stops the loop."""

    def __init__(self, *minutes: float) -> None:
        self.moments = [NOON + minute * MINUTE for minute in minutes]
        self.stop = Event()

    def __call__(self) -> datetime:
        if len(self.moments) == 1:
            self.stop.set()
        return self.moments.pop(0)


def run(live: Simulation, *minutes: float) -> None:
    clock = Clock(0, *minutes)
    live.run(clock.stop, clock)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr("radar_assets.simulator.publish._TICK", 0)


def test_the_loop_publishes_what_is_due(tmp_path):
    run(simulation(tmp_path), 0, 3, 8, 8)
    found = {BufrName.parse(name).id for name in files(tmp_path)}
    expected = Timetable(("RMA1", "RMA11")).due(NOON - 10 * MINUTE, NOON + 8 * MINUTE)
    assert found == set(expected)


def test_the_loop_delivers_late_files_later(tmp_path):
    live = simulation(tmp_path, faults=frozenset({Fault.LATE}), fault_rate=1, speed=0.1)
    run(live, 5, 5)
    early = len(files(tmp_path))
    run(live, 40, 40)
    assert 0 < early < len(files(tmp_path))


def test_the_loop_skips_what_it_cannot_catch_up(tmp_path, caplog):
    run(simulation(tmp_path), 0, 180, 180)
    assert len({BufrName.parse(name).id for name in files(tmp_path)}) == 8
    assert "is behind" in caplog.text


def test_the_loop_removes_old_files(tmp_path):
    live = simulation(tmp_path, keep=timedelta(minutes=30))
    run(live, 0, 10, 31, 31)
    times = {BufrName.parse(name).id.time for name in files(tmp_path)}
    assert min(times) > NOON - 5 * MINUTE
    folders = [path for path in (tmp_path / "L2").rglob("????") if path.is_dir()]
    assert all(any(folder.iterdir()) for folder in folders)
