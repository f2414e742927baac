"""What the commands print for people: tables and progress bars."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from radar_assets.reports.base import ReportTable, print_fault, print_line
from radar_assets.stages import Scope, all_stages, tables

if TYPE_CHECKING:
    from radar_assets.defs.run import RangeRun
    from radar_assets.defs.verify import Report
    from radar_assets.doctor import Finding
    from radar_assets.ingest.archive.adoption_report import AdoptionReport
    from radar_assets.ingest.archive.spans import RadarSpan
    from radar_assets.ingest.download.progress import FetchProgress

Item = TypeVar("Item")

_SHOWN = 20
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


class WindowsBar:
    """A bar over the windows of several runs, one after the other."""

    def __init__(self, bar: Progress, total: int) -> None:
        self._bar, self._before = bar, 0
        self._task = bar.add_task("", total=total)

    def show(self, progress: FetchProgress) -> None:
        """Show how far the present run is."""
        done = self._before + progress.windows_done
        self._bar.update(self._task, completed=done, description=progress.fetched)

    def run_done(self, windows: int) -> None:
        """Show that a run over some windows has ended."""
        self._before += windows
        self._bar.update(self._task, completed=self._before)


@contextmanager
def windows_bar(console: Console, total: int) -> Iterator[WindowsBar]:
    """Show a bar over some windows, with what is fetched for them."""
    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=console) as bar:
        yield WindowsBar(bar, total)


def inspection(console: Console, found: Mapping[str, Mapping[str, Any]]) -> None:
    """Show what BUFR files hold, a table each."""
    for name, content in found.items():
        place = f"{content['latitude']}, {content['longitude']}, {content['altitude_m']} m"
        table = ReportTable(f"{name}: {place}", _SWEEP_COLUMNS)
        for sweep in content["sweeps"]:
            table.add(
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


def runs(
    console: Console, done: Sequence[RangeRun], faults: Sequence[Mapping[str, Any]] = ()
) -> None:
    """Show runs from the shell, and how much failed in each."""
    table = ReportTable("runs", ("radar", "first window", "last window", "outcome", "faults"))
    counts = Counter(row["run_id"] for row in faults)
    for item in done:
        outcome = "success" if item.is_success else "failed"
        first, last = f"{item.first:%Y-%m-%d %H:%M}", f"{item.last:%Y-%m-%d %H:%M}"
        table.add(item.radar, first, last, outcome, counts[item.run_id] or None)
    console.print(table)


def run_faults(
    console: Console, done: Sequence[RangeRun], faults: Sequence[Mapping[str, Any]] = ()
) -> None:
    """Show why runs from the shell failed, and what failed in those that did not."""
    reasons = [item.reason for item in done if not item.is_success]
    for reason in reasons:
        print_fault(console, reason)
    said = "\n".join(reasons)
    _failures(console, [row for row in faults if row["error_message"] not in said])


def status(console: Console, report: Mapping[str, Any]) -> None:
    """Show a status report: what each window has, what is strange, then what failed."""
    windows: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for name in tables():
        for row in report[name]:
            windows[row["radar"], row["window"]][row["asset"]].append(row["status"])
    _feeds(console, report.get("feeds", ()))
    if not windows:
        console.print("nothing that was recorded matches")
        return
    for scope in Scope:
        console.print(*_windows(scope, windows), end="")
    _warnings(console, report["volumes"])
    failed = [row for name in tables() for row in report[name] if row["status"] == "failed"]
    _failures(console, failed)


def faulty_windows(console: Console, report: Mapping[str, Any]) -> None:
    """Show every window with a fault: how much failed, in which assets, and the first reason."""
    windows: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for row in (row for name in tables() for row in report[name]):
        windows[row["radar"], row["window"]].append(row)
    for (radar, window), rows in sorted(windows.items()):
        assets = ", ".join(dict.fromkeys(row["asset"] for row in rows))
        first = rows[0]
        reason = f"{first['error_type']}: {first['error_message']}"
        print_line(console, f"{radar} {window}: {len(rows)} failed ({assets}): {reason}")
    if not windows:
        print_line(console, "no window has a fault")


def _feeds(console: Console, rows: Iterable[Mapping[str, Any]]) -> None:
    """Show radars that should send and do not."""
    for row in rows:
        if row["state"] in ("stale", "unreachable"):
            print_fault(console, f"{row['radar']}: {row['detail']}", style="yellow")


_MARKS = {"ok": "ok  ", "note": "note", "todo": "TODO"}


def findings(console: Console, found: Iterable[Finding]) -> None:
    """Show what the doctor found."""
    for finding in found:
        mark = _MARKS[finding.level]
        advice = "" if finding.is_well else f" → {finding.advice}"
        line = f"{mark} {finding.subject}: {finding.detail}{advice}"
        print_line(console, line)


def adoption(
    console: Console, report: AdoptionReport, spans: Sequence[RadarSpan], advice: Iterable[str]
) -> None:
    """Show what was adopted, what was not, and how to record it."""
    table = ReportTable("files that are here now", ("radar", "day", "files"))
    for (radar, day), found in sorted(report.days.items(), key=lambda item: item[0]):
        table.add(radar, str(day), str(found.files))
    console.print(table)
    _counts(console, report.counts)
    if report.recorded:
        rows = ", ".join(f"{number} {name}" for name, number in report.recorded.items())
        console.print(f"recorded of the older daemon: {rows}", soft_wrap=True)
    _cut(
        console, [f"{item.path}: {item.reason}" for item in (*report.not_adopted, *report.missing)]
    )
    _todo(console, "to record them, without downloading:", spans)
    for text in advice:
        print_fault(console, text, style="yellow")


def verification(console: Console, report: Report, spans: Sequence[RadarSpan]) -> None:
    """Show what has become of stored files, and what to run again."""
    _counts(console, report.counts)
    _cut(console, [f"{item.file.path}: {item.detail or item.state}" for item in report.wrong])
    _todo(console, "to be run again (damaged files first go with --repair):", spans)


def _counts(console: Console, counts: Mapping[Any, int]) -> None:
    text = ", ".join(f"{number} {name}" for name, number in sorted(counts.items()))
    print_line(console, f"files: {text or 'none'}")


def _cut(console: Console, faults: Sequence[str]) -> None:
    for text in faults[:_SHOWN]:
        print_fault(console, text)
    if len(faults) > _SHOWN:
        console.print(f"… and {len(faults) - _SHOWN} more; --json shows all")


def _todo(console: Console, title: str, spans: Sequence[RadarSpan]) -> None:
    if spans:
        console.print(title)
    for span in spans:
        print_line(console, f"  {span.command}")


def _warnings(console: Console, rows: Iterable[Mapping[str, Any]]) -> None:
    """Show each warning once, with the number of volumes that it is about."""
    found = Counter((row["radar"], row["warnings"]) for row in rows if row.get("warnings"))
    for (radar, text), count in found.most_common(_SHOWN):
        volumes = f"{count} volume{'' if count == 1 else 's'}"
        print_fault(console, f"{radar}, {volumes}: {text}", style="yellow")
    if len(found) > _SHOWN:
        console.print(f"… and {len(found) - _SHOWN} more warnings; --json shows all")


def _failures(console: Console, failed: Sequence[Mapping[str, Any]]) -> None:
    for row in failed[:_SHOWN]:
        place = f"{row['radar']} {row['window']} {row['asset']}"
        print_fault(console, f"{place}: {row['error_type']}: {row['error_message']}")
    if len(failed) > _SHOWN:
        console.print(f"… and {len(failed) - _SHOWN} more failures; --json shows all")


def _windows(
    scope: Scope, windows: Mapping[tuple[str, str], Mapping[str, list[str]]]
) -> Iterator[ReportTable]:
    """A table of the windows of radars or composites, where there are any."""
    stages = [name for name, item in all_stages().items() if item.scope is scope]
    shown = [name for name in stages if any(name in states for states in windows.values())]
    table = ReportTable("windows: done / all", (str(scope), "window", *shown))
    for (owner, window), states in sorted(windows.items()):
        if not states.keys().isdisjoint(shown):
            table.add(owner, window, *(_share(states.get(name, ())) for name in shown))
    if shown:
        yield table


def _share(states: Sequence[str]) -> str:
    applicable = [state for state in states if state != "not_applicable"]
    return f"{applicable.count('completed')} / {len(applicable)}" if states else ""


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
