"""`radar-assets run`: windows of a radar materialized from the shell."""

from __future__ import annotations

import errno
import json
import re
from collections.abc import Callable
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from filelock import FileLock
from typer.testing import Result

from radar_assets.defs.instance import instance
from radar_assets.defs.internals import MAX_RUNTIME_SECONDS_TAG
from radar_assets.defs.run import chosen_ranges
from radar_assets.defs.upkeep.lost_runs import SHELL, shell_run_lock
from radar_assets.errors import SettingsError
from radar_assets.settings import Network, load_network
from radar_assets.simulator.publish import Fault
from radar_assets.stages.base.workspace import Workspace
from radar_assets_tests.command import call, interrupt, spawn, spawned
from radar_assets_tests.defs.platforms import FIELDS, RADAR, File, at, network_text
from radar_assets_tests.defs.shell import DAY, Write, run
from radar_assets_tests.ftp_server import Server
from radar_assets_tests.waiting import wait_until


def recorded() -> dict[str, Any]:
    return json.loads(call("status", "--json").stdout)


def folders(data: Path) -> set[str]:
    """Stages that left files."""
    return {path.name for path in data.iterdir() if path.name in ("bufr", "volumes", "products")}


def test_a_run_in_a_process_of_its_own_materializes_windows(
    platform: Write, tmp_path: Path
) -> None:
    environment = platform()
    for name in FIELDS:
        File(name).publish(tmp_path / "L2")
    times = ("--from", f"{DAY}T12:30", "--to", f"{DAY}T12:50")
    done = spawn("run", "--radar", RADAR, *times, **environment)
    assert done.returncode == 0, done.stderr
    assert "success" in done.stdout
    assert "12:30" in done.stdout
    assert "12:40" in done.stdout
    report = recorded()
    assert [row["file_name"] for row in report["files"]] == [str(File(n).name) for n in FIELDS]
    assert [(row["window"], row["status"]) for row in report["volumes"]] == [
        (f"{DAY}-12:30", "completed")
    ]
    assert {row["asset"] for row in report["products"]} == {"png", "geotiff"}
    made = (tmp_path / "data" / row["path"] for row in report["products"] if row["path"])
    assert all(path.is_file() for path in made)


def test_a_window_that_fails_is_reported_with_its_reason(platform: Write, tmp_path: Path) -> None:
    platform()
    for name in FIELDS:
        File(name, "12:30:20").publish(tmp_path / "L2")
        File(name, "12:40:20", damage=Fault.GARBLED).publish(tmp_path / "L2")
    result = run("12:30", "12:50")
    assert result.exit_code == 1
    assert "failed" in result.stdout
    (reason,) = (line for line in result.stderr.splitlines() if f"{RADAR}/volumes 2025" in line)
    assert f"{RADAR}/volumes {DAY}-12:40: " in reason
    assert str(File("DBZH", "12:40:20").name) in reason
    assert [row["status"] for row in recorded()["volumes"]] == ["completed", "failed"]


def test_a_source_that_is_gone_is_reported(platform: Write, tmp_path: Path) -> None:
    platform(url=str(tmp_path / "gone"))
    result = run("12:30", "12:40")
    assert result.exit_code == 1
    assert str(tmp_path / "gone") in result.stderr
    assert str(tmp_path / "gone") not in result.stdout


def test_a_run_that_is_interrupted_while_it_waits_is_canceled(
    platform: Write, tmp_path: Path
) -> None:
    environment = platform()
    File("DBZH").publish(tmp_path / "L2")
    with instance(tmp_path / "home") as records, Workspace(root=tmp_path / "data").lock(RADAR):
        canceled(environment, lambda: has_begun(records))
    assert run("12:30", "12:40").exit_code == 0


def test_a_run_that_is_interrupted_while_it_downloads_is_canceled(
    platform: Write, tmp_path: Path
) -> None:
    File("DBZH").publish(tmp_path / "L2")
    with Server(tmp_path, drop_after=100, fault="stall") as server:
        environment = platform(url=f"{server.url}/L2")
        canceled(environment, lambda: bool(server.sent("RETR")))
        assert not recorded()["files"]
        assert run("12:30", "12:40").exit_code == 0


def has_begun(records: dg.DagsterInstance) -> bool:
    """Whether a run has begun its work, or waits for another one of its radar."""
    return any(MAX_RUNTIME_SECONDS_TAG in found.tags for found in records.get_runs())


def canceled(environment: dict[str, str], is_at_work: Callable[[], bool]) -> None:
    """Interrupt a run of a window when it is at work; it is told in a line, and is no failure."""
    times = ("--from", f"{DAY}T12:30", "--to", f"{DAY}T12:40")
    with spawned("run", "--radar", RADAR, *times, **environment) as process:
        wait_until(is_at_work, "its work")
        code, errors = interrupt(process)
    assert code == 130
    assert f"interrupted; what {RADAR} has recorded stays; run it again for the rest" in errors
    assert not re.search("Traceback|Stack Trace|ERROR|failed", errors)
    (found,) = json.loads(call("history", "--json").stdout)["runs"]
    assert found["status"] == "canceled"


def test_a_long_span_is_run_range_by_range(platform: Write, tmp_path: Path) -> None:
    platform(settings="windows_per_run = 2")
    for time in ("12:00:20", "12:20:20", "12:40:20"):
        File("DBZH", time).publish(tmp_path / "L2")
    result = run("12:00", "12:50", "--stage", "bufr_files")
    assert result.exit_code == 0
    assert result.stdout.count("success") == 3
    assert [row["window"][-5:] for row in recorded()["files"]] == ["12:00", "12:20", "12:40"]


def test_stages_can_be_run_one_after_the_other(platform: Write, tmp_path: Path) -> None:
    platform()
    for name in FIELDS:
        File(name).publish(tmp_path / "L2")
    assert run("12:30", "12:40", "--stage", "bufr_files").exit_code == 0
    assert folders(tmp_path / "data") == {"bufr"}
    assert run("12:30", "12:40", "--stage", "volumes", "--stage", "png").exit_code == 0
    assert folders(tmp_path / "data") == {"bufr", "volumes", "products"}
    assert {row["asset"] for row in recorded()["products"]} == {"png"}
    assert not list((tmp_path / "data" / "products").rglob("*.tif"))


def test_a_radar_without_a_stage_is_run_without_it(platform: Write, tmp_path: Path) -> None:
    platform(radar='stages = ["bufr_files", "volumes"]')
    for name in FIELDS:
        File(name).publish(tmp_path / "L2")
    assert run("12:30", "12:40").exit_code == 0
    assert folders(tmp_path / "data") == {"bufr", "volumes"}


def test_a_stage_that_the_radar_does_not_have_is_refused_beside_one_that_it_has(
    platform: Write, tmp_path: Path
) -> None:
    platform()
    File("DBZH").publish(tmp_path / "L2")
    result = run("12:30", "12:40", "--stage", "bufr_files", "--stage", "composite")
    refused(result, f"{RADAR} has no stage 'composite'")
    assert not (tmp_path / "data/bufr").exists()


def refused(result: Result, said: str) -> None:
    """A command ended with one line on stderr."""
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1
    assert said in result.stderr


def test_an_unknown_radar_is_refused(platform: Write) -> None:
    platform()
    refused(run("12:30", "12:40", radar="RMA99"), f"it has {RADAR}")


@pytest.mark.parametrize(
    ("first", "last", "radar"),
    [
        ("12:30", "12:40", "start = 2025-11-19T00:00:00Z"),
        ("12:30", "12:40", "end = 2025-11-18T12:30:00Z"),
        ("12:40", "12:30", ""),
        ("12:40", "12:40", ""),
    ],
)
def test_times_without_windows_are_refused(
    platform: Write, tmp_path: Path, first: str, last: str, radar: str
) -> None:
    platform(radar=radar)
    refused(run(first, last), f"{RADAR} has no windows from")
    assert not (tmp_path / "data").exists()


def test_a_broken_network_file_is_refused(platform: Write, tmp_path: Path) -> None:
    platform(settings="colour = 1")
    refused(run("12:30", "12:40"), "settings.colour")


@pytest.mark.parametrize(
    ("home", "said"),
    [(None, "DAGSTER_HOME is not set"), ("gone", "does not exist"), ("network.toml", "directory")],
)
def test_without_an_instance_nothing_is_run_or_shown(
    platform: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: str | None, said: str
) -> None:
    platform()
    if home is None:
        monkeypatch.delenv("DAGSTER_HOME")
    else:
        monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / home))
    refused(run("12:30", "12:40"), said)
    refused(call("status"), said)


def test_the_environment_names_no_default_home(platform: Write) -> None:
    names = platform()
    del names["DAGSTER_HOME"]
    done = spawn("status", "--json", **names)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: no Dagster instance: ")
    assert done.stderr.count("\n") == 1


def network(folder: Path, **changes: str) -> Network:
    (folder / "network.toml").write_text(network_text("folder", **changes), "utf-8")
    return load_network(folder / "network.toml")


@pytest.mark.parametrize(
    ("first", "last", "ranges"),
    [
        ("12:30", "12:40", [("12:30", "12:30")]),
        ("12:35", "12:36", [("12:30", "12:30")]),
        ("12:35", "12:41", [("12:30", "12:40")]),
        ("11:40", "12:20", [("12:00", "12:10")]),
        ("12:00", "13:00", [("12:00", "12:20"), ("12:30", "12:50")]),
        ("12:30", "14:00", [("12:30", "12:50"), ("13:00", "13:00")]),
    ],
)
def test_ranges_hold_the_windows_of_the_radar_that_meet_the_span(
    tmp_path: Path, first: str, last: str, ranges: list[tuple[str, str]]
) -> None:
    limits = "start = 2025-11-18T12:00:00Z\nend = 2025-11-18T13:10:00Z"
    made = network(tmp_path, radar=limits, settings="windows_per_run = 3")
    found = chosen_ranges(made, RADAR, at(first), at(last), at("23:00"))
    assert found == [(at(begin), at(end)) for begin, end in ranges]


def test_ranges_of_another_time_zone_are_in_utc(tmp_path: Path) -> None:
    made = network(tmp_path, radar="start = 2025-11-18T09:15:00-03:00")
    now = at("23:00")
    found = chosen_ranges(made, RADAR, at("12:00"), at("12:40"), now)
    assert found == [(at("12:20"), at("12:30"))]
    with pytest.raises(SettingsError, match="12:20"):
        chosen_ranges(made, RADAR, at("12:00"), at("12:20"), now)


def test_ranges_end_with_the_running_window(tmp_path: Path) -> None:
    made, now = network(tmp_path), at("12:35")
    never = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
    found = chosen_ranges(made, RADAR, at("12:10"), never, now)
    assert found == [(at("12:10"), at("12:30"))]
    with pytest.raises(SettingsError, match="to now"):
        chosen_ranges(made, RADAR, at("12:40"), never, now)


def test_a_span_of_the_future_is_refused(platform: Write) -> None:
    platform()
    span = ("--from", "8000-01-01", "--to", "9000-01-01")
    refused(call("run", "--radar", RADAR, *span), "has no windows from 8000")


@pytest.mark.parametrize(
    ("lock", "is_over"),
    [
        pytest.param("free", True, id="its process was killed"),
        pytest.param("held", False, id="its process lives"),
        pytest.param(None, False, id="it works elsewhere"),
    ],
)
def test_a_run_whose_process_was_killed_is_ended_by_the_next_one(
    platform: Write, tmp_path: Path, lock: str | None, is_over: bool
) -> None:
    platform(radar='stages = ["bufr_files"]')
    job = dg.GraphDefinition("work").to_job()
    with instance(tmp_path / "home") as records, ExitStack() as held:
        other = records.create_run_for_job(
            job, status=dg.DagsterRunStatus.STARTED, tags={SHELL: "true"}
        )
        if lock:
            (tmp_path / "data/locks").mkdir(parents=True)
            file_lock = held.enter_context(FileLock(tmp_path / f"data/locks/{other.run_id}.lock"))
            if lock == "free":
                file_lock.release()
        assert run("12:30", "12:40").exit_code == 0
        found = records.get_run_by_id(other.run_id)
        assert found is not None
        assert found.is_failure is is_over
        assert found.is_finished is is_over
    locks = {path.name for path in (tmp_path / "data/locks").iterdir()}
    assert locks == {f"{RADAR}.lock"} | ({f"{other.run_id}.lock"} if lock == "held" else set())


def test_a_run_of_which_the_records_could_not_be_told_is_ended_by_the_next_one(
    platform: Write, tmp_path: Path
) -> None:
    platform(radar='stages = ["bufr_files"]')
    here = Workspace(root=tmp_path / "data")
    job = dg.GraphDefinition("work").to_job()
    with instance(tmp_path / "home") as records:
        other = records.create_run_for_job(
            job, status=dg.DagsterRunStatus.STARTED, tags={SHELL: "true"}
        )
        with suppress(OSError), shell_run_lock(records, here, other.run_id):
            raise OSError(errno.ENOSPC, "database or disk is full")
        assert run("12:30", "12:40").exit_code == 0
        found = records.get_run_by_id(other.run_id)
        assert found is not None
        assert found.is_failure
    assert [path.name for path in (tmp_path / "data/locks").iterdir()] == [f"{RADAR}.lock"]
