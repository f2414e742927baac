"""Runs whose process died with all that watched over it, as when a machine loses power.

A run holds a lock of its own while it works, which the system frees when its process ends. The
launcher of Dagster for processes on the same machine cannot ask whether they live: such a run would
seem to go on until its time limit, and keep its radar's other runs waiting.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import dagster as dg
from filelock import Timeout

from radar_assets.defs.internals import MAX_RUNTIME_SECONDS_TAG, PoolGranularity
from radar_assets.stages.base.workspace import Workspace

SHELL = "radar_assets/shell"
"""tag of runs from the shell, which hold their lock from before the run to after it"""

_LOCKS = "-".join("?" * digits for digits in (8, 4, 4, 4, 12)) + ".lock"
"""names of the locks of runs; those of radars are others"""
_EVERY = 30
"""seconds between polls; a run needs fewer to end after its work"""


@dataclass
class Lost:
    """Runs whose lock is free, by their identifiers."""

    ended: list[str] = field(default_factory=list)
    suspects: list[str] = field(default_factory=list)
    """active runs that are about to begin or end their work, or are lost"""


@contextmanager
def shell_run_lock(
    instance: dg.DagsterInstance, workspace: Workspace, run_id: str
) -> Iterator[None]:
    """Hold the lock of a run from the shell, which shows that its process exists.

    The file stays where the end could not be recorded: `end_lost_runs` does that later.
    """
    with workspace.lock(run_id) as lock:
        try:
            yield
        finally:
            run = instance.get_run_by_id(run_id)
            if run is None or run.is_finished:
                Path(lock.lock_file).unlink(missing_ok=True)


@contextmanager
def launched_run_lock(workspace: Workspace, run_id: str, tags: Mapping[str, str]) -> Iterator[None]:
    """Hold the lock of a launched run, which shows that its process exists.

    `end_lost_runs` removes its file.
    """
    if SHELL in tags:
        yield
        return
    with workspace.lock(run_id):
        yield


@dg.sensor(
    description="Ends runs whose process died unseen, so that Dagster runs them again.",
    minimum_interval_seconds=_EVERY,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def lost_runs(
    context: dg.SensorEvaluationContext, workspace: dg.ResourceParam[Workspace]
) -> dg.SkipReason:
    """End runs whose process died."""
    found = end_lost_runs(context.instance, workspace, suspects=(context.cursor or "").split())
    context.update_cursor(" ".join(found.suspects))
    return dg.SkipReason(f"ended {', '.join(found.ended)}" if found.ended else "no run is lost")


def end_lost_runs(
    instance: dg.DagsterInstance, workspace: Workspace, suspects: Collection[str] = ()
) -> Lost:
    """End runs whose process died, and remove the locks of those that are over.

    A launched run is ended if it is one of the `suspects` of an earlier poll, because its lock is
    also free shortly before and shortly after its work.
    """
    found = Lost()
    seen = {run.run_id: run for run in (*_unlocked(instance, workspace), *_not_begun(instance))}
    for run_id, run in seen.items():
        if SHELL in run.tags or run_id in suspects:
            instance.report_run_failed(run, "the process of the run ended without it")
            Path(workspace.lock(run_id).lock_file).unlink(missing_ok=True)
            found.ended.append(run_id)
        else:
            found.suspects.append(run_id)
    return found


def _unlocked(instance: dg.DagsterInstance, workspace: Workspace) -> Iterator[dg.DagsterRun]:
    """Active runs whose lock is free."""
    for path in (workspace.root / "locks").glob(_LOCKS):
        with suppress(Timeout), workspace.lock(path.stem).acquire(timeout=0):
            run = instance.get_run_by_id(path.stem)
            if run and run.is_finished:
                path.unlink(missing_ok=True)
            elif run:  # else it is one of other records
                yield run


def _not_begun(instance: dg.DagsterInstance) -> Iterator[dg.DagsterRun]:
    """Launched runs that have started and not begun their work.

    None where runs may wait for a pool after they have started.
    """
    if instance.get_concurrency_config().pool_config.pool_granularity != PoolGranularity.RUN:
        return
    for run in instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED])):
        if run.asset_selection and not {SHELL, MAX_RUNTIME_SECONDS_TAG} & run.tags.keys():
            yield run
