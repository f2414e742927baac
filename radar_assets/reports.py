"""What the commands print for people: tables and progress bars."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from rich.box import SIMPLE
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from radar_assets.settings import Stage

if TYPE_CHECKING:
    from radar_assets.defs.run import RangeRun
    from radar_assets.doctor import Finding

Item = TypeVar("Item")

_SHOWN_FAILURES = 20
_SWEEP_COLUMNS = (
    *("start", "elev", "size", "step", "valid", "undetect", "nodata"),
    *("min", "mean", "max"),
)


def progress(console: Console, items: Iterable[Item], total: int) -> Iterator[Item]:
    """Pass items on while a bar shows how far they are and when they will end."""
    bar = Progress(BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console)
    with bar:
        task = bar.add_task("", total=total)
        for item in items:
            bar.advance(task)
            yield item


def inspection(console: Console, found: Mapping[str, Mapping[str, Any]]) -> None:
    """Show what BUFR files hold, a table each."""
    for name, content in found.items():
        place = f"{content['latitude']}, {content['longitude']}, {content['altitude_m']} m"
        table = _table(f"{name}: {place}", _SWEEP_COLUMNS)
        for sweep in content["sweeps"]:
            table.add_row(
                sweep["start"][11:19],
                f"{sweep['elevation_deg']:.2f}",
                f"{sweep['rays']}x{sweep['gates']}",
                str(sweep["gate_size_m"]),
                str(sweep["n_valid"]),
                str(sweep["n_undetect"]),
                str(sweep["n_nodata"] + sweep["n_nan"]),
                *(_number(sweep[key]) for key in ("min", "mean", "max")),
            )
        console.print(table)


def runs(console: Console, done: Sequence[RangeRun]) -> None:
    """Show runs from the shell."""
    table = _table("runs", ("first window", "last window", "outcome"))
    for item in done:
        outcome = "success" if item.is_success else "failed"
        table.add_row(f"{item.first:%Y-%m-%d %H:%M}", f"{item.last:%Y-%m-%d %H:%M}", outcome)
    console.print(table)
    for item in done:
        if not item.is_success:
            _complain(console, item.reason)


def status(console: Console, report: Mapping[str, Any]) -> None:
    """Show a status report: what each window has, then what failed."""
    windows: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for name in ("files", "volumes", "products"):
        for row in report[name]:
            windows[row["radar"], row["window"]][row["asset"]].append(row["status"])
    if not windows:
        console.print("nothing that was recorded matches")
        return
    table = _table("windows: done / all", ("radar", "window", *Stage))
    for (radar, window), states in sorted(windows.items()):
        table.add_row(radar, window, *(_share(states[stage]) for stage in Stage))
    console.print(table)
    _failures(console, report)


def findings(console: Console, found: Iterable[Finding]) -> None:
    """Show what the doctor found."""
    for finding in found:
        mark = "ok  " if finding.is_well else "TODO"
        advice = "" if finding.is_well else f" → {finding.advice}"
        line = f"{mark} {finding.subject}: {finding.detail}{advice}"
        console.print(line, markup=False, soft_wrap=True)


def _failures(console: Console, report: Mapping[str, Any]) -> None:
    failed = [
        row
        for name in ("files", "volumes", "products")
        for row in report[name]
        if row["status"] == "failed"
    ]
    for row in failed[:_SHOWN_FAILURES]:
        place = f"{row['radar']} {row['window']} {row['asset']}"
        _complain(console, f"{place}: {row['error_type']}: {row['error_message']}")
    if len(failed) > _SHOWN_FAILURES:
        console.print(f"… and {len(failed) - _SHOWN_FAILURES} more failures; --json shows all")


def _complain(console: Console, text: str) -> None:
    console.print(text, style="red", markup=False, soft_wrap=True)


def _share(states: Sequence[str]) -> str:
    applicable = [state for state in states if state != "not_applicable"]
    return f"{applicable.count('completed')} / {len(applicable)}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _table(title: str, columns: Iterable[str]) -> Table:
    table = Table(title=Text(title), title_justify="left", box=SIMPLE, padding=(0, 1, 0, 0))
    for column in columns:
        table.add_column(column, no_wrap=True)
    return table
