"""What is used of Dagster beyond its public interface; tried with releases 1.13.27 and 1.13.28.

Nothing else imports from `dagster._core`, so that a new release is checked against this list.
"""

from __future__ import annotations

import warnings

import dagster as dg
from dagster._core.definitions.data_version import DATA_VERSION_TAG
from dagster._core.instance.config import PoolGranularity
from dagster._core.scheduler.instigation import InstigatorStatus
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
    BACKFILL_ID_TAG,
    MAX_RUNTIME_SECONDS_TAG,
    PARTITION_NAME_TAG,
    RUN_KEY_TAG,
    SENSOR_NAME_TAG,
)

# Windows of a composite reach back beyond the start of a radar.
warnings.filterwarnings("ignore", ".*`allow_nonexistent_upstream_partitions`", dg.BetaWarning)

__all__ = [
    "ASSET_PARTITION_RANGE_END_TAG",
    "ASSET_PARTITION_RANGE_START_TAG",
    "BACKFILL_ID_TAG",
    "DATA_VERSION_TAG",
    "MAX_RUNTIME_SECONDS_TAG",
    "PARTITION_NAME_TAG",
    "RUN_KEY_TAG",
    "SENSOR_NAME_TAG",
    "AssetCheckExecutionRecordStatus",
    "InstigatorStatus",
    "PoolGranularity",
]
