"""Dagster's own processes, started with a demonstration's environment and stopped with it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from radar_assets.errors import PlatformError

_NAME = "radar_assets.definitions"
_MODULE = ("-m", _NAME)
_WORKSPACE = """\
load_from:
  - grpc_server: {{socket: "{socket}", location_name: {name}}}
"""
_STARTUP = 180
"""seconds in which the code server loads the code"""

_GRACE = 15
"""seconds in which processes end by themselves"""


@contextmanager
def dagster_services(
    environment: Mapping[str, str], port: int, log: IO[bytes]
) -> Iterator[tuple[subprocess.Popen[bytes], ...]]:
    """Run code server, daemon and guarded webserver; the UI listens on `port` of localhost.

    Raises `PlatformError` when the code server does not come up.
    """
    with TemporaryDirectory(prefix="radar-assets-") as folder, ExitStack() as stack:
        listener, workspace = Path(folder, "code"), Path(folder, "workspace.yaml")
        workspace.write_text(_WORKSPACE.format(socket=listener, name=_NAME), encoding="utf-8")

        def start(*command: str) -> subprocess.Popen[bytes]:
            return stack.enter_context(running(command, environment, log))

        code = start(
            "dagster", "api", "grpc", *_MODULE, "--location-name", _NAME, "-s", str(listener)
        )
        _await_listener(code, listener, log.name)
        daemon = start("dagster-daemon", "run", "-w", str(workspace))
        address = ("-h", "127.0.0.1", "-p", str(port))
        yield code, daemon, start("radar-assets", "webserver", *address, "-w", str(workspace))


@contextmanager
def dagster_daemon(
    environment: Mapping[str, str], log: IO[bytes]
) -> Iterator[subprocess.Popen[bytes]]:
    """Run the daemon alone: sensors, queue and backfills."""
    with running(["dagster-daemon", "run", *_MODULE], environment, log) as process:
        yield process


@contextmanager
def running(
    command: Sequence[str], environment: Mapping[str, str], log: IO[bytes]
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program until the block ends, then end it and all of its children.

    It is the one installed beside this Python, or else one of the system.
    """
    beside = Path(sys.executable).with_name(command[0])
    program = beside if beside.exists() else shutil.which(command[0]) or beside
    # A shell's background jobs ignore SIGINT and so would Dagster, which needs it to stop.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(  # noqa: S603
        [str(program), *command[1:]],
        env=dict(environment),
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        _stop(process)


def _await_listener(process: subprocess.Popen[bytes], path: Path, log: str) -> None:
    deadline = time.monotonic() + _STARTUP
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(OSError), socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
            return
        time.sleep(0.2)
    raise PlatformError(f"the code server did not come up; see {log}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End a process and all of its children, gently first."""
    process.send_signal(signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):
        process.wait(_GRACE)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
