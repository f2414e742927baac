"""Compaction: old runs go, and the newest record of each window stays.

Deleting a run in Dagster deletes what it recorded. So each record of it that is still the newest of
its window is first recorded anew, by no run, with all it said, the moment and the run it came from;
then the run is deleted with its log. A process that is killed between the two leaves a record
twice, which hurts nobody, and the next compaction deletes the run.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import dagster as dg
from dagster import DagsterRunStatus

from radar_assets.defs.internals import DATA_VERSION_TAG
from radar_assets.defs.records import RECORDED_AT, RECORDED_BY, Record, newest
from radar_assets.settings import Network
from radar_assets.stages import all_stages
from radar_assets.stages.base.workspace import Workspace

_HOURLY = "37 * * * *"
_PAGE = 200
"""runs that are queried at a time"""
_BUDGET = timedelta(minutes=10)
"""time that one compaction takes; the next one goes on"""
_FINISHED = [DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED]
_RECORDS = {
    dg.DagsterEventType.ASSET_MATERIALIZATION,
    dg.DagsterEventType.ASSET_OBSERVATION,
}


@dataclass
class Compacted:
    """What a compaction did."""

    runs: int = 0
    """that were deleted"""
    kept: int = 0
    """records that were the newest of their windows, and stay"""
    dropped: int = 0
    """records that later ones have replaced"""


def compaction_schedule(network: Network) -> dg.ScheduleDefinition:
    """Schedule of the compaction; it starts switched on unless runs are kept without limit."""
    status = dg.DefaultScheduleStatus
    return dg.ScheduleDefinition(
        name="compaction",
        job=compaction,
        cron_schedule=_HOURLY,
        execution_timezone="UTC",
        default_status=status.RUNNING if network.settings.keep_runs else status.STOPPED,
    )


@dg.op
def compact_runs(context: dg.OpExecutionContext, workspace: dg.ResourceParam[Workspace]) -> None:
    """Delete runs past their age, and keep the newest record of every window."""
    age = workspace.network.settings.keep_runs
    if age is None:
        context.log.info("runs are kept for ever: keep_runs is not set")
        return
    until = workspace.now() + _BUDGET
    done = compact(context.instance, workspace.now() - age, lambda: workspace.now() < until)
    context.log.info("%d runs deleted, %d records kept", done.runs, done.kept)
    context.add_output_metadata(vars(done))


@dg.job(executor_def=dg.in_process_executor, description=compact_runs.description)
def compaction() -> None:
    """Delete runs past their age."""
    compact_runs()


def compact(
    instance: dg.DagsterInstance, before: datetime, go_on: Callable[[], bool] = lambda: True
) -> Compacted:
    """Delete the runs that were made before a moment and are over, oldest first."""
    done = Compacted()
    wanted = dg.RunsFilter(statuses=_FINISHED, created_before=before)
    while go_on():
        runs = instance.get_runs(wanted, limit=_PAGE, ascending=True)
        if not runs:
            break
        for run in runs:
            if not go_on():
                break
            _keep(instance, run.run_id, done)
            _delete(instance, run.run_id)
            done.runs += 1
    return done


def _keep(instance: dg.DagsterInstance, run_id: str, done: Compacted) -> None:
    """Record anew what a run recorded last of a window."""
    for key, windows in _windows(instance, run_id).items():
        for window, record in newest(instance, key, windows).items():
            if record.run_id == run_id and not record.is_compacted:
                instance.report_runless_asset_event(_copy(key, window, record))
                done.kept += 1
            elif record.run_id != run_id:
                done.dropped += 1


def _windows(instance: dg.DagsterInstance, run_id: str) -> dict[dg.AssetKey, list[str]]:
    """Windows of which a run recorded anything, by the asset."""
    found: dict[dg.AssetKey, set[str]] = defaultdict(set)
    for entry in instance.all_logs(run_id, of_type=_RECORDS):
        event = entry.get_dagster_event()
        if event.asset_key and event.partition and event.asset_key.path[-1] in all_stages():
            found[event.asset_key].add(event.partition)
    return {key: sorted(windows) for key, windows in found.items()}


def _copy(
    key: dg.AssetKey, window: str, record: Record
) -> dg.AssetMaterialization | dg.AssetObservation:
    metadata = {
        **record.metadata,
        RECORDED_AT: dg.MetadataValue.timestamp(record.time),
        RECORDED_BY: dg.MetadataValue.text(record.run_id),
    }
    if not record.is_made:
        return dg.AssetObservation(key, partition=window, metadata=metadata)
    version = record.tags.get(DATA_VERSION_TAG)
    tags = {DATA_VERSION_TAG: version} if version else {}
    return dg.AssetMaterialization(key, partition=window, metadata=metadata, tags=tags)


def _delete(instance: dg.DagsterInstance, run_id: str) -> None:
    """Delete a run, its events and its captured output."""
    instance.delete_run(run_id)
    instance.compute_log_manager.delete_logs(prefix=[run_id])
    for path in _shards(instance, run_id):
        path.unlink(missing_ok=True)


def _shards(instance: dg.DagsterInstance, run_id: str) -> Iterator[Path]:
    """Files in which SQLite keeps the events of a run; no other storage has any."""
    path_for_shard = getattr(instance.event_log_storage, "path_for_shard", None)
    if path_for_shard is not None:
        path = Path(path_for_shard(run_id))
        yield from (path.with_name(f"{path.name}{suffix}") for suffix in ("", "-wal", "-shm"))
