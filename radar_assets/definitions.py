"""Everything Dagster loads: the assets and sensors of every radar of the network, and retention."""

from __future__ import annotations

import dagster as dg

from radar_assets.defs.assets import radar_assets
from radar_assets.defs.platform import Platform
from radar_assets.defs.retention import retention, retention_schedule
from radar_assets.defs.sensors import radar_sensor
from radar_assets.settings import environment

platform = Platform.of(environment())
network = platform.network

defs = dg.Definitions(
    assets=[radar_assets(network, radar) for radar in network.radars],
    sensors=[radar_sensor(network, radar) for radar in network.radars],
    jobs=[retention],
    schedules=[retention_schedule(network)],
    resources={"platform": platform},
    executor=dg.in_process_executor,
)
