"""Stages `png` and `geotiff`: the products of a window's volumes as map files."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

import dagster as dg

from radar_assets.defs.checks import Verdict, judge_products
from radar_assets.defs.choice import EVERYTHING, Choice
from radar_assets.defs.metadata import NOT_APPLICABLE, ProductRow, failure, row_from, stamp
from radar_assets.defs.partitions import Window
from radar_assets.defs.platform import Platform
from radar_assets.defs.stage import StageResult, is_of_disk, kept_by_disk, log_failure
from radar_assets.defs.volumes import Shelf, window_volumes
from radar_assets.errors import ProductNotApplicable, RadarAssetsError
from radar_assets.files import sha256, write_bytes
from radar_assets.maps import cog, png, quicklook
from radar_assets.maps.gridding import map_raster, site_raster
from radar_assets.maps.layer import Layer
from radar_assets.maps.palettes import in_scheme
from radar_assets.maps.render import SUFFIXES, render
from radar_assets.products import Choices, Product, choose, product, products_of_volumes
from radar_assets.radar.names import VolumeId
from radar_assets.radar.parameters import Tables
from radar_assets.stages import fingerprints

PREVIEW_LENGTH = 1000
"""longer Markdown is not shown inline by the UI"""

_LEADING = ("COLMAX", "DBZH", "VRAD", "ETOP", "VIL", "RAIN")
"""products that a preview shows before any others"""


@dataclass
class Drawing:
    """Layers of a window's volumes, computed once for both formats."""

    shelf: Shelf
    parameters: tuple[Tables, ...] = ()
    """of products, as the network file and then the run choose them"""
    choice: Choice = EVERYTHING
    layers: dict[tuple[Path, str], Layer] = field(default_factory=dict)
    digests: dict[Path, str] = field(default_factory=dict)

    def digest(self, path: Path) -> str:
        """SHA-256 of a volume's NetCDF file."""
        if path not in self.digests:
            self.digests[path] = sha256(path)
        return self.digests[path]

    @cached_property
    def choices(self) -> Choices:
        """The parameters, checked; `SettingsError` tells what is wrong with them."""
        return choose(*self.parameters)

    def layer(self, path: Path, product: Product) -> Layer:
        """A product of a volume; errors are those of `Product.layer`."""
        key = path, product.name
        if key not in self.layers:
            self.layers[key] = product.layer(self.shelf.volume(path), self.choices)
        return self.layers[key]


def make_products(
    platform: Platform,
    window: Window,
    stage: str,
    drawing: Drawing,
    previous: Sequence[Mapping[str, Any]] = (),
) -> StageResult:
    """Draw every product of every volume of a window in the format of a stage.

    `previous` has the rows of the newest record. They stay for what is not chosen, and for what
    would be drawn of the same volume in the same way, unless the run is forced.

    Raises `ProductError` or `SettingsError` when products or parameters are chosen that do not
    exist.
    """
    started = time.monotonic()
    names = platform.network.radar(window.radar).products
    products = [product(name) for name in (products_of_volumes() if names is None else names)]
    sweeps = [item.chosen(drawing.choices).sweep_index for item in products]
    known = {(row["volume_id"], row["product"]): row_from(ProductRow, row) for row in previous}
    easel = _Easel(platform, stage, drawing, known, is_listed=names is not None)
    drawn = [
        easel.row(path, item, sweep)
        for path in window_volumes(platform, window)
        for item, sweep in zip(products, sweeps, strict=True)
    ]
    rows = [row for row in drawn if row is not None]
    made = [row for row in rows if row.path]
    verdicts: tuple[Verdict, ...] = (judge_products(rows),)
    if stage == "geotiff":
        verdicts += (_validity(platform, made),)
    return StageResult(
        stage=stage,
        rows=rows,
        totals={
            "product_count": len(made),
            "failed_count": sum(row.is_failed for row in rows),
            "render_seconds": time.monotonic() - started,
        },
        made=len(made),
        shortfall=kept_by_disk(rows),
        verdicts=verdicts,
        extra={"preview": _preview(platform, made)} if stage == "png" else {},
    )


@dataclass(frozen=True)
class _Easel:
    """What draws the products of one window in one format."""

    platform: Platform
    stage: str
    drawing: Drawing
    known: Mapping[tuple[str, str], ProductRow]
    """rows of the newest record, by volume and product"""
    is_listed: bool
    """whether the network file lists the radar's products; else what is not applicable is not
    asked for, and has no row"""

    def row(self, path: Path, item: Product, sweep: int) -> ProductRow | None:
        """Draw a product of a volume or tell what is there; None: it was never asked for."""
        identity, choice = VolumeId.from_netcdf(path.name), self.drawing.choice
        known = self.known.get((str(identity), item.name))
        if not (choice.wants_volume(identity) and choice.wants_product(item.name)):
            return known
        trace = fingerprints.of_product(
            self.platform.network,
            item,
            self.drawing.choices,
            self.drawing.digest(path),
            self.stage,
        )
        if known and known.fingerprint == trace and not choice.is_forced and self._stands(known):
            return known
        drawn = _draw(self.platform, self.stage, path, item, sweep=sweep, drawing=self.drawing)
        if drawn.status == NOT_APPLICABLE and not self.is_listed:
            return None
        return drawn if drawn.is_failed else replace(drawn, fingerprint=trace)

    def _stands(self, row: ProductRow) -> bool:
        """Whether what a row tells is so: its files are there as they were written."""
        if row.status == NOT_APPLICABLE:
            return True
        path = self.platform.root / (row.path or "")
        if not path.is_file() or path.stat().st_size != row.size_bytes:
            return False
        if self.stage == "geotiff":
            return not _faults(self.platform, path)
        is_shown = row.product in self.platform.network.settings.quicklooks
        _, thumbnail, picture, *sidecars = self.platform.pictures(path)
        needed = (thumbnail, *sidecars)
        return all(file.is_file() for file in needed) and is_shown == picture.is_file()


def _draw(
    platform: Platform, stage: str, path: Path, product: Product, *, sweep: int, drawing: Drawing
) -> ProductRow:
    identity = VolumeId.from_netcdf(path.name)
    step = "reading"
    try:
        drawing.shelf.volume(path)
        step = "filtering"
        layer = drawing.layer(path, product)
        step = "rendering"
        return _render(platform, stage, layer)
    except ProductNotApplicable as reason:
        trouble: dict[str, Any] = {"status": NOT_APPLICABLE, "error_message": str(reason)}
    except Exception as error:  # noqa: BLE001 - one product's defect must not stop the others
        log_failure(f"{step} of {product.name} of {identity}", error)
        trouble = {"stage": step, **failure(error)}
    row = ProductRow(
        volume_id=str(identity),
        product=product.name,
        field=product.field,
        filtered=product.filtered,
        sweep=sweep,
        **trouble,
    )
    if not is_of_disk(row):
        _discard(platform, platform.path(_path(platform, stage, identity, product.name, sweep)))
    return row


def _path(
    platform: Platform, stage: str, identity: VolumeId, product: str, sweep: int
) -> PurePosixPath:
    template = platform.network.settings.product_names
    return identity.product_path(product, sweep, SUFFIXES[stage], template)


def _render(platform: Platform, stage: str, layer: Layer) -> ProductRow:
    settings = platform.network.settings
    about = layer.about
    relative = _path(platform, stage, layer.id, about.product, about.sweep)
    path = platform.path(relative)
    layer = replace(layer, palette=in_scheme(layer.palette, settings.palettes))
    raster = map_raster(layer, step=settings.grid_step, crs=settings.crs, cache=platform.cache)
    size = render(raster, path, platform.scratch)
    if stage == "png":
        _, thumbnail, picture, *_ = platform.pictures(path)
        write_bytes(thumbnail, png.thumbnail(raster), platform.scratch)
        _draw_quicklook(platform, picture, layer)
    return ProductRow(
        volume_id=str(layer.id),
        product=about.product,
        field=about.field,
        filtered=about.filtered,
        sweep=about.sweep,
        path=str(relative),
        size_bytes=size,
        parameters=json.dumps(
            {
                **about.parameters,
                "bounds": [float(f"{edge:.8g}") for edge in raster.grid.bounds],
                "crs": raster.grid.crs,
            }
        ),
        generated_at=stamp(platform.now()),
    )


def _draw_quicklook(platform: Platform, picture: Path, layer: Layer) -> None:
    """Draw a layer for people, where the network file wants that of its product."""
    network = platform.network
    if layer.about.product not in network.settings.quicklooks:
        picture.unlink(missing_ok=True)
        return
    place, attribution = network.place(layer.id.radar), network.settings.attribution
    notes = quicklook.Notes(place=place, attribution=attribution)
    write_bytes(picture, quicklook.encode(site_raster(layer), notes), platform.scratch)


def _discard(platform: Platform, path: Path) -> None:
    """Remove what an earlier run drew, so that nobody takes it for a picture of today's volume."""
    for picture in platform.pictures(path):
        picture.unlink(missing_ok=True)


def _validity(platform: Platform, rows: Sequence[ProductRow]) -> Verdict:
    paths = (platform.root / str(row.path) for row in rows)
    return Verdict(
        "geotiff_is_valid", tuple(fault for path in paths for fault in _faults(platform, path))
    )


def _faults(platform: Platform, path: Path) -> list[str]:
    try:
        cog.check(path, platform.network.settings.crs)
    except RadarAssetsError as error:
        return [str(error)]
    return []


def _preview(platform: Platform, rows: Sequence[ProductRow]) -> dg.MarkdownMetadataValue:
    """Linked thumbnails of as many products as the UI shows inline, or their names."""
    if not rows:
        return dg.MetadataValue.md("no products")
    shown = sorted(rows, key=lambda row: (_rank(row), row.volume_id, row.product))
    if platform.public_url is None:
        return dg.MetadataValue.md(_fitting([f"`{row.path}`" for row in shown]))
    base = platform.public_url.rstrip("/")
    paths = [PurePosixPath(str(row.path)).relative_to("products") for row in shown]
    links = [f"[![]({base}/thumbnails/{p})]({base}/{_large(platform, p)})" for p in paths]
    return dg.MetadataValue.md(_fitting(links))


def _large(platform: Platform, path: PurePosixPath) -> PurePosixPath:
    """What a thumbnail links to: the quicklook, where there is one, else the overlay."""
    return "quicklooks" / path if (platform.quicklooks / path).exists() else path


def _rank(row: ProductRow) -> int:
    return _LEADING.index(row.product) if row.product in _LEADING else len(_LEADING)


def _fitting(items: Sequence[str]) -> str:
    text = items[0]
    for item in items[1:]:
        if len(text) + len(item) + 1 >= PREVIEW_LENGTH:
            break
        text = f"{text} {item}"
    return text
