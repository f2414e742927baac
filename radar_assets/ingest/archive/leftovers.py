"""Unfinished files of killed processes, and when they may be removed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from radar_assets.files import leftovers
from radar_assets.radar.names import file_prefix

_CACHE_AGE = timedelta(days=1)
"""no process takes longer to write a file of the cache, which all radars share"""


def remove_leftovers(
    radar: str, *, scratch: Path, partials: Path, cache: Path, now: datetime, horizon: timedelta
) -> list[Path]:
    """Remove the unfinished files of a radar's killed processes; returns their paths.

    Only for the holder of the radar's lock, so that nobody else writes the radar's files.
    Interrupted downloads are kept for `horizon`, because they can be resumed till then.
    """
    prefix = file_prefix(radar)
    abandoned = [
        *leftovers(scratch, prefix),
        *(path for path in partials.glob(f"{prefix}*") if _is_older(path, now - horizon)),
        *(path for path in leftovers(cache) if _is_older(path, now - _CACHE_AGE)),
    ]
    for path in abandoned:
        path.unlink(missing_ok=True)
    return abandoned


def _is_older(path: Path, moment: datetime) -> bool:
    """Whether a file was written last before a moment."""
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC) < moment
    except FileNotFoundError:  # another radar's process has removed or finished it
        return False
