"""What people read: nothing of a message is lost, whatever the terminal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from radar_assets import reports
from radar_assets.defs.run import RangeRun
from radar_assets.doctor import Finding
from radar_assets.ingest.download.progress import FetchProgress
from radar_assets.stages import tables

NOON = datetime(2025, 11, 18, 12, 0, tzinfo=UTC)
BRACKETS = "places [(1, 2)] [/red] of [bold]FILE[/bold] " + "x" * 100


@pytest.fixture
def console() -> Console:
    """A narrow terminal; its `file` holds what it shows."""
    return Console(file=StringIO(), width=64)


def shown(console: Console) -> str:
    return console.file.getvalue()


def row(status: str, window: str = "2025-11-18-12:00", asset: str = "png") -> dict[str, Any]:
    return {
        "radar": "RMA1",
        "window": window,
        "asset": asset,
        "status": status,
        "error_type": "BufrCorrupt" if status == "failed" else None,
        "error_message": BRACKETS if status == "failed" else None,
    }


def report(*products: dict[str, Any]) -> dict[str, Any]:
    return {**{name: [] for name in tables()}, "products": list(products)}


def test_a_reason_is_printed_whole_and_literally(console: Console) -> None:
    end = NOON + timedelta(minutes=50)
    done = [
        RangeRun("RMA1", NOON, end, "1", True, ""),
        RangeRun("RMA1", end, end, "2", False, BRACKETS),
    ]
    reports.runs(console, done)
    reports.run_faults(console, done)
    assert BRACKETS in shown(console).splitlines()
    assert "2025-11-18 12:00  2025-11-18 12:50  success" in shown(console)
    assert "2025-11-18 12:50  2025-11-18 12:50  failed" in shown(console)


def test_failures_are_printed_whole_and_literally(console: Console) -> None:
    reports.status(console, report(row("failed")))
    wanted = f"RMA1 2025-11-18-12:00 png: BufrCorrupt: {BRACKETS}"
    assert wanted in shown(console).splitlines()


def test_findings_are_printed_whole_and_literally(console: Console) -> None:
    reports.findings(console, [Finding("disk", BRACKETS, "act"), Finding("GDAL", "3.10")])
    assert shown(console).splitlines() == [f"TODO disk: {BRACKETS} → act", "ok   GDAL: 3.10"]


def test_a_windows_share_leaves_out_what_does_not_apply(console: Console) -> None:
    states = ("completed", "completed", "failed", "not_applicable")
    reports.status(console, report(*map(row, states)))
    (line,) = (line for line in shown(console).splitlines() if line.strip().startswith("RMA1  "))
    assert line.split()[2:] == ["2", "/", "3"]


def test_of_many_failures_the_first_are_printed(console: Console) -> None:
    reports.status(console, report(*[row("failed")] * 23))
    assert shown(console).count("BufrCorrupt") == 20
    assert "… and 3 more failures; --json shows all" in shown(console)


def test_a_warning_is_printed_once_with_the_number_of_its_volumes(console: Console) -> None:
    volumes = [
        {**row("completed", asset="volumes"), "warnings": text}
        for text in (BRACKETS, BRACKETS, None)
    ]
    before = [row("completed", asset="volumes")]
    reports.status(console, {**report(), "volumes": [*volumes, *before]})
    assert shown(console).splitlines().count(f"RMA1, 2 volumes: {BRACKETS}") == 1
    assert shown(console).count("RMA1, ") == 1


def test_of_many_warnings_the_first_are_printed(console: Console) -> None:
    volumes = [
        {**row("completed", asset="volumes"), "warnings": f"warning {number}"}
        for number in range(23)
    ]
    reports.status(console, {**report(), "volumes": volumes})
    assert shown(console).count("RMA1, 1 volume: warning ") == 20
    assert "… and 3 more warnings; --json shows all" in shown(console)


def test_a_file_name_is_no_markup(console: Console) -> None:
    site = {"latitude": 1, "longitude": 2, "altitude_m": 3, "sweeps": []}
    reports.inspection(console, {"[red]x[/y].BUFR": site})
    assert "[red]x[/y].BUFR: 1, 2, 3 m" in shown(console)


def test_progress_passes_everything_on(console: Console) -> None:
    assert list(reports.progress(console, iter("abc"), total=3)) == ["a", "b", "c"]
    assert "3/3" in shown(console)


def test_a_bar_goes_on_from_run_to_run(console: Console) -> None:
    with reports.windows_bar(console, total=5) as bar:
        bar.show(
            FetchProgress(
                3, windows_done=1, files=4, files_done=2, bytes_done=2_000_000, seconds=1.0
            )
        )
        bar.run_done(3)
        bar.show(FetchProgress(2, windows_done=1, files=1, files_done=1))
    assert "4/5" in shown(console)
    assert "1 of 1 files, 0.0 MB at 0.0 MB/s" in shown(console)
