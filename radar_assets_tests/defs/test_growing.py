"""Files that are still being written: nothing fails, and they are fetched when they are whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path, PurePosixPath
from types import SimpleNamespace

import pytest
from dagster import DagsterRunStatus
from tenacity import wait_none

from radar_assets.defs.history import Period, passes
from radar_assets.defs.runs import WAITS
from radar_assets.defs.sensors import outcomes_of
from radar_assets.defs.watch.alerts import present_alerts
from radar_assets.ingest.download import one_file
from radar_assets.ingest.scheduling.requests import Request
from radar_assets.ingest.sources.client import Stream
from radar_assets.ingest.sources.folder import FolderClient
from radar_assets.settings import About
from radar_assets.stages.fetching import listing
from radar_assets_tests.command import call
from radar_assets_tests.defs.platforms import FIELDS, File, Run, Station, at, key
from radar_assets_tests.defs.shell import Write
from radar_assets_tests.defs.shell import run as run_in_shell

SOON = "12:38"
"""a time at which the volume of 12:30:20 should be there"""
LATE = "12:50"
"""a time at which nothing of it should be written any more"""
WINDOW = timedelta(minutes=10)


@pytest.fixture
def growing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every fetch of the file of ZDR finds it longer than before."""
    fetch = FolderClient.fetch

    def grow(self: FolderClient, path: PurePosixPath, offset: int = 0) -> Stream:
        if path.name == str(File("ZDR").name):
            with (self._root / path).open("ab") as file:
                file.write(b"x")
        return fetch(self, path, offset)

    monkeypatch.setattr(FolderClient, "fetch", grow)
    monkeypatch.setattr(one_file, "wait_exponential_jitter", lambda *_, **__: wait_none())


def waits(station: Station) -> str:
    (stored,) = station.instance.get_runs(limit=1)
    assert stored.status == DagsterRunStatus.SUCCESS
    return stored.tags[WAITS]


def assert_nobody_tells_of_failures(station: Station) -> None:
    found = present_alerts(
        station.workspace, station.instance, (About.RUNS, About.WINDOWS, About.SOURCES), ""
    )
    assert found == []
    assert all(item.is_success for item in passes(station.instance, Period(), WINDOW))


@pytest.mark.usefixtures("growing")
def test_a_volume_with_a_growing_file_waits(
    station: Station, set_clock: Callable[[str], None]
) -> None:
    station.publish(*map(File, FIELDS))
    set_clock(SOON)
    run = station.run()
    assert run.success
    assert set(run.states()) == {"untouched"}
    assert waits(station) == f"{key('12:30')}: still being written: {File('ZDR').name}"
    assert_nobody_tells_of_failures(station)


@pytest.mark.usefixtures("growing")
def test_what_is_whole_beside_it_is_made(
    station: Station, set_clock: Callable[[str], None]
) -> None:
    station.publish(*map(File, FIELDS), *(File(name, "12:35:20") for name in FIELDS))
    set_clock("12:44")
    run = station.run()
    assert run.success
    rows = {row["file_name"]: row for row in run.records["bufr_files", "12:30"].rows}
    row = rows[str(File("ZDR").name)]
    assert (row["status"], row["error_code"], row["local_path"]) == ("pending", "RA512", None)
    assert run.red() <= {("volumes", "volumes_are_complete", "WARN")}
    assert waits(station)
    assert_nobody_tells_of_failures(station)


@pytest.mark.usefixtures("growing")
def test_what_goes_on_growing_when_it_is_overdue_is_a_fault(
    station: Station, set_clock: Callable[[str], None]
) -> None:
    station.publish(*map(File, FIELDS))
    set_clock(LATE)
    run = station.run()
    assert not run.success
    statuses = run.records["bufr_files", "12:30"].column("error_type")
    assert statuses == [None, "DownloadIncomplete"]


def test_a_volume_whose_files_grow_between_two_listings_waits(
    station: Station, set_clock: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, path = station.publish(File("DBZH"), File("ZDR", written=SOON))
    set_clock(SOON)

    def grow(seconds: float) -> None:
        assert seconds == 20
        path.write_bytes(path.read_bytes() + b"x")

    monkeypatch.setattr(listing, "time", SimpleNamespace(sleep=grow))
    run = station.run()
    assert run.success
    assert set(run.states()) == {"untouched"}
    assert waits(station).endswith("still being written: RMA11_0315_01_2025-11-18T12:30:20Z")


@pytest.mark.usefixtures("growing")
def test_the_sensor_asks_again_for_what_a_run_waits_for(
    station: Station, set_clock: Callable[[str], None]
) -> None:
    station.publish(*map(File, FIELDS))
    set_clock(SOON)
    request = Request(radar="RMA11", first=at("12:30"), last=at("12:30"), fingerprints=("a",))
    run: Run = station.run(tags={"dagster/run_key": request.run_key})
    assert run.success
    assert outcomes_of(station.instance, [request]) == {request.run_key: "waiting"}


@pytest.mark.usefixtures("growing")
def test_the_shell_says_what_it_waits_for(
    platform: Write, tmp_path: Path, set_clock: Callable[[str], None]
) -> None:
    platform()
    for field in FIELDS:
        File(field).publish(tmp_path / "L2")
    set_clock(SOON)
    result = run_in_shell("12:30", "12:40")
    assert result.exit_code == 0
    assert "not yet available" in result.stderr
    assert "ZDR" in result.stderr
    report = json.loads(call("status", "--faults", "--json").stdout)
    assert report["files"] == []
