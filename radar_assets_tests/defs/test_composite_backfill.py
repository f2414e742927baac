"""A backfill of a radar and its composite, launched at once as the UI does, on a real daemon."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg
import pytest

from radar_assets.defs.keys import asset_key
from radar_assets.defs.metadata import rows_of
from radar_assets.defs.records import newest
from radar_assets.stages.composing.inputs import WINDOWS_BACK
from radar_assets_tests.defs.dagster_server import Backfill, DagsterServer, launch
from radar_assets_tests.defs.platforms import (
    COMPOSITE,
    RADAR,
    STAGES,
    Station,
    key,
)

TIMES = ("11:00", "12:00", "13:00", "14:00")


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Station:
    station = Station(
        tmp_path_factory.mktemp("composite"),
        settings="window_minutes = 60",
        radar='products = ["COLMAX", "RAIN"]',
        radars=f'[composites.{COMPOSITE}]\ntitle = "North"',
    )
    for time in ("12:30:20", "13:40:20"):
        station.publish_volume(time)
    return station


@pytest.fixture(scope="module")
def server(station: Station) -> Iterator[DagsterServer]:
    with DagsterServer.of(station) as server:
        yield server


@pytest.fixture(scope="module")
def backfill(station: Station, server: DagsterServer) -> Backfill:
    return Backfill(server, launch(server, [key(time) for time in TIMES], RADAR, COMPOSITE))


def test_it_ends_complete_with_the_windows_that_reach_back_to_it(backfill: Backfill) -> None:
    assert {*backfill.runs} == {"SUCCESS"}
    windows = {"composite": 4 + WINDOWS_BACK, "rain": 4 + WINDOWS_BACK + 24}
    wanted = dict.fromkeys(STAGES, 4) | windows
    assert backfill.counts == {stage: (count, count, 0) for stage, count in wanted.items()}


def test_no_run_is_of_a_radar_and_of_a_composite(backfill: Backfill, server: DagsterServer) -> None:
    with dg.DagsterInstance.from_config(str(server.home)) as instance:
        runs = instance.get_runs(dg.RunsFilter(tags={"dagster/backfill": backfill.id}))
        owners = [{key.path[0] for key in run.asset_selection or ()} for run in runs]
    assert len(runs) == len(backfill.runs)
    assert all(len(each) == 1 for each in owners)
    assert set().union(*owners) == {RADAR, COMPOSITE}


def test_the_composite_was_made_of_what_the_radar_has(
    backfill: Backfill, server: DagsterServer
) -> None:
    with dg.DagsterInstance.from_config(str(server.home)) as instance:
        records = newest(instance, asset_key(COMPOSITE, "composite"))
    shown = {
        time: {row["product"] for row in rows_of(records[key(time)].metadata, "maps")}
        for time in TIMES
    }
    all_maps = {"COLMAX", "RAIN", "SOURCE", "QUALITY"}
    assert shown == {"11:00": set(), "12:00": all_maps, "13:00": all_maps, "14:00": all_maps}
