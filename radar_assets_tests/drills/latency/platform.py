"""The platform under measurement: its folders, its settings and its processes."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import IO

from radar_assets.demo.home import Home
from radar_assets.demo.processes import running
from radar_assets.settings import load_network
from radar_assets.simulator.scan import SCANS, Site
from radar_assets_tests.drills.night.feed import ALTITUDE
from radar_assets_tests.ports import free_port

LAUNCHERS = ("default", "celery")
COMPOSITE = "SINARAME"
"""of all radars, with its sums of rain"""

_PATIENCE = 60
"""seconds in which a server is to come up"""
_WORKERS = 2
"""long-lived workers: one per core"""
_MODULE = ("-m", "radar_assets.definitions", "--location-name", "radar_assets.definitions")
_WORKSPACE = """
load_from:
  - grpc_server: {{host: 127.0.0.1, port: {port}, location_name: radar_assets.definitions}}
"""
_CELERY = """
run_launcher:
  module: dagster_celery.launcher
  class: CeleryRunLauncher
  config: {{broker: "{broker}", backend: "{broker}"}}
"""


@dataclass(frozen=True)
class Bench:
    """A platform in a folder, with the settings that radar_assets comes with."""

    home: Home
    launcher: str

    def prepare(self, sites: tuple[Site, ...], url: str, start: datetime) -> None:
        """Write the network file; all settings but the addresses are the defaults."""
        parts = [f'[sources.server]\nurl = "{url}"']
        parts += [
            f'[radars.{site.radar}]\nsources = ["server"]\nlive = true\n'
            f"latitude = {site.latitude}\nlongitude = {site.longitude}\n"
            f"altitude = {site.altitude}\nstart = {start:%Y-%m-%dT%H:%M:%SZ}"
            for site in sites
        ]
        parts += [
            f"[strategies.{scan.strategy}.{scan.volume}]\nfields = {list(scan.fields)}\n"
            f"nyquist_velocity = [{scan.nyquist_velocity}]"
            for scan in SCANS.values()
        ]
        parts += [f"[composites.{COMPOSITE}]\nlive = true"]
        self.home.network.write_text("\n".join(parts), "utf-8")

    @contextmanager
    def running(self) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
        """Run code server and daemon, and workers where they are asked for, until the end."""
        environment = self.home.environment("")
        environment.pop("RADAR_ASSETS_PUBLIC_URL")
        with ExitStack() as stack:
            log = stack.enter_context((self.home.folder / "processes.log").open("ab"))
            processes = {}
            if self.launcher == "celery":
                processes |= _workers(stack, self.home, environment, log)
            port = free_port()
            serve = ("dagster", "api", "grpc", *_MODULE, "-h", "127.0.0.1", "-p", str(port))
            processes["code server"] = stack.enter_context(running(serve, environment, log))
            _await(port)
            workspace = self.home.folder / "workspace.yaml"
            workspace.write_text(_WORKSPACE.format(port=port), "utf-8")
            daemon = ("dagster-daemon", "run", "-w", str(workspace))
            processes["daemon"] = stack.enter_context(running(daemon, environment, log))
            yield processes


def _workers(
    stack: ExitStack, home: Home, environment: dict[str, str], log: IO[bytes]
) -> dict[str, subprocess.Popen[bytes]]:
    port = free_port()
    broker = f"redis://127.0.0.1:{port}/0"
    with (home.dagster / "dagster.yaml").open("a", encoding="utf-8") as settings:
        settings.write(_CELERY.format(broker=broker))
    config = home.folder / "worker_settings.py"
    config.write_text(
        f"broker_url = {broker!r}\nresult_backend = {broker!r}\nworker_prefetch_multiplier = 1\n",
        "utf-8",
    )
    redis = ("redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "")
    celery = (
        *("celery", "-A", "radar_assets_tests.drills.latency.worker", "worker"),
        *("-Q", "dagster", f"--concurrency={_WORKERS}"),
    )
    environment["PYTHONPATH"] = f"{home.folder}:{environment.get('PYTHONPATH', '')}"
    broker_process = stack.enter_context(running(redis, environment, log))
    _await(port)
    workers = stack.enter_context(running(celery, environment, log))
    return {"broker": broker_process, "workers' parent": workers}


def _await(port: int) -> None:
    """Wait until something listens on a port."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.2)
    sys.exit(f"nothing listens on port {port} after {_PATIENCE} s")


def sites(number: int) -> tuple[Site, ...]:
    """Sites of the first radars of the packaged network."""
    radars = load_network().radars
    if not 0 < number <= len(radars):
        sys.exit(f"from 1 to {len(radars)} radars can be simulated, not {number}")
    return tuple(
        Site(name, radar.latitude, radar.longitude, radar.altitude or ALTITUDE)
        for name, radar in list(radars.items())[:number]
    )
