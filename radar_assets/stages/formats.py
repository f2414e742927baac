"""Stage `formats`: the volumes of a window in formats of others; made where `formats` names any."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import PurePosixPath

from radar_assets.errors import InputMissing
from radar_assets.files import sha256
from radar_assets.formats.export import SUFFIXES, export, odim_source
from radar_assets.ingest.archive.retention import export_file
from radar_assets.settings.types import ExportFormat
from radar_assets.stages.base import fingerprints
from radar_assets.stages.base.result import (
    StageResult,
    Verdict,
    disk_shortfall,
    lost_shortfall,
    was_hindered,
)
from radar_assets.stages.base.rows import ExportRow, failure, row_from, stamp
from radar_assets.stages.base.stage import Check, Retention, Stage, Task
from radar_assets.stages.building.stored import volumes_of
from radar_assets.stages.drawing.layers import layers_of
from radar_assets.stages.drawing.sources import InputVolume, sources_of


def make_formats(task: Task) -> StageResult:
    """Write every volume of a window in every format.

    The rows of the newest record stay for volumes that are not chosen, and for what would be
    written of the same volume in the same way, unless the run is forced.
    """
    started = time.monotonic()
    known = {(row["volume_id"], row["format"]): row_from(ExportRow, row) for row in task.previous}
    made = (
        _made(task, source, kind, known.get((str(source.identity), kind)))
        for source in sources_of(task, layers_of(task))
        for kind in task.workspace.network.settings.formats
    )
    rows = [row for row in made if row is not None]
    failed = tuple(row.error_message or "" for row in rows if row.is_failed)
    return StageResult(
        rows=rows,
        totals={
            "export_count": sum(row.path is not None for row in rows),
            "failed_count": len(failed),
            "export_seconds": time.monotonic() - started,
        },
        made=sum(row.path is not None for row in rows),
        shortfall=disk_shortfall(rows) or lost_shortfall(rows),
        verdicts=(Verdict("every_volume_was_exported", failed),),
    )


def _made(
    task: Task, source: InputVolume, kind: ExportFormat, known: ExportRow | None
) -> ExportRow | None:
    """Write a volume, or keep what is there; None: it was never asked for."""
    network, identity = task.workspace.network, source.identity
    if not task.selection.wants_volume(identity):
        return known
    title = odim_source(identity.radar, network)
    fingerprint = fingerprints.of_export(kind, source.digest(), title)
    is_same = known is not None and known.fingerprint == fingerprint
    if known and is_same and not task.selection.is_forced and _is_whole(task, known):
        return known
    row = ExportRow(volume_id=str(identity), format=kind.value)
    if source.is_lost:
        path = task.workspace.relative(source.path)
        error = InputMissing(f"{identity}: recorded, but not stored any more: {path}")
        return replace(row, step="reading", **failure(error))
    return replace(_written(task, source, row, kind), fingerprint=fingerprint)


def _is_whole(task: Task, row: ExportRow) -> bool:
    stat = task.workspace.store.stat(PurePosixPath(row.path)) if row.path else None
    return stat is not None and stat.size == row.size_bytes


def _written(task: Task, source: InputVolume, row: ExportRow, kind: ExportFormat) -> ExportRow:
    workspace, key = task.workspace, source.identity.export_path(SUFFIXES[kind])
    step = "reading"
    try:
        volume = volumes_of(task).get(source.path)
        step = "writing"
        with workspace.store.writing(key) as path:
            export(volume, path, kind, workspace.network)
    except Exception as error:  # noqa: BLE001 - one volume's defect must not stop the others
        task.log_failure(f"{step} of {source.identity} as {kind}", error)
        row = replace(row, step=step, **failure(error))
        if not was_hindered(row):
            workspace.store.remove(key)
        return row
    stored = workspace.store.get(key)
    return replace(
        row,
        path=str(key),
        size_bytes=stored.stat().st_size,
        sha256=sha256(stored),
        generated_at=stamp(workspace.now()),
    )


def _remove_stale(task: Task, result: StageResult) -> None:
    """Remove files that the record before names, and no row of the one that was just made."""
    rows = [row for row in result.rows if isinstance(row, ExportRow)]
    kept = {(row.volume_id, row.format) for row in rows}
    for row in task.previous:
        if row["path"] and (row["volume_id"], row["format"]) not in kept:
            task.workspace.store.remove(PurePosixPath(row["path"]))


STAGE = Stage(
    name="formats",
    description="Volumes of {owner} as CfRadial 2 (FM 301) or ODIM_H5, as `formats` says.",
    kind="netcdf",
    row=ExportRow,
    work=make_formats,
    upstream=("volumes",),
    is_made=lambda network, _owner: bool(network.settings.formats),
    checks=(Check("every_volume_was_exported", "Every volume was written in every format."),),
    seconds=("export_seconds",),
    retention=Retention("keep_volumes", "formats", export_file),
    recorded=_remove_stale,
)
