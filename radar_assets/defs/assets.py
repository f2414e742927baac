"""The assets of a radar or composite: one subsettable multi-asset, made by one factory.

Records are logged as events rather than returned as results: a run covers many windows, and each
window of each asset has a record, and failures, of its own.
"""

from collections.abc import Iterator
from contextlib import closing

import dagster as dg

from radar_assets.defs.checks import check_specs, present_evaluations
from radar_assets.defs.keys import asset_key
from radar_assets.defs.partitions import windows_definition
from radar_assets.defs.run_config import config_fields
from radar_assets.defs.runs import chosen_windows, conclude, interruptible, run_windows, tag_run
from radar_assets.defs.upkeep.lost_runs import launched_run_lock
from radar_assets.settings import Network, Radar
from radar_assets.stages import Scope, Stage, stage, stages_of
from radar_assets.stages.base.workspace import Workspace


def network_assets(network: Network) -> list[dg.AssetsDefinition]:
    """Assets of all radars and composites that have stages."""
    return [owner_assets(network, owner) for owner in network.owners if stages_of(network, owner)]


def owner_assets(network: Network, owner: str) -> dg.AssetsDefinition:
    """Assets of one radar or composite, partitioned by windows."""
    stages = stages_of(network, owner)

    @dg.multi_asset(
        name=owner,
        specs=[_spec(network, owner, item) for item in stages],
        check_specs=check_specs(owner, stages),
        can_subset=True,
        partitions_def=windows_definition(network, owner),
        config_schema=config_fields(),
        backfill_policy=dg.BackfillPolicy.multi_run(_run_length(network, owner)),
        pool=f"radar_{owner}",
    )
    def chain(
        context: dg.AssetExecutionContext, workspace: dg.ResourceParam[Workspace]
    ) -> Iterator[None]:
        windows = chosen_windows(context, workspace, owner)
        with interruptible(context), launched_run_lock(workspace, context.run_id, context.run.tags):
            tag_run(context, network.settings, len(windows))
            with workspace.lock(owner), closing(workspace.sources):
                workspace.clean(owner)
                failures = run_windows(context, workspace, windows)
            for evaluation in present_evaluations(workspace, owner, stages):
                context.log_event(evaluation)
            conclude(context, failures)
        yield from ()

    return chain


def _run_length(network: Network, owner: str) -> int:
    """Most windows of a run of a backfill.

    No two owners have the same, because Dagster makes one run of all assets whose partitions and
    policies are equal: with the time limit of one radar, in the pools of all.
    """
    return network.settings.windows_per_run + list(network.owners).index(owner)


def _spec(network: Network, owner: str, item: Stage) -> dg.AssetSpec:
    settings = network.settings
    radars = network.radars_of(owner)
    sources = [name for radar in radars for name in network.radar(radar).sources]
    return dg.AssetSpec(
        asset_key(owner, item.name),
        deps=[dep for name in item.upstream for dep in _deps(network, owner, item, stage(name))],
        skippable=True,
        group_name=owner,
        description=item.description.format(
            owner=f"{owner} {network.title(owner)}".strip(),
            sources=" or ".join(dict.fromkeys(sources)),
            overdue=settings.incomplete_after,
            crs=settings.crs,
        ),
        metadata=None if item.upstream else _facts(network.radars.get(owner)),
        kinds={item.kind},
    )


def _deps(network: Network, owner: str, item: Stage, upstream: Stage) -> list[dg.AssetDep]:
    """What an asset depends on: the owner's asset, or those of a composite's radars."""
    owners = (owner,) if upstream.scope == item.scope else network.radars_of(owner)
    known = [name for name in owners if upstream in stages_of(network, name)]
    reach = item.reach(network, owner)
    is_plain = upstream.scope is Scope.RADAR and upstream.scope == item.scope and not reach
    mapping = (
        None
        if is_plain
        else dg.TimeWindowPartitionMapping(
            start_offset=-reach, allow_nonexistent_upstream_partitions=True
        )
    )
    return [
        dg.AssetDep(asset_key(name, upstream.name), partition_mapping=mapping) for name in known
    ]


def _facts(radar: Radar | None) -> dict[str, float | str]:
    if radar is None:
        return {}
    altitude = {} if radar.altitude is None else {"altitude": radar.altitude}
    return {
        "site": radar.title,
        "latitude": radar.latitude,
        "longitude": radar.longitude,
        **altitude,
    }
