"""Whether a radar still sends: the check `feed_is_fresh`, judged in runs and by the sensor."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import dagster as dg

from radar_assets.defs.checks import judge_feed
from radar_assets.defs.platform import Platform
from radar_assets.radar.errors import BadName
from radar_assets.radar.names import BufrName

_DEPTH = 5
"""folders between a radar's and its files: year, month, day, hour, minute and second"""


def feed_evaluation(platform: Platform, radar: str) -> dg.AssetCheckEvaluation:
    """Judge a radar by the newest volume on disk."""
    network = platform.network
    newest = newest_observation(platform.root / "bufr" / radar)
    stale_after, end = network.settings.stale_after, network.radar(radar).end
    verdict = judge_feed(newest, platform.now(), stale_after, end)
    return verdict.evaluation(dg.AssetKey([radar, "bufr_files"]), None)


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
