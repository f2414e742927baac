"""The newest BUFR file of a radar, found by the names of folders."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from radar_assets.errors import BadName
from radar_assets.radar.names import BufrName

_DEPTH = 5
"""folders between a radar's and its files: year, month, day, hour, minute and second"""


def newest_observation(folder: Path) -> datetime | None:
    """Time of the newest BUFR file below a radar's folder."""
    return _newest(folder, _DEPTH)


def _newest(folder: Path, depth: int) -> datetime | None:
    entries = sorted(folder.iterdir(), reverse=True) if folder.is_dir() else []
    for entry in entries:
        found = _newest(entry, depth - 1) if depth else _time(entry)
        if found is not None:
            return found
    return None


def _time(path: Path) -> datetime | None:
    try:
        return BufrName.parse(path.name).id.time
    except BadName:
        return None
