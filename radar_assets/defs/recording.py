"""What a run writes into Dagster's records of a window, and what it finds there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import dagster as dg

from radar_assets.defs.adoption import with_older_daemon
from radar_assets.defs.checks import evaluation
from radar_assets.defs.internals import DATA_VERSION_TAG
from radar_assets.defs.keys import asset_key
from radar_assets.defs.metadata import metadata_of, rows_of
from radar_assets.defs.records import newest
from radar_assets.errors.advice import full_text
from radar_assets.stages import Scope, Stage
from radar_assets.stages.base import fingerprints
from radar_assets.stages.base.result import StageResult
from radar_assets.stages.base.rows import Rows
from radar_assets.stages.base.stage import Task
from radar_assets.stages.base.windows import Window


@dataclass(frozen=True)
class StoredRecords:
    """Records of windows in a Dagster instance."""

    instance: dg.DagsterInstance

    def rows(self, stage: Stage, windows: Sequence[Window]) -> Mapping[Window, Rows]:
        """Rows of the newest record of each window that has one, be it made or failed."""
        by_owner: dict[str, dict[str, Window]] = defaultdict(dict)
        for window in windows:
            by_owner[window.owner][window.key] = window
        return {
            keys[key]: rows_of(record.metadata, stage.row.table)
            for owner, keys in by_owner.items()
            for key, record in newest(
                self.instance, asset_key(owner, stage.name), list(keys)
            ).items()
        }


@dataclass(frozen=True)
class Recording:
    """What came of recording a stage of a window."""

    is_due: bool = True
    """whether it was, and later stages have something to take"""
    fault: str = ""
    """why what follows a record, such as the index of maps, could not be done"""


def record_window(context: dg.AssetExecutionContext, task: Task, result: StageResult) -> Recording:
    """Record a stage of a window and what its checks say, unless nothing is due yet."""
    key, window = asset_key(task.window.owner, task.stage.name), task.window
    result = with_older_daemon(context.instance, task, result)
    if result.is_open or not (result.rows or _has_input(context, task)):
        context.log.info("%s: nothing is due yet", window.key)
        return Recording(is_due=False)
    if not result.rows and _has_content(context.instance, task):
        context.log.info("%s: the server has no files any more; the record stays", window.key)
        return Recording()
    context.log_event(_event(key, task, result))
    for verdict in result.verdicts:
        context.log_event(evaluation(verdict, key, window.key))
    try:
        task.stage.recorded(task, result)
    except Exception as error:  # noqa: BLE001 - the record is true, and other windows go on
        task.log_failure(f"what follows the record of {key.to_user_string()} {window.key}", error)
        return Recording(fault=full_text(error))
    return Recording()


def _event(
    key: dg.AssetKey, task: Task, result: StageResult
) -> dg.AssetMaterialization | dg.AssetObservation:
    metadata = metadata_of(task.stage.row, result)
    if result.has_failed:
        return dg.AssetObservation(asset_key=key, partition=task.window.key, metadata=metadata)
    version = fingerprints.of_all(row.version for row in result.rows)
    return dg.AssetMaterialization(
        asset_key=key,
        partition=task.window.key,
        metadata=metadata,
        tags={DATA_VERSION_TAG: version},
    )


def _has_input(context: dg.AssetExecutionContext, task: Task) -> bool:
    """Whether what a stage takes was made, in this run or in an earlier one.

    A composite takes whatever its radars have: without any, its window is recorded as empty, so
    that a backfill, which Dagster extends by the windows that reach back to it, is complete.
    """
    stages = task.upstream.values()
    if task.stage.scope is Scope.COMPOSITE:
        return True
    if not stages or any(stage.name in task.run.stages for stage in stages):
        return True
    owners = task.workspace.network.radars_of(task.window.owner)
    keys = {
        asset_key(owner, stage.name)
        for stage in stages
        for owner in ((task.window.owner,) if stage.scope == task.stage.scope else owners)
    }
    return any(_materialization(context.instance, key, task.window.key) for key in keys)


def _has_content(instance: dg.DagsterInstance, task: Task) -> bool:
    """Whether the latest materialization of a window has rows."""
    key = asset_key(task.window.owner, task.stage.name)
    stored = _materialization(instance, key, task.window.key)
    return stored is not None and bool(rows_of(stored.metadata, task.stage.row.table))


def _materialization(
    instance: dg.DagsterInstance, key: dg.AssetKey, partition: str
) -> dg.AssetMaterialization | None:
    wanted = dg.AssetRecordsFilter(asset_key=key, asset_partitions=[partition])
    found = instance.fetch_materializations(wanted, limit=1).records
    return found[0].asset_materialization if found else None
