"""A gallery: all products of the volumes in a folder of BUFR files, and a page that shows them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from importlib.resources import files
from io import BytesIO
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import Any

from PIL import Image

from radar_assets.errors import ProductNotApplicable
from radar_assets.files import write_bytes
from radar_assets.maps import png, quicklook
from radar_assets.maps.gridding import map_raster, site_raster
from radar_assets.maps.layer import Layer
from radar_assets.maps.palettes import Scheme, in_scheme
from radar_assets.maps.quicklook import captions
from radar_assets.maps.render import render
from radar_assets.products import products_of_volumes
from radar_assets.radar.names import BufrName, VolumeId
from radar_assets.radar.volume import Volume
from radar_assets.settings import Network
from radar_assets.stages.building import build_volume, read_parts

PAGE = "README.md"

_PREVIEW = (600, 574)
"""width and height of the small pictures on the page"""


def make_gallery(folder: Path, output: Path, network: Network) -> Path:
    """Draw every product of every volume below a folder; return the page.

    A product has its overlay, and a quicklook in the colours of each scheme. Raises the error of
    the first file that cannot be read.
    """
    lines = ["# Gallery", "", "Every picture opens in full size; overlays are transparent."]
    for identity, paths in groupby(sorted(_bufr_files(folder), key=_volume_of), _volume_of):
        heading = f"## {identity}, {network.title(identity.radar)}"
        lines += ["", heading, "", f"{_attribution(identity, network)}."]
        lines += _section(_read(list(paths), network), output, network)
    page = output / PAGE
    write_bytes(page, "\n".join([*lines, ""]).encode())
    return page


def _bufr_files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if ".BUFR" in path.name.upper())


def _volume_of(path: Path) -> VolumeId:
    return BufrName.parse(path.name).id


def _attribution(identity: VolumeId, network: Network) -> str:
    """Words that the data's agreement asks for, or else those of the network file."""
    for row in _attributions():
        if row["radar"] == identity.radar and row["from"] <= identity.time < row["to"]:
            return str(row["text"])
    return network.settings.attribution


@cache
def _attributions() -> list[dict[str, Any]]:
    packed = files(__package__) / "attributions.toml"
    rows: list[dict[str, Any]] = tomllib.loads(packed.read_text(encoding="utf-8"))["attributions"]
    return rows


def _read(paths: list[Path], network: Network) -> Volume:
    parts = read_parts(paths)
    for error in parts.errors:
        raise error
    return build_volume(network, parts)


def _section(volume: Volume, output: Path, network: Network) -> Iterator[str]:
    """Draw a volume; return its part of the page."""
    lacking = []
    for product in products_of_volumes().values():
        try:
            layer = product.layer(volume)
        except ProductNotApplicable:
            lacking.append(product.name)
        else:
            yield from _entry(layer, output, network)
    if lacking:
        yield from ("", f"Not applicable to this volume: {', '.join(lacking)}.")


def _entry(layer: Layer, output: Path, network: Network) -> list[str]:
    """Draw a layer; return its part of the page."""
    notes = quicklook.Notes(
        place=network.title(layer.id.radar), attribution=_attribution(layer.id, network)
    )
    about = layer.about
    name = layer.id.product_path(about.product, about.sweep, "png").name
    pictures = [
        _picture(output, PurePosixPath(scheme, name), quicklook.encode(site_raster(variant), notes))
        for scheme, variant in _variants(layer)
    ]
    heading = f"### {captions.subtitle(about)}"
    overlay = _overlay(output, PurePosixPath("overlays", name), layer)
    return ["", heading, "", captions.details(about), "", *pictures, overlay]


def _variants(layer: Layer) -> Iterator[tuple[Scheme, Layer]]:
    """The layer in the colours of each scheme that has its own for it."""
    yield Scheme.STANDARD, layer
    safe = in_scheme(layer.palette, Scheme.COLOUR_BLIND)
    if safe != layer.palette:
        yield Scheme.COLOUR_BLIND, replace(layer, palette=safe)


def _picture(output: Path, path: PurePosixPath, data: bytes) -> str:
    """Write a quicklook and its preview; return the line that shows them."""
    write_bytes(output / path, data)
    return _shown(output, path, _preview(data))


def _overlay(output: Path, path: PurePosixPath, layer: Layer) -> str:
    """Write an overlay and its thumbnail; return the line that shows them."""
    raster = map_raster(layer)
    render(raster, output / path)
    return _shown(output, path, png.thumbnail(raster))


def _shown(output: Path, path: PurePosixPath, preview: bytes) -> str:
    """Write the preview of a picture; return a line that shows the one and opens the other."""
    small = "previews" / path
    write_bytes(output / small, preview)
    return f"[![{path}]({small})]({path})"


def _preview(data: bytes) -> bytes:
    """A quicklook made small, in 256 colours."""
    with Image.open(BytesIO(data)) as picture:
        small = picture.resize(_PREVIEW, Image.Resampling.LANCZOS)
        small = small.quantize(256, Image.Quantize.FASTOCTREE)
    stream = BytesIO()
    small.save(stream, "PNG", optimize=True)
    return stream.getvalue()
