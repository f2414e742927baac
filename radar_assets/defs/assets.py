"""The assets of a radar: one subsettable multi-asset over the chain, made by one factory."""

from collections.abc import Iterator, Sequence
from contextlib import closing

import dagster as dg

from radar_assets.defs.checks import check_specs
from radar_assets.defs.choice import choice_schema
from radar_assets.defs.feed import feed_evaluation
from radar_assets.defs.keys import UPSTREAM, asset_key
from radar_assets.defs.partitions import window, windows_definition
from radar_assets.defs.platform import Platform
from radar_assets.defs.runs import conclude, limit_time, run_windows
from radar_assets.defs.upkeep.lost_runs import working
from radar_assets.settings import Network, Radar, Stage

_DESCRIPTIONS = {
    "bufr_files": (
        "BUFR files of {radar}, as the server has them: one file per field of a volume. "
        "Fetched from {sources} when a volume is complete or {overdue} old."
    ),
    "volumes": (
        "Volumes of {radar} as CF/Radial 1.4 NetCDF: all fields of a volume on one range grid, "
        "with nodata and undetect kept apart."
    ),
    "png": "Products of {radar} as transparent PNG overlays in {crs}, for web maps.",
    "geotiff": "Products of {radar} as Cloud-Optimized GeoTIFF with their values, in {crs}.",
}
_KINDS = {"bufr_files": "bufr", "volumes": "netcdf", "png": "png", "geotiff": "geotiff"}


def radar_assets(network: Network, radar: str) -> dg.AssetsDefinition:
    """Assets of one radar, partitioned by windows of time."""
    settings = network.radar(radar)
    stages = [stage for stage in Stage if stage in settings.stages]

    @dg.multi_asset(
        name=radar,
        specs=[_spec(network, radar, stage, stages) for stage in stages],
        check_specs=check_specs(radar, stages),
        can_subset=True,
        partitions_def=windows_definition(network, radar),
        config_schema=choice_schema(),
        backfill_policy=dg.BackfillPolicy.multi_run(network.settings.windows_per_run),
        pool=f"radar_{radar}",
    )
    def chain(context: dg.AssetExecutionContext, platform: Platform) -> Iterator[None]:
        windows = [window(network, radar, key) for key in context.partition_keys]
        with working(platform, context.run_id, context.run.tags):
            limit_time(context, network.settings, len(windows))
            with platform.lock(radar), closing(platform.servers):
                platform.sweep(radar)
                trouble = run_windows(context, platform, windows)
            if "bufr_files" in stages:
                context.log_event(feed_evaluation(platform, radar))
            conclude(context, trouble)
        yield from ()

    return chain


def _spec(network: Network, radar: str, stage: str, stages: Sequence[str]) -> dg.AssetSpec:
    settings = network.radar(radar)
    upstream = UPSTREAM.get(stage)
    return dg.AssetSpec(
        asset_key(radar, stage),
        deps=[asset_key(radar, upstream)] if upstream and upstream in stages else [],
        skippable=True,
        group_name=radar,
        description=_DESCRIPTIONS[stage].format(
            radar=f"{radar} {settings.title}".strip(),
            sources=" or ".join(settings.sources),
            overdue=network.settings.incomplete_after,
            crs=network.settings.crs,
        ),
        metadata=_facts(settings) if upstream is None else None,
        kinds={_KINDS[stage]},
    )


def _facts(radar: Radar) -> dict[str, float | str]:
    altitude = {} if radar.altitude is None else {"altitude": radar.altitude}
    return {
        "site": radar.title,
        "latitude": radar.latitude,
        "longitude": radar.longitude,
        **altitude,
    }
