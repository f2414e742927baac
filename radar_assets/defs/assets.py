"""The assets of a radar: one subsettable multi-asset over the chain, made by one factory."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache, partial

import dagster as dg

from radar_assets.defs.checks import check_specs
from radar_assets.defs.feed import feed_evaluation
from radar_assets.defs.images import Drawing, make_products
from radar_assets.defs.ingest import fetch_window, list_windows
from radar_assets.defs.metadata import ROWS, rows_of
from radar_assets.defs.parameters import chosen_parameters, parameters_schema
from radar_assets.defs.partitions import Window, window, windows_definition
from radar_assets.defs.platform import Platform
from radar_assets.defs.progress import run_progress
from radar_assets.defs.stage import StageResult, log_failure
from radar_assets.defs.volumes import Shelf, make_volumes
from radar_assets.ingest.live.book import Outcome
from radar_assets.radar.errors.advice import full_text
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
BLAME = "radar_assets/blame"
"""tag of a run that failed, and that another one may not mend: final or refused, see `Outcome`"""

_KINDS = {"bufr_files": "bufr", "volumes": "netcdf", "png": "png", "geotiff": "geotiff"}
_UPSTREAM = {"volumes": "bufr_files", "png": "volumes", "geotiff": "volumes"}


@dataclass
class _Trouble:
    """What a run ends in failure for."""

    reasons: dict[tuple[Window, str], str] = field(default_factory=dict)
    """the first one of each window and stage"""
    outcomes: set[Outcome] = field(default_factory=set)

    def note(self, place: Window, stage: str, reason: str, outcome: Outcome) -> None:
        self.reasons.setdefault((place, stage), reason)
        self.outcomes.add(outcome)

    @property
    def blame(self) -> Outcome | None:
        """What the run is to be tagged with; None where the world may mend it."""
        if "failure" in self.outcomes:
            return None
        return "refused" if "refused" in self.outcomes else "final"

    def failure(self) -> dg.Failure:
        failed = [
            f"{place.radar}/{stage} {place.key}: {reason}"
            for (place, stage), reason in self.reasons.items()
        ]
        windows = {place for place, _ in self.reasons}
        return dg.Failure(
            f"{len(windows)} of the run's windows failed: " + "; ".join(failed[:5]),
            metadata={"failed": dg.MetadataValue.json(failed)},
            allow_retries=False,
        )


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
        config_schema=parameters_schema(),
        backfill_policy=dg.BackfillPolicy.multi_run(network.settings.windows_per_run),
        pool=f"radar_{radar}",
    )
    def chain(context: dg.AssetExecutionContext, platform: Platform) -> Iterator[None]:
        trouble = _Trouble()
        windows = [window(network, radar, key) for key in context.partition_keys]
        look = cache(partial(list_windows, platform, windows))
        progress = run_progress(len(windows))

        def fetch(place: Window) -> StageResult:
            return fetch_window(platform, place, look(), progress)

        with platform.lock(radar):
            platform.sweep(radar)
        with closing(platform.servers):
            for place in windows:
                with platform.lock(radar):
                    _run_window(context, platform, place, fetch, trouble)
                progress.add(windows_done=1)
        if "bufr_files" in stages:
            context.log_event(feed_evaluation(platform, radar))
        if trouble.reasons:
            if trouble.blame:
                context.instance.add_run_tags(context.run_id, {BLAME: trouble.blame})
            raise trouble.failure()
        yield from ()

    return chain


def asset_key(radar: str, stage: str) -> dg.AssetKey:
    """Key of the asset of a stage."""
    return dg.AssetKey([radar, str(stage)])


def _spec(network: Network, radar: str, stage: str, stages: Sequence[str]) -> dg.AssetSpec:
    settings = network.radar(radar)
    upstream = _UPSTREAM.get(stage)
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


def _run_window(
    context: dg.AssetExecutionContext,
    platform: Platform,
    place: Window,
    fetch: Callable[[Window], StageResult],
    trouble: _Trouble,
) -> None:
    shelf = Shelf()
    chosen = platform.network.parameters(place.radar), chosen_parameters(context)
    drawing = Drawing(shelf, chosen)
    work: dict[str, Callable[[], StageResult]] = {
        "bufr_files": lambda: fetch(place),
        "volumes": lambda: make_volumes(platform, place, shelf),
        "png": lambda: make_products(platform, place, "png", drawing),
        "geotiff": lambda: make_products(platform, place, "geotiff", drawing),
    }
    broken: set[str] = set()
    for stage, do in work.items():
        if asset_key(place.radar, stage) not in context.selected_asset_keys:
            continue
        if _UPSTREAM.get(stage) in broken:
            broken.add(stage)
            continue
        try:
            result = do()
        except Exception as error:  # noqa: BLE001
            log_failure(f"{place.radar}/{stage} {place.key}", error)
            trouble.note(place, stage, full_text(error), "failure")
            broken.add(stage)
            continue
        if result.shortfall:
            outcome: Outcome = "refused" if result.is_refusal else "failure"
            trouble.note(place, stage, result.shortfall, outcome)
        if result.is_open or not (result.rows or _has_input(context, place, stage)):
            context.log.info("%s: nothing is due yet", place.key)
            return
        _record(context, place, result)
        if result.has_failed:
            broken.add(stage)
            trouble.note(place, stage, result.reason, "final")


def _record(context: dg.AssetExecutionContext, place: Window, result: StageResult) -> None:
    key = asset_key(place.radar, result.stage)
    if not result.rows and _has_content(context.instance, key, place.key):
        context.log.info("%s: the server has no files any more; the record stays", place.key)
        return
    event = dg.AssetObservation if result.has_failed else dg.AssetMaterialization
    context.log_event(event(asset_key=key, partition=place.key, metadata=result.metadata()))
    for verdict in result.verdicts:
        context.log_event(verdict.evaluation(key, place.key))


def _has_input(context: dg.AssetExecutionContext, place: Window, stage: str) -> bool:
    """Whether what a stage works on was made, in this run or in an earlier one."""
    upstream = _UPSTREAM.get(stage)
    if upstream is None or asset_key(place.radar, upstream) in context.selected_asset_keys:
        return True
    return _stored(context.instance, asset_key(place.radar, upstream), place.key) is not None


def _has_content(instance: dg.DagsterInstance, key: dg.AssetKey, partition: str) -> bool:
    """Whether the latest record of a window has rows."""
    stored = _stored(instance, key, partition)
    return stored is not None and bool(rows_of(stored.metadata, ROWS[key.path[-1]].table))


def _stored(
    instance: dg.DagsterInstance, key: dg.AssetKey, partition: str
) -> dg.AssetMaterialization | None:
    """The latest record of a window."""
    wanted = dg.AssetRecordsFilter(asset_key=key, asset_partitions=[partition])
    found = instance.fetch_materializations(wanted, limit=1).records
    return found[0].asset_materialization if found else None
