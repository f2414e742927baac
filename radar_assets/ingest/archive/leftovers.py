"""What killed processes leave behind, and when it may go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from radar_assets.files import leftovers
from radar_assets.radar.names import file_prefix

_CACHE_AGE = timedelta(days=1)
"""no process takes longer to write a file of the cache, which all radars share"""


def sweep(
    radar: str, *, scratch: Path, partials: Path, cache: Path, now: datetime, horizon: timedelta
) -> list[Path]:
    """Remove what killed processes left of a radar's work, and return it.

    Only for the holder of the radar's lock, so that nobody else writes the radar's files.
    Interrupted downloads stay for `horizon`: till then somebody may resume them.
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
    except FileNotFoundError:  # another radar's process has swept the cache or finished its file
        return False
