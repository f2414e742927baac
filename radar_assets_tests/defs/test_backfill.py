"""A backfill from the UI: launched, judged and retried over GraphQL, run by the daemon."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import dagster as dg
import pytest

from radar_assets.defs.keys import asset_key
from radar_assets.defs.metadata import rows_of
from radar_assets.simulator.publish import Fault
from radar_assets.stages import all_stages
from radar_assets_tests.defs.dagster_server import Backfill, DagsterServer, launch
from radar_assets_tests.defs.platforms import FIELDS, RADAR, STAGES, File, Station, key

GOOD, MIXED, BAD = (key(time) for time in ("12:30", "12:40", "12:50"))
WINDOWS = (GOOD, MIXED, BAD)
MADE_OF_FILES = ("volumes", "png", "geotiff")

RETRY = """
mutation($p: ReexecutionParams) {
  reexecutePartitionBackfill(reexecutionParams: $p) {
    __typename
    ... on LaunchBackfillSuccess { backfillId }
    ... on PythonError { message }
  }
}
"""
TARGETS = """
query($id: String!, $key: AssetKeyInput!) {
  partitionBackfillOrError(backfillId: $id) {
    ... on PartitionBackfill {
      partitionsTargetedForAssetKey(assetKey: $key) { ranges { start end } }
    }
  }
}
"""
PARTITIONS = """
query($keys: [AssetKeyInput!]!) {
  assetNodes(assetKeys: $keys) {
    assetKey { path }
    assetPartitionStatuses {
      ... on TimePartitionStatuses { ranges { startKey endKey status } }
    }
  }
}
"""
CHECKS = """
query($key: AssetKeyInput!, $name: String!, $partition: String!) {
  assetCheckExecutions(assetKey: $key, checkName: $name, limit: 1, partition: $partition) {
    status
    partition
  }
}
"""


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Station:
    station = Station(tmp_path_factory.mktemp("backfill"))
    station.publish_volume("12:30:20")
    station.publish_volume("12:40:20")
    for time in ("12:44:20", "12:50:20"):
        station.publish(*(File(name, time, damage=Fault.GARBLED) for name in FIELDS))
    return station


@pytest.fixture(scope="module")
def server(station: Station) -> Iterator[DagsterServer]:
    with DagsterServer.of(station) as server:
        yield server


@pytest.fixture(scope="module")
def backfill(server: DagsterServer) -> Backfill:
    return Backfill(server, launch(server, WINDOWS, RADAR))


@pytest.fixture(scope="module")
def instance(server: DagsterServer, backfill: Backfill) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.from_config(str(server.home)) as instance:
        yield instance


def test_a_backfill_of_three_windows_is_one_run_that_fails_for_the_bad_one(
    backfill: Backfill,
) -> None:
    assert backfill.runs == ["FAILURE"]
    assert backfill.counts == {
        "bufr_files": (3, 3, 0),
        "volumes": (3, 2, 1),
        "png": (3, 2, 1),
        "geotiff": (3, 2, 1),
    }


def test_the_partition_bar_shows_the_bad_window_of_what_depends_on_it_as_failed(
    server: DagsterServer, backfill: Backfill
) -> None:
    assert _partitions(server) == {
        "bufr_files": {(GOOD, BAD, "MATERIALIZED")},
        **{name: {(GOOD, MIXED, "MATERIALIZED"), (BAD, BAD, "FAILED")} for name in MADE_OF_FILES},
    }


def test_only_rows_of_broken_volumes_are_failed(instance: dg.DagsterInstance) -> None:
    files = {window: _rows(instance, "bufr_files", window) for window in WINDOWS}
    assert [len(files[window]) for window in WINDOWS] == [2, 4, 2]
    assert {row["status"] for rows in files.values() for row in rows} == {"completed"}
    assert _statuses(instance, GOOD) == [("12:30:20", "completed", None)]
    assert _statuses(instance, MIXED) == [
        ("12:40:20", "completed", None),
        ("12:44:20", "failed", "BufrCorrupt"),
    ]
    assert _statuses(instance, BAD) == [("12:50:20", "failed", "BufrCorrupt")]
    (row,) = _rows(instance, "volumes", BAD)
    assert row["step"] == "decoding"
    assert row["error_message"].startswith("RMA11_0315_01_DBZH_20251118T125020Z.BUFR")
    assert {row["volume_id"][-9:] for row in _rows(instance, "png", MIXED)} == {"12:40:20Z"}


def test_checks_are_red_for_windows_with_a_broken_volume_alone(
    server: DagsterServer, backfill: Backfill
) -> None:
    def judged(stage: str, name: str) -> list[str | None]:
        return [_check(server, stage, name, window) for window in WINDOWS]

    assert judged("volumes", "every_volume_was_decoded") == ["SUCCEEDED", "FAILED", "FAILED"]
    assert judged("volumes", "volumes_are_complete") == ["SUCCEEDED", "FAILED", "FAILED"]
    assert judged("volumes", "netcdf_is_readable") == ["SUCCEEDED"] * 3
    assert judged("png", "every_product_was_made")[:2] == ["SUCCEEDED"] * 2
    assert judged("geotiff", "geotiff_is_valid")[:2] == ["SUCCEEDED"] * 2


def test_a_retry_targets_what_failed_and_nothing_else(
    server: DagsterServer, backfill: Backfill
) -> None:
    parameters = {"parentRunId": backfill.id, "strategy": "FROM_FAILURE"}
    launched = server.ask(RETRY, p=parameters)
    assert launched["__typename"] == "LaunchBackfillSuccess", launched
    targets = {stage: _targets(server, launched["backfillId"], stage) for stage in STAGES}
    assert targets == {
        "bufr_files": None,
        **{name: [{"start": BAD, "end": BAD}] for name in MADE_OF_FILES},
    }


def _partitions(server: DagsterServer) -> dict[str, set[tuple[str, str, str]]]:
    keys = [{"path": [RADAR, stage]} for stage in STAGES]
    return {
        node["assetKey"]["path"][-1]: {
            (found["startKey"], found["endKey"], found["status"])
            for found in node["assetPartitionStatuses"]["ranges"]
        }
        for node in server.ask(PARTITIONS, keys=keys)
    }


def _targets(server: DagsterServer, backfill: str, stage: str) -> list[dict[str, str]] | None:
    key = {"path": [RADAR, stage]}
    found = server.ask(TARGETS, id=backfill, key=key)["partitionsTargetedForAssetKey"]
    return found and found["ranges"]


def _check(server: DagsterServer, stage: str, name: str, window: str) -> str | None:
    asked = {"key": {"path": [RADAR, stage]}, "name": name, "partition": window}
    found = server.ask(CHECKS, **asked)
    assert all(item["partition"] == window for item in found)
    return found[0]["status"] if found else None


def _rows(instance: dg.DagsterInstance, stage: str, window: str) -> list[dict[str, Any]]:
    wanted = dg.AssetRecordsFilter(asset_key(RADAR, stage), asset_partitions=[window])
    records = [
        *instance.fetch_materializations(wanted, limit=9).records,
        *instance.fetch_observations(wanted, limit=9).records,
    ]
    assert len(records) == 1
    event = records[0].asset_materialization or records[0].asset_observation
    assert event is not None
    return rows_of(event.metadata, all_stages()[stage].row.table)


def _statuses(instance: dg.DagsterInstance, window: str) -> list[tuple[str, str, str | None]]:
    return [
        (row["observation_time"][11:19], row["status"], row["error_type"])
        for row in _rows(instance, "volumes", window)
    ]
