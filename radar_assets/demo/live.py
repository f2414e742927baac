"""`radar-assets demo`: the platform live, until it is interrupted."""

from __future__ import annotations

import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock, Timeout
from rich.console import Console

from radar_assets.demo.home import Home, simulated, sites
from radar_assets.demo.processes import dagster_services
from radar_assets.errors import PlatformError, PortTaken, SettingsError
from radar_assets.ingest.times import window_of
from radar_assets.settings import Settings, load_network
from radar_assets.simulator.publish import Simulation
from radar_assets.simulator.server import FtpServer
from radar_assets.stages.base.workspace import Workspace
from radar_assets.web.map.serve import serve_map

_HISTORY = timedelta(minutes=30)


class _Ports(NamedTuple):
    ui: int
    pictures: int
    ftp: int


def live(
    folder: Path,
    *,
    radars: int,
    speed: float,
    port: int,
    pictures_port: int | None,
    console: Console,
) -> None:
    """Run simulator, FTP server, map and Dagster until interrupted.

    The UI listens on `port`, the map on the next one if no other is chosen, and the FTP
    server on the third after it.

    Raises `PlatformError` when a port is taken, another demonstration uses the folder, or
    Dagster ends by itself.
    """
    home = Home(folder.absolute())
    ports = _Ports(ui=port, pictures=pictures_port or port + 1, ftp=port + 3)
    if len({*ports}) < len(ports):
        raise SettingsError("two servers would have the same port: choose another --pictures-port")
    for number in ports:
        _check_free(number)
    with _alone(home):
        _run(home, radars, speed, ports, console)


def _run(home: Home, radars: int, speed: float, ports: _Ports, console: Console) -> None:
    home.prepare()
    simulation = Simulation(home.server / "L2", sites(radars), speed=speed)
    stop = threading.Event()
    log_path = home.folder / "dagster.log"
    with (
        FtpServer(home.server, port=ports.ftp) as server,
        serve_map(Workspace(home.data, home.network), ports.pictures) as pictures,
        log_path.open("ab") as log,
    ):
        home.write_network(list(simulated(radars)), server.url, _start(home))
        console.print(f"{radars} simulated radars publish on {server.url}", soft_wrap=True)
        console.print(f"the map is on {pictures}, Dagster's log is {log_path}", soft_wrap=True)
        publisher = threading.Thread(target=simulation.run, args=(stop,), daemon=True)
        publisher.start()
        console.print(
            f"[bold]the UI comes up on http://localhost:{ports.ui}[/bold]; Ctrl-C ends",
            soft_wrap=True,
        )
        try:
            with dagster_services(home.environment(pictures), ports.ui, log) as processes:
                _wait(processes, log_path)
        except KeyboardInterrupt:
            console.print("stopping…")
        finally:
            stop.set()


def _check_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise PortTaken(
                f"port {port} is taken; choose others with --port (the UI's; the map files' is the "
                "next one, or that of --pictures-port, the FTP server's the third after it)"
            ) from None


@contextmanager
def _alone(home: Home) -> Iterator[None]:
    home.folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(home.folder / "lock", timeout=0):
            yield
    except Timeout:
        raise PlatformError(
            f"a demonstration already runs in {home.folder}; stop it or choose another --folder"
        ) from None


def _start(home: Home) -> datetime:
    """Start of the radars' windows; that of an earlier demonstration in the folder goes on."""
    if home.network.exists():
        network = load_network(home.network)
        return min(network.start(radar) for radar in network.radars)
    return window_of(datetime.now(UTC) - _HISTORY, Settings().window)


def _wait(processes: Sequence[subprocess.Popen[bytes]], log: Path) -> None:
    while all(process.poll() is None for process in processes):
        time.sleep(1)
    (code, *_) = (process.returncode for process in processes if process.returncode is not None)
    raise PlatformError(f"a process of Dagster ended with exit code {code}; see {log}")
