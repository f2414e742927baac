"""A sensor per composite: it reads what the radars have recorded, and requests what is due."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import dagster as dg

from radar_assets.defs.internals import DATA_VERSION_TAG
from radar_assets.defs.keys import asset_key
from radar_assets.defs.sensors import outcomes_of, run_request, sensor_name
from radar_assets.defs.upkeep.state import sensors
from radar_assets.ingest.scheduling.composites import (
    CompositeCursor,
    Versions,
    decide_composite,
    first_window,
)
from radar_assets.ingest.scheduling.plan import Plan
from radar_assets.logs import Component, logger
from radar_assets.settings import Network
from radar_assets.stages import Scope, all_stages, stages_of
from radar_assets.stages.base.windows import KEY_FORMAT, window_start
from radar_assets.stages.base.workspace import Workspace

_KINDS = (dg.DagsterEventType.ASSET_MATERIALIZATION, dg.DagsterEventType.ASSET_OBSERVATION)
_MADE = _KINDS[0]


def composite_sensor(network: Network, composite: str) -> dg.SensorDefinition:
    """Sensor that runs a composite's windows as their radars are recorded."""
    settings = network.composites[composite]
    status = dg.DefaultSensorStatus
    stages = stages_of(network, composite)
    reach = sum(stage.reach(network, composite) for stage in stages)

    @dg.sensor(
        name=sensor_name(composite),
        description=(
            f"Reads what the radars of {composite} {settings.title} have recorded every "
            f"{settings.poll_seconds} s and runs the windows that are complete, overdue or changed."
        ),
        target=_keys(network, composite),
        minimum_interval_seconds=settings.poll_seconds,
        default_status=status.RUNNING if settings.live else status.STOPPED,
    )
    def arrivals(
        context: dg.SensorEvaluationContext, workspace: dg.ResourceParam[Workspace]
    ) -> dg.SensorResult:
        return _tick(context, workspace, composite, reach)

    return arrivals


def _tick(
    context: dg.SensorEvaluationContext, workspace: Workspace, composite: str, reach: int
) -> dg.SensorResult:
    plan, now = Plan.of(workspace.network, composite), workspace.now()
    cursor = CompositeCursor.from_json(context.cursor)
    windows = list(plan.windows(first_window(cursor, plan, now, reach), plan.window_of(now)))
    decision = decide_composite(
        cursor,
        _versions(context.instance, workspace.network, composite, windows),
        now,
        plan,
        reach=reach,
        live=_live(context.instance, workspace.network, composite),
        outcomes=outcomes_of(context.instance, cursor.requests.open),
    )
    context.log.info(decision.summary)
    logger(Component.SENSORS).info(
        "poll", message=decision.summary, radar=composite, requests=len(decision.requests)
    )
    return dg.SensorResult(
        run_requests=[
            run_request(request, _keys(workspace.network, composite))
            for request in decision.requests
        ],
        skip_reason=None if decision.requests else decision.summary,
        cursor=decision.cursor.to_json(),
    )


def _keys(network: Network, composite: str) -> list[dg.AssetKey]:
    return [asset_key(composite, stage.name) for stage in stages_of(network, composite)]


def _live(instance: dg.DagsterInstance, network: Network, composite: str) -> frozenset[str]:
    """Radars whose sensors are on, and which make what the composite takes."""
    on, taken = sensors(instance), _taken(network, composite)
    return frozenset(
        radar
        for radar in network.radars_of(composite)
        if sensor_name(radar) in on and taken <= {item.name for item in stages_of(network, radar)}
    )


def _taken(network: Network, composite: str) -> set[str]:
    """Stages of radars that stages of a composite take."""
    names = {name for item in stages_of(network, composite) for name in item.upstream}
    return {name for name in names if all_stages()[name].scope is Scope.RADAR}


def _versions(
    instance: dg.DagsterInstance, network: Network, composite: str, windows: Sequence[datetime]
) -> Versions:
    """Data versions of the materializations that a composite is made of, by window and radar."""
    found: dict[datetime, dict[str, str]] = {window: {} for window in windows}
    keys = [window.strftime(KEY_FORMAT) for window in windows]
    for stage in sorted(_taken(network, composite)):
        for radar in network.radars_of(composite):
            for key, version in _of_asset(instance, asset_key(radar, stage), keys).items():
                known = found[window_start(key)]
                known[radar] = known.get(radar, "") + version
    return found


def _of_asset(
    instance: dg.DagsterInstance, key: dg.AssetKey, windows: Sequence[str]
) -> Mapping[str, str]:
    """Data version of each window; of one that failed, that it did."""
    storage = instance.event_log_storage
    tags = storage.get_latest_tags_by_partition(key, _MADE, [DATA_VERSION_TAG], windows)
    versions = {window: found[DATA_VERSION_TAG] for window, found in tags.items()}
    failed = instance.get_latest_storage_id_by_partition(key, _KINDS[1], set(windows))
    return {**dict.fromkeys(failed, "failed"), **versions}
