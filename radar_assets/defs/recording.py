"""What a run writes into Dagster's records of a window, and what it finds there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.definitions.data_version import DATA_VERSION_TAG

from radar_assets.defs.adoption import with_older_daemon
from radar_assets.defs.keys import UPSTREAM, asset_key
from radar_assets.defs.metadata import ROWS, FileRow, ProductRow, Row, rows_of
from radar_assets.defs.partitions import Window
from radar_assets.defs.platform import Platform
from radar_assets.defs.records import newest
from radar_assets.defs.stage import StageResult, is_of_disk
from radar_assets.stages import fingerprints

Rows = Sequence[Mapping[str, Any]]


def previous_rows(instance: dg.DagsterInstance, key: dg.AssetKey, partition: str) -> Rows:
    """Rows of the newest record of a window, be it made or failed; none without any."""
    found = newest(instance, key, [partition])
    table = ROWS[key.path[-1]].table
    return rows_of(found[partition].metadata, table) if partition in found else []


def record(
    context: dg.AssetExecutionContext,
    platform: Platform,
    place: Window,
    result: StageResult,
    before: Rows,
) -> bool:
    """Record a stage of a window and what its checks say; False where nothing is due yet.

    Files of products that the rows `before` tell of, and these do not, are removed.
    """
    key = asset_key(place.radar, result.stage)
    result = with_older_daemon(context.instance, key, place.key, result)
    if result.is_open or not (result.rows or _has_input(context, place, result.stage)):
        context.log.info("%s: nothing is due yet", place.key)
        return False
    if not result.rows and _has_content(context.instance, key, place.key):
        context.log.info("%s: the server has no files any more; the record stays", place.key)
        return True
    context.log_event(_event(key, place.key, result))
    for verdict in result.verdicts:
        context.log_event(verdict.evaluation(key, place.key))
    _remove_stale(platform, before, result.rows)
    return True


def _event(
    key: dg.AssetKey, partition: str, result: StageResult
) -> dg.AssetMaterialization | dg.AssetObservation:
    metadata = result.metadata()
    if result.has_failed:
        return dg.AssetObservation(asset_key=key, partition=partition, metadata=metadata)
    version = fingerprints.of_all(_trace(row) for row in result.rows)
    return dg.AssetMaterialization(
        asset_key=key, partition=partition, metadata=metadata, tags={DATA_VERSION_TAG: version}
    )


def _trace(row: Row) -> str | None:
    return row.sha256 if isinstance(row, FileRow) else row.fingerprint


def _remove_stale(platform: Platform, before: Rows, rows: Sequence[Row]) -> None:
    drawn = [row for row in rows if isinstance(row, ProductRow)]
    kept = {(row.volume_id, row.product) for row in drawn if is_of_disk(row)}
    stale = {
        row["path"]
        for row in before
        if row.get("path") and (row["volume_id"], row["product"]) not in kept
    } - {row.path for row in drawn}
    for path in (_inside(platform, text) for text in stale):
        for picture in platform.pictures(path):
            picture.unlink(missing_ok=True)


def _inside(platform: Platform, text: str) -> Path:
    path = platform.root / text
    path.resolve().relative_to(platform.products.resolve())
    return path


def _has_input(context: dg.AssetExecutionContext, place: Window, stage: str) -> bool:
    """Whether what a stage works on was made, in this run or in an earlier one."""
    upstream = UPSTREAM.get(stage)
    if upstream is None or asset_key(place.radar, upstream) in context.selected_asset_keys:
        return True
    key = asset_key(place.radar, upstream)
    return _materialization(context.instance, key, place.key) is not None


def _has_content(instance: dg.DagsterInstance, key: dg.AssetKey, partition: str) -> bool:
    """Whether the latest materialization of a window has rows."""
    stored = _materialization(instance, key, partition)
    return stored is not None and bool(rows_of(stored.metadata, ROWS[key.path[-1]].table))


def _materialization(
    instance: dg.DagsterInstance, key: dg.AssetKey, partition: str
) -> dg.AssetMaterialization | None:
    wanted = dg.AssetRecordsFilter(asset_key=key, asset_partitions=[partition])
    found = instance.fetch_materializations(wanted, limit=1).records
    return found[0].asset_materialization if found else None
