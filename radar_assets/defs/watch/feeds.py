"""The asset `network/feeds`: which radars send, in one table, kept up to date by a sensor."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import dagster as dg

from radar_assets.settings import Network, environment
from radar_assets.stages.base.rows import stamp
from radar_assets.stages.base.workspace import Workspace
from radar_assets.stages.bufr_files import feed_of
from radar_assets.watch.freshness import Feed

FEEDS = dg.AssetKey(["network", "feeds"])
_CHECK = dg.AssetCheckKey(FEEDS, "every_radar_sends")
_EVERY = 60
"""seconds between polls"""


def present_feeds(workspace: Workspace) -> list[Feed]:
    """Judge the feed of every radar, by the newest volume on disk."""
    return [feed_of(workspace, radar) for radar in workspace.network.radars]


def rows(feeds: Sequence[Feed], network: Network, now: datetime) -> list[dict[str, Any]]:
    """The table of feeds: a row per radar."""
    return [
        {
            "radar": feed.radar,
            "title": network.title(feed.radar),
            "state": feed.state.value,
            "newest_observation": stamp(feed.newest) if feed.newest else None,
            "age_minutes": round((now - feed.newest).total_seconds() / 60) if feed.newest else None,
            "cadence_minutes": feed.cadence.total_seconds() / 60,
            "detail": feed.detail or None,
        }
        for feed in feeds
    ]


def feeds(radar: str | None = None) -> list[dict[str, Any]]:
    """The table of the workspace that the environment describes, of one radar or of all."""
    workspace = Workspace.of(environment())
    wanted = [feed for feed in present_feeds(workspace) if radar in (None, feed.radar)]
    return rows(wanted, workspace.network, workspace.now())


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
def every_radar_sends(workspace: dg.ResourceParam[Workspace]) -> dg.AssetCheckResult:
    """Judge the feeds at this moment."""
    found = _evaluation(present_feeds(workspace))
    return dg.AssetCheckResult(
        passed=found.passed, severity=found.severity, description=found.description
    )


def feeds_sensor() -> dg.SensorDefinition:
    """Sensor that records the table when a state changes, and once an hour; always on."""

    @dg.sensor(
        name="network_feeds",
        description="Records which radars send, when that changes and once an hour.",
        minimum_interval_seconds=_EVERY,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def record(
        context: dg.SensorEvaluationContext, workspace: dg.ResourceParam[Workspace]
    ) -> dg.SensorResult:
        found, now = present_feeds(workspace), workspace.now()
        states = ", ".join(f"{feed.radar} {feed.state}" for feed in found)
        cursor = f"{now:%Y-%m-%dT%H} {states}"
        if cursor == context.cursor:
            return dg.SensorResult(skip_reason=states, cursor=cursor)
        table = [dg.TableRecord(row) for row in rows(found, workspace.network, now)]
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
