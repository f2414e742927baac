"""Retention on a real platform: what goes, what is held, and what runs make of it afterwards."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from radar_assets.defs.keys import asset_key
from radar_assets.defs.metadata import rows_of
from radar_assets.defs.records import newest
from radar_assets.defs.retention import Removal, expire
from radar_assets.simulator.publish import Fault
from radar_assets.stages import all_stages
from radar_assets_tests.defs.platforms import (
    FIELDS,
    KEEP_BUFR,
    KEEP_VOLUMES,
    RADAR,
    STAGES,
    File,
    Station,
    at,
)
from radar_assets_tests.waiting import LONG

FIRST, SECOND = "12:30:20", "12:35:20"

Make = Callable[..., Station]
Clock = Callable[[str | datetime], None]


@pytest.fixture
def make(make_station: Make) -> Make:
    """Makes a station of few products that has a file of a week later."""

    def make(**changes: str) -> Station:
        station = make_station(**{"radar": 'products = ["DBZHo", "ZDRo"]', **changes})
        station.receive_later()
        return station

    return make


def removed(station: Station) -> dict[str, tuple[int, int, int]]:
    """Windows and files removed, and windows held, by stage."""
    return {
        item.stage: (item.windows, item.files, len(item.held))
        for item in expire(station.workspace, station.instance, RADAR)
    }


def recorded(station: Station) -> dict[str, list[dict[str, Any]]]:
    """Rows of the newest records, by stage."""
    return {
        stage: [
            row
            for record in newest(station.instance, asset_key(RADAR, stage)).values()
            for row in rows_of(record.metadata, all_stages()[stage].row.table)
        ]
        for stage in STAGES
    }


def test_bufr_files_go_when_their_volumes_are_made(make: Make) -> None:
    station = make(settings=KEEP_BUFR)
    station.publish_volume(FIRST)
    station.publish_volume("12:40:20")
    station.run("12:30", "12:40")
    before = station.files()
    assert removed(station) == {"bufr_files": (2, 4, 0)}
    gone = set(before) - set(station.files())
    assert [path.split("/")[0] for path in gone] == ["bufr"] * 4
    assert not (station.data / "bufr" / RADAR / "2025/11/18").exists()
    assert removed(station) == {"bufr_files": (0, 0, 0)}


def test_volumes_go_when_their_products_are_made(make: Make) -> None:
    station = make(settings=KEEP_VOLUMES)
    station.publish_volume()
    before = station.run() and station.files()
    assert removed(station) == {"volumes": (1, 1, 0)}
    gone = set(before) - set(station.files())
    assert [path.split("/")[0] for path in gone] == ["volumes"]
    assert not (station.data / "volumes" / RADAR / "2025").exists()


def test_nothing_is_removed_unless_the_network_file_says_so(station: Station) -> None:
    station.publish_volume()
    station.run()
    before = station.files()
    assert removed(station) == {}
    assert station.files() == before


@pytest.mark.parametrize(("time", "gone"), [("12:39:59", 0), ("12:40", 4)])
def test_a_window_goes_as_a_whole_when_its_end_is_past_the_age(
    make: Make, set_clock: Clock, time: str, gone: int
) -> None:
    station = make(settings='keep_bufr = "2d"\nincomplete_after = "0s"')
    station.publish_volume(FIRST)
    station.publish_volume(SECOND)
    station.run()
    set_clock(at(time) + timedelta(days=2))
    assert removed(station)["bufr_files"][1] == gone


def hold_without_volumes(station: Station) -> None:
    station.publish_volume()
    station.run(stages=["bufr_files"])


def hold_with_a_file_that_cannot_be_read(station: Station) -> None:
    station.publish_volume()
    station.publish(*(File(name, SECOND, damage=Fault.GARBLED) for name in FIELDS))
    station.run()


def hold_with_a_file_that_came_since(station: Station) -> None:
    station.publish_volume()
    station.run()
    station.publish(File("DBZH"))
    station.run(stages=["bufr_files"])


@pytest.mark.parametrize(
    "prepare",
    [
        hold_without_volumes,
        hold_with_a_file_that_cannot_be_read,
        hold_with_a_file_that_came_since,
    ],
)
def test_bufr_files_are_held_until_every_volume_of_their_window_is_made(
    make: Make, prepare: Callable[[Station], None]
) -> None:
    station = make(settings=KEEP_BUFR)
    prepare(station)
    before = station.files()
    assert removed(station) == {"bufr_files": (0, 0, 1)}
    assert station.files() == before
    station.publish_volume(FIRST)
    station.publish_volume(SECOND)
    station.run()
    assert removed(station) == {"bufr_files": (1, 4, 0)}


def test_volumes_are_held_until_every_stage_has_drawn_them(make: Make) -> None:
    station = make(settings=KEEP_VOLUMES)
    station.publish_volume()
    for stages in (["bufr_files", "volumes"], ["png"]):
        station.run(stages=stages)
        assert removed(station) == {"volumes": (0, 0, 1)}
    station.run(stages=["geotiff"])
    assert removed(station) == {"volumes": (1, 1, 0)}


def test_volumes_are_held_while_a_product_of_theirs_has_failed(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    station = make(settings=KEEP_VOLUMES)
    station.publish_volume()

    def fail(*_: object, **__: object) -> None:
        raise OSError("no space")

    with monkeypatch.context() as patch:
        patch.setattr("radar_assets.maps.png.thumbnail", fail)
        station.run()
    assert removed(station) == {"volumes": (0, 0, 1)}
    station.run(stages=["png"])
    assert removed(station) == {"volumes": (1, 1, 0)}


@pytest.mark.parametrize(
    ("stages", "kind"), [(["bufr_files"], "bufr_files"), (["bufr_files", "volumes"], "volumes")]
)
def test_a_radar_without_later_stages_waits_for_none(
    make: Make, stages: list[str], kind: str
) -> None:
    station = make(settings=f"{KEEP_BUFR}\n{KEEP_VOLUMES}", radar=f"stages = {stages}")
    station.publish_volume()
    station.run(stages=stages)
    assert removed(station)[kind][1:] == ({"bufr_files": 2, "volumes": 1}[kind], 0)


def lasting(report: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """A report without what differs when a file is fetched or made again."""
    changing = ("downloaded_at", "last_attempt_at", "processed_at", "generated_at", "seconds")
    changing += ("attempts", "bytes_downloaded", "server", "remote_path", "remote_modified_at")
    return {
        stage: [{k: v for k, v in row.items() if k not in changing} for row in rows]
        for stage, rows in report.items()
    }


def test_a_later_backfill_fetches_and_makes_what_was_removed(make: Make) -> None:
    station = make(settings=f"{KEEP_BUFR}\n{KEEP_VOLUMES}")
    station.publish_volume(FIRST)
    station.publish_volume(SECOND)
    station.run()
    files, report = station.files(), recorded(station)
    assert removed(station) == {"bufr_files": (1, 4, 0), "volumes": (1, 2, 0)}
    assert recorded(station) == report
    run = station.run()
    assert run.states() == ("materialized",) * len(STAGES)
    assert [bool(row["bytes_downloaded"]) for row in run.records["bufr_files", "12:30"].rows] == [
        True
    ] * 4
    assert station.files() == files
    assert lasting(recorded(station)) == lasting(report)
    assert removed(station) == {"bufr_files": (1, 4, 0), "volumes": (1, 2, 0)}


@pytest.mark.parametrize("settings", [KEEP_BUFR, f"{KEEP_BUFR}\n{KEEP_VOLUMES}"])
def test_a_run_without_the_servers_files_loses_no_record(make: Make, settings: str) -> None:
    station = make(settings=settings)
    station.publish_volume(FIRST)
    station.publish_volume(SECOND)
    station.run()
    report = recorded(station)
    list(expire(station.workspace, station.instance, RADAR))
    files = station.files()
    shutil.rmtree(station.server / RADAR / "2025")
    run = station.run()
    assert run.success
    assert run.red() == set()
    assert station.files() == files
    assert lasting(recorded(station)) == lasting(report)


def test_retention_waits_for_a_run_that_works_on_the_radar(make: Make) -> None:
    station = make(settings=KEEP_BUFR)
    station.publish_volume()
    station.run()
    before = station.files("bufr")
    found: list[Removal] = []
    worker = threading.Thread(
        target=lambda: found.extend(expire(station.workspace, station.instance, RADAR))
    )
    with station.workspace.lock(RADAR):
        worker.start()
        worker.join(0.5)
        assert worker.is_alive()
        assert station.files("bufr") == before
    worker.join(LONG)
    assert [item.files for item in found] == [2]
    assert len(station.files("bufr")) == len(before) - 2


def test_a_clock_that_has_jumped_ahead_removes_nothing(
    make_station: Make, set_clock: Clock
) -> None:
    station = make_station(settings=f"{KEEP_BUFR}\n{KEEP_VOLUMES}")
    set_clock("13:30")
    station.publish_volume()
    station.run()
    set_clock(at("13:30") + timedelta(days=400))
    assert removed(station) == {"bufr_files": (0, 0, 0), "volumes": (0, 0, 0)}
