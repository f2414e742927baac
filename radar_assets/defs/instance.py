"""The Dagster instance that records are kept in."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
from dagster import DagsterError, DagsterRunStatus
from dagster_shared.check import CheckError
from sqlalchemy.exc import SQLAlchemyError

from radar_assets.defs.keys import asset_key
from radar_assets.defs.partitions import windows_definition
from radar_assets.errors import NoInstance
from radar_assets.settings import Network, remember_secrets
from radar_assets.stages import all_stages, stages_of

ACTIVE = [
    DagsterRunStatus.QUEUED,
    DagsterRunStatus.NOT_STARTED,
    DagsterRunStatus.STARTING,
    DagsterRunStatus.STARTED,
    DagsterRunStatus.CANCELING,
]
"""states of a run that is not over"""


def instance(home: Path | None = None) -> dg.DagsterInstance:
    """Open the instance of a folder, by default DAGSTER_HOME; `NoInstance` without any."""
    if home is not None:
        return dg.DagsterInstance.from_config(str(home))
    remember_secrets()
    try:
        return dg.DagsterInstance.get()
    except (DagsterError, SQLAlchemyError, CheckError) as error:
        reason = str(error).splitlines()[0].strip()
        raise NoInstance(f"no Dagster instance: {reason}") from None


def recorded_assets(
    instance: dg.DagsterInstance, owner: str | None = None, stage: str | None = None
) -> list[dg.AssetKey]:
    """Keys of the assets of stages that were ever recorded, in the order of owners and stages."""
    names = list(all_stages())
    keys = [key for key in instance.all_asset_keys() if len(key.path) == 2 and key.path[1] in names]
    wanted = [key for key in keys if owner in (None, key.path[0]) and stage in (None, key.path[1])]
    return sorted(wanted, key=lambda key: (key.path[0], names.index(key.path[1])))


def recorded_radars(instance: dg.DagsterInstance) -> set[str]:
    """Names of radars and composites that have records."""
    return {key.path[0] for key in recorded_assets(instance)}


def unfinished(instance: dg.DagsterInstance, network: Network) -> int:
    """Number of a network's windows, of all assets, that are not materialized, and of open runs."""
    number = instance.get_runs_count(dg.RunsFilter(statuses=ACTIVE))
    for owner in network.owners:
        windows = set(windows_definition(network, owner).get_partition_keys())
        for stage in stages_of(network, owner):
            key = asset_key(owner, stage.name)
            number += len(windows - instance.get_materialized_partitions(key))
    return number
