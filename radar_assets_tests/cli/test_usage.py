"""How commands are called: help with examples, versions, and refusals of what cannot be meant."""

from __future__ import annotations

import os
import shlex
import subprocess
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.main import get_command

from radar_assets.cli import app
from radar_assets_tests.bare import write_bufr
from radar_assets_tests.command import call
from radar_assets_tests.defs.shell import Write

DOCS = Path(__file__).parents[2] / "docs/commands.md"
GROUP = get_command(app)
COMMANDS = sorted(GROUP.commands)


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "webserver"])
def test_every_command_has_an_example_that_can_be_typed(name: str) -> None:
    program, called, *arguments = shlex.split(GROUP.commands[name].epilog.split(": ", 1)[1])
    assert (program, called) == ("radar-assets", name)
    command = GROUP.commands[name]
    known = {option for parameter in command.params for option in parameter.opts}
    assert {text for text in arguments if text.startswith("-")} <= known
    assert "Example:" in call(name, "--help").stdout
    assert call(name, "-h").stdout == call(name, "--help").stdout


def test_the_docs_list_every_command() -> None:
    page = DOCS.read_text("utf-8")
    assert not [name for name in COMMANDS if f"| `{name}` |" not in page]
    assert {f"| {code} |" for code in (0, 1, 2, 130)} <= {
        line[: line.index("|", 1) + 1] for line in page.splitlines() if line.startswith("| ")
    }


def test_the_version_is_that_of_the_package() -> None:
    assert call("--version").stdout == f"radar-assets {version('radar_assets')}\n"
    assert call("-h").stdout == call("--help").stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_can_be_installed(shell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION", "1")
    result = call("--show-completion", shell)
    assert result.exit_code == 0
    assert "complet" in result.stdout


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize(
    "arguments",
    [
        ("serve", ".", "--port", "80000"),
        ("serve", ".", "--port", "-1"),
        ("simulate", "--port", "65536"),
        ("simulate", "--speed", "0"),
        ("demo", "--port", "0"),
        ("demo", "--pictures-port", "70000"),
        ("status", "--status", "nonsense"),
        ("explain", "RA999"),
    ],
    ids=" ".join,
)
def test_values_out_of_range_are_bad_usage(arguments: tuple[str, ...], tmp_path: Path) -> None:
    result = call(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("status", "--radar", "RMA99"), "no radar 'RMA99' in the network file"),
        (("history", "--radar", "RMA99"), "no radar 'RMA99' in the network file"),
        (("verify", "--radar", "RMA99"), "no radar 'RMA99' in the network file"),
        (("status", "--volume", "x"), "'x' is not the name of a volume identifier"),
        (("history", "--volume", "01"), "'01' is not the name of a volume identifier"),
        (("status", "--error-type", "RA999"), "no error has the code 'RA999'"),
        (("status", "--from", "2025-11-19", "--to", "2025-11-18"), "is not before --to"),
        (("verify", "--from", "2025-11-19", "--to", "2025-11-18"), "is not before --to"),
        (("history", "--from", "2025-11-19", "--to", "2025-11-18"), "is not before --to"),
        (("history", "--since", "2025-11-19", "--until", "2025-11-18"), "is not before --until"),
        (("history", "--last", "1h", "--until", "2025-11-18"), "is not before --until"),
        (("demo", "--port", "3000", "--pictures-port", "3000"), "have the same port"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    platform: Write, arguments: tuple[str, ...], said: str
) -> None:
    platform()
    result = call(*arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_sweep_that_a_volume_has_not_is_reported_their_number(bare: None, tmp_path: Path) -> None:
    call("volume", write_bufr(tmp_path), "-o", "v.nc")
    choice = ("--product", "DBZHo", "--param", "DBZHo.sweep=99")
    result = call("render", "v.nc", "-o", "maps", *choice)
    assert result.exit_code == 1
    assert "has 2 sweeps that are not vertical, numbered from 0" in result.stderr
    assert "choose a lower `sweep`" in result.stderr
    assert "leave the product out" not in result.stderr


def test_an_empty_folder_makes_no_gallery(bare: None, tmp_path: Path) -> None:
    result = call("gallery", tmp_path, "-o", tmp_path / "gallery")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "no BUFR files" in result.stderr
    assert not list(tmp_path.iterdir())


def test_a_csv_file_in_no_folder_is_named(platform: Write, tmp_path: Path) -> None:
    platform()
    result = call("history", "--csv", tmp_path / "no/passes.csv")
    assert result.exit_code == 1
    assert "RA603" in result.stderr
    assert str(tmp_path / "no") in result.stderr


def test_make_passes_the_ports_on() -> None:
    root = Path(__file__).parents[2]
    for given, wanted in (
        ((), "radar-assets demo"),
        (("PORT=8000",), "radar-assets demo --port 8000"),
        (("PORT=8000", "PICTURES_PORT=9"), "radar-assets demo --port 8000 --pictures-port 9"),
    ):
        done = subprocess.run(
            ["make", "-n", "-o", ".venv/.installed", "demo", *given],
            cwd=root,
            env={key: value for key, value in os.environ.items() if not key.startswith("MAKE")},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.split("bin/")[-1].split() == wanted.split()
