"""Verbs for files in hand, without Dagster: inspect, volume, render."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from radar_assets import reports
from radar_assets.cli.base import AsJson, app, errors, out, print_json, say
from radar_assets.settings import environment, load_network


class MapFormat(StrEnum):
    """Formats of map files."""

    PNG = "png"
    GEOTIFF = "geotiff"


Files = Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help="BUFR files")]


@app.command()
def inspect(files: Files, *, as_json: AsJson = False) -> None:
    """Show header and sweep statistics of BUFR files."""
    from radar_assets.building import naming  # noqa: PLC0415
    from radar_assets.radar.inspection import inspect as describe  # noqa: PLC0415

    found: dict[str, Any] = {}
    with errors():
        for path in files:
            with naming(path):
                found[path.name] = describe(path.read_bytes())
    if as_json:
        print_json(found)
    else:
        reports.inspection(out, found)


@app.command()
def volume(
    files: Files, *, output: Annotated[Path, typer.Option("--output", "-o", help="NetCDF file")]
) -> None:
    """Assemble the BUFR files of one volume to a CF/Radial file."""
    from radar_assets.building import build_volume, read_parts  # noqa: PLC0415
    from radar_assets.radar import cfradial  # noqa: PLC0415

    with errors():
        parts = read_parts(files)
        for error in parts.errors:
            raise error
        made = build_volume(load_network(environment().network_file), parts)
        cfradial.write(made, output)
    say(f"{output}: {made.id}, {len(made.sweeps)} sweeps, {', '.join(made.fields)}")


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

    with errors():
        read = cfradial.read(file)
        for item in [find(name) for name in product] if product else applicable(read):
            layer = item.layer(read)
            for kind in format or MapFormat:
                name = read.id.product_path(layer.product, layer.sweep, SUFFIXES[kind]).name
                say(str(render(layer, output / name).path))
