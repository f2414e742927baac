"""The asset `network/feeds`: which radars send, in one table, kept up to date by a sensor."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

import dagster as dg

from radar_assets.defs.metadata import stamp
from radar_assets.defs.platform import Platform
from radar_assets.ingest.archive.newest import newest_observation
from radar_assets.settings import Network, environment
from radar_assets.stages.conformity import check_place
from radar_assets.watch import freshness
from radar_assets.watch.freshness import Feed

FEEDS = dg.AssetKey(["network", "feeds"])
_CHECK = dg.AssetCheckKey(FEEDS, "every_radar_sends")
_EVERY = 60
"""seconds between looks"""


def look(platform: Platform) -> list[Feed]:
    """Judge the feed of every radar, by the newest volume on disk."""
    return [feed_of(platform, radar) for radar in platform.network.radars]


def feed_of(platform: Platform, radar: str) -> Feed:
    """Judge the feed of a radar."""
    network = platform.network
    return freshness.feed_of(
        radar,
        newest=newest_observation(
            platform.root / "bufr" / radar, partial(check_place, network=network)
        ),
        now=platform.now(),
        cadence=network.cadence(radar),
        missed=network.settings.stale_after_missed,
        end=network.radar(radar).end,
        is_reachable=any(
            not platform.servers.health(name).failures for name in network.radar(radar).sources
        ),
    )


def rows(feeds: Sequence[Feed], network: Network, now: datetime) -> list[dict[str, Any]]:
    """The table of feeds: a row per radar."""
    return [
        {
            "radar": feed.radar,
            "title": network.place(feed.radar),
            "state": feed.state.value,
            "newest_observation": stamp(feed.newest) if feed.newest else None,
            "age_minutes": round((now - feed.newest).total_seconds() / 60) if feed.newest else None,
            "cadence_minutes": feed.cadence.total_seconds() / 60,
            "detail": feed.detail or None,
        }
        for feed in feeds
    ]


def feeds(radar: str | None = None) -> list[dict[str, Any]]:
    """The table of the platform that the environment describes, of one radar or of all."""
    platform = Platform.of(environment())
    wanted = [feed for feed in look(platform) if radar in (None, feed.radar)]
    return rows(wanted, platform.network, platform.now())


def feeds_spec() -> dg.AssetSpec:
    """The asset; it is recorded by the sensor, not materialized by runs."""
    return dg.AssetSpec(
        FEEDS,
        group_name="network",
        description="Which radars send: the newest volume of each against its expected cadence.",
        kinds={"table"},
    )


@dg.asset_check(
    asset=FEEDS,
    name=_CHECK.name,
    description="The newest volume of every radar is as new as its cadence promises.",
)
def every_radar_sends(platform: Platform) -> dg.AssetCheckResult:
    """Judge the feeds at this moment."""
    found = _evaluation(look(platform))
    return dg.AssetCheckResult(
        passed=found.passed, severity=found.severity, description=found.description
    )


def feeds_sensor(network: Network) -> dg.SensorDefinition:
    """Sensor that records the table when a state changes, and once an hour."""
    is_live = any(radar.live for radar in network.radars.values())
    status = dg.DefaultSensorStatus

    @dg.sensor(
        name="network_feeds",
        description="Records which radars send, when that changes and once an hour.",
        minimum_interval_seconds=_EVERY,
        default_status=status.RUNNING if is_live else status.STOPPED,
    )
    def record(context: dg.SensorEvaluationContext, platform: Platform) -> dg.SensorResult:
        found, now = look(platform), platform.now()
        states = ", ".join(f"{feed.radar} {feed.state}" for feed in found)
        cursor = f"{now:%Y-%m-%dT%H} {states}"
        if cursor == context.cursor:
            return dg.SensorResult(skip_reason=states, cursor=cursor)
        table = [dg.TableRecord(row) for row in rows(found, platform.network, now)]
        event = dg.AssetMaterialization(
            FEEDS,
            metadata={
                "feeds": dg.MetadataValue.table(table),
                "radars": len(found),
                "silent": sum(not feed.is_well for feed in found),
            },
        )
        return dg.SensorResult(
            skip_reason=states, cursor=cursor, asset_events=[event, _evaluation(found)]
        )

    return record


def _evaluation(feeds: Sequence[Feed]) -> dg.AssetCheckEvaluation:
    silent = [f"{feed.radar}: {feed.detail}" for feed in feeds if not feed.is_well]
    return dg.AssetCheckEvaluation(
        asset_key=FEEDS,
        check_name=_CHECK.name,
        passed=not silent,
        severity=dg.AssetCheckSeverity.WARN,
        description="; ".join(silent) or None,
        metadata={"silent": len(silent)},
    )
