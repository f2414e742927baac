"""Runs whose process died with all that watched over it, as when a machine loses power.

A run holds a lock of its own while it works, which the system frees when its process ends. The
launcher of Dagster for processes on the same machine cannot ask whether they live: such a run would
seem to go on until its time limit, and keep its radar's other runs waiting.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import dagster as dg
from filelock import Timeout

from radar_assets.defs.instance import ACTIVE
from radar_assets.defs.platform import Platform

SHELL = "radar_assets/shell"
"""tag of runs from the shell, which hold their lock from before the run to after it"""

_EVERY = 60
"""seconds between looks"""


@contextmanager
def alive(instance: dg.DagsterInstance, platform: Platform, run_id: str) -> Iterator[None]:
    """Hold the lock that shows that a run from the shell lives, as long as it goes on.

    Its file stays where the records could not be told of the end, for `bury` to tell them.
    """
    with platform.lock(run_id) as lock:
        try:
            yield
        finally:
            run = instance.get_run_by_id(run_id)
            if run is None or run.is_finished:
                Path(lock.lock_file).unlink(missing_ok=True)


@contextmanager
def working(platform: Platform, run_id: str, tags: Mapping[str, str]) -> Iterator[None]:
    """Hold the lock that shows that a launched run is at its work."""
    if SHELL in tags:
        yield
        return
    with platform.lock(run_id) as lock:
        try:
            yield
        finally:
            Path(lock.lock_file).unlink(missing_ok=True)


@dg.sensor(
    description="Ends runs whose process died unseen, so that Dagster runs them again.",
    minimum_interval_seconds=_EVERY,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def lost_runs(context: dg.SensorEvaluationContext, platform: Platform) -> dg.SkipReason:
    """Look for runs whose process died."""
    ended = bury(context.instance, platform)
    return dg.SkipReason(f"ended {', '.join(ended)}" if ended else "every run is at work")


def bury(instance: dg.DagsterInstance, platform: Platform) -> list[str]:
    """End runs whose process died, and tell which; Dagster tries those again that it launched."""
    ended = []
    for run in instance.get_runs(dg.RunsFilter(statuses=ACTIVE)):
        lock = platform.lock(run.run_id)
        if Path(lock.lock_file).exists():  # else it does not work yet, or on another data folder
            with suppress(Timeout), lock.acquire(timeout=0):
                present = instance.get_run_by_id(run.run_id)
                if present and not present.is_finished:  # it may have ended since it was found
                    instance.report_run_failed(present, "the process of the run ended without it")
                    ended.append(run.run_id)
                Path(lock.lock_file).unlink(missing_ok=True)
    return ended
