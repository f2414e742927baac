"""What a run does in one window: its stages, one after the other."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from radar_assets.errors.advice import full_text
from radar_assets.logs import about
from radar_assets.stages.base.events import log_result
from radar_assets.stages.base.result import StageResult
from radar_assets.stages.base.sharing import SharedValues
from radar_assets.stages.base.stage import Run, Stage, Task
from radar_assets.stages.base.windows import Window


@dataclass(frozen=True)
class StageOutcome:
    """What became of a stage of a window."""

    task: Task
    result: StageResult | None = None
    """None: a defect or a wrong setting kept it from being tried"""
    reason: str = ""
    """of that"""


def passes(network_reach: Mapping[str, int], stages: Collection[Stage]) -> list[list[Stage]]:
    """Stages in the order of work, cut where one needs the records of earlier windows.

    `network_reach` is how far back the input of each stage reaches. What a stage of one list takes
    is recorded of all windows of the run before the next list begins.
    """
    cut: list[list[Stage]] = [[]]
    for stage in stages:
        if network_reach[stage.name] and cut[-1]:
            cut.append([])
        cut[-1].append(stage)
    return [part for part in cut if part]


def work(
    run: Run, stages: Collection[Stage], known: Mapping[str, Stage], window: Window
) -> list[StageOutcome]:
    """Do stages of a window, in their order; one whose input could not be made is skipped.

    `known` are all stages, by name.
    """
    outcomes: list[StageOutcome] = []
    made: dict[str, StageResult] = {}
    broken: set[str] = set()
    shared = SharedValues()
    for stage in stages:
        if not broken.isdisjoint(stage.upstream):
            broken.add(stage.name)
            continue
        upstream = {name: known[name] for name in stage.upstream}
        task = Task(run, stage, window, upstream, dict(made), shared)
        with about(radar=window.owner, window=window.key, stage=stage.name, run_id=run.run_id):
            outcome = _try(task)
        outcomes.append(outcome)
        if outcome.result is None or outcome.result.has_failed:
            broken.add(stage.name)
        elif outcome.result.is_open:
            break
        else:
            made[stage.name] = outcome.result
    return outcomes


def _try(task: Task) -> StageOutcome:
    started = time.monotonic()
    try:
        result = task.stage.work(task)
    except Exception as error:  # noqa: BLE001 - one window's defect must not stop the others
        task.log_failure(f"{task.window.owner}/{task.stage.name} {task.window.key}", error)
        return StageOutcome(task, reason=full_text(error))
    log_result(task.stage, result, time.monotonic() - started)
    return StageOutcome(task, result)
