"""Retention: an hourly schedule that removes BUFR files and NetCDF volumes past their age."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import dagster as dg

from radar_assets.defs.keys import asset_key
from radar_assets.defs.metadata import FAILED, ROWS, rows_of
from radar_assets.defs.partitions import window_key
from radar_assets.defs.platform import Platform
from radar_assets.defs.records import Record, newest
from radar_assets.defs.stage import log_failure
from radar_assets.files import remove
from radar_assets.ingest.archive.newest import newest_observation
from radar_assets.ingest.archive.retention import (
    Made,
    OldFile,
    bufr_file,
    days_before,
    is_needed,
    netcdf_file,
    windows_before,
)
from radar_assets.radar.names import VolumeId
from radar_assets.settings import Network, Settings, Stage

_HOURLY = "17 * * * *"
_SHOWN = 5


@dataclass(frozen=True)
class _Kind:
    """Files that have their time, and the stages that need them."""

    stage: Stage
    folder: str
    look: Callable[[Path], OldFile]
    later: tuple[Stage, ...]


_KINDS = (
    _Kind(Stage.BUFR_FILES, "bufr", bufr_file, (Stage.VOLUMES,)),
    _Kind(Stage.VOLUMES, "volumes", netcdf_file, (Stage.PNG, Stage.GEOTIFF)),
)


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
    is_wanted = any(kept_for(network.settings, stage) for stage in Stage)
    status = dg.DefaultScheduleStatus
    return dg.ScheduleDefinition(
        name="retention",
        job=retention,
        cron_schedule=_HOURLY,
        execution_timezone="UTC",
        description="Removes BUFR files and NetCDF volumes past keep_bufr and keep_volumes.",
        default_status=status.RUNNING if is_wanted else status.STOPPED,
    )


def kept_for(settings: Settings, stage: Stage) -> timedelta | None:
    """Age at which files of a stage are removed; None: never."""
    ages = {Stage.BUFR_FILES: settings.keep_bufr, Stage.VOLUMES: settings.keep_volumes}
    return ages.get(stage)


@dg.op(out=dg.Out(dg.Nothing), description="Removes files past their age that nothing needs.")
def remove_expired(context: dg.OpExecutionContext, platform: Platform) -> None:
    """Remove what has had its time; the trouble of one radar does not stop the others."""
    done: list[Removal] = []
    failed: list[str] = []
    for radar in platform.network.radars:
        try:
            for removal in expire(platform, context.instance, radar):
                context.log.info(str(removal))
                done.append(removal)
        except OSError as error:
            log_failure(f"retention of {radar}", error)
            failed.append(f"{radar}: {error}")
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


def _present(platform: Platform) -> datetime:
    """Now, but not after the newest BUFR file: a clock that has jumped ahead removes nothing."""
    folders = (platform.root / "bufr" / radar for radar in platform.network.radars)
    newest = [time for folder in folders if (time := newest_observation(folder))]
    return min(platform.now(), max(newest, default=platform.now()))


def expire(platform: Platform, instance: dg.DagsterInstance, radar: str) -> Iterator[Removal]:
    """Remove a radar's files past their age, which the time of their volume tells; oldest first.

    Those of a window go as soon as every later stage is recorded as made of them as they are.
    """
    for kind in _KINDS:
        age = kept_for(platform.network.settings, kind.stage)
        if age is None:
            continue
        moment, length = _present(platform) - age, platform.network.settings.window
        removal = Removal(radar, kind.stage.value)
        for day in days_before(platform.root / kind.folder / radar, moment):
            with platform.lock(radar):
                windows = windows_before(day, kind.look, moment, length)
                made = _made(platform, instance, radar, kind.later, list(windows))
                for start, files in windows.items():
                    if is_needed(files, made[start]):
                        removal.held.append(window_key(start, length))
                    else:
                        _remove(platform.root, files, removal)
        yield removal


def _remove(root: Path, files: Collection[OldFile], removal: Removal) -> None:
    """Remove the files of a window."""
    for file in files:
        remove(file.path, root)
    removal.windows += 1
    removal.files += len(files)
    removal.bytes += sum(file.size for file in files)


def _made(
    platform: Platform,
    instance: dg.DagsterInstance,
    radar: str,
    later: Collection[Stage],
    windows: Collection[datetime],
) -> dict[datetime, list[Made]]:
    """What each later stage that the radar has made of each window, by the newest records."""
    length = platform.network.settings.window
    keys = {start: window_key(start, length) for start in windows}
    made: dict[datetime, list[Made]] = {start: [] for start in windows}
    for stage in later:
        if stage in platform.network.radar(radar).stages:
            records = newest(instance, asset_key(radar, stage), list(keys.values()))
            for start, key in keys.items():
                made[start].append(_done(stage, records.get(key)))
    return made


def _done(stage: Stage, record: Record | None) -> Made:
    """Volumes of which a record says that nothing failed, and when it was written."""
    if record is None:
        return {}
    rows = rows_of(record.metadata, ROWS[stage].table)
    failed = {row["volume_id"] for row in rows if row["status"] == FAILED}
    done = {row["volume_id"] for row in rows} - failed
    return {VolumeId.parse(volume): record.time for volume in done}
