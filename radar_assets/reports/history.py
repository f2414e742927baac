"""The report of what ran."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console

from radar_assets.reports.base import ReportTable, print_fault

_SUMMARY = {
    "radar": "radar",
    "stage": "stage",
    "day": "day",
    "passes": "passes",
    "failed": "failed",
    "success_rate": "success",
    "seconds_total": "s",
    "seconds_median": "median",
    "seconds_95": "95 %",
    "seconds_max": "max",
}
_VOLUMES = {"volume_id": "volume", "seconds": "s"}
_FAILING = {"volume_id": "volume", "failures": "failures", "error_code": "code"}
_RUNS = {
    "radar": "radar",
    "first_window": "from window",
    "windows": "windows",
    "origin": "from",
    "status": "status",
    "seconds": "s",
    "run_id": "run",
}


def history(console: Console, report: Mapping[str, Any], number: int) -> None:
    """Show sums over passes, the worst volumes, and the newest runs."""
    if not report["summary"] and not report["runs"]:
        console.print("nothing that ran matches")
        return
    _show(console, "passes (one stage of one window each)", report["summary"], _SUMMARY)
    _show(console, "slowest volumes", report["slowest"], _VOLUMES)
    _show(console, "volumes that failed most", report["most_failing"], _FAILING)
    for row in report["most_failing"]:
        print_fault(console, f"{row['volume_id']}: {row['error_message']}")
    short = [{**run, "run_id": run["run_id"][:8]} for run in report["runs"][:number]]
    _show(console, "newest runs", short, _RUNS)


def _show(
    console: Console, title: str, rows: Sequence[Mapping[str, Any]], titles: Mapping[str, str]
) -> None:
    """Show the columns that rows have, under their titles."""
    if not rows:
        return
    columns = [name for name in titles if name in rows[0]]
    table = ReportTable(title, [titles[name] for name in columns])
    for row in rows:
        table.add(*(row[name] for name in columns))
    console.print(table)
