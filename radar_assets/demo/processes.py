"""Dagster's own processes, started with a demonstration's environment and stopped with it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

_MODULE = ("-m", "radar_assets.definitions")
_PATIENCE = 15
"""seconds that processes get to end by themselves"""


@contextmanager
def dagster_dev(
    environment: Mapping[str, str], port: int, log: IO[bytes]
) -> Iterator[subprocess.Popen[bytes]]:
    """Run webserver, daemon and code server; the UI listens on `port` of localhost."""
    address = ("-h", "127.0.0.1", "-p", str(port))
    with running(["dagster", "dev", *_MODULE, *address], environment, log) as process:
        yield process


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


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End a process and all of its children, gently first."""
    process.send_signal(signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):
        process.wait(_PATIENCE)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
