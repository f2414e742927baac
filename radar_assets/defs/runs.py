"""A run over windows of a radar or composite: parallel work, records in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

import dagster as dg
from dagster_shared.check import CheckError

from radar_assets.defs.internals import MAX_RUNTIME_SECONDS_TAG
from radar_assets.defs.progress import run_progress
from radar_assets.defs.recording import StoredRecords, record_window
from radar_assets.defs.run_config import run_selection
from radar_assets.defs.upkeep.lost_runs import SHELL
from radar_assets.defs.window_length import check_window_length
from radar_assets.errors import RadarAssetsError, SettingsError
from radar_assets.errors.advice import full_text
from radar_assets.radar.names import VolumeId
from radar_assets.settings import Settings
from radar_assets.stages import Stage, all_stages, stages_of
from radar_assets.stages.base.execution import StageOutcome, passes, work
from radar_assets.stages.base.rows import VolumeRow
from radar_assets.stages.base.selection import Selection
from radar_assets.stages.base.stage import Run
from radar_assets.stages.base.windows import Window
from radar_assets.stages.base.windows import window as window_of_key
from radar_assets.stages.base.workspace import Workspace

FAILURE_KIND = "radar_assets/failure_kind"
"""tag of a failed run: `final` or `refused` (see `Shortfall`); absent where a retry may succeed"""

_TAGGED = 8
"""volumes that a run has a tag for, each; a longer run is found by its windows"""

FailureKind = Literal["failure", "refused", "final"]


@dataclass
class Failures:
    """Why a run fails."""

    reasons: dict[tuple[Window, str], str] = field(default_factory=dict)
    """the first one of each window and stage"""
    kinds: set[FailureKind] = field(default_factory=set)

    def add(self, outcome: StageOutcome) -> None:
        """Add the reason for which a stage of a window was not done in full, if there is one."""
        result = outcome.result
        if result is None:
            self._add(outcome, outcome.reason, "failure")
            return
        if result.shortfall:
            self._add(outcome, result.shortfall.reason, result.shortfall.kind)
        if result.has_failed and not result.is_open:
            self._add(outcome, result.reason, "final")

    def _add(self, outcome: StageOutcome, reason: str, kind: FailureKind) -> None:
        self.reasons.setdefault((outcome.task.window, outcome.task.stage.name), reason)
        self.kinds.add(kind)

    @property
    def tag(self) -> str | None:
        """Value of the run's tag `FAILURE_KIND`; None where a retry may succeed."""
        if "failure" in self.kinds:
            return None
        return "refused" if "refused" in self.kinds else "final"

    def failure(self) -> dg.Failure:
        """The failure that the run ends with."""
        failed = [
            f"{window.owner}/{stage} {window.key}: {reason}"
            for (window, stage), reason in self.reasons.items()
        ]
        windows = {window for window, _ in self.reasons}
        return dg.Failure(
            f"{len(windows)} of the run's windows failed: " + "; ".join(failed[:5]),
            metadata={"failed": dg.MetadataValue.json(failed)},
            allow_retries=False,
        )


def tag_run(context: dg.AssetExecutionContext, settings: Settings, windows: int) -> None:
    """Tag this run with its owner, unless it has several, and with the time that it may take.

    Dagster's monitoring ends it when it takes longer.
    """
    owners = {key.path[0] for key in context.run.asset_selection or ()}
    limit = settings.run_limit + max(1, len(owners)) * windows * settings.window_limit
    tags = {MAX_RUNTIME_SECONDS_TAG: str(int(limit.total_seconds()))}
    if len(owners) == 1:
        tags["radar"] = owners.pop()
    context.instance.add_run_tags(context.run_id, tags)


@contextmanager
def interruptible(context: dg.AssetExecutionContext) -> Iterator[None]:
    """Let a run from the shell that Ctrl-C ends count as canceled, not as failed."""
    try:
        yield
    except (dg.DagsterExecutionInterruptedError, KeyboardInterrupt):
        if SHELL in context.run.tags:
            context.instance.report_run_canceling(context.run, "interrupted in the shell")
        raise


def conclude(context: dg.AssetExecutionContext, failures: Failures) -> None:
    """Fail a run for which there are reasons; a tag says whether a retry may succeed."""
    if not failures.reasons:
        return
    if failures.tag:
        context.instance.add_run_tags(context.run_id, {FAILURE_KIND: failures.tag})
    raise failures.failure()


def run_windows(
    context: dg.AssetExecutionContext, workspace: Workspace, windows: Sequence[Window]
) -> Failures:
    """Do the selected stages of contiguous windows of one owner, and record them in order."""
    run = Run(
        workspace=workspace,
        windows=windows,
        stages=frozenset(key.path[-1] for key in context.selected_asset_keys),
        records=StoredRecords(context.instance),
        progress=run_progress(len(windows)),
        log=dg.get_dagster_logger(),
        selection=_selection(context, windows),
        run_id=context.run_id,
    )
    owner, failures = windows[0].owner, Failures()
    tags: dict[str, str] = {}
    stages = [item for item in stages_of(workspace.network, owner) if item.name in run.stages]
    reach = {item.name: item.reach(workspace.network, owner) for item in stages}
    parts = passes(reach, stages)
    for number, part in enumerate(parts, start=1):
        done: set[Window] = set()
        for window, outcomes in _worked(run, part, windows):
            for outcome in _recorded(context, outcomes):
                failures.add(outcome)
                tags |= _tags(outcome)
            if _may_go_on(outcomes):
                done.add(window)
            if number == len(parts):
                run.progress.add(windows_done=1)
        windows = [window for window in windows if window in done]
    if 0 < len(tags) <= _TAGGED:
        context.instance.add_run_tags(context.run_id, tags)
    return failures


def chosen_windows(
    context: dg.AssetExecutionContext, workspace: Workspace, owner: str
) -> list[Window]:
    """Windows that a run covers; it fails for good where these are none of the owner's."""
    with _refusing(context):
        check_window_length(context.instance, workspace.network.settings.window)
        try:
            keys = context.partition_keys
        except (dg.DagsterError, CheckError, KeyError) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise SettingsError(f"{owner} has no such windows: {reason}") from error
        if not keys:
            raise SettingsError(f"the run covers no window of {owner}: its range is reversed")
        return [window_of_key(workspace.network, owner, key) for key in keys]


def _selection(context: dg.AssetExecutionContext, windows: Sequence[Window]) -> Selection:
    """What the configuration chooses; a run that asks for what cannot be fails for good."""
    with _refusing(context):
        selection = run_selection(context)
        for name in sorted(selection.volumes):
            volume = VolumeId.parse(name)
            if windows[0].owner != volume.radar:
                raise SettingsError(f"{volume} is no volume of {windows[0].owner}")
            if not any(item.holds(volume.time) for item in windows):
                spans = f"{windows[0].key} to {windows[-1].key}"
                raise SettingsError(f"{volume} lies in none of the run's windows ({spans})")
        return selection


@contextmanager
def _refusing(context: dg.AssetExecutionContext) -> Iterator[None]:
    """Let a run that asks for what cannot be fail for good, with one error."""
    try:
        yield
    except RadarAssetsError as error:
        context.instance.add_run_tags(context.run_id, {FAILURE_KIND: "final"})
        text = full_text(error)
        raise dg.Failure(
            text, {"failed": dg.MetadataValue.json([text])}, allow_retries=False
        ) from None


def _worked(
    run: Run, stages: Sequence[Stage], windows: Sequence[Window]
) -> Iterator[tuple[Window, list[StageOutcome]]]:
    """Do stages of windows in parallel; outcomes come in the order of the windows."""
    do = partial(work, run, stages, all_stages())
    workers = run.workspace.workers(len(windows))
    with closing(_results(do, windows, workers)) as results:
        yield from zip(windows, results, strict=True)


def _results(
    do: Callable[[Window], list[StageOutcome]], windows: Sequence[Window], workers: int
) -> Generator[list[StageOutcome]]:
    """Work on windows in `workers` threads; if it is one, in this thread, so that signals end it.

    Results come in order. Closing them waits for the threads.
    """
    if workers == 1:
        yield from map(do, windows)
        return
    with ThreadPoolExecutor(workers) as pool:
        futures = deque(pool.submit(do, window) for window in windows)
        try:
            while futures:
                yield futures.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


def _recorded(
    context: dg.AssetExecutionContext, outcomes: Iterable[StageOutcome]
) -> Iterator[StageOutcome]:
    """Record the stages of a window up to one that is not due yet."""
    for outcome in outcomes:
        yield outcome
        if not outcome.result:
            continue
        recording = record_window(context, outcome.task, outcome.result)
        if recording.fault:
            yield StageOutcome(outcome.task, reason=recording.fault)
        if not recording.is_due:
            return


def _may_go_on(outcomes: Sequence[StageOutcome]) -> bool:
    """Whether the later stages of a window have input."""
    return all(
        item.result is not None and not (item.result.has_failed or item.result.is_open)
        for item in outcomes
    )


def _tags(outcome: StageOutcome) -> dict[str, str]:
    """Tags by which the run of a volume is found."""
    rows = outcome.result.rows if outcome.result else ()
    names = (VolumeId.parse(row.volume_id).stem for row in rows if isinstance(row, VolumeRow))
    return {f"volume/{name}": outcome.task.window.key for name in names}
