"""Verbs that simulate: a radar network, a server, the whole platform."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from radar_assets import reports
from radar_assets.cli.base import command, out, print_line

_LAST_PORT = 65535
_SPEED = "volumes come that many times as often"
_FAULTS = "missing-field, truncated, garbled, late, silent"


@command("simulate --radars 3 --fault late")
def simulate(
    *,
    radars: Annotated[int, typer.Option(min=1, help="number of radars")] = 3,
    speed: Annotated[float, typer.Option(help=_SPEED, min=0.01, max=100)] = 1.0,
    fault: Annotated[
        list[str] | None, typer.Option(help=f"what goes wrong, may be repeated: {_FAULTS}")
    ] = None,
    folder: Annotated[Path, typer.Option(help="where the files are kept")] = Path("demo/server"),
    port: Annotated[int, typer.Option(help="of the FTP server", min=0, max=_LAST_PORT)] = 2121,
) -> None:
    """Publish a live synthetic radar network on a local FTP server."""
    from radar_assets.demo.home import sites
    from radar_assets.simulator.publish import Fault, Simulation
    from radar_assets.simulator.server import FtpServer

    try:
        faults = frozenset(Fault(name) for name in fault or ())
    except ValueError as error:
        raise typer.BadParameter(f"{error}; choose from {', '.join(Fault)}") from None
    simulation = Simulation(folder / "L2", sites(radars), speed=speed, faults=faults)
    with FtpServer(folder, port=port) as server:
        message = f"{radars} radars publish on {server.url}"
        _until_interrupted(message, lambda: simulation.run(threading.Event()))


@command("serve /srv/files --port 2121")
def serve(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False)],
    *,
    port: Annotated[int, typer.Option(help="0: any free one", min=0, max=_LAST_PORT)] = 2121,
) -> None:
    """Serve a folder tree over FTP on this machine, read only."""
    from radar_assets.simulator.server import FtpServer

    with FtpServer(folder, port=port) as server:
        _until_interrupted(f"{folder} is served on {server.url}", threading.Event().wait)


@command("demo --radars 4 --port 8000")
def demo(
    *,
    once: Annotated[bool, typer.Option("--once", help="process a fixed set, then end")] = False,
    radars: Annotated[int, typer.Option(min=1)] = 2,
    speed: Annotated[float, typer.Option(help=_SPEED, min=0.01, max=100)] = 2.0,
    folder: Annotated[Path, typer.Option(help="where everything is kept")] = Path("demo"),
    port: Annotated[
        int, typer.Option(help="of the UI; the other servers' follow it", min=1, max=_LAST_PORT - 3)
    ] = 3000,
    pictures_port: Annotated[
        int | None,
        typer.Option(help="of the map files; the one after the UI's", min=1, max=_LAST_PORT),
    ] = None,
    timeout: Annotated[int, typer.Option(help="seconds, with --once", min=1)] = 600,
) -> None:
    """Run simulator, FTP server, sensors, daemon and UI in one command."""
    from radar_assets.demo.live import live
    from radar_assets.demo.once import once as process

    _end_alike()
    if not once:
        live(
            folder,
            radars=radars,
            speed=speed,
            port=port,
            pictures_port=pictures_port,
            console=out,
        )
        return
    new = folder / f"once-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    report = process(new, radars=radars, timeout=timedelta(seconds=timeout), console=out)
    reports.status(out, report)


def _end_alike() -> None:
    """Let Ctrl-C, `kill` and a closed terminal end alike, also a shell's background jobs."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)


def _until_interrupted(message: str, work: Callable[[], object]) -> None:
    _end_alike()
    with suppress(KeyboardInterrupt):
        print_line(f"{message}; Ctrl-C ends")
        work()
