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

from radar_assets.errors import FolderMissing, ProductNotApplicable
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
from radar_assets.reports import gallery_pages as pages
from radar_assets.reports.gallery_pages import GalleryEntry, Picture, Section
from radar_assets.settings import Network
from radar_assets.stages.building import build_volume, read_parts

PAGES = ("index.html", "README.md")
"""the page for browsers, and the same for code forges"""

_PREVIEW = (600, 574)
"""width and height of the small pictures on the page"""


def make_gallery(folder: Path, output: Path, network: Network) -> Path:
    """Draw every product of every volume below a folder; return the page for browsers.

    A product has its overlay, and a quicklook in the colours of each scheme. Raises the error of
    the first file that cannot be read, and `FolderMissing` where there is none.
    """
    paths = sorted(_bufr_files(folder), key=_volume_of)
    if not paths:
        raise FolderMissing(f"there are no BUFR files (*.BUFR, *.BUFR.gz) below {folder}")
    sections = [
        _section(_read(list(parts), network), output, network)
        for _, parts in groupby(paths, _volume_of)
    ]
    for name, write in zip(PAGES, (pages.as_html, pages.as_markdown), strict=True):
        write_bytes(output / name, write(sections).encode())
    return output / PAGES[0]


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


def _section(volume: Volume, output: Path, network: Network) -> Section:
    """Draw a volume."""
    entries, lacking = [], []
    for product in products_of_volumes().values():
        try:
            layer = product.layer(volume)
        except ProductNotApplicable:
            lacking.append(product.name)
        else:
            entries.append(_entry(layer, output, network))
    title = f"{volume.id}, {network.title(volume.id.radar)}"
    return Section(title, _attribution(volume.id, network), tuple(entries), tuple(lacking))


def _entry(layer: Layer, output: Path, network: Network) -> GalleryEntry:
    """Draw a layer."""
    about = layer.about
    attribution = _attribution(layer.id, network)
    notes = quicklook.Notes(place=network.title(layer.id.radar), attribution=attribution)
    name = layer.id.product_path(about.product, about.sweep, "png").name
    pictures = [
        _picture(output, PurePosixPath(scheme, name), quicklook.encode(site_raster(variant), notes))
        for scheme, variant in _variants(layer)
    ]
    overlay = _overlay(output, PurePosixPath("overlays", name), layer)
    return GalleryEntry(captions.subtitle(about), captions.details(about), (*pictures, overlay))


def _variants(layer: Layer) -> Iterator[tuple[Scheme, Layer]]:
    """The layer in the colours of each scheme that has its own for it."""
    yield Scheme.STANDARD, layer
    safe = in_scheme(layer.palette, Scheme.COLOUR_BLIND)
    if safe != layer.palette:
        yield Scheme.COLOUR_BLIND, replace(layer, palette=safe)


def _picture(output: Path, path: PurePosixPath, data: bytes) -> Picture:
    """Write a quicklook and its preview."""
    write_bytes(output / path, data)
    return _with_preview(output, path, _preview(data))


def _overlay(output: Path, path: PurePosixPath, layer: Layer) -> Picture:
    """Write an overlay and its thumbnail."""
    raster = map_raster(layer)
    render(raster, output / path)
    return _with_preview(output, path, png.thumbnail(raster))


def _with_preview(output: Path, path: PurePosixPath, preview: bytes) -> Picture:
    write_bytes(output / "previews" / path, preview)
    return Picture(path, "previews" / path)


def _preview(data: bytes) -> bytes:
    """A quicklook made small, in 256 colours."""
    with Image.open(BytesIO(data)) as picture:
        small = picture.resize(_PREVIEW, Image.Resampling.LANCZOS)
        small = small.quantize(256, Image.Quantize.FASTOCTREE)
    stream = BytesIO()
    small.save(stream, "PNG", optimize=True)
    return stream.getvalue()
