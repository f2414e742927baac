"""`radar-assets history`, from the records and runs of a real instance."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from radar_assets.simulator.publish import Fault
from radar_assets_tests.command import call
from radar_assets_tests.defs.platforms import FIELDS, RADAR, File
from radar_assets_tests.defs.shell import Write

BROKEN = f"{RADAR}_0315_01_2025-11-18T12:40:20Z"
GOOD = f"{RADAR}_0315_01_2025-11-18T12:30:20Z"


@pytest.fixture
def ran(platform: Write, tmp_path: Path) -> None:
    """Two windows were run, one with garbled files; then the first was forced."""
    platform()
    for name in FIELDS:
        File(name, "12:30:20").publish(tmp_path / "L2")
        File(name, "12:40:20", damage=Fault.GARBLED).publish(tmp_path / "L2")
    for until, options in (("12:50", ()), ("12:40", ("--force",))):
        times = ("--from", "2025-11-18T12:30", "--to", f"2025-11-18T{until}")
        call("run", "--radar", RADAR, *times, *options)


def asked(*options: str) -> dict[str, Any]:
    return json.loads(call("history", "--json", *options).stdout)


def passes(*options: str) -> list[tuple[str, str]]:
    return [(row["stage"], row["window"][-5:]) for row in asked(*options)["passes"]]


@pytest.mark.usefixtures("ran")
def test_history_tells_what_ran_and_what_failed(tmp_path: Path) -> None:
    report = asked()
    by_stage = {row["stage"]: row for row in report["summary"]}
    assert {name: (row["passes"], row["failed"]) for name, row in by_stage.items()} == {
        "bufr_files": (3, 0),
        "volumes": (3, 1),
        "png": (2, 0),
        "geotiff": (2, 0),
    }
    assert by_stage["volumes"]["success_rate"] == 0.6667
    assert by_stage["volumes"]["seconds_max"] > 0
    assert report["slowest"][0]["volume_id"] == GOOD
    assert report["slowest"][0]["seconds"] > 0
    assert [(row["volume_id"], row["error_code"]) for row in report["most_failing"]] == [
        (BROKEN, "RA212")
    ]
    assert [(run["origin"], run["windows"], run["status"]) for run in report["runs"]] == [
        ("shell", 1, "success"),
        ("shell", 2, "failure"),
    ]
    assert {row["run_id"] for row in report["passes"]} == {run["run_id"] for run in report["runs"]}

    assert set(passes("--stage", "volumes")) == {("volumes", "12:30"), ("volumes", "12:40")}
    assert passes("--from", "2025-11-18T12:40") == [("bufr_files", "12:40"), ("volumes", "12:40")]
    assert passes("--search", "garbled") == passes("--search", "nowhere") == []
    assert passes("--search", "ra212") == [("volumes", "12:40")]
    assert set(passes("--volume", BROKEN)) == {("bufr_files", "12:40"), ("volumes", "12:40")}
    assert len(passes("--last", "1h")) == 10
    assert passes("--until", "2025-11-18T12:40") == []
    assert [row["radar"] for row in asked("--by", "radar")["summary"]] == [RADAR]

    table = tmp_path / "passes.csv"
    call("history", "--csv", str(table))
    with table.open() as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 10
    assert [row["error_codes"] for row in rows if row["is_success"] == "False"] == ["RA212"]

    shown = call("history").stdout
    for text in ("success", "median", BROKEN, GOOD, "shell"):
        assert text in shown


def test_history_of_nothing_says_so(platform: Write) -> None:
    platform()
    assert "nothing that ran matches" in call("history").stdout


def test_a_duration_that_is_none_is_refused(platform: Write) -> None:
    platform()
    result = call("history", "--last", "soon")
    assert result.exit_code == 2
