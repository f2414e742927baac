"""Runs as the UI launches and ends them: with a choice, and in the middle of their work."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg
import pytest
from dagster import DagsterRunStatus

from radar_assets.defs.keys import asset_key
from radar_assets.defs.records import newest
from radar_assets.defs.run_config import config_of
from radar_assets_tests.defs.dagster_server import DagsterServer, launch_run
from radar_assets_tests.defs.platforms import RADAR, Station, key
from radar_assets_tests.pictures import PNG
from radar_assets_tests.waiting import wait_until

TIMES = [f"{hour:02d}:{minute}0" for hour in range(6, 12) for minute in range(6)]
TERMINATE = """
mutation($id: String!) { terminateRun(runId: $id) { __typename } }
"""


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Station:
    """One with a volume in every window of six hours."""
    station = Station(tmp_path_factory.mktemp("launching"))
    for time in TIMES:
        station.publish_volume(f"{time}:20")
    return station


@pytest.fixture(scope="module")
def server(station: Station) -> Iterator[DagsterServer]:
    with DagsterServer.of(station) as server:
        yield server


@pytest.fixture
def instance(server: DagsterServer) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.from_config(str(server.home)) as instance:
        yield instance


def ended(instance: dg.DagsterInstance, run: str) -> dg.DagsterRun:
    def poll() -> dg.DagsterRun | None:
        found = instance.get_run_by_id(run)
        return found if found and found.is_finished else None

    return wait_until(poll, "the end of the run")


def test_a_run_is_launched_with_a_choice_and_ended_without_a_trace(
    station: Station, server: DagsterServer, instance: dg.DagsterInstance
) -> None:
    choice = config_of(RADAR, products=["DBZHo"], parameters={"DBZHo": {"sweep": 1}})
    chosen = launch_run(server, TIMES[0], TIMES[0], choice)
    assert ended(instance, chosen["run"]["runId"]).status == DagsterRunStatus.SUCCESS
    names = {path.name for path in (station.data / "products").rglob("*.*")}
    kinds = (*PNG, "tif")
    assert names == {f"{RADAR}_20251118T060020Z_DBZHo_01.{kind}" for kind in kinds}

    long = launch_run(server, TIMES[0], TIMES[-1], {})["run"]["runId"]
    recorded = asset_key(RADAR, "geotiff")
    wait_until(lambda: len(newest(instance, recorded)) >= 3, "the third window")
    assert server.ask(TERMINATE, id=long)["__typename"] == "TerminateRunSuccess"
    assert ended(instance, long).status == DagsterRunStatus.CANCELED
    made = newest(instance, recorded)
    assert 3 <= len(made) < len(TIMES)
    assert made.keys() == {key(time) for time in TIMES[: len(made)]}
    assert not [path for path in (station.data / "tmp").rglob("*") if path.is_file()]
    assert not [path for path in (station.data / "partial").rglob("*") if path.is_file()]

    rest = launch_run(server, TIMES[0], TIMES[-1], {})["run"]["runId"]
    assert ended(instance, rest).status == DagsterRunStatus.SUCCESS
    assert len(newest(instance, recorded)) == len(TIMES)


def test_a_choice_of_what_does_not_exist_is_refused(server: DagsterServer) -> None:
    config = {"ops": {RADAR: {"config": {"parameters": {"DBZHo": {"sweeps": 1}}}}}}
    answer = launch_run(server, TIMES[0], TIMES[0], config)
    assert answer["__typename"] == "RunConfigValidationInvalid"
    assert "sweeps" in answer["errors"][0]["message"]
