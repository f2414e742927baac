"""Materializing windows from the shell, in this process."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any
from uuid import uuid4

import dagster as dg

from radar_assets.defs.console import SHELL_CONFIG
from radar_assets.defs.keys import asset_key
from radar_assets.defs.partitions import range_tags
from radar_assets.defs.status import Query, status
from radar_assets.defs.upkeep.lost_runs import SHELL, end_lost_runs, shell_run_lock
from radar_assets.defs.window_length import check_window_length
from radar_assets.errors import SettingsError
from radar_assets.ingest.scheduling.plan import Plan
from radar_assets.settings import Network
from radar_assets.stages import stages_of, tables
from radar_assets.stages.base.workspace import Workspace

Range = tuple[datetime, datetime]
"""start of the first and of the last window"""


@dataclass(frozen=True)
class RangeRun:
    """One run over a range of windows."""

    radar: str
    first: datetime
    last: datetime
    """start of the last window"""
    run_id: str
    is_success: bool
    reason: str
    """why it failed"""


def planned(
    network: Network,
    owner: str | None,
    stages: Sequence[str],
    span: tuple[datetime, datetime],
    now: datetime,
) -> dict[str, list[Range]]:
    """Ranges of the windows that meet a span, its end excluded: of a radar or composite, or of all.

    Of all, those that have one of the stages, all radars before the composites, and windows in that
    time. Raises `SettingsError` when there are none, and for a stage that the one named lacks.
    """
    if owner:
        _check_stages(network, owner, stages)
    ranges, fault = dict[str, list[Range]](), None
    for name in [owner] if owner else owners_of(network, stages):
        try:
            ranges[name] = chosen_ranges(network, name, *span, now)
        except SettingsError as error:
            fault = error
    if not ranges and fault:
        raise fault
    return ranges


def windows_in(first: datetime, last: datetime, length: timedelta) -> int:
    """Number of windows from one start to another, both included."""
    return (last - first) // length + 1


def chosen_ranges(
    network: Network, radar: str, first: datetime, last: datetime, now: datetime
) -> list[Range]:
    """Ranges (start of first and last window) of the radar's windows that meet [first, last).

    The window that holds the present moment is the last that a radar has.
    None is longer than the network allows in one run. Raises `SettingsError` when there are none.
    """
    plan = Plan.of(network, radar)
    begin = max(plan.window_of(first), plan.first)
    known = plan.windows(begin, min(last, now))
    windows = [start for start in known if start < last and plan.includes(start)]
    if not windows:
        raise SettingsError(
            f"{radar} has no windows from {first.isoformat()} to {last.isoformat()}; "
            f"{_reason_for_none(network, plan, first, last)}"
        )
    size = network.settings.windows_per_run
    parts = [windows[i : i + size] for i in range(0, len(windows), size)]
    return [(part[0], part[-1]) for part in parts]


def _reason_for_none(network: Network, plan: Plan, first: datetime, last: datetime) -> str:
    if first >= last:
        return "the first time is not before the last one"
    composite = network.composites.get(plan.radar)
    own = (composite or network.radar(plan.radar)).start is not None
    table = f"[{'composites' if composite else 'radars'}.{plan.radar}]"
    start = f"{plan.first.isoformat()} (`start` in {table if own else '[settings]'})"
    end = f"{plan.end.isoformat()} (`end` in {table})" if plan.end else "now"
    return f"it has them from {start} to {end}"


def owners_of(network: Network, stages: Sequence[str]) -> list[str]:
    """Radars and composites that have one of some stages, or any where none is named."""
    mine = {owner: {item.name for item in stages_of(network, owner)} for owner in network.owners}
    return [owner for owner, names in mine.items() if names & set(stages or names)]


def chosen_stages(network: Network, owner: str, names: Sequence[str]) -> list[str]:
    """Stages of an owner that are to be made, in their order: those of some names, or all."""
    mine = [stage.name for stage in stages_of(network, owner)]
    return [name for name in mine if name in names or not names]


def _check_stages(network: Network, owner: str, names: Sequence[str]) -> None:
    """Raise `SettingsError` for a stage that an owner does not have."""
    mine = [stage.name for stage in stages_of(network, owner)]
    for name in names:
        if name not in mine:
            raise SettingsError(f"{owner} has no stage {name!r}; it has {', '.join(mine)}")


def run_ranges(
    defs: dg.Definitions,
    instance: dg.DagsterInstance,
    workspace: Workspace,
    radar: str,
    ranges: Iterable[Range],
    *,
    stages: Sequence[str],
    config: Mapping[str, Any] = MappingProxyType({}),
) -> Iterator[RangeRun]:
    """Materialize stages of a radar for ranges of windows; yields after each.

    Ctrl-C cancels the run that is under way; then `KeyboardInterrupt` is raised.

    `config` is a run's configuration, as `run_config.config_for` makes it.
    """
    check_window_length(instance, workspace.network.settings.window)
    end_lost_runs(instance, workspace)
    job = defs.resolve_implicit_global_asset_job_def()
    for first, last in ranges:
        run_id = str(uuid4())
        with shell_run_lock(instance, workspace, run_id):
            result = job.execute_in_process(
                instance=instance,
                asset_selection=[asset_key(radar, stage) for stage in stages],
                tags={"radar": radar, SHELL: "true", **range_tags(first, last)},
                run_config={**SHELL_CONFIG, **config},
                raise_on_error=False,
                run_id=run_id,
            )
        if _is_canceled(instance, run_id):
            raise KeyboardInterrupt(f"what {radar} has recorded stays; run it again for the rest")
        yield RangeRun(radar, first, last, run_id, result.success, _reason(result))


def _is_canceled(instance: dg.DagsterInstance, run_id: str) -> bool:
    run = instance.get_run_by_id(run_id)
    return run is not None and run.status == dg.DagsterRunStatus.CANCELED


def faults_in(
    instance: dg.DagsterInstance, window: timedelta, runs: Iterable[RangeRun]
) -> list[dict[str, Any]]:
    """Rows that failed in some runs, except those of files that are meant to be skipped."""
    found = {}
    for run in runs:
        query = Query(radar=run.radar, first=run.first, last=run.last + window, faults=True)
        report = status(instance, window, query)
        for row in (row for table in tables() for row in report[table]):
            if row["run_id"] == run.run_id:
                found[row["asset"], row["window"], row["error_message"]] = row
    return list(found.values())


def _reason(result: dg.ExecuteInProcessResult) -> str:
    for event in result.all_events:
        if event.is_step_failure:
            details = event.step_failure_data.user_failure_data
            if details and details.description:
                return details.description
            return str(event.step_failure_data.error_display_string).splitlines()[0]
    return ""
