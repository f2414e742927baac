"""Whether a radar still sends: the check `feed_is_fresh`, judged in runs and by the sensor."""

from __future__ import annotations

import dagster as dg

from radar_assets.defs.checks import judge_feed
from radar_assets.defs.platform import Platform
from radar_assets.ingest.archive.newest import newest_observation


def feed_evaluation(platform: Platform, radar: str) -> dg.AssetCheckEvaluation:
    """Judge a radar by the newest volume on disk."""
    network = platform.network
    newest = newest_observation(platform.root / "bufr" / radar)
    stale_after, end = network.settings.stale_after, network.radar(radar).end
    verdict = judge_feed(newest, platform.now(), stale_after, end)
    return verdict.evaluation(dg.AssetKey([radar, "bufr_files"]), None)
