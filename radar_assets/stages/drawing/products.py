"""The products of a window's volumes as map files of one format."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from radar_assets.errors import InputMissing, ProductNotApplicable
from radar_assets.maps.gridding import map_raster
from radar_assets.maps.layer import Layer
from radar_assets.maps.palettes import in_scheme
from radar_assets.maps.raster import Raster
from radar_assets.maps.render import SUFFIXES
from radar_assets.products import Product, product, products_of_volumes
from radar_assets.radar.names import VolumeId
from radar_assets.stages.base import fingerprints
from radar_assets.stages.base.result import (
    Shortfall,
    StageResult,
    Verdict,
    disk_shortfall,
    is_of_disk,
    was_hindered,
)
from radar_assets.stages.base.rows import NOT_APPLICABLE, ProductRow, failure, row_from, stamp
from radar_assets.stages.base.stage import Task
from radar_assets.stages.base.workspace import Workspace
from radar_assets.stages.drawing.files import discard, product_key, put_map, recorded_parameters
from radar_assets.stages.drawing.layers import Layers, layers_of
from radar_assets.stages.drawing.sources import InputVolume, inputs_of, sources_of
from radar_assets.stages.indexing.days import index_window


@dataclass(frozen=True)
class Format:
    """What is particular about the maps of a stage."""

    is_sound: Callable[[Workspace, ProductRow, PurePosixPath], bool]
    """whether a map that has the recorded size, and what belongs to it, are as they were written"""
    finish: Callable[[Workspace, Layer, Raster, PurePosixPath], None] = lambda *_: None
    """draws what belongs to a map"""


def make_products(task: Task, form: Format) -> StageResult:
    """Draw every product of every volume of a window in the format of a stage.

    The rows of the newest record stay for what is not chosen, and for what would be drawn of the
    same volume in the same way, unless the run is forced.

    Raises `ProductError` or `SettingsError` when products or parameters are chosen that do not
    exist.
    """
    started = time.monotonic()
    names = task.workspace.network.radar(task.window.owner).products
    layers = layers_of(task)
    drawer = _Drawer(task, form, layers, is_listed=names is not None)
    products = [product(name) for name in (products_of_volumes() if names is None else names)]
    sweeps = [item.chosen(layers.choices).sweep_index for item in products]
    sources = sources_of(task, layers)
    drawn = [
        drawer.row(inputs_of(item, source, sources), item, sweep)
        for source in sources
        if source.window == task.window
        for item, sweep in zip(products, sweeps, strict=True)
    ]
    rows = [row for row in drawn if row is not None]
    made = [row for row in rows if row.path]
    return StageResult(
        rows=rows,
        totals={
            "product_count": len(made),
            "failed_count": sum(row.is_failed for row in rows),
            "render_seconds": time.monotonic() - started,
        },
        made=len(made),
        shortfall=disk_shortfall(rows) or drawer.shortfall,
        verdicts=(_verdict(rows),),
    )


def made_products(result: StageResult) -> list[ProductRow]:
    """Rows of the products of a result that have a file."""
    return [row for row in result.rows if isinstance(row, ProductRow) and row.path]


def remove_stale(task: Task, result: StageResult) -> None:
    """Remove maps that the record before names and the new one does not, and index the rest."""
    rows = [row for row in result.rows if isinstance(row, ProductRow)]
    kept = {(row.volume_id, row.product) for row in rows if was_hindered(row)}
    stale = {
        row["path"]
        for row in task.previous
        if row.get("path") and (row["volume_id"], row["product"]) not in kept
    } - {row.path for row in rows}
    for text in stale:
        discard(task.workspace, PurePosixPath(text))
    index_window(task, result)


class _Drawer:
    """What draws the products of one window in one format."""

    def __init__(self, task: Task, form: Format, layers: Layers, *, is_listed: bool) -> None:
        """`is_listed`: the network file lists the radar's products.

        Where it does not, a product that does not apply was not asked for, and has no row.
        """
        self._task, self._form, self._layers, self._is_listed = task, form, layers, is_listed
        rows = (row_from(ProductRow, row) for row in task.previous)
        self._known = {(row.volume_id, row.product): row for row in rows}
        self.shortfall: Shortfall | None = None

    def row(self, inputs: Sequence[InputVolume], item: Product, sweep: int) -> ProductRow | None:
        """Draw a product of the last volume, or keep it; None where it was not asked for."""
        selection, identity = self._task.selection, inputs[-1].identity
        known = self._known.get((str(identity), item.name))
        if not (selection.wants_volume(identity) and selection.wants_product(item.name)):
            return known
        fingerprint = fingerprints.of_product(
            self._task.workspace.network,
            item,
            self._layers.choices,
            "+".join(source.digest() for source in inputs),
            self._task.stage.name,
        )
        is_same = known is not None and known.fingerprint == fingerprint
        if known and is_same and not selection.is_forced and self._is_whole(known):
            return known
        lost = next((source for source in inputs if source.is_lost), None)
        if lost:
            return self._lost(lost, _row(identity, item, sweep), known)
        drawn = self._draw(inputs, item, sweep)
        if drawn.status == NOT_APPLICABLE and not self._is_listed:
            return None
        return drawn if drawn.is_failed else replace(drawn, fingerprint=fingerprint)

    def _is_whole(self, row: ProductRow) -> bool:
        """Whether the files of a row are stored as they were written."""
        if row.status == NOT_APPLICABLE:
            return True
        if not row.path:
            return False
        workspace, key = self._task.workspace, PurePosixPath(row.path)
        stat = workspace.store.stat(key)
        if stat is None or stat.size != row.size_bytes:
            return False
        return self._form.is_sound(workspace, row, key)

    def _lost(self, source: InputVolume, row: ProductRow, known: ProductRow | None) -> ProductRow:
        """Keep the product that is there, and let the run fail, because its input is missing."""
        error = InputMissing(
            f"{source.identity}: recorded, but not stored any more: "
            f"{self._task.workspace.relative(source.path)}"
        )
        columns = failure(error)
        self.shortfall = self.shortfall or Shortfall(columns["error_message"], "final")
        if known and self._is_whole(known):
            return known
        return replace(row, step="reading", **columns)

    def _draw(self, inputs: Sequence[InputVolume], item: Product, sweep: int) -> ProductRow:
        task, identity = self._task, inputs[-1].identity
        paths = tuple(source.path for source in inputs)
        step = "reading"
        try:
            self._layers.load(paths)
            step = "filtering"
            layer = self._layers.layer(paths, item)
            step = "rendering"
            return _render(task, self._form, layer)
        except ProductNotApplicable as reason:
            columns: dict[str, Any] = {"status": NOT_APPLICABLE, "error_message": str(reason)}
        except Exception as error:  # noqa: BLE001 - one product's defect must not stop the others
            task.log_failure(f"{step} of {item.name} of {identity}", error)
            columns = {"step": step, **failure(error)}
        row = _row(identity, item, sweep, **columns)
        if not is_of_disk(row):
            suffix = SUFFIXES[task.stage.name]
            discard(task.workspace, product_key(task.workspace, identity, item.name, sweep, suffix))
        return row


def _row(identity: VolumeId, item: Product, sweep: int, **columns: Any) -> ProductRow:  # noqa: ANN401
    return ProductRow(
        volume_id=str(identity),
        product=item.name,
        field=item.field,
        filtered=item.filtered,
        sweep=sweep,
        **columns,
    )


def _render(task: Task, form: Format, layer: Layer) -> ProductRow:
    workspace, settings = task.workspace, task.workspace.network.settings
    about, suffix = layer.about, SUFFIXES[task.stage.name]
    key = product_key(workspace, layer.id, about.product, about.sweep, suffix)
    layer = replace(layer, palette=in_scheme(layer.palette, settings.palettes))
    raster = map_raster(layer, zoom=settings.zoom, crs=settings.crs, cache=workspace.cache)
    size = put_map(workspace, raster, key)
    form.finish(workspace, layer, raster, key)
    return ProductRow(
        volume_id=str(layer.id),
        product=about.product,
        field=about.field,
        filtered=about.filtered,
        sweep=about.sweep,
        path=str(key),
        size_bytes=size,
        parameters=recorded_parameters(raster),
        generated_at=stamp(workspace.now()),
    )


def _verdict(rows: Sequence[ProductRow]) -> Verdict:
    failed = (row.error_message or "" for row in rows if row.is_failed)
    return Verdict("every_product_was_made", tuple(failed))
