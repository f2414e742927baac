"""Everything Dagster loads: assets and sensors of every radar, what watches them, and retention."""

from __future__ import annotations

import dagster as dg

from radar_assets.defs.assets import network_assets
from radar_assets.defs.composite_sensors import composite_sensor
from radar_assets.defs.console import SHELL_LOGGER, shell_logger
from radar_assets.defs.retention import retention, retention_schedule
from radar_assets.defs.sensors import radar_sensor
from radar_assets.defs.upkeep.compaction import compaction, compaction_schedule
from radar_assets.defs.upkeep.lost_runs import lost_runs
from radar_assets.defs.upkeep.migrations import remember_migrations
from radar_assets.defs.watch.feeds import every_radar_sends, feeds_sensor, feeds_spec
from radar_assets.defs.watch.notify import notifications_sensor
from radar_assets.defs.workspace import WorkspaceResource
from radar_assets.settings import environment
from radar_assets.stages import stages_of
from radar_assets.stages.base.workspace import Workspace

remember_migrations()

workspace = Workspace.of(environment())
network = workspace.network

defs = dg.Definitions(
    assets=[*network_assets(network), feeds_spec()],
    asset_checks=[every_radar_sends],
    sensors=[
        *(radar_sensor(network, radar) for radar in network.radars),
        *(
            composite_sensor(network, name)
            for name in network.composites
            if stages_of(network, name)
        ),
        feeds_sensor(),
        lost_runs,
        *([notifications_sensor(network.notifications)] if network.notifications else []),
    ],
    jobs=[retention, compaction],
    schedules=[retention_schedule(network), compaction_schedule(network)],
    resources={"workspace": WorkspaceResource.of(environment())},
    loggers={SHELL_LOGGER: shell_logger},
    executor=dg.in_process_executor,
)
