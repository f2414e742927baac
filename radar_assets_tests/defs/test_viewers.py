"""The viewers' webserver shows everything and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from radar_assets_tests.defs.dagster_server import DagsterServer, launch
from radar_assets_tests.defs.platforms import RADAR, Station, key
from radar_assets_tests.waiting import LONG

READ = "{ assetNodes { assetKey { path } } }"
LAUNCH = """
mutation($p: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $p) { __typename }
}
"""
START = """
mutation($s: SensorSelector!) { startSensor(sensorSelector: $s) { __typename } }
"""
TERMINATE = 'mutation { terminateRun(runId: "x") { __typename } }'
WIPE = 'mutation { wipeAssets(assetPartitionRanges: [{assetKey: {path: ["a"]}}]) { __typename } }'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DagsterServer]:
    station = Station(tmp_path_factory.mktemp("viewers"))
    environment = {
        "RADAR_ASSETS_NETWORK": str(station.network_file),
        "RADAR_ASSETS_DATA": str(station.data),
    }
    server = DagsterServer(station.folder / "dagster", environment, options=("--read-only",))
    with server:
        yield server


def test_viewers_may_read_and_nothing_else(server: DagsterServer) -> None:
    shown = {tuple(node["assetKey"]["path"]) for node in server.ask(READ)}
    assert (RADAR, "png") in shown
    backfill = {
        "assetSelection": [{"path": [RADAR, "png"]}],
        "partitionNames": [key("12:30")],
    }
    sensor = {
        "repositoryLocationName": "radar_assets.definitions",
        "repositoryName": "__repository__",
        "sensorName": f"{RADAR}_arrivals",
    }
    assert server.ask(LAUNCH, p=backfill)["__typename"] == "UnauthorizedError"
    assert server.ask(START, s=sensor)["__typename"] == "UnauthorizedError"
    assert server.ask(TERMINATE)["__typename"] == "UnauthorizedError"
    assert server.ask(WIPE)["__typename"] == "UnauthorizedError"
    with pytest.raises(AssertionError, match="UnauthorizedError"):
        launch(server, [key("12:30")], RADAR)
    with pytest.raises(requests.ConnectionError):  # it listens on this machine's loopback only
        requests.get(f"http://127.0.0.2:{server.port}/", timeout=LONG)
