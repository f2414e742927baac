"""The command `radar-assets`: one function per verb, each a thin call of the platform."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from radar_assets import reports
from radar_assets.radar.errors import RadarAssetsError
from radar_assets.settings import Stage, environment, load_network

app = typer.Typer(
    help="Weather radar volumes as Dagster assets.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
out, err = Console(), Console(stderr=True)


class MapFormat(StrEnum):
    """Formats of map files."""

    PNG = "png"
    GEOTIFF = "geotiff"


Files = Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help="BUFR files")]
_TIMES = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"]
_time = partial(typer.Option, formats=_TIMES, metavar="TIME")
_FAULTS = "missing-field, truncated, garbled, late, silent"
AsJson = Annotated[bool, typer.Option("--json", help="print JSON for scripts")]


@contextmanager
def _errors() -> Iterator[None]:
    """Turn an error of the platform or the system into one clear line and exit code 1."""
    try:
        yield
    except (RadarAssetsError, OSError) as error:
        err.print(f"error: {error}", style="red", markup=False, soft_wrap=True)
        raise typer.Exit(1) from None


@app.command()
def inspect(files: Files, *, as_json: AsJson = False) -> None:
    """Show header and sweep statistics of BUFR files."""
    from radar_assets.building import naming  # noqa: PLC0415
    from radar_assets.radar.inspection import inspect as describe  # noqa: PLC0415

    found: dict[str, Any] = {}
    with _errors():
        for path in files:
            with naming(path):
                found[path.name] = describe(path.read_bytes())
    if as_json:
        _print_json(found)
    else:
        reports.inspection(out, found)


@app.command()
def volume(
    files: Files, *, output: Annotated[Path, typer.Option("--output", "-o", help="NetCDF file")]
) -> None:
    """Assemble the BUFR files of one volume to a CF/Radial file."""
    from radar_assets.building import build_volume, read_parts  # noqa: PLC0415
    from radar_assets.radar import cfradial  # noqa: PLC0415

    with _errors():
        parts = read_parts(files)
        for error in parts.errors:
            raise error
        made = build_volume(load_network(environment().network_file), parts)
        cfradial.write(made, output)
    _say(f"{output}: {made.id}, {len(made.sweeps)} sweeps, {', '.join(made.fields)}")


@app.command()
def render(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CF/Radial volume")],
    *,
    output: Annotated[Path, typer.Option("--output", "-o", help="folder")],
    product: Annotated[list[str] | None, typer.Option(help="e.g. DBZHo; all by default")] = None,
    format: Annotated[list[MapFormat] | None, typer.Option(help="both by default")] = None,  # noqa: A002
) -> None:
    """Draw products of a volume as map files."""
    from radar_assets.products import applicable  # noqa: PLC0415
    from radar_assets.products import product as find  # noqa: PLC0415
    from radar_assets.radar import cfradial  # noqa: PLC0415
    from radar_assets.radar.render import SUFFIXES, render  # noqa: PLC0415

    with _errors():
        read = cfradial.read(file)
        for item in [find(name) for name in product] if product else applicable(read):
            layer = item.layer(read)
            for kind in format or MapFormat:
                name = read.id.product_path(layer.product, layer.sweep, SUFFIXES[kind]).name
                _say(str(render(layer, output / name).path))


@app.command()
def run(
    *,
    radar: Annotated[str, typer.Option(help="e.g. RMA1")],
    first: Annotated[datetime, _time("--from", help="UTC, e.g. 2025-11-18T12:00")],
    last: Annotated[datetime, _time("--to", help="UTC, not included")],
    stage: Annotated[list[Stage] | None, typer.Option(help="all by default")] = None,
) -> None:
    """Materialize a radar's windows in this process."""
    from radar_assets.defs.instance import instance  # noqa: PLC0415
    from radar_assets.defs.run import chosen_ranges, run_ranges  # noqa: PLC0415

    with _errors():
        from radar_assets.definitions import defs, network  # noqa: PLC0415

        stages = list(stage or network.radar(radar).stages)
        ranges = chosen_ranges(network, radar, _utc(first), _utc(last))
        with instance() as records:
            steps = run_ranges(defs, records, radar, ranges, stages)
            runs = list(reports.progress(err, steps, total=len(ranges)))
    reports.runs(out, runs)
    if not all(item.is_success for item in runs):
        raise typer.Exit(1)


@app.command()
def status(
    *,
    radar: Annotated[str | None, typer.Option()] = None,
    first: Annotated[datetime | None, _time("--from", help="UTC")] = None,
    last: Annotated[datetime | None, _time("--to", help="UTC, not included")] = None,
    state: Annotated[str | None, typer.Option("--status", help="e.g. failed")] = None,
    stage: Annotated[Stage | None, typer.Option()] = None,
    volume: Annotated[str | None, typer.Option(help="volume identifier or number")] = None,
    file: Annotated[str | None, typer.Option(help="BUFR file name")] = None,
    error_type: Annotated[str | None, typer.Option()] = None,
    as_json: AsJson = False,
) -> None:
    """Show what happened: files, volumes and products, by Dagster's records."""
    from radar_assets.defs.instance import instance  # noqa: PLC0415
    from radar_assets.defs.status import Query  # noqa: PLC0415
    from radar_assets.defs.status import status as read  # noqa: PLC0415

    query = Query(
        radar=radar,
        first=_utc(first) if first else None,
        last=_utc(last) if last else None,
        status=state,
        stage=stage,
        volume=volume,
        file=file,
        error_type=error_type,
    )
    with _errors(), instance() as records:
        window = load_network(environment().network_file).settings.window
        report = read(records, window, query)
    if as_json:
        _print_json(report)
    else:
        reports.status(out, report)


@app.command()
def doctor(*, as_json: AsJson = False) -> None:
    """Look for what would go wrong; exit code 1 when something would."""
    from radar_assets.doctor import examine  # noqa: PLC0415

    with _errors():
        findings = list(examine(environment()))
    if as_json:
        _print_json([vars(finding) for finding in findings])
    else:
        reports.findings(out, findings)
    if not all(finding.is_well for finding in findings):
        raise typer.Exit(1)


@app.command()
def simulate(
    *,
    radars: Annotated[int, typer.Option(min=1, help="number of radars")] = 3,
    speed: Annotated[float, typer.Option(help="volumes come that many times as often")] = 1.0,
    fault: Annotated[
        list[str] | None, typer.Option(help=f"what goes wrong, may be repeated: {_FAULTS}")
    ] = None,
    folder: Annotated[Path, typer.Option(help="where the files are kept")] = Path("demo/server"),
    port: Annotated[int, typer.Option(help="of the FTP server")] = 2121,
) -> None:
    """Publish a live synthetic radar network on a local FTP server."""
    from radar_assets.demo.home import sites  # noqa: PLC0415
    from radar_assets.simulator.publish import Fault, Simulation  # noqa: PLC0415
    from radar_assets.simulator.server import FtpServer  # noqa: PLC0415

    try:
        faults = frozenset(Fault(name) for name in fault or ())
    except ValueError as error:
        raise typer.BadParameter(f"{error}; choose from {', '.join(Fault)}") from None
    with _errors():
        simulation = Simulation(folder / "L2", sites(radars), speed=speed, faults=faults)
        with FtpServer(folder, port=port) as server:
            message = f"{radars} radars publish on {server.url}"
            _until_interrupted(message, lambda: simulation.run(threading.Event()))


@app.command()
def serve(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False)],
    *,
    port: Annotated[int, typer.Option()] = 2121,
) -> None:
    """Serve a folder tree over FTP on this machine, read only."""
    from radar_assets.simulator.server import FtpServer  # noqa: PLC0415

    with _errors(), FtpServer(folder, port=port) as server:
        _until_interrupted(f"{folder} is served on {server.url}", threading.Event().wait)


@app.command()
def demo(
    *,
    once: Annotated[bool, typer.Option("--once", help="process a fixed set, then end")] = False,
    radars: Annotated[int, typer.Option(min=1)] = 2,
    speed: Annotated[float, typer.Option(help="volumes come that many times as often")] = 2.0,
    folder: Annotated[Path, typer.Option(help="where everything is kept")] = Path("demo"),
    port: Annotated[int, typer.Option(help="of the UI")] = 3000,
    pictures_port: Annotated[int, typer.Option(help="of the map files")] = 3001,
    timeout: Annotated[int, typer.Option(help="seconds, with --once")] = 600,
) -> None:
    """Run simulator, FTP server, sensors, daemon and UI in one command."""
    from radar_assets.demo.live import live  # noqa: PLC0415
    from radar_assets.demo.once import once as process  # noqa: PLC0415

    _heed_signals()
    with _errors():
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


def _heed_signals() -> None:
    """Let Ctrl-C, `kill` and a closed terminal end alike, also a shell's background jobs."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)


def _until_interrupted(message: str, work: Callable[[], object]) -> None:
    _heed_signals()
    with suppress(KeyboardInterrupt):
        _say(f"{message}; Ctrl-C ends")
        work()


def _say(text: str) -> None:
    out.print(text, markup=False, soft_wrap=True)


def _utc(time: datetime) -> datetime:
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _print_json(value: object) -> None:
    print(json.dumps(value, indent=1))  # noqa: T201 - a console would wrap it
