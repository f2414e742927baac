"""The files of deploy/ name only programs, options, files and variables that exist."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest
import yaml

from radar_assets_tests.defs.platforms import FIELDS, RADAR, File
from radar_assets_tests.defs.shell import write_platform
from radar_assets_tests.deploy.sandbox import can_restrict, settings
from radar_assets_tests.repository import DEPLOY, README

UNITS = sorted(DEPLOY.glob("*.service"))
BIN = Path(sys.executable).parent


def command(unit: Path) -> list[str]:
    (found,) = settings(unit)["ExecStart"]
    return found.split()


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.stem)
def test_a_unit_starts_a_program_with_options_that_it_has(unit: Path) -> None:
    program, *words = command(unit)
    assert program.startswith("/opt/radar_assets/.venv/bin/")
    verbs = [word for word in words[:2] if re.fullmatch(r"[a-z]+", word)]
    shown = subprocess.run(
        [BIN / Path(program).name, *verbs, "--help"], capture_output=True, text=True, check=True
    ).stdout
    for option in (word for word in words if word.startswith("-")):
        assert re.search(rf"(?<![\w-]){option}\b", shown), option
    if "-w" in words:
        assert (README.parent / words[words.index("-w") + 1]).is_file()


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.stem)
def test_a_unit_listens_on_this_machine_only(unit: Path) -> None:
    words = command(unit)
    for option in ("-h", "--host"):
        if option in words:
            assert words[words.index(option) + 1] == "127.0.0.1"
    if "-p" in words:
        assert {"-h", "--host"} & set(words)


SYSTEMD = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")


@SYSTEMD
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    for path in (*UNITS, *DEPLOY.glob("*.timer")):
        text = path.read_text().replace("/opt/radar_assets/.venv/bin", str(BIN))
        (tmp_path / path.name).write_text(text.replace("User=radar\n", ""))
    names = [tmp_path / path.name for path in (*UNITS, *DEPLOY.glob("*.timer"))]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *names],
        capture_output=True,
        text=True,
        check=False,
    )
    assert not [line for line in done.stderr.splitlines() if "radar-" in line], done.stderr


@SYSTEMD
@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.stem)
def test_a_unit_has_little_exposure(unit: Path) -> None:
    shown = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=15", unit],
        capture_output=True,
        text=True,
        check=False,
    )
    assert shown.returncode == 0, shown.stdout[-200:]  # at most 1.5 of 10


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.stem)
def test_a_unit_has_bounds_and_no_secret_that_it_does_not_need(unit: Path) -> None:
    rules = settings(unit)
    assert rules["UMask"] == ["0027"]
    assert rules["MemoryMax"][0] in ("1G", "2G", "75%")
    fetches = unit.stem in ("radar-code", "radar-doctor")
    assert ("/etc/radar_assets/login.env" in rules["EnvironmentFile"]) == fetches
    assert ("localhost" in rules.get("IPAddressAllow", ())) != fetches


@pytest.mark.skipif(not can_restrict(), reason="libseccomp or systemd is not installed")
def test_windows_are_made_under_the_rules_of_the_code_servers_unit(tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        environment = write_platform(tmp_path, patch)
    for name in FIELDS:
        File(name).publish(tmp_path / "L2")
    times = ("--from", "2025-11-18T12:30", "--to", "2025-11-18T12:40")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "radar_assets_tests.deploy.sandbox"),
            *(DEPLOY / "radar-code.service", sys.executable),
            *("-c", "from radar_assets.cli import app; app()", "run", "--radar", RADAR, *times),
        ],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert {path.suffix for path in (tmp_path / "data" / "products").rglob("*.*")} >= {
        ".png",
        ".tif",
    }


def test_the_environment_names_variables_that_are_read() -> None:
    text = "".join((DEPLOY / name).read_text() for name in ("radar.env", "login.env"))
    names = re.findall(r"^#? ?([A-Z_]+)=", text, re.MULTILINE)
    assert not re.search("PASSWORD|USER|NOTIFY", (DEPLOY / "radar.env").read_text())
    settings = (files("radar_assets") / "settings/__init__.py").read_text("utf-8")
    network = (files("radar_assets") / "network.toml").read_text("utf-8")
    for name in names:
        assert name == "DAGSTER_HOME" or name in settings or name in network, name


def test_the_fragment_for_postgresql_is_one() -> None:
    assert yaml.safe_load((DEPLOY / "postgresql.yaml").read_text()) == {
        "storage": {"postgres": {"postgres_url": {"env": "DAGSTER_POSTGRES_URL"}}}
    }
    project = tomllib.loads((README.parent / "pyproject.toml").read_text())
    extra = project["project"]["optional-dependencies"]["postgres"]
    assert any(name.startswith("dagster-postgres") for name in extra)
