"""`radar-assets demo`: the platform live, until it is interrupted."""

from __future__ import annotations

import subprocess
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console

from radar_assets.demo.home import Home, simulated, sites
from radar_assets.demo.processes import dagster_dev
from radar_assets.ingest.plan import window_of
from radar_assets.radar.errors import RadarAssetsError
from radar_assets.settings import Settings, load_network
from radar_assets.simulator.publish import Simulation
from radar_assets.simulator.server import FtpServer
from radar_assets.web import serve_products

_HISTORY = timedelta(minutes=30)


def live(folder: Path, *, radars: int, speed: float, port: int, console: Console) -> None:
    """Run simulator, FTP server, picture server and Dagster until interrupted.

    Raises `RadarAssetsError` when Dagster ends by itself.
    """
    home = Home(folder.absolute())
    home.prepare()
    simulation = Simulation(home.server / "L2", sites(radars), speed=speed)
    stop = threading.Event()
    log_path = home.folder / "dagster.log"
    with (
        FtpServer(home.server) as server,
        serve_products(home.data) as pictures,
        log_path.open("ab") as log,
    ):
        home.write_network(list(simulated(radars)), server.url, _start(home))
        console.print(f"{radars} simulated radars publish on {server.url}")
        console.print(f"map files are served on {pictures}, Dagster logs to {log_path}")
        publisher = threading.Thread(target=simulation.run, args=(stop,), daemon=True)
        publisher.start()
        with dagster_dev(home.environment(pictures), port, log) as process:
            console.print(f"[bold]the UI comes up on http://localhost:{port}[/bold]; Ctrl-C ends")
            try:
                _wait(process, log_path)
            except KeyboardInterrupt:
                console.print("stopping…")
            finally:
                stop.set()


def _start(home: Home) -> datetime:
    """Start of the radars' windows; that of an earlier demonstration in the folder goes on."""
    if home.network.exists():
        network = load_network(home.network)
        return min(network.start(radar) for radar in network.radars)
    return window_of(datetime.now(UTC) - _HISTORY, Settings().window)


def _wait(process: subprocess.Popen[bytes], log: Path) -> None:
    while process.poll() is None:
        time.sleep(1)
    raise RadarAssetsError(f"Dagster ended with exit code {process.returncode}; see {log}")
