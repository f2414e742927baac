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
from radar_assets_tests.defs.dagster_server import DagsterServer, launch_run
from radar_assets_tests.defs.platforms import RADAR, Station, key
from radar_assets_tests.waiting import LONG, wait_until

TIMES = [f"{hour}:{minute}0" for hour in (12, 13, 14) for minute in range(6)]
LIMIT = 20 * 60 + len(TIMES) * 60
"""seconds that a run of all windows may last, by `run_limit` and `window_limit`"""

QUICK = {
    "poll_interval_seconds: 30": "poll_interval_seconds: 2",
    "cancel_timeout_seconds: 60": "cancel_timeout_seconds: 5",
}


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Station:
    limits = 'run_limit = "20min"\nwindow_limit = "1min"'
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
    with DagsterServer.of(station, config=shipped) as server:
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


def let_time_pass(home: Path, run: str) -> None:
    """Let a run have begun as long ago as it may last."""
    with closing(sqlite3.connect(home / "history" / "runs.db", timeout=LONG)) as database:
        changed = database.execute(
            "UPDATE runs SET start_time = start_time - ? WHERE run_id = ?", (LIMIT, run)
        )
        assert changed.rowcount == 1
        database.commit()


def made(instance: dg.DagsterInstance) -> set[str]:
    return set(newest(instance, asset_key(RADAR, "geotiff")))


def test_a_run_whose_process_is_killed_is_run_again(
    server: DagsterServer, instance: dg.DagsterInstance
) -> None:
    run: dict[str, Any] = launch_run(server, TIMES[0], TIMES[-1], {})
    identity = run["run"]["runId"]
    wait_until(lambda: made(instance), "the first window")
    process = worker(instance, identity)
    assert process is not None
    process.kill()
    wait_until(lambda: retried(instance, identity), "the run that replaces it")
    assert made(instance) == {key(time) for time in TIMES}


def test_a_run_that_hangs_is_ended_by_its_limit_and_run_again(
    station: Station, server: DagsterServer, instance: dg.DagsterInstance
) -> None:
    config = config_of(RADAR, force=True)
    before = station.files("products")
    run = launch_run(server, TIMES[0], TIMES[-1], config)["run"]["runId"]
    process: psutil.Process = wait_until(lambda: worker(instance, run), "the process")
    tagged: Callable[[], Any] = lambda: (instance.get_run_by_id(run) or run).tags.get(  # noqa: E731
        "dagster/max_runtime"
    )
    assert wait_until(tagged, "the limit") == str(LIMIT)
    wait_until(lambda: stopped(process, server.home), "a moment to stop it")
    let_time_pass(server.home, run)
    try:
        wait_until(
            lambda: instance.get_run_by_id(run).status == DagsterRunStatus.FAILURE,  # type: ignore[union-attr]
            "the end of the run",
        )
    finally:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    wait_until(lambda: retried(instance, run), "the run that replaces it")
    assert station.files("products") == before
    assert not [path for path in Path(station.data / "tmp").rglob("*") if path.is_file()]
