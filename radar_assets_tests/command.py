"""The command `radar-assets`, called in this process or as one of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from typer.testing import CliRunner, Result

from radar_assets.cli import app
from radar_assets_tests.waiting import LONG

_DEFINITIONS = "radar_assets.definitions"
"""reads its network file when it is imported"""
_COMMAND = (sys.executable, "-c", "from radar_assets.cli import app; app()")


def call(*arguments: object) -> Result:
    """Run the command in this process; an error that it does not handle is raised."""
    before = sys.modules.pop(_DEFINITIONS, None)
    try:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    finally:
        sys.modules.pop(_DEFINITIONS, None)
        if before:
            sys.modules[_DEFINITIONS] = before
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def spawn(*arguments: object, **environ: object) -> subprocess.CompletedProcess[str]:
    """Run the command as a process of its own until it ends."""
    with _running(arguments, environ, None) as process:
        output, errors = process.communicate(timeout=2 * LONG)
    return subprocess.CompletedProcess(process.args, process.returncode, output, errors)


@contextmanager
def spawned(
    *arguments: object, cwd: Path | None = None, **environ: object
) -> Iterator[subprocess.Popen[str]]:
    """Run the command beside the `with` block; a process that outlives it is ended."""
    with _running(arguments, environ, cwd) as process:
        yield process


@contextmanager
def _running(
    arguments: tuple[object, ...], environ: dict[str, object], cwd: Path | None
) -> Iterator[subprocess.Popen[str]]:
    """A process of the command, which gets the time to end what it has started itself."""
    with subprocess.Popen(
        [*_COMMAND, *map(str, arguments)],
        env=_environment(environ),
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(LONG)
            process.kill()


def interrupt(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Interrupt a process; its exit code and what it wrote to stderr."""
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=LONG)
    return process.returncode, errors


def _environment(changes: dict[str, object]) -> dict[str, str]:
    """This process's environment without the platform's variables, and with some set."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("RADAR_ASSETS_") and name != "DAGSTER_HOME"
    }
    return {**inherited, **{name: str(value) for name, value in changes.items()}}
