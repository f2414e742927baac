"""Runs that hang or die, under the shipped dagster.yaml: they are ended, and tried again."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from importlib.resources import files
from pathlib import Path
from typing import Any

import dagster as dg
import psutil
import pytest
from dagster import DagsterRunStatus

from radar_assets.defs.keys import asset_key
from radar_assets.defs.records import newest
from radar_assets.defs.run_config import config_of
from radar_assets_tests.defs.dagster_server import DagsterServer, wait_for
from radar_assets_tests.defs.platforms import RADAR, Station, key
from radar_assets_tests.defs.test_launching import launch

TIMES = [f"{hour}:{minute}0" for hour in (12, 13, 14) for minute in range(6)]
QUICK = {
    "poll_interval_seconds: 30": "poll_interval_seconds: 2",
    "cancel_timeout_seconds: 60": "cancel_timeout_seconds: 5",
}


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Station:
    limits = 'run_limit = "7s"\nwindow_limit = "1s"'
    station = Station(tmp_path_factory.mktemp("stuck"), settings=limits)
    for time in TIMES:
        station.publish_volume(f"{time}:20")
    return station


@pytest.fixture(scope="module")
def server(station: Station) -> Iterator[DagsterServer]:
    shipped = (files("radar_assets") / "dagster.yaml").read_text("utf-8")
    for usual, quick in QUICK.items():
        assert usual in shipped
        shipped = shipped.replace(usual, quick)
    environment = {
        "RADAR_ASSETS_NETWORK": str(station.network_file),
        "RADAR_ASSETS_DATA": str(station.data),
    }
    with DagsterServer(station.folder / "dagster", environment, shipped) as server:
        yield server


@pytest.fixture
def instance(server: DagsterServer) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.from_config(str(server.home)) as instance:
        yield instance


def worker(instance: dg.DagsterInstance, run: str) -> psutil.Process | None:
    """The process of a run, which its log names."""
    for entry in instance.all_logs(run):
        if found := re.search(r"Executing steps in process \(pid: (\d+)\)", entry.message):
            return psutil.Process(int(found[1]))
    return None


def retried(instance: dg.DagsterInstance, run: str) -> dg.DagsterRun | None:
    """The run that replaces another, once it has succeeded."""
    again = instance.get_runs(dg.RunsFilter(tags={"dagster/parent_run_id": run}))
    return next((item for item in again if item.status == DagsterRunStatus.SUCCESS), None)


def stopped(process: psutil.Process, home: Path) -> bool:
    """Stop a process, unless it is at a moment in which it keeps others from writing records."""
    process.suspend()
    try:
        for path in home.rglob("*.db"):
            with closing(sqlite3.connect(path, timeout=1)) as database:
                database.execute("BEGIN IMMEDIATE")
                database.rollback()
    except sqlite3.OperationalError:
        process.resume()
        return False
    return True


def made(instance: dg.DagsterInstance) -> set[str]:
    return set(newest(instance, asset_key(RADAR, "geotiff")))


def test_a_run_whose_process_is_killed_is_run_again(
    server: DagsterServer, instance: dg.DagsterInstance
) -> None:
    run: dict[str, Any] = launch(server, TIMES[0], TIMES[-1], {})
    identity = run["run"]["runId"]
    wait_for("the first window", lambda: made(instance), 60)
    process = worker(instance, identity)
    assert process is not None
    process.kill()
    wait_for("the run that replaces it", lambda: retried(instance, identity), 120)
    assert made(instance) == {key(time) for time in TIMES}


def test_a_run_that_hangs_is_ended_by_its_limit_and_run_again(
    station: Station, server: DagsterServer, instance: dg.DagsterInstance
) -> None:
    config = config_of(RADAR, force=True)
    before = station.files("products")
    run = launch(server, TIMES[0], TIMES[-1], config)["run"]["runId"]
    process: psutil.Process = wait_for("the process", lambda: worker(instance, run), 60)
    tagged: Callable[[], Any] = lambda: (instance.get_run_by_id(run) or run).tags.get(  # noqa: E731
        "dagster/max_runtime"
    )
    assert wait_for("the limit", tagged, 60) == "25"
    wait_for("a moment to stop it", lambda: stopped(process, server.home), 30)
    try:
        wait_for(
            "the end of the run",
            lambda: instance.get_run_by_id(run).status == DagsterRunStatus.FAILURE,  # type: ignore[union-attr]
            90,
        )
    finally:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    wait_for("the run that replaces it", lambda: retried(instance, run), 120)
    assert station.files("products") == before
    assert not [path for path in Path(station.data / "tmp").rglob("*") if path.is_file()]
