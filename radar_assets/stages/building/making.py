"""Making a volume of a window: assembled anew, kept as it is, or failed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from radar_assets.errors import InputMissing, RadarAssetsError, SiteMismatch, StorageError
from radar_assets.errors.advice import MEMORY, advice
from radar_assets.files import sha256
from radar_assets.formats.export import SUFFIXES
from radar_assets.radar import cfradial
from radar_assets.radar.names import BufrName, VolumeId
from radar_assets.radar.volume import Completeness, Volume, completeness
from radar_assets.stages.base import fingerprints
from radar_assets.stages.base.result import Shortfall
from radar_assets.stages.base.rows import COMPLETED, MESSAGE_LENGTH, VolumeRow, failure, stamp
from radar_assets.stages.base.stage import Task
from radar_assets.stages.building.conformity import differences
from radar_assets.stages.building.stored import volumes_of
from radar_assets.stages.building.volume import build_volume, digests, read_parts
from radar_assets.stages.drawing.files import discard_products


@dataclass(frozen=True)
class VolumeFiles:
    """A volume that a window may have."""

    identity: VolumeId
    files: Sequence[Path]
    """its BUFR files that are stored"""
    lost: Sequence[str]
    """paths of BUFR files that are recorded, but not stored any more"""
    row: VolumeRow | None
    """of the newest record"""


@dataclass(frozen=True)
class VolumeOutcome:
    """What became of a volume."""

    row: VolumeRow
    fault: str = ""
    """what the volume lacks, in words"""
    decode_seconds: float = 0.0
    write_seconds: float = 0.0
    shortfall: Shortfall | None = None


def make_volume(task: Task, candidate: VolumeFiles) -> VolumeOutcome:
    """Make a volume, unless what is recorded of it would come out again.

    A volume that was made of more BUFR files than are stored by now is kept as it is.
    """
    if not task.selection.is_forced and (unchanged := _unchanged(task, candidate)):
        return unchanged
    if candidate.files and not _holds_more(task, candidate):
        return _incomplete(task, candidate) if candidate.lost else _assemble(task, candidate)
    if candidate.files or task.workspace.store.stat(candidate.identity.netcdf_path):
        return _kept(task, candidate)
    return _incomplete(task, candidate)


def _unchanged(task: Task, candidate: VolumeFiles) -> VolumeOutcome | None:
    """What is recorded of a volume, if making it again would give the same; else None."""
    row, identity, store = candidate.row, candidate.identity, task.workspace.store
    if not (candidate.files and row and row.status == COMPLETED and row.fingerprint):
        return None
    stat = store.stat(identity.netcdf_path)
    if candidate.lost or stat is None or stat.size != row.size_bytes:
        return None
    path = store.get(identity.netcdf_path)
    try:
        found = digests(candidate.files)
        if fingerprints.of_volume(task.workspace.network, identity, found) != row.fingerprint:
            return None
        cfradial.check_netcdf(path)
    except RadarAssetsError:
        return None
    if row.is_complete:
        return VolumeOutcome(row)
    kept = _read(task, identity)  # only the file itself says what is missing
    return replace(kept, row=replace(row, warnings=kept.row.warnings))


def _assemble(task: Task, candidate: VolumeFiles) -> VolumeOutcome:
    identity, network = candidate.identity, task.workspace.network
    started = time.monotonic()
    step = "decoding"
    try:
        parts = read_parts(candidate.files)
        decoded = time.monotonic()
        step = "building" if parts.fields else "decoding"
        volume = build_volume(network, parts)
        step = "writing"
        with task.workspace.store.writing(identity.netcdf_path) as path:
            cfradial.write_in_place(volume, path)
    except Exception as error:  # noqa: BLE001 - one volume's defect must not stop the others
        if step != "writing" and _is_of_content(error):
            _discard(task, identity)
        failed = _failed(task, identity, error, step)
        return replace(failed, decode_seconds=time.monotonic() - started)
    volumes_of(task).put(task.workspace.store.get(identity.netcdf_path), volume)
    made = _described(task, volume, parts.errors)
    ended = time.monotonic()
    fingerprint = fingerprints.of_volume(network, identity, parts.digests)
    return replace(
        made,
        row=replace(made.row, fingerprint=fingerprint, seconds=round(ended - started, 3)),
        decode_seconds=decoded - started,
        write_seconds=ended - decoded,
    )


def _is_of_content(error: Exception) -> bool:
    """Whether files hold no volume; not a fault of a disk, a setting or the program."""
    is_known = isinstance(error, RadarAssetsError) and advice(error) is not MEMORY
    return is_known and not isinstance(error, (StorageError, SiteMismatch))


def _holds_more(task: Task, candidate: VolumeFiles) -> bool:
    """Whether a volume's NetCDF file has fields whose BUFR files are gone, and so more of them."""
    identity, store = candidate.identity, task.workspace.store
    present = {BufrName.parse(path.name).field for path in candidate.files}
    expected = _expected(task, identity)
    is_whole = expected is not None and expected <= present
    if is_whole or store.stat(identity.netcdf_path) is None:
        return False
    try:
        return len(volumes_of(task).get(store.get(identity.netcdf_path)).sources) > len(present)
    except RadarAssetsError:
        return False


def _kept(task: Task, candidate: VolumeFiles) -> VolumeOutcome:
    """The volume that is stored; its BUFR files are gone, or some of them."""
    kept, row = _read(task, candidate.identity), candidate.row
    if row is None or row.sha256 != kept.row.sha256:
        return kept
    return replace(kept, row=replace(kept.row, seconds=row.seconds, fingerprint=row.fingerprint))


def _incomplete(task: Task, candidate: VolumeFiles) -> VolumeOutcome:
    """A volume some of whose recorded files are gone; what was made of them stays."""
    identity = candidate.identity
    lost = ", ".join(candidate.lost)
    error = InputMissing(f"{identity}: recorded, but not stored any more: {lost}")
    if task.workspace.store.stat(identity.netcdf_path):
        outcome = _kept(task, candidate)
    else:
        outcome = _failed(task, identity, error, "reading")
    return replace(outcome, shortfall=Shortfall(failure(error)["error_message"], "final"))


def _read(task: Task, identity: VolumeId) -> VolumeOutcome:
    """Describe a volume by its NetCDF file."""
    try:
        volume = volumes_of(task).get(task.workspace.store.get(identity.netcdf_path))
        return _described(task, volume, ())
    except RadarAssetsError as error:
        return _failed(task, identity, error, "reading")


def _discard(task: Task, identity: VolumeId) -> None:
    """Remove the outputs of a volume's earlier files, which are out of date."""
    for key in (identity.netcdf_path, *map(identity.export_path, SUFFIXES.values())):
        task.workspace.store.remove(key)
    discard_products(task.workspace, identity)


def _described(task: Task, volume: Volume, errors: Sequence[Exception]) -> VolumeOutcome:
    identity, workspace = volume.id, task.workspace
    for error in errors:
        task.log_failure(f"decoding of {identity}", error)
    report = completeness(volume, _expected(task, identity))
    columns: dict[str, Any] = {**failure(errors[0]), "step": "decoding"} if errors else {}
    faults = [*([] if report.is_complete else [report.describe()]), *map(str, errors)]
    path, stat = (
        workspace.store.get(identity.netcdf_path),
        workspace.store.stat(identity.netcdf_path),
    )
    if stat is None:
        raise StorageError(f"{path} vanished while it was recorded")
    row = VolumeRow(
        **_identity(identity),
        **_completeness(report),
        **columns,
        warnings="; ".join(differences(volume, workspace.network))[:MESSAGE_LENGTH] or None,
        is_complete=not faults,
        sweeps=len(volume.sweeps),
        netcdf_path=str(identity.netcdf_path),
        size_bytes=stat.size,
        sha256=sha256(path),
        processed_at=stamp(stat.modified_at),
    )
    return VolumeOutcome(row, "; ".join(faults))


def _failed(task: Task, identity: VolumeId, error: Exception, step: str) -> VolumeOutcome:
    missing = ", ".join(sorted(_expected(task, identity) or ()))
    task.log_failure(f"{step} of {identity}", error)
    row = VolumeRow(
        **_identity(identity),
        **failure(error),
        step=step,
        expected_fields=missing,
        missing_fields=missing,
        processed_at=stamp(task.workspace.now()),
    )
    return VolumeOutcome(row, row.error_message or "")


def _expected(task: Task, identity: VolumeId) -> frozenset[str] | None:
    network = task.workspace.network
    return network.expected_fields(identity.radar, identity.strategy, identity.volume)


def _identity(identity: VolumeId) -> dict[str, Any]:
    return {
        "volume_id": str(identity),
        "strategy": identity.strategy,
        "volume": identity.volume,
        "observation_time": stamp(identity.time),
    }


def _completeness(report: Completeness) -> dict[str, Any]:
    return {
        "expected_fields": ", ".join(report.expected),
        "present_fields": ", ".join(report.present),
        "missing_fields": ", ".join(report.missing),
    }
