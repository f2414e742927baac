"""A webserver and a daemon as processes of their own, spoken to over GraphQL."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import dagster as dg
import requests

from radar_assets.defs.partitions import range_tags
from radar_assets_tests.defs.platforms import (
    COMPOSITE,
    COMPOSITE_STAGES,
    RADAR,
    STAGES,
    Station,
    at,
)
from radar_assets_tests.ports import free_port
from radar_assets_tests.waiting import LONG, wait_until

_CONFIG = """
telemetry: {enabled: false}
nux: {enabled: false}
run_queue: {dequeue_interval_seconds: 1}
concurrency:
  pools: {granularity: run, default_limit: 1}
"""


_OVER = ("COMPLETED", "COMPLETED_SUCCESS", "COMPLETED_FAILED", "FAILED", "CANCELED")
_LAUNCH = """
mutation($p: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $p) {
    __typename
    ... on LaunchBackfillSuccess { backfillId }
    ... on PythonError { message }
    ... on PartitionSetNotFoundError { message }
  }
}
"""
_LAUNCH_RUN = """
mutation($p: ExecutionParams!) {
  launchRun(executionParams: $p) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on RunConfigValidationInvalid { errors { message } }
    ... on PythonError { message }
  }
}
"""
_BACKFILL = """
query($id: String!) {
  partitionBackfillOrError(backfillId: $id) {
    ... on PartitionBackfill {
      status
      runs { status }
      assetBackfillData {
        assetBackfillStatuses {
          ... on AssetPartitionsStatusCounts {
            assetKey { path }
            numPartitionsTargeted numPartitionsMaterialized numPartitionsFailed
          }
        }
      }
    }
  }
}
"""


class GraphQL:
    """A webserver that answers on a port of this machine."""

    def __init__(self, port: int) -> None:
        self.port = port

    def ask(self, query: str, **variables: Any) -> Any:
        """Answer to a GraphQL query; its one field."""
        url = f"http://127.0.0.1:{self.port}/graphql"
        answer = requests.post(url, json={"query": query, "variables": variables}, timeout=LONG)
        content = answer.json()
        assert "errors" not in content, content["errors"]
        (value,) = content["data"].values()
        return value


class DagsterServer(GraphQL):
    """Serves `radar_assets.definitions` from the folder `home` until the `with` block ends."""

    def __init__(
        self,
        home: Path,
        environment: Mapping[str, str],
        config: str = _CONFIG,
        options: Sequence[str] = (),
    ) -> None:
        """`config` is the dagster.yaml, `options` are more ones of the webserver."""
        super().__init__(free_port())
        self.options = options
        self.home = home
        self.home.mkdir()
        (self.home / "dagster.yaml").write_text(config, "utf-8")
        dg.DagsterInstance.from_config(str(home)).dispose()  # makes the tables, for both processes
        self.environment = {**os.environ, **environment, "DAGSTER_HOME": str(home)}
        self._processes: list[subprocess.Popen[bytes]] = []

    @classmethod
    def of(cls, station: Station, **changes: Any) -> Self:
        """The server of a station, which lies in its folder."""
        environment = {
            "RADAR_ASSETS_NETWORK": str(station.network_file),
            "RADAR_ASSETS_DATA": str(station.data),
        }
        return cls(station.folder / "dagster", environment, **changes)

    def __enter__(self) -> Self:
        try:
            self._start("dagster-webserver", "-h", "127.0.0.1", "-p", str(self.port), *self.options)
            self._start("dagster-daemon", "run")
            wait_until(self._is_up, "the webserver")
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End the processes and all that they started."""
        for process in self._processes:
            _signal(process, signal.SIGINT)
        deadline = time.monotonic() + 10
        for process in self._processes:
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, deadline - time.monotonic()))
        for process in self._processes:
            _signal(process, signal.SIGKILL)
            process.wait()

    def _is_up(self) -> bool:
        assert all(process.poll() is None for process in self._processes), self.log()
        try:
            return bool(self.ask("{ assetNodes { id } }"))
        except requests.ConnectionError:
            return False

    def log(self) -> str:
        """Last lines that the processes wrote."""
        return "\n".join(path.read_text("utf-8")[-3000:] for path in self.home.glob("*.log"))

    def _start(self, command: str, *arguments: str) -> None:
        program = Path(sys.executable).with_name(command)
        # A background job of a shell ignores SIGINT, and so would Dagster, which needs it to stop.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        with (self.home / f"{command}.log").open("wb") as log:
            process = subprocess.Popen(
                [program, *arguments, "-m", "radar_assets.definitions"],
                env=self.environment,
                cwd=self.home,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._processes.append(process)


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    """Signal a process, which leads its own group, and all its children, also orphans."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


class Backfill:
    """A backfill that has come to its end."""

    def __init__(self, server: DagsterServer, identity: str) -> None:
        self.id = identity
        self._server = server
        found = wait_until(self._finished, "the end of the backfill", pause=0.5)
        self.runs = [run["status"] for run in found["runs"]]
        self.counts = {
            status["assetKey"]["path"][-1]: tuple(
                status[f"numPartitions{name}"] for name in ("Targeted", "Materialized", "Failed")
            )
            for status in found["assetBackfillData"]["assetBackfillStatuses"]
        }

    def _finished(self) -> dict[str, Any] | None:
        found = self._server.ask(_BACKFILL, id=self.id)
        return found if found["status"] in _OVER else None


def launch(server: DagsterServer, windows: Sequence[str], *owners: str) -> str:
    """Launch a backfill of all assets of radars and composites, as the UI does; its identifier."""
    assets = [
        {"path": [owner, stage]}
        for owner in owners
        for stage in (COMPOSITE_STAGES if owner == COMPOSITE else STAGES)
    ]
    parameters = {"assetSelection": assets, "partitionNames": list(windows)}
    launched = server.ask(_LAUNCH, p=parameters)
    assert launched["__typename"] == "LaunchBackfillSuccess", launched
    return str(launched["backfillId"])


def launch_run(server: GraphQL, first: str, last: str, config: dict[str, Any]) -> dict[str, Any]:
    """Launch a run of the windows between two times of the day; what the server answers."""
    tags = range_tags(at(first), at(last))
    selector = {
        "repositoryLocationName": "radar_assets.definitions",
        "repositoryName": "__repository__",
        "pipelineName": "__ASSET_JOB",
        "assetSelection": [{"path": [RADAR, stage]} for stage in STAGES],
    }
    meta = {"tags": [{"key": name, "value": value} for name, value in tags.items()]}
    parameters = {"selector": selector, "runConfigData": config, "executionMetadata": meta}
    answer: dict[str, Any] = server.ask(_LAUNCH_RUN, p=parameters)
    return answer
