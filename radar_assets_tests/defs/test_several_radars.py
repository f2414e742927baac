"""A backfill of several radars with equal windows, launched at once, as *Materialize all* does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import dagster as dg
import pytest
from dagster import DagsterRunStatus

from radar_assets.defs.assets import owner_assets
from radar_assets_tests.defs.dagster_server import DagsterServer, launch, launch_run
from radar_assets_tests.defs.platforms import Station, key
from radar_assets_tests.waiting import wait_until

OTHERS = ("RMA12", "RMA13")
WINDOWS = [key(time) for time in ("12:30", "12:40", "12:50")]
RADARS = "".join(
    f'[radars.{name}]\ntitle = ""\nsources = ["server"]\nlatitude = -30\nlongitude = -60\n'
    for name in OTHERS
)
LIMIT = 20 * 60 + len(WINDOWS) * 60


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Station:
    limits = 'run_limit = "20min"\nwindow_limit = "1min"'
    station = Station(tmp_path_factory.mktemp("several"), settings=limits, radars=RADARS)
    for name in OTHERS:
        (station.server / name).mkdir()
    station.publish_volume()
    return station


@pytest.fixture(scope="module")
def server(station: Station) -> Iterator[DagsterServer]:
    with DagsterServer.of(station) as server:
        yield server


def test_no_two_owners_have_runs_of_equal_length(station: Station) -> None:
    network = station.workspace.network
    policies = [owner_assets(network, owner).backfill_policy for owner in network.owners]
    lengths = [policy.max_partitions_per_run for policy in policies if policy]
    assert len({*lengths}) == len(network.owners) == 3
    assert min(lengths) == network.settings.windows_per_run


def test_each_radar_gets_runs_of_its_own_beside_which_others_go_on(
    station: Station, server: DagsterServer
) -> None:
    with dg.DagsterInstance.from_config(str(server.home)) as instance, ExitStack() as held:
        for name in OTHERS:  # their runs wait, as they do for a slow server
            held.enter_context(station.workspace.lock(name))
        launch(server, WINDOWS, *OTHERS)
        waiting = wait_until(lambda: _working(instance), "runs of the backfill")
        launched = launch_run(server, "12:30", "12:30", {})
        live = launched["run"]["runId"]
        done = wait_until(lambda: _finished(instance, live), "the live run")
        assert done.status == DagsterRunStatus.SUCCESS
        assert len(_working(instance) or ()) == len(OTHERS)
        for run in waiting:
            (owner,) = {item.path[0] for item in run.asset_selection or ()}
            assert run.tags["radar"] == owner
            assert run.tags["dagster/max_runtime"] == str(LIMIT)
        assert {run.tags["radar"] for run in waiting} == {*OTHERS}


def _working(instance: dg.DagsterInstance) -> list[dg.DagsterRun] | None:
    """Runs of the backfill, once all of them have begun their work."""
    wanted = dg.RunsFilter(statuses=[DagsterRunStatus.STARTED])
    runs = [run for run in instance.get_runs(wanted) if "radar" in run.tags]
    return runs if len(runs) == len(OTHERS) else None


def _finished(instance: dg.DagsterInstance, run_id: str) -> dg.DagsterRun | None:
    run = instance.get_run_by_id(run_id)
    return run if run and run.is_finished else None
