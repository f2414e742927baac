"""Materializing windows from the shell, in this process."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import dagster as dg

from radar_assets.defs.assets import asset_key
from radar_assets.defs.partitions import range_tags
from radar_assets.ingest.plan import Plan
from radar_assets.radar.errors import SettingsError
from radar_assets.settings import Network

_QUIET = {"loggers": {"console": {"config": {"log_level": "WARNING"}}}}


@dataclass(frozen=True)
class RangeRun:
    """One run over a range of windows."""

    first: datetime
    last: datetime
    """start of the last window"""
    run_id: str
    is_success: bool
    reason: str
    """why it failed"""


def chosen_ranges(
    network: Network, radar: str, first: datetime, last: datetime
) -> list[tuple[datetime, datetime]]:
    """Ranges (start of first and last window) of the radar's windows that meet [first, last).

    None is longer than the network allows in one run. Raises `SettingsError` when there are none.
    """
    plan = Plan.of(network, radar)
    begin = max(plan.window_of(first), plan.first)
    windows = [start for start in plan.windows(begin, last) if start < last and plan.holds(start)]
    if not windows:
        raise SettingsError(
            f"{radar} has no windows from {first.isoformat()} to {last.isoformat()}; it has them "
            f"from {plan.first.isoformat()} to {plan.end.isoformat() if plan.end else 'now'}"
        )
    size = network.settings.windows_per_run
    parts = [windows[i : i + size] for i in range(0, len(windows), size)]
    return [(part[0], part[-1]) for part in parts]


def run_ranges(
    defs: dg.Definitions,
    instance: dg.DagsterInstance,
    radar: str,
    ranges: Iterable[tuple[datetime, datetime]],
    stages: Sequence[str],
) -> Iterator[RangeRun]:
    """Materialize stages of a radar for ranges of windows; yields after each."""
    job = defs.resolve_implicit_global_asset_job_def()
    for first, last in ranges:
        result = job.execute_in_process(
            instance=instance,
            asset_selection=[asset_key(radar, stage) for stage in stages],
            tags={"radar": radar, **range_tags(first, last)},
            run_config=_QUIET,
            raise_on_error=False,
        )
        yield RangeRun(first, last, result.run_id, result.success, _reason(result))


def _reason(result: dg.ExecuteInProcessResult) -> str:
    for event in result.all_events:
        if event.is_step_failure:
            details = event.step_failure_data.user_failure_data
            if details and details.description:
                return details.description
            return str(event.step_failure_data.error_display_string).splitlines()[0]
    return ""
