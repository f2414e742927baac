"""A sensor per radar: it lists the source, asks the pure decision what to run, and requests it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import dagster as dg
from dagster import DagsterRunStatus

from radar_assets.defs.checks import present_evaluations
from radar_assets.defs.internals import RUN_KEY_TAG
from radar_assets.defs.internals import AssetCheckExecutionRecordStatus as Judged
from radar_assets.defs.keys import asset_key
from radar_assets.defs.partitions import range_tags
from radar_assets.defs.runs import FAILURE_KIND
from radar_assets.ingest.listing.cache import ListingCache
from radar_assets.ingest.listing.query import list_files
from radar_assets.ingest.scheduling.cursor import Cursor
from radar_assets.ingest.scheduling.decide import Decision, decide
from radar_assets.ingest.scheduling.plan import Plan
from radar_assets.ingest.scheduling.polling import hours_to_list
from radar_assets.ingest.scheduling.requests import Request, RunOutcome
from radar_assets.logs import Component, logger
from radar_assets.radar.names import VolumeId
from radar_assets.settings import Network
from radar_assets.stages import Stage, stages_of
from radar_assets.stages.base.workspace import Workspace

_OUTCOMES: dict[str, RunOutcome] = {"refused": "refused", "final": "final"}
_BUDGET = timedelta(seconds=25)
"""time to list sources; Dagster ends a tick after 60 s"""


def sensor_name(owner: str) -> str:
    """Name of the sensor of a radar or composite."""
    return f"{owner}_arrivals"


@dataclass(frozen=True)
class _Poller:
    """What the ticks of a radar's sensor share."""

    radar: str
    stages: Sequence[Stage]
    cache: ListingCache = field(default_factory=ListingCache)

    @property
    def keys(self) -> list[dg.AssetKey]:
        """Keys of the radar's assets."""
        return [asset_key(self.radar, stage.name) for stage in self.stages]

    def plan(self, network: Network) -> Plan:
        """The plan of the radar; windows reach back as far as any of its stages."""
        reach = max((stage.reach(network, self.radar) for stage in self.stages), default=0)
        return Plan.of(network, self.radar, reach)

    def tick(self, context: dg.SensorEvaluationContext, workspace: Workspace) -> dg.SensorResult:
        """List the sources, decide, and request runs."""
        decision = self._decide(context, workspace)
        evaluations = present_evaluations(workspace, self.radar, self.stages)
        return dg.SensorResult(
            run_requests=[run_request(request, self.keys) for request in decision.requests],
            skip_reason=None if decision.requests else decision.summary,
            cursor=decision.cursor.to_json(),
            asset_events=[event for event in evaluations if _is_news(context.instance, event)],
        )

    def _decide(self, context: dg.SensorEvaluationContext, workspace: Workspace) -> Decision:
        plan, cursor = self.plan(workspace.network), Cursor.from_json(context.cursor)
        now = workspace.now()
        spans = hours_to_list(cursor, plan, now)
        decision = decide(
            cursor,
            list_files(workspace.sources, self.radar, spans, _BUDGET, cache=self.cache),
            now,
            plan,
            expected=lambda volume: _expected(workspace.network, volume),
            outcomes=outcomes_of(context.instance, cursor.requests.open),
        )
        context.log.info(decision.summary)
        logger(Component.SENSORS).info(
            "poll",
            message=decision.summary,
            radar=self.radar,
            hours=len(spans),
            requests=len(decision.requests),
        )
        return decision


def radar_sensor(network: Network, radar: str) -> dg.SensorDefinition:
    """Sensor that runs a radar's windows as their volumes arrive."""
    settings, poller = network.radar(radar), _Poller(radar, stages_of(network, radar))
    status = dg.DefaultSensorStatus

    @dg.sensor(
        name=sensor_name(radar),
        description=(
            f"Polls for new files of {radar} {settings.title} every {settings.poll_seconds} s and "
            "runs the windows whose volumes are complete, overdue or changed."
        ),
        target=poller.keys,
        minimum_interval_seconds=settings.poll_seconds,
        default_status=status.RUNNING if settings.live else status.STOPPED,
    )
    def arrivals(
        context: dg.SensorEvaluationContext, workspace: dg.ResourceParam[Workspace]
    ) -> dg.SensorResult:
        return poller.tick(context, workspace)

    return arrivals


def _expected(network: Network, volume: VolumeId) -> frozenset[str] | None:
    return network.expected_fields(volume.radar, volume.strategy, volume.volume)


def run_request(request: Request, keys: list[dg.AssetKey]) -> dg.RunRequest:
    """The run of some assets over the windows of a request."""
    return dg.RunRequest(
        run_key=request.run_key,
        asset_selection=keys,
        tags={"radar": request.radar, **range_tags(request.first, request.last)},
    )


def outcomes_of(instance: dg.DagsterInstance, requests: Iterable[Request]) -> dict[str, RunOutcome]:
    """What became of the runs of requests, by run key."""
    found: dict[str, RunOutcome] = {}
    for request in requests:
        runs = instance.get_runs(dg.RunsFilter(tags={RUN_KEY_TAG: request.run_key}), limit=1)
        if runs:
            found[request.run_key] = _outcome(runs[0])
    return found


def _outcome(run: dg.DagsterRun) -> RunOutcome:
    if run.status == DagsterRunStatus.SUCCESS:
        return "success"
    if run.status not in (DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED):
        return "active"
    return _OUTCOMES.get(run.tags.get(FAILURE_KIND, ""), "failure")


def _is_news(instance: dg.DagsterInstance, verdict: dg.AssetCheckEvaluation) -> bool:
    """Whether an evaluation differs from the latest stored one that is complete."""
    latest = instance.event_log_storage.get_asset_check_execution_history(
        verdict.asset_check_key, limit=1, status={Judged.SUCCEEDED, Judged.FAILED}
    )
    wanted = Judged.SUCCEEDED if verdict.passed else Judged.FAILED
    return not (latest and latest[0].status == wanted)
