"""Retention: an hourly schedule that removes BUFR files and NetCDF volumes past their age."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import dagster as dg

from radar_assets.defs.keys import asset_key
from radar_assets.defs.metadata import rows_of
from radar_assets.defs.records import Record, newest
from radar_assets.files import remove
from radar_assets.ingest.archive.newest import newest_observation
from radar_assets.ingest.archive.retention import (
    Made,
    OldFile,
    days_before,
    is_needed,
    maps_before,
    windows_before,
)
from radar_assets.ingest.times import window_of
from radar_assets.radar.names import VolumeId
from radar_assets.settings import Network, Settings
from radar_assets.stages import Stage, all_stages, downstream_of, stages_of
from radar_assets.stages.base.rows import FAILED
from radar_assets.stages.base.stage import log_failure
from radar_assets.stages.base.windows import window_key
from radar_assets.stages.base.workspace import Workspace
from radar_assets.stages.indexing.days import update

_HOURLY = "17 * * * *"
_SHOWN = 5


@dataclass
class Removal:
    """What was removed of a stage of a radar."""

    radar: str
    stage: str
    windows: int = 0
    files: int = 0
    bytes: int = 0
    held: list[str] = field(default_factory=list)
    """windows past their age that a later stage still needs"""

    def __str__(self) -> str:
        text = (
            f"{self.radar}/{self.stage}: removed {self.files} files of {self.windows} windows, "
            f"{self.bytes / 1e6:.1f} MB"
        )
        if not self.held:
            return text
        shown = ", ".join([*self.held[:_SHOWN], *(["…"] if self.held[_SHOWN:] else [])])
        return f"{text}; {len(self.held)} windows wait for a later stage: {shown}"


def retention_schedule(network: Network) -> dg.ScheduleDefinition:
    """Schedule of the removals; it starts switched on where the network file limits an age."""
    keeps_all = network.settings.keep_products is None
    is_wanted = not keeps_all or any(
        kept_for(network.settings, stage) for stage in all_stages().values()
    )
    status = dg.DefaultScheduleStatus
    return dg.ScheduleDefinition(
        name="retention",
        job=retention,
        cron_schedule=_HOURLY,
        execution_timezone="UTC",
        description="Removes what is past keep_bufr, keep_volumes and keep_products.",
        default_status=status.RUNNING if is_wanted else status.STOPPED,
    )


def kept_for(settings: Settings, stage: Stage) -> timedelta | None:
    """Age at which files of a stage are removed; None: never."""
    age: timedelta | None = getattr(settings, stage.retention.setting) if stage.retention else None
    return age


@dg.op(out=dg.Out(dg.Nothing), description="Removes files past their age that nothing needs.")
def remove_expired(context: dg.OpExecutionContext, workspace: dg.ResourceParam[Workspace]) -> None:
    """Remove expired files; an error of one radar does not stop the others."""
    done: list[Removal] = []
    failed: list[str] = []
    for owner in workspace.network.owners:
        try:
            for removal in expire(workspace, context.instance, owner):
                context.log.info(str(removal))
                done.append(removal)
        except OSError as error:
            log_failure(context.log, f"retention of {owner}", error)
            failed.append(f"{owner}: {error}")
    _report(context, done)
    if failed:
        raise dg.Failure(f"not all could be removed: {'; '.join(failed)}", allow_retries=False)


@dg.job(executor_def=dg.in_process_executor, description=remove_expired.description)
def retention() -> None:
    """Remove what has had its time."""
    remove_expired()


def _report(context: dg.OpExecutionContext, done: Collection[Removal]) -> None:
    """Show in the run what was removed."""
    rows = [dg.TableRecord({**vars(removal), "held": len(removal.held)}) for removal in done]
    context.add_output_metadata(
        {
            "files": sum(removal.files for removal in done),
            "bytes": sum(removal.bytes for removal in done),
            "windows_held": sum(len(removal.held) for removal in done),
            **({"removed": dg.MetadataValue.table(rows)} if rows else {}),
        }
    )


def _present(workspace: Workspace) -> datetime:
    """Now, but not after the newest BUFR file: a clock that has jumped ahead removes nothing."""
    folders = (workspace.root / "bufr" / radar for radar in workspace.network.radars)
    newest = [time for folder in folders if (time := newest_observation(folder))]
    return min(workspace.now(), max(newest, default=workspace.now()))


def expire(workspace: Workspace, instance: dg.DagsterInstance, owner: str) -> Iterator[Removal]:
    """Remove files of a radar or composite past their age, by the time in their names.

    Volumes and what they are made of go, window by window, as soon as every later stage is recorded
    as made of them as they are; maps go without a condition.
    """
    if owner in workspace.network.radars:
        yield from _expire_volumes(workspace, instance, owner)
    if workspace.network.settings.keep_products is not None:
        yield _expire_maps(workspace, owner, workspace.network.settings.keep_products)


def _expire_maps(workspace: Workspace, owner: str, age: timedelta) -> Removal:
    removal = Removal(owner, "products")
    length, times = workspace.network.settings.window, set[datetime]()
    with workspace.lock(owner):
        for path, time in maps_before(workspace.root, owner, _present(workspace) - age):
            removal.files += 1
            removal.bytes += path.stat().st_size
            times.add(window_of(time, length))
            remove(path, workspace.root)
        update(workspace, owner, {time.date() for time in times})
    removal.windows = len(times)
    return removal


def _expire_volumes(
    workspace: Workspace, instance: dg.DagsterInstance, radar: str
) -> Iterator[Removal]:
    for stage in all_stages().values():
        kept, age = stage.retention, kept_for(workspace.network.settings, stage)
        folder = workspace.root / (kept.folder if kept else "") / radar
        if kept is None or age is None or not folder.is_dir():
            continue
        moment, length = _present(workspace) - age, workspace.network.settings.window
        removal = Removal(radar, stage.name)
        for day in days_before(folder, moment):
            with workspace.lock(radar):
                windows = windows_before(day, kept.read, moment, length)
                made = made_of(workspace, instance, radar, stage, list(windows))
                for start, files in windows.items():
                    if is_needed(files, made[start]):
                        removal.held.append(window_key(start, length))
                    else:
                        _remove(workspace.root, files, removal)
        yield removal


def _remove(root: Path, files: Collection[OldFile], removal: Removal) -> None:
    """Remove the files of a window."""
    for file in files:
        remove(file.path, root)
    removal.windows += 1
    removal.files += len(files)
    removal.bytes += sum(file.size for file in files)


def made_of(
    workspace: Workspace,
    instance: dg.DagsterInstance,
    radar: str,
    stage: Stage,
    windows: Collection[datetime],
) -> dict[datetime, list[Made]]:
    """What each later stage that the radar has made of each window, by the newest records."""
    length = workspace.network.settings.window
    keys = {start: window_key(start, length) for start in windows}
    made: dict[datetime, list[Made]] = {start: [] for start in windows}
    for later in downstream_of(stage.name):
        if later in stages_of(workspace.network, radar):
            records = newest(instance, asset_key(radar, later.name), list(keys.values()))
            for start, key in keys.items():
                made[start].append(_done(later, records.get(key)))
    return made


def _done(stage: Stage, record: Record | None) -> Made:
    """Volumes of which a record says that nothing failed, and when it was written."""
    if record is None:
        return {}
    rows = rows_of(record.metadata, stage.row.table)
    failed = {row["volume_id"] for row in rows if row["status"] == FAILED}
    done = {row["volume_id"] for row in rows} - failed
    return {VolumeId.parse(volume): record.time for volume in done}
