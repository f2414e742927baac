"""`radar-assets demo --once`: a fixed set of volumes through FTP, sensors and daemon."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console

from radar_assets.demo.home import Home, simulated, sites
from radar_assets.demo.processes import dagster_daemon
from radar_assets.errors import PlatformError
from radar_assets.ingest.times import window_of
from radar_assets.radar.names import VolumeId
from radar_assets.settings import Settings
from radar_assets.simulator.publish import Simulation
from radar_assets.simulator.server import FtpServer
from radar_assets.stages import tables
from radar_assets.web.map_files import serve_products

_SPAN = timedelta(minutes=30)
_AGE = timedelta(minutes=20)
"""the newest volumes are at least this old, so that nothing is waited for"""

_INTERVAL = 2
"""seconds between queries of the records"""


def once(folder: Path, *, radars: int, timeout: timedelta, console: Console) -> dict[str, Any]:
    """Publish a fixed set of volumes, let sensors and daemon process it, return what was made.

    The folder is to be new. Returns the report of `radar_assets.defs.status.status`. Raises
    `PlatformError` when not every window is materialized in time, or when what was made is
    not what was published.
    """
    from radar_assets.defs.instance import instance, unfinished  # noqa: PLC0415
    from radar_assets.defs.status import status  # noqa: PLC0415

    home = Home(folder.absolute())
    home.prepare()
    print(f"DAGSTER_HOME={home.dagster}", flush=True)  # noqa: T201 - for scripts, never wrapped
    end = window_of(datetime.now(UTC) - _AGE, Settings().window)
    console.print(f"{radars} simulated radars scan for {_SPAN}…")
    simulation = Simulation(home.server / "L2", sites(radars))
    published = simulation.publish_span(end - _SPAN, end)
    log_path = home.folder / "dagster.log"
    with (
        FtpServer(home.server) as server,
        serve_products(home.data) as pictures,
        log_path.open("ab") as log,
        # Opened before the daemon starts, or both would make the tables of the records.
        instance(home.dagster) as records,
    ):
        network = home.write_network(list(simulated(radars)), server.url, end - _SPAN, end)
        with dagster_daemon(home.environment(pictures), log) as daemon:
            console.print(f"{len(published)} volumes are on {server.url}; sensors and daemon run…")
            _wait_for(partial(unfinished, records, network), daemon, timeout, log_path)
        report = status(records, network.settings.window)
    _check(report, published)
    return report


def _wait_for(
    unfinished: Callable[[], int], daemon: subprocess.Popen[bytes], timeout: timedelta, log: Path
) -> None:
    deadline = time.monotonic() + timeout.total_seconds()
    while number := unfinished():
        if daemon.poll() is not None:
            raise PlatformError(f"the daemon ended by itself; see {log}")
        if time.monotonic() > deadline:
            raise PlatformError(f"after {timeout} {number} windows or runs remain; see {log}")
        time.sleep(_INTERVAL)


def _check(report: dict[str, Any], published: Collection[VolumeId]) -> None:
    made = {row["volume_id"] for row in report["volumes"] if row["status"] == "completed"}
    missing = {str(volume) for volume in published} - made
    failed = [row for table in tables() for row in report[table]
              if row["status"] == "failed"]  # fmt: skip
    if missing or failed:
        reasons = [*sorted(missing), *(str(row["error_message"]) for row in failed)]
        raise PlatformError(f"not all was made: {'; '.join(reasons[:5])}")
