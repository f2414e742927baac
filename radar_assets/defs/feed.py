"""Whether a radar still sends: the check `feed_is_fresh`, judged in runs and by the sensor."""

from __future__ import annotations

import dagster as dg

from radar_assets.defs.checks import judge_feed
from radar_assets.defs.platform import Platform
from radar_assets.defs.watch.feeds import feed_of


def feed_evaluation(platform: Platform, radar: str) -> dg.AssetCheckEvaluation:
    """Judge a radar by the newest volume on disk."""
    verdict = judge_feed(feed_of(platform, radar))
    return verdict.evaluation(dg.AssetKey([radar, "bufr_files"]), None)
