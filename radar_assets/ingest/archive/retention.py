"""Retention: which files are past their age, and which of them no later stage needs.

The files of a window are removed together or not at all: a later run finds all of them or none, and
never takes a part of a window for the whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from radar_assets.errors import BadName
from radar_assets.ingest.times import window_of
from radar_assets.radar.names import BufrName, VolumeId, day_of, map_time

Made = Mapping[VolumeId, datetime]
"""when a later stage processed each volume that it could make"""


@dataclass(frozen=True)
class OldFile:
    """A file on disk: a BUFR file, or a volume in a NetCDF file or a format of others."""

    path: Path
    volume: VolumeId
    size: int
    stored_at: datetime
    """when its content was stored here"""

    def is_needed(self, made: Made) -> bool:
        """Whether a later stage has yet to process the file as it is."""
        return self.volume not in made or made[self.volume] < self.stored_at


def bufr_file(path: Path) -> OldFile:
    """A BUFR file; its modification time is the server's, so its status says when it was stored."""
    status = path.stat()
    volume = BufrName.parse(path.name).id
    return OldFile(path, volume, status.st_size, _moment(status.st_ctime))


def netcdf_file(path: Path) -> OldFile:
    """The NetCDF file of a volume."""
    status = path.stat()
    volume = VolumeId.from_netcdf(path.name)
    return OldFile(path, volume, status.st_size, _moment(status.st_mtime))


def export_file(path: Path) -> OldFile:
    """A volume in a format of others."""
    status = path.stat()
    volume = VolumeId.from_export(path.name)
    return OldFile(path, volume, status.st_size, _moment(status.st_mtime))


def days_before(folder: Path, moment: datetime) -> Iterator[Path]:
    """Day folders YYYY/MM/DD below a radar's folder that begin before a moment, oldest first."""
    for day in sorted(folder.glob("*/*/*")):
        try:
            is_before = day_of(day) < moment
        except BadName:
            continue
        if is_before:
            yield day


def windows_before(
    day: Path, read: Callable[[Path], OldFile], moment: datetime, length: timedelta
) -> dict[datetime, list[OldFile]]:
    """Files of a day folder by the start of their window, of windows that end by a moment.

    `read` is `bufr_file`, `netcdf_file` or `export_file`; files of other names are not among them.
    """
    windows: dict[datetime, list[OldFile]] = defaultdict(list)
    for path in sorted(path for path in day.rglob("*") if path.is_file()):
        try:
            file = read(path)
        except BadName:
            continue
        start = window_of(file.volume.time, length)
        if start + length <= moment:
            windows[start].append(file)
    return windows


def maps_before(root: Path, owner: str, moment: datetime) -> Iterator[tuple[Path, datetime]]:
    """Map files of a radar or composite below the data root, with the time in their names.

    Those from before a moment, and what belongs to them: thumbnails, quicklooks, sidecars.
    """
    for folder in ("products", "quicklooks", "thumbnails"):
        for day in days_before(root / folder / owner, moment):
            for path in sorted(day.iterdir()):
                time = map_time(path.name)
                if time is not None and time < moment:
                    yield path, time


def is_needed(files: Collection[OldFile], later: Collection[Made]) -> bool:
    """Whether a later stage has yet to process a window's files as they are."""
    return any(file.is_needed(made) for made in later for file in files)


def _moment(timestamp: float) -> datetime:
    return datetime.fromtimestamp(timestamp, UTC)
