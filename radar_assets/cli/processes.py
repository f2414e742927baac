"""The processes of a platform that are Dagster's own: the code server and the daemon."""

from __future__ import annotations

import os
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from radar_assets.cli.base import AS_THEY_ARE, command
from radar_assets.errors import PortTaken
from radar_assets.settings import logging_choice

_MODULE = "radar_assets.definitions"


@command("code-server --port 4266")
def code_server(
    *,
    host: Annotated[str, typer.Option(help="address that it listens on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 4266,
) -> None:
    """Serve the code to daemon and webserver; SIGTERM or Ctrl-C ends it.

    Fails where another one listens on the port: Dagster would let both serve it, in turn.
    """
    with suppress(OSError), socket.create_connection((host, port), timeout=5):
        raise PortTaken(f"another process listens on {host}:{port}")
    _become(
        *("dagster", "api", "grpc", "-m", _MODULE, "--location-name", _MODULE),
        *("--host", host, "--port", str(port), *log_format()),
    )


@command("daemon -w workspace-shared.yaml", context_settings=AS_THEY_ARE)
def daemon(context: typer.Context) -> None:
    """Run Dagster's daemon: queue, sensors, schedules, backfills; SIGTERM or Ctrl-C ends it.

    Takes the options of `dagster-daemon run`, which that lists with --help.
    """
    _become("dagster-daemon", "run", *log_format(), *context.args)


def log_format() -> tuple[str, ...]:
    """Options with which a process of Dagster writes its log in the form that is chosen."""
    return ("--log-format", "json") if logging_choice().is_json else ()


def _become(program: str, *arguments: str) -> None:
    """Replace this process by a program of the same environment.

    Dagster treats SIGTERM as SIGINT, which background processes of a shell ignore.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    path = Path(sys.executable).with_name(program)
    os.execv(path, [str(path), *arguments])  # noqa: S606
