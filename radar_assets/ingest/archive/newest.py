"""The newest good BUFR file of a radar: whole, and with the data that its name promises."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from radar_assets.errors import BadName, RadarAssetsError
from radar_assets.radar.bufr import decode
from radar_assets.radar.content import check_content
from radar_assets.radar.names import BufrName
from radar_assets.radar.volume import Site

Check = Callable[[BufrName, Site], None]
"""raises an error of the tree for a file that was measured at a place where it cannot be from"""

_DEPTH = 5
"""folders between a radar's and its files: year, month, day, hour, minute and second"""
_MOST_TRIED = 100


def newest_observation(folder: Path, check: Check | None = None) -> datetime | None:
    """Time of the newest good BUFR file below a radar's folder; None without any.

    After a hundred bad files the search ends with the time of the last of them: no good file is
    newer.
    """
    for number, (path, name) in enumerate(_files(folder, _DEPTH), 1):
        if number == _MOST_TRIED or _is_good(path, name, check):
            return name.id.time
    return None


def _files(folder: Path, depth: int) -> Iterator[tuple[Path, BufrName]]:
    """BUFR files below a folder, newest first, by the names of folders and files."""
    for entry in sorted(folder.iterdir(), reverse=True) if folder.is_dir() else ():
        if depth:
            yield from _files(entry, depth - 1)
            continue
        try:
            yield entry, BufrName.parse(entry.name)
        except BadName:
            continue


def _is_good(path: Path, name: BufrName, check: Check | None) -> bool:
    try:
        status = path.stat()
        site = _site(path, status.st_mtime_ns, status.st_size)
        if site and check:
            check(name, site)
    except (OSError, RadarAssetsError):
        return False
    return site is not None


@lru_cache(maxsize=4096)
def _site(path: Path, modified: int, size: int) -> Site | None:  # noqa: ARG001 - part of the key
    """Where the data of a file were measured; None where they are not those of its name."""
    try:
        field = decode(path.read_bytes())
        check_content(BufrName.parse(path.name), field)
    except RadarAssetsError:
        return None
    return Site(field.latitude, field.longitude, field.altitude or 0.0)
