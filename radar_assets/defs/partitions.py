"""Windows of time as Dagster partitions, and the tags of runs that cover some of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import dagster as dg

from radar_assets.defs.internals import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
    PARTITION_NAME_TAG,
)
from radar_assets.settings import Network
from radar_assets.stages.base.windows import KEY_FORMAT, window_start


def windows_definition(network: Network, owner: str) -> dg.TimeWindowPartitionsDefinition:
    """Partitions of an owner: windows of equal length in UTC, the running one included."""
    minutes = network.settings.window_minutes
    return dg.TimeWindowPartitionsDefinition(
        start=network.start(owner),
        end=network.end(owner),
        fmt=KEY_FORMAT,
        cron_schedule="0 * * * *" if minutes == 60 else f"*/{minutes} * * * *",
        timezone="UTC",
        end_offset=1,
    )


def range_tags(first: datetime, last: datetime) -> dict[str, str]:
    """Tags that make one run cover the windows from one start to another, both included."""
    return {
        ASSET_PARTITION_RANGE_START_TAG: first.strftime(KEY_FORMAT),
        ASSET_PARTITION_RANGE_END_TAG: last.strftime(KEY_FORMAT),
    }


def range_of(tags: Mapping[str, str], length: timedelta) -> list[datetime]:
    """Starts of the windows that a run with these tags covers."""
    first = tags.get(ASSET_PARTITION_RANGE_START_TAG) or tags.get(PARTITION_NAME_TAG)
    if first is None:
        return []
    start, stop = window_start(first), window_start(tags.get(ASSET_PARTITION_RANGE_END_TAG, first))
    return [start + i * length for i in range((stop - start) // length + 1)]
