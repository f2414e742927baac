"""Stage `volumes`: the BUFR files of a window assembled to CF/Radial volumes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from radar_assets.errors import RadarAssetsError
from radar_assets.ingest.archive.retention import netcdf_file
from radar_assets.logs import Component
from radar_assets.radar import cfradial
from radar_assets.radar.names import BufrName, VolumeId
from radar_assets.stages.base.result import Severity, StageResult, Verdict, disk_shortfall
from radar_assets.stages.base.rows import VolumeRow, row_from
from radar_assets.stages.base.stage import Check, Retention, Stage, Task
from radar_assets.stages.building.making import VolumeFiles, VolumeOutcome, make_volume
from radar_assets.stages.building.stored import window_volumes
from radar_assets.stages.fetching.files import window_files


def make_volumes(task: Task) -> StageResult:
    """Assemble every volume of a window of its BUFR files, be they recorded or not.

    A file that cannot be decoded fails its volume's row; the volume is made of the others. Where
    nothing can be made of its files, what was made of earlier ones is removed. The rows of the
    newest record stay for volumes that are not chosen, and for those that would be made of the same
    files in the same way, unless the run is forced.
    """
    outcomes = list(_outcomes(task))
    rows = [outcome.row for outcome in outcomes]
    shortfalls = (outcome.shortfall for outcome in outcomes if outcome.shortfall)
    return StageResult(
        rows=rows,
        totals={
            "volume_count": len(rows),
            "complete_count": sum(row.is_complete for row in rows),
            "failed_count": sum(row.is_failed for row in rows),
            "decode_seconds": sum((outcome.decode_seconds for outcome in outcomes), 0.0),
            "write_seconds": sum((outcome.write_seconds for outcome in outcomes), 0.0),
        },
        made=sum(row.netcdf_path is not None for row in rows),
        shortfall=disk_shortfall(rows) or next(shortfalls, None),
        verdicts=judge_volumes(outcomes, list(_unreadable(task, rows))),
    )


def _outcomes(task: Task) -> Iterator[VolumeOutcome]:
    for candidate in _candidates(task):
        row = candidate.row
        if task.selection.wants_volume(candidate.identity):
            yield make_volume(task, candidate)
        elif row:
            yield VolumeOutcome(row, row.error_message or "")


def _candidates(task: Task) -> list[VolumeFiles]:
    """Volumes of recorded BUFR files, of others that are stored, and of stored NetCDF files."""
    files: dict[VolumeId, list[Path]] = defaultdict(list)
    lost: dict[VolumeId, list[str]] = defaultdict(list)
    for path in window_files(task.workspace, task.window):
        files[BufrName.parse(path.name).id].append(path)
    for text in _lost_files(task):
        lost[BufrName.parse(PurePosixPath(text).name).id].append(text)
    stored = (VolumeId.from_netcdf(p.name) for p in window_volumes(task.workspace, task.window))
    known = {row["volume_id"]: row_from(VolumeRow, row) for row in task.previous}
    return [
        VolumeFiles(identity, files[identity], lost[identity], known.get(str(identity)))
        for identity in dict.fromkeys((*files, *lost, *stored))
    ]


def _lost_files(task: Task) -> Iterator[str]:
    """Paths of BUFR files that are recorded, but not stored any more."""
    store = task.workspace.store
    for item in task.inputs("bufr_files"):
        if item.is_fresh:
            continue
        for path in (row["local_path"] for row in item.rows):
            if path and store.stat(PurePosixPath(path)) is None:
                yield path


def judge_volumes(
    outcomes: Sequence[VolumeOutcome], unreadable: Sequence[str]
) -> tuple[Verdict, ...]:
    """Verdicts on the volumes of a window; `unreadable` names NetCDF files that do not open."""
    rows = [outcome.row for outcome in outcomes]
    incomplete = (f"{item.row.volume_id}: {item.fault}" for item in outcomes if item.fault)
    undecoded = (row.error_message or "" for row in rows if row.is_failed)
    strange = (f"{row.volume_id}: {row.warnings}" for row in rows if row.warnings)
    return (
        Verdict("volumes_are_complete", tuple(incomplete), Severity.WARN),
        Verdict("every_volume_was_decoded", tuple(undecoded)),
        Verdict("netcdf_is_readable", tuple(unreadable)),
        Verdict("content_matches_the_network", tuple(strange), Severity.WARN),
    )


def _unreadable(task: Task, rows: Sequence[VolumeRow]) -> Iterator[str]:
    for row in rows:
        if row.netcdf_path is None:
            continue
        try:
            cfradial.check_netcdf(task.workspace.store.get(PurePosixPath(row.netcdf_path)))
        except RadarAssetsError as error:
            yield str(error)


STAGE = Stage(
    name="volumes",
    description=(
        "Volumes of {owner} as CF/Radial 1.4 NetCDF: all fields of a volume on one range grid, "
        "with nodata and undetect kept apart."
    ),
    kind="netcdf",
    row=VolumeRow,
    work=make_volumes,
    upstream=("bufr_files",),
    checks=(
        Check(
            "volumes_are_complete",
            "Each volume has all fields and sweeps that its strategy promises.",
        ),
        Check(
            "every_volume_was_decoded",
            "Every BUFR file of the window could be read and assembled.",
        ),
        Check("netcdf_is_readable", "Every NetCDF file of the window opens as a CF/Radial volume."),
        Check(
            "content_matches_the_network",
            "Each volume is what the network file says of its radar and strategy.",
        ),
    ),
    seconds=("decode_seconds", "write_seconds"),
    component=Component.VOLUMES,
    retention=Retention("keep_volumes", "volumes", netcdf_file),
)
