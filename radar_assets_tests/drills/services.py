"""Long-lived processes of a platform, watched over as systemd would, and the workers of runs."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import dagster as dg
from dagster import DagsterRunStatus

_RESTART = 2.0
"""seconds until a process that died is started again, as in deploy/"""
MODULE = ("-m", "radar_assets.definitions")


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
def watched(command: Sequence[str], environment: dict[str, str], log: Path) -> Iterator[Supervisor]:
    """A program that is watched over until the block ends."""
    supervisor = Supervisor(command, environment, log)
    thread = threading.Thread(target=supervisor.run, daemon=True)
    thread.start()
    try:
        yield supervisor
    finally:
        supervisor.stop()
        thread.join(10)


def kill_worker(
    instance: dg.DagsterInstance, seconds: float, pause: Callable[[], object] = lambda: None
) -> bool:
    """Kill the process of a run that works, a pause after there is one; False: there is none."""
    deadline = time.monotonic() + seconds
    wanted = dg.RunsFilter(statuses=[DagsterRunStatus.STARTED])
    while time.monotonic() < deadline:
        for run in instance.get_runs(wanted, limit=1):
            for entry in instance.all_logs(run.run_id):
                found = re.search(r"Executing steps in process \(pid: (\d+)\)", entry.message)
                if found:
                    pause()
                    with suppress(ProcessLookupError):
                        os.kill(int(found[1]), signal.SIGKILL)
                        return True
        time.sleep(0.05)
    return False
