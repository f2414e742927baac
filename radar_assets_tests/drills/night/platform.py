"""The platform that lives through the night: its processes, watched over as systemd would."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import dagster as dg
from dagster import DagsterRunStatus

from radar_assets.demo.home import Home

_RESTART = 2.0
"""seconds until a process that died is started again, as in deploy/"""
_MODULE = ("-m", "radar_assets.definitions")
DISK = "80m"
"""size of the disk of the data folder"""


@dataclass
class Supervisor:
    """Starts a program, and starts it again when it dies."""

    command: Sequence[str]
    environment: dict[str, str]
    log: Path
    pause: float = _RESTART
    starts: int = 0
    _over: threading.Event = field(default_factory=threading.Event)
    _process: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        """Keep the program running until `stop`."""
        program = Path(sys.executable).with_name(self.command[0])
        while not self._over.is_set():
            with self.log.open("ab") as log:
                self._process = subprocess.Popen(
                    [program, *self.command[1:]],
                    env=self.environment,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            self.starts += 1
            self._process.wait()
            self._over.wait(self.pause)

    def kill(self) -> None:
        """Kill the program and all of its children, without a word."""
        if self._process:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def stop(self) -> None:
        """End the program for good."""
        self._over.set()
        self.kill()


@contextmanager
def daemon(home: Home, environment: dict[str, str]) -> Iterator[Supervisor]:
    """The daemon with its code server, watched over."""
    command = ("dagster-daemon", "run", *_MODULE)
    supervisor = Supervisor(command, environment, home.folder / "daemon.log")
    thread = threading.Thread(target=supervisor.run, daemon=True)
    thread.start()
    try:
        yield supervisor
    finally:
        supervisor.stop()
        thread.join(10)


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """Mount a disk of its own on a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    mount = ("mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(folder))
    subprocess.run(mount, check=True, capture_output=True)
    try:
        yield
    finally:
        subprocess.run(("umount", "-l", str(folder)), check=True)


def may_mount(folder: Path) -> bool:
    """Whether this process may mount a disk."""
    try:
        with small_disk(folder):
            return True
    except (subprocess.CalledProcessError, FileNotFoundError):
        return False


@contextmanager
def full(folder: Path) -> Iterator[None]:
    """Fill the disk of a folder up to the last byte."""
    filler = folder / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as stream:
        while True:
            stream.write(bytes(1 << 16))
    try:
        yield
    finally:
        filler.unlink()


def kill_worker(instance: dg.DagsterInstance, seconds: float) -> bool:
    """Kill the process of a run that works, as soon as there is one; False when there is none."""
    deadline = time.monotonic() + seconds
    wanted = dg.RunsFilter(statuses=[DagsterRunStatus.STARTED])
    while time.monotonic() < deadline:
        for run in instance.get_runs(wanted, limit=1):
            for entry in instance.all_logs(run.run_id):
                found = re.search(r"Executing steps in process \(pid: (\d+)\)", entry.message)
                if found:
                    with suppress(ProcessLookupError):
                        os.kill(int(found[1]), signal.SIGKILL)
                        return True
        time.sleep(0.05)
    return False
