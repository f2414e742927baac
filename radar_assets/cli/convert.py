"""Verbs for files in hand, without Dagster: inspect, volume, export, render, gallery."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer

from radar_assets import reports
from radar_assets.cli.base import AsJson, command, out, print_json, print_line, print_warning
from radar_assets.cli.output import is_standard, output_folder, writing
from radar_assets.errors import ProductNotApplicable, SettingsError
from radar_assets.files import write_bytes
from radar_assets.maps.layer import Layer
from radar_assets.maps.palettes import Scheme, in_scheme
from radar_assets.products.model import Choices
from radar_assets.radar.volume import Volume
from radar_assets.settings import Network, environment, load_network
from radar_assets.settings.types import ExportFormat


class MapFormat(StrEnum):
    """Formats of map files."""

    PNG = "png"
    GEOTIFF = "geotiff"
    QUICKLOOK = "quicklook"


_USUAL = (MapFormat.PNG, MapFormat.GEOTIFF)


Files = Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help="BUFR files")]


@command("inspect RMA1_0315_01_DBZH_20251118T123020Z.BUFR")
def inspect(files: Files, *, as_json: AsJson = False) -> None:
    """Show header and sweep statistics of BUFR files."""
    from radar_assets.errors.texts import naming
    from radar_assets.radar.inspection import inspect as describe

    found: dict[str, Any] = {}
    for path in files:
        with naming(path.name):
            found[path.name] = describe(path.read_bytes())
    if as_json:
        print_json(found)
    else:
        reports.inspection(out, found)


@command("volume bufr/RMA1/2025/11/18/12/3020/*.BUFR -o volume.nc")
def volume(
    files: Files,
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="NetCDF file, or - for standard output")
    ],
) -> None:
    """Assemble the BUFR files of one volume to a CF/Radial file."""
    from radar_assets.radar import cfradial

    network = load_network(environment().network_file)
    made = _assembled(files, network)
    with writing(output) as path:
        cfradial.write(made, path)
    _print_made(made, output)


@command("export volume.nc -o volume.h5 --format odim")
def export(
    files: Annotated[
        list[Path],
        typer.Argument(exists=True, dir_okay=False, help="CF/Radial volume, or its BUFR files"),
    ],
    *,
    output: Annotated[Path, typer.Option("--output", "-o", help="file, or - for standard output")],
    format: Annotated[  # noqa: A002
        ExportFormat, typer.Option(help="CfRadial 2 (FM 301) NetCDF, or ODIM_H5")
    ],
) -> None:
    """Write a volume in a format of other programs."""
    from radar_assets.files import replacing
    from radar_assets.formats.export import export as write
    from radar_assets.radar import cfradial

    network = load_network(environment().network_file)
    is_volume = len(files) == 1 and files[0].suffix == ".nc"
    made = cfradial.read(files[0]) if is_volume else _assembled(files, network)
    with writing(output) as path, replacing(path) as temporary:
        write(made, temporary, format, network)
    _print_made(made, output)


def _assembled(files: list[Path], network: Network) -> Volume:
    """The volume of BUFR files, with a warning of what the network file says otherwise."""
    from radar_assets.stages.building import build_volume, read_parts
    from radar_assets.stages.building.conformity import differences

    parts = read_parts(files)
    for error in parts.errors:
        raise error
    made = build_volume(network, parts)
    for difference in differences(made, network):
        print_warning(f"{made.id}: {difference}")
    return made


def _print_made(made: Volume, output: Path) -> None:
    print_line(f"{output}: {made.id}, {len(made.sweeps)} sweeps, {', '.join(made.fields)}", output)


@command("render volume.nc -o maps --product COLMAX --param COLMAX.min_elevation=1")
def render(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CF/Radial volume")],
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="folder, or - for one map on standard output")
    ],
    product: Annotated[list[str] | None, typer.Option(help="e.g. DBZHo; all by default")] = None,
    format: Annotated[  # noqa: A002
        list[MapFormat] | None, typer.Option(help="png and geotiff by default")
    ] = None,
    param: Annotated[
        list[str] | None, typer.Option(help="e.g. COLMAX.min_elevation=0.65 or QC.min_rhohv=0.7")
    ] = None,
    palettes: Annotated[Scheme | None, typer.Option(help="the network's by default")] = None,
) -> None:
    """Draw products of a volume as map files."""
    from radar_assets.products import choose
    from radar_assets.radar import cfradial
    from radar_assets.radar.parameters import from_text

    kinds = format or _USUAL
    if is_standard(output) and (len(product or ()) != 1 or len(kinds) != 1):
        raise SettingsError("-o - takes one map: choose one --product and one --format")
    network = load_network(environment().network_file)
    scheme = palettes or network.settings.palettes
    read = cfradial.read(file)
    choices = choose(network.parameters(read.id.radar), from_text(param or ()))
    layers = _layers(read, product, choices)
    coloured = (replace(layer, palette=in_scheme(layer.palette, scheme)) for layer in layers)
    with TemporaryDirectory(prefix="radar-assets-") as scratch:
        folder = Path(scratch) if is_standard(output) else output_folder(output)
        for layer, kind in itertools.product(coloured, kinds):
            path = _draw(layer, kind, folder, network)
            if is_standard(output):
                with writing(output) as target:
                    copyfile(path, target)
            else:
                print_line(str(path))


def _layers(volume: Volume, names: list[str] | None, choices: Choices) -> Iterator[Layer]:
    """Compute products by their names; without names all that apply, with a warning of others."""
    from radar_assets.products import product, products_of_volumes

    if names:
        yield from (product(name).layer(volume, choices) for name in names)
        return
    others: dict[str, str] = {}
    for item in products_of_volumes().values():
        try:
            yield item.layer(volume, choices)
        except ProductNotApplicable as reason:
            others[item.name] = item.missing(volume) or str(reason)
    if others:
        needs = "; ".join(dict.fromkeys(others.values()))
        print_warning(f"{volume.id}: products not drawn: {', '.join(others)}; they need {needs}")


def _draw(layer: Layer, kind: MapFormat, output: Path, network: Network) -> Path:
    """Write a layer below a folder, quicklooks in one of their own; return the path."""
    from radar_assets.maps import quicklook
    from radar_assets.maps.gridding import map_raster, site_raster
    from radar_assets.maps.render import SUFFIXES, render

    settings, about = network.settings, layer.about
    if kind is not MapFormat.QUICKLOOK:
        named = about.product, about.sweep, SUFFIXES[kind], settings.product_names
        path = output / layer.id.product_path(*named).name
        render(map_raster(layer, zoom=settings.zoom, crs=settings.crs), path)
        return path
    picture = layer.id.quicklook_path(about.product, about.sweep, settings.product_names)
    path = output / "quicklooks" / picture.name
    notes = quicklook.Notes(place=network.title(about.name), attribution=settings.attribution)
    write_bytes(path, quicklook.encode(site_raster(layer), notes))
    return path


@command("gallery bufr/RMA1/2025/11/18 -o gallery")
def gallery(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="of BUFR files")],
    *,
    output: Annotated[Path, typer.Option("--output", "-o", help="folder")],
) -> None:
    """Draw all products of all volumes in a folder, with a page that shows them."""
    from radar_assets.reports.gallery import make_gallery

    network = load_network(environment().network_file)
    page = make_gallery(folder, output_folder(output), network)
    print_line(str(page))
