"""Stage `volumes`: the BUFR files of a window assembled to CF/Radial volumes."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from radar_assets.defs.checks import judge_volumes
from radar_assets.defs.choice import EVERYTHING, Choice
from radar_assets.defs.ingest import window_files
from radar_assets.defs.metadata import (
    COMPLETED,
    MESSAGE_LENGTH,
    VolumeRow,
    failure,
    row_from,
    stamp,
)
from radar_assets.defs.partitions import Window
from radar_assets.defs.platform import Platform
from radar_assets.defs.stage import StageResult, kept_by_disk, log_failure
from radar_assets.errors import BadName, RadarAssetsError, SiteMismatch, StorageError
from radar_assets.errors.advice import MEMORY, advice
from radar_assets.files import sha256
from radar_assets.radar import cfradial
from radar_assets.radar.names import BufrName, VolumeId, volumes_folder
from radar_assets.radar.volume import Completeness, Volume, completeness
from radar_assets.stages import fingerprints
from radar_assets.stages.building import build_volume, digests, read_parts
from radar_assets.stages.conformity import differences


@dataclass
class Shelf:
    """Volumes of a window, kept in memory between the stages of a run."""

    volumes: dict[Path, Volume] = field(default_factory=dict)

    def volume(self, path: Path) -> Volume:
        """The volume of a NetCDF file, read when it is first asked for."""
        if path not in self.volumes:
            self.volumes[path] = cfradial.read(path)
        return self.volumes[path]


def make_volumes(
    platform: Platform,
    window: Window,
    shelf: Shelf,
    choice: Choice = EVERYTHING,
    previous: Sequence[Mapping[str, Any]] = (),
) -> StageResult:
    """Assemble every volume of a window that has BUFR files on disk.

    A file that cannot be decoded fails its volume's row; the volume is made of the others. Where
    nothing can be made of its files, what was made of earlier ones is removed. A volume that was
    made of more BUFR files than are on disk by now stays as it is.

    `previous` has the rows of the newest record. They stay for volumes that are not chosen, and for
    those that would be made of the same files in the same way, unless the run is forced.
    """
    known = {row["volume_id"]: row_from(VolumeRow, row) for row in previous}
    groups: dict[VolumeId, list[Path]] = defaultdict(list)
    for path in window_files(platform, window):
        groups[BufrName.parse(path.name).id].append(path)
    for path in window_volumes(platform, window):
        groups.setdefault(VolumeId.from_netcdf(path.name), [])
    made = []
    for identity, paths in groups.items():
        row = known.get(str(identity))
        if choice.wants_volume(identity):
            stays = None if choice.is_forced else _unchanged(platform, identity, paths, row, shelf)
            made.append(stays or _make_or_keep(platform, identity, paths, row, shelf))
        elif row:
            made.append(_Made(row, row.error_message or ""))
    rows = [outcome.row for outcome in made]
    return StageResult(
        stage="volumes",
        rows=rows,
        totals={
            "volume_count": len(rows),
            "complete_count": sum(row.is_complete for row in rows),
            "failed_count": sum(row.is_failed for row in rows),
            "decode_seconds": sum((outcome.decode_seconds for outcome in made), 0.0),
            "write_seconds": sum((outcome.write_seconds for outcome in made), 0.0),
        },
        made=sum(row.netcdf_path is not None for row in rows),
        shortfall=kept_by_disk(rows),
        verdicts=judge_volumes(
            rows,
            [f"{outcome.row.volume_id}: {outcome.fault}" for outcome in made if outcome.fault],
            _unreadable(platform, rows),
        ),
    )


def window_volumes(platform: Platform, window: Window) -> list[Path]:
    """NetCDF files of a window on disk."""
    folder = platform.path(volumes_folder(window.radar, window.start))
    return sorted(path for path in folder.glob("*.nc") if _belongs(path, window))


def _belongs(path: Path, window: Window) -> bool:
    try:
        return window.start <= VolumeId.from_netcdf(path.name).time < window.end
    except BadName:
        return False


@dataclass(frozen=True)
class _Made:
    row: VolumeRow
    fault: str = ""
    """what the volume is short of, in words"""
    decode_seconds: float = 0.0
    write_seconds: float = 0.0


def _make_or_keep(
    platform: Platform,
    identity: VolumeId,
    paths: Sequence[Path],
    row: VolumeRow | None,
    shelf: Shelf,
) -> _Made:
    if paths and not _holds_more(platform, identity, paths, shelf):
        return _make(platform, identity, paths, shelf)
    kept = _keep(platform, platform.path(identity.netcdf_path), shelf)
    if row is None or row.sha256 != kept.row.sha256:
        return kept
    origin = replace(kept.row, seconds=row.seconds, fingerprint=row.fingerprint)
    return replace(kept, row=origin)


def _unchanged(
    platform: Platform,
    identity: VolumeId,
    paths: Sequence[Path],
    row: VolumeRow | None,
    shelf: Shelf,
) -> _Made | None:
    """What is recorded of a volume, if making it again would give the same; else None."""
    path = platform.path(identity.netcdf_path)
    if not (paths and row and row.status == COMPLETED and row.fingerprint):
        return None
    if not path.is_file() or path.stat().st_size != row.size_bytes:
        return None
    try:
        if fingerprints.of_volume(platform.network, identity, digests(paths)) != row.fingerprint:
            return None
        cfradial.check(path)
    except RadarAssetsError:
        return None
    if row.is_complete:
        return _Made(row)
    told = _keep(platform, path, shelf)  # only the file itself tells what is missing
    return replace(told, row=replace(row, warnings=told.row.warnings))


def _make(platform: Platform, identity: VolumeId, paths: Sequence[Path], shelf: Shelf) -> _Made:
    started = time.monotonic()
    step, path = "decoding", platform.path(identity.netcdf_path)
    try:
        parts = read_parts(paths)
        decoded = time.monotonic()
        step = "building" if parts.fields else "decoding"
        volume = build_volume(platform.network, parts)
        step = "writing"
        cfradial.write(volume, path, platform.scratch)
    except Exception as error:  # noqa: BLE001 - one volume's defect must not stop the others
        if step != "writing" and _is_of_content(error):
            _discard(platform, identity)
        made = _failed(platform, identity, error, step)
        return replace(made, decode_seconds=time.monotonic() - started)
    shelf.volumes[path] = volume
    made = _made(platform, volume, path, parts.errors)
    ended = time.monotonic()
    trace = fingerprints.of_volume(platform.network, identity, parts.digests)
    return replace(
        made,
        row=replace(made.row, fingerprint=trace, seconds=round(ended - started, 3)),
        decode_seconds=decoded - started,
        write_seconds=ended - decoded,
    )


def _is_of_content(error: Exception) -> bool:
    """Whether files hold no volume; not so for errors of the machine, settings or program."""
    is_known = isinstance(error, RadarAssetsError) and advice(error) is not MEMORY
    return is_known and not isinstance(error, (StorageError, SiteMismatch))


def _holds_more(
    platform: Platform, identity: VolumeId, paths: Sequence[Path], shelf: Shelf
) -> bool:
    """Whether a volume's NetCDF file has fields whose BUFR files are gone, and so more of them."""
    present = {BufrName.parse(path.name).field for path in paths}
    expected = platform.network.expected_fields(identity.radar, identity.strategy, identity.volume)
    path = platform.path(identity.netcdf_path)
    if not path.exists() or (expected is not None and expected <= present):
        return False
    try:
        return len(shelf.volume(path).sources) > len(present)
    except RadarAssetsError:
        return False


def _keep(platform: Platform, path: Path, shelf: Shelf) -> _Made:
    """Tell from its NetCDF file what became of a volume whose BUFR files are gone."""
    try:
        return _made(platform, shelf.volume(path), path, ())
    except RadarAssetsError as error:
        return _failed(platform, VolumeId.from_netcdf(path.name), error, "reading")


def _discard(platform: Platform, identity: VolumeId) -> None:
    """Remove what was made of a volume's earlier files: nobody may take it for what it is now."""
    platform.path(identity.netcdf_path).unlink(missing_ok=True)
    pattern = identity.product_pattern.relative_to("products")
    for folder in (platform.products, platform.quicklooks, platform.thumbnails):
        for path in folder.glob(str(pattern)):
            path.unlink(missing_ok=True)


def _made(platform: Platform, volume: Volume, path: Path, errors: Sequence[Exception]) -> _Made:
    identity = volume.id
    for error in errors:
        log_failure(f"decoding of {identity}", error)
    expected = platform.network.expected_fields(identity.radar, identity.strategy, identity.volume)
    report = completeness(volume, expected)
    trouble: dict[str, Any] = {**failure(errors[0]), "stage": "decoding"} if errors else {}
    faults = [*([] if report.is_complete else [report.describe()]), *map(str, errors)]
    row = VolumeRow(
        **_identity(identity),
        **_completeness(report),
        **trouble,
        warnings="; ".join(differences(volume, platform.network))[:MESSAGE_LENGTH] or None,
        is_complete=not faults,
        sweeps=len(volume.sweeps),
        netcdf_path=platform.relative(path),
        size_bytes=path.stat().st_size,
        sha256=sha256(path),
        processed_at=stamp(datetime.fromtimestamp(path.stat().st_mtime, UTC)),
    )
    return _Made(row, "; ".join(faults))


def _failed(platform: Platform, identity: VolumeId, error: Exception, stage: str) -> _Made:
    expected = platform.network.expected_fields(identity.radar, identity.strategy, identity.volume)
    missing = ", ".join(sorted(expected or ()))
    log_failure(f"{stage} of {identity}", error)
    row = VolumeRow(
        **_identity(identity),
        **failure(error),
        stage=stage,
        expected_fields=missing,
        missing_fields=missing,
        processed_at=stamp(platform.now()),
    )
    return _Made(row, row.error_message or "")


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


def _unreadable(platform: Platform, rows: Sequence[VolumeRow]) -> list[str]:
    faults = []
    for row in rows:
        if row.netcdf_path is None:
            continue
        try:
            cfradial.check(platform.root / row.netcdf_path)
        except RadarAssetsError as error:
            faults.append(str(error))
    return faults
