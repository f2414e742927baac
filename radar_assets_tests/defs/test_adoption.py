"""`radar-assets adopt`: an old tree becomes part of the platform, and nothing is downloaded."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from radar_assets_tests.command import call
from radar_assets_tests.defs.platforms import FIELDS, RADAR, File, at
from radar_assets_tests.defs.shell import Write
from radar_assets_tests.ftp_server import Server
from radar_assets_tests.ingest.old_database import FIRST, database, downloaded

TIMES = ("12:30:20", "12:50:20")
FILES = [File(name, time) for time in TIMES for name in FIELDS]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    for file in FILES:
        file.publish(tmp_path / "L2")
    with Server(tmp_path) as server:
        yield server


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A tree of an old daemon, which has another layout."""
    folder = tmp_path / "old"
    for file in FILES:
        path = folder / "bufr_data" / RADAR / str(file.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)
    return folder


def adopted(*arguments: object) -> dict[str, Any]:
    return json.loads(call("adopt", *arguments, "--json").stdout)


def commands(output: str) -> list[list[str]]:
    """The commands that are printed."""
    lines = (line.strip() for line in output.splitlines())
    return [shlex.split(line)[1:] for line in lines if line.startswith("radar-assets run ")]


def test_the_run_that_records_adopted_files_downloads_nothing(
    platform: Write, server: Server, old: Path, tmp_path: Path
) -> None:
    stages = 'stages = ["bufr_files", "volumes"]'
    platform(url=f"{server.url}/L2", settings='min_free = "1MB"', radar=stages)
    result = call("adopt", old)
    assert result.exit_code == 0
    (command,) = commands(result.stdout)
    assert command[-4:] == ["--from", "2025-11-18T12:30", "--to", "2025-11-18T13:00"]
    for _ in range(2):
        assert call(*command).exit_code == 0
    assert server.sent("MLSD")
    assert server.sent("RETR") == []
    for file in FILES:
        path = tmp_path / "data" / file.name.path
        assert path.read_bytes() == file.content
        assert path.stat().st_mtime == at(file.time).timestamp() + 60
    report = json.loads(call("status", "--json").stdout)
    assert {row["status"] for row in report["files"]} == {"completed"}
    assert [row["bytes_downloaded"] for row in report["files"]] == [0] * len(FILES)
    assert [row["is_complete"] for row in report["volumes"]] == [True] * len(TIMES)


def test_files_are_counted_by_days(platform: Write, old: Path) -> None:
    platform()
    (old / "notes.txt").touch()
    lines = call("adopt", old).stdout.splitlines()
    assert f"{RADAR} 2025-11-18 {len(FILES)}".split() in [line.split() for line in lines]
    assert "files: 4 adopted, 1 ignored" in lines
    assert "files: 1 ignored, 4 present" in call("adopt", old).stdout.splitlines()


def test_what_is_left_is_reported_and_gives_exit_code_1(platform: Write, old: Path) -> None:
    platform()
    broken = next(old.rglob("*.BUFR"))
    broken.write_bytes(b"BUFR")
    result = call("adopt", old)
    assert result.exit_code == 1
    assert f"{broken}: " in result.stdout
    assert "files: 3 adopted, 1 broken" in result.stdout


def test_of_many_files_that_are_not_adopted_the_first_are_named(
    platform: Write, tmp_path: Path
) -> None:
    platform()
    for second in range(25):
        (tmp_path / str(File(time=f"12:30:{second:02d}").name)).touch()
    lines = call("adopt", tmp_path).stdout.splitlines()
    assert (
        sum(line.endswith("are too few for a BUFR message (byte 0, bit 0)") for line in lines) == 20
    )
    assert "… and 5 more; --json shows all" in lines


def test_scripts_get_it_as_json(platform: Write, old: Path, tmp_path: Path) -> None:
    platform()
    lost = str(File("TH").name)
    rows = [downloaded(str(FILES[0].name), file_size=1), downloaded(lost, local_path="/lost/file")]
    state_db = database(tmp_path, FIRST, *rows)
    found = adopted(old, "--state-db", state_db)
    assert found["counts"] == {"adopted": 3, "mismatch": 1, "missing": 1}
    assert found["days"] == [{"radar": RADAR, "day": "2025-11-18", "files": 3}]
    assert [(item["name"], item["outcome"]) for item in found["left"]] == [
        (str(FILES[0].name), "mismatch")
    ]
    assert found["missing"] == ["/lost/file"]
    assert [command.split()[:2] for command in found["commands"]] == [["radar-assets", "run"]]


def test_files_can_be_moved(platform: Write, old: Path, tmp_path: Path) -> None:
    platform()
    assert call("adopt", old, "--move").exit_code == 0
    assert not list(old.rglob("*.BUFR"))
    assert len(list((tmp_path / "data/bufr").rglob("*.BUFR"))) == len(FILES)


def test_files_from_before_a_radars_start_give_advice(platform: Write, old: Path) -> None:
    platform(radar="start = 2025-11-18T12:40:00Z")
    assert "let it start at 2025-11-18T12:30:00Z" in call("adopt", old).stdout


def test_only_the_radar_that_is_asked_for_is_taken(platform: Write, old: Path) -> None:
    platform(radars='[radars.RMA1]\nsources = ["server"]\nlatitude = -30\nlongitude = -60')
    assert adopted(old, "--radar", "RMA1")["counts"] == {"skipped": len(FILES)}
    result = call("adopt", old, "--radar", "RMA2")
    assert result.exit_code == 1
    assert result.stderr.startswith("error: no radar 'RMA2'")


def test_what_is_no_state_db_is_reported(platform: Write, old: Path) -> None:
    platform()
    result = call("adopt", old, "--state-db", next(old.rglob("*.BUFR")))
    assert result.exit_code == 1
    assert result.stderr.startswith("error: cannot read ")
