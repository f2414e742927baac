"""Retention: which files have had their time, and which of them nobody needs any more.

The files of a window go together or not at all: a later run finds all of them or none, and never
takes what is left of a window for the whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from radar_assets.errors import BadName
from radar_assets.ingest.times import window_of
from radar_assets.radar.names import BufrName, VolumeId, day_of

Made = Mapping[VolumeId, datetime]
"""when a later stage was done with each volume that it could make"""


@dataclass(frozen=True)
class OldFile:
    """A file on disk: a BUFR file, or the NetCDF file of a volume."""

    path: Path
    volume: VolumeId
    size: int
    came_at: datetime
    """when its content came here or was made"""

    def is_needed(self, made: Made) -> bool:
        """Whether a later stage has yet to be done with the file as it is."""
        return self.volume not in made or made[self.volume] < self.came_at


def bufr_file(path: Path) -> OldFile:
    """Look at a BUFR file; its time stamp is the server's, so its status tells when it came."""
    status = path.stat()
    volume = BufrName.parse(path.name).id
    return OldFile(path, volume, status.st_size, _moment(status.st_ctime))


def netcdf_file(path: Path) -> OldFile:
    """Look at the NetCDF file of a volume."""
    status = path.stat()
    volume = VolumeId.from_netcdf(path.name)
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
    day: Path, look: Callable[[Path], OldFile], moment: datetime, length: timedelta
) -> dict[datetime, list[OldFile]]:
    """Files of a day folder by the start of their window, of windows that end by a moment.

    `look` is `bufr_file` or `netcdf_file`; what it does not know by name is left out.
    """
    windows: dict[datetime, list[OldFile]] = defaultdict(list)
    for path in sorted(path for path in day.rglob("*") if path.is_file()):
        try:
            file = look(path)
        except BadName:
            continue
        start = window_of(file.volume.time, length)
        if start + length <= moment:
            windows[start].append(file)
    return windows


def is_needed(files: Collection[OldFile], later: Collection[Made]) -> bool:
    """Whether a later stage has yet to be done with a window's files as they are."""
    return any(file.is_needed(made) for made in later for file in files)


def _moment(timestamp: float) -> datetime:
    return datetime.fromtimestamp(timestamp, UTC)
