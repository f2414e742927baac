"""What Dagster loads: every radar of the network file, and nothing heavy."""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from radar_assets.defs.instance import instance
from radar_assets.defs.keys import asset_key
from radar_assets.defs.watch.feeds import FEEDS
from radar_assets.demo.home import Home
from radar_assets_tests.defs.platforms import RADAR, STAGES, network_text

SECOND = """
[radars.RMA1]
sources = ["server"]
latitude = -31.4
longitude = -64.2
"""
REPORT = """
import json, sys
from radar_assets.definitions import defs
graph = defs.resolve_asset_graph()
print(json.dumps({
    "assets": sorted(key.to_user_string() for key in graph.get_all_asset_keys()),
    "sensors": sorted(sensor.name for sensor in defs.sensors),
    "modules": sorted(sys.modules),
}))
"""
HEAVY = ("pyart", "matplotlib", "xarray", "pandas")


@pytest.fixture(scope="module")
def definitions() -> dg.Definitions:
    from radar_assets.definitions import defs

    return defs


@pytest.fixture(scope="module")
def radars() -> list[str]:
    from radar_assets.definitions import network

    return list(network.radars)


@pytest.fixture(scope="module")
def graph(definitions: dg.Definitions):
    return definitions.resolve_asset_graph()


def environment(folder: Path) -> dict[str, str]:
    """A network of two radars, in variables of a process."""
    file = folder / "network.toml"
    file.write_text(network_text(str(folder / "L2"), radars=SECOND), "utf-8")
    return {
        **os.environ,
        "RADAR_ASSETS_NETWORK": str(file),
        "RADAR_ASSETS_DATA": str(folder / "data"),
    }


def test_every_radar_has_its_assets_in_a_group(graph, radars: list[str]) -> None:
    found = {node.key: node.group_name for node in graph.asset_nodes}
    assert found.pop(FEEDS) == "network"
    assert found == {asset_key(radar, stage): radar for radar in radars for stage in STAGES}


def test_volumes_come_from_files_and_products_from_volumes(graph, radars: list[str]) -> None:
    parents = {"bufr_files": [], "volumes": ["bufr_files"], "png": ["volumes"]}
    parents["geotiff"] = parents["png"]
    for radar in radars:
        for stage, above in parents.items():
            keys = {asset_key(radar, name) for name in above}
            assert graph.get(asset_key(radar, stage)).parent_keys == keys


def test_every_asset_is_described_and_has_windows_of_ten_minutes(graph) -> None:
    assert graph.get(FEEDS).description
    for node in graph.asset_nodes:
        if node.key == FEEDS:
            continue
        assert node.key.path[0] in str(node.description)
        windows = node.partitions_def
        assert isinstance(windows, dg.TimeWindowPartitionsDefinition)
        assert (windows.cron_schedule, str(windows.timezone)) == ("*/10 * * * *", "UTC")


def test_every_radar_has_the_same_checks(graph, radars: list[str]) -> None:
    names = {
        "bufr_files": {"feed_is_fresh", "every_file_was_fetched"},
        "volumes": {
            "volumes_are_complete",
            "every_volume_was_decoded",
            "netcdf_is_readable",
            "content_matches_the_network",
        },
        "png": {"every_product_was_made"},
        "geotiff": {"every_product_was_made", "geotiff_is_valid"},
    }
    found = {(key.asset_key, key.name) for key in graph.asset_check_keys}
    assert found - {(FEEDS, "every_radar_sends")} == {
        (asset_key(radar, stage), name)
        for radar in radars
        for stage, found in names.items()
        for name in found
    }


def test_every_radar_has_a_described_sensor(definitions: dg.Definitions, radars: list[str]) -> None:
    sensors = {sensor.name: sensor for sensor in definitions.sensors or ()}
    assert sensors.keys() == {
        *(f"{radar}_arrivals" for radar in radars),
        "network_feeds",
        "lost_runs",
    }
    assert all(radar in str(sensors[f"{radar}_arrivals"].description) for radar in radars)


def test_retention_has_a_schedule_and_a_job(definitions: dg.Definitions) -> None:
    assert [schedule.name for schedule in definitions.schedules or ()] == [
        "retention",
        "compaction",
    ]
    assert definitions.resolve_job_def("retention").executor_def is dg.in_process_executor


def test_runs_stay_in_one_process(definitions: dg.Definitions) -> None:
    assert definitions.executor is dg.in_process_executor


def test_a_radar_of_a_network_file_is_added_without_code_and_nothing_heavy_is_imported(
    tmp_path: Path,
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", REPORT],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=True,
    )
    report = json.loads(done.stdout)
    names = ("RMA1", RADAR)
    assets = [f"{radar}/{stage}" for radar in names for stage in STAGES]
    assert report["assets"] == sorted([*assets, "network/feeds"])
    assert report["sensors"] == sorted(
        [*(f"{radar}_arrivals" for radar in names), "network_feeds", "lost_runs"]
    )
    assert "radar_assets.defs.sensors" in report["modules"]
    assert set(HEAVY).isdisjoint(report["modules"])


def test_dagster_accepts_the_definitions(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            *(Path(sys.executable).with_name("dagster"), "definitions", "validate"),
            *("-m", "radar_assets.definitions"),
        ],
        env=environment(tmp_path),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_records_that_are_opened_again_and_again_leave_nothing_behind(
    definitions: dg.Definitions, tmp_path: Path
) -> None:
    Home(tmp_path).prepare()
    handlers = []
    for _ in range(3):
        with instance(tmp_path / "dagster"):
            handlers.append(atexit._ncallbacks())  # type: ignore[attr-defined]
    assert handlers[2] == handlers[1]
