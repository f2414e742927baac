"""What a fault happens to: a platform, its services, and some windows."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random

import dagster as dg
import requests

from radar_assets.defs.instance import ACTIVE
from radar_assets.defs.run_config import config_of
from radar_assets.defs.upkeep.lost_runs import SHELL
from radar_assets_tests.defs.dagster_server import GraphQL, launch_run
from radar_assets_tests.defs.platforms import RADAR
from radar_assets_tests.drills.services import MODULE, Supervisor, watched
from radar_assets_tests.drills.yard import Yard, span, start_of
from radar_assets_tests.ports import free_port

PATIENCE = 180.0
"""seconds that runs get to come to their end"""
_UP = 90.0
_POLL, _IDLE = 0.7, 3
"""seconds from poll to poll, and polls in a row that see no run"""
_CODE = re.compile(r"RA\d{3}")


@dataclass
class Services:
    """Webserver and daemon, which are started again when they die."""

    webserver: Supervisor
    daemon: Supervisor
    graphql: GraphQL

    def await_webserver(self) -> None:
        """Wait until the webserver answers."""
        deadline = time.monotonic() + _UP
        while time.monotonic() < deadline:
            try:
                if self.graphql.ask("{ assetNodes { id } }"):
                    return
            except requests.RequestException:
                time.sleep(0.5)
        raise AssertionError(f"the webserver does not answer after {_UP:g} s")


@contextmanager
def serving(yard: Yard, environment: dict[str, str]) -> Iterator[Services]:
    """Run the services of a yard until the block ends."""
    port = free_port()
    serve = ("dagster-webserver", "-h", "127.0.0.1", "-p", str(port), *MODULE)
    log = yard.home.parent / "services.log"
    with (
        watched(serve, environment, log) as webserver,
        watched(("dagster-daemon", "run", *MODULE), environment, log) as daemon,
    ):
        services = Services(webserver, daemon, GraphQL(port))
        services.await_webserver()
        yield services


@dataclass
class Scene:
    """Windows of a platform, from one number to another, both included."""

    yard: Yard
    services: Services
    random: Random
    first: int
    last: int
    seconds: float
    """that a run of these windows takes"""
    restart: str = ""
    """command that restarts the database server of the records"""
    healing: tuple[str, ...] = ("run",)
    """command and options of the one more run that is to mend the fault"""
    reported: int = 0
    """bytes of the log that are older than the last run from the shell"""
    harmed: set[str] = field(default_factory=set)
    """paths below the data root of files that are not to be whole before that"""

    @property
    def windows(self) -> range:
        """Numbers of the windows."""
        return range(self.first, self.last + 1)

    def start(self) -> BaseProcess:
        """Begin a run from the shell that makes everything anew."""
        self._begin()
        return self.yard.start(self.first, self.last, "--force")

    def launch_run(self) -> str:
        """Launch such a run over GraphQL; what came of it."""
        first, last = (f"{start_of(number):%H:%M}" for number in (self.first, self.last))
        try:
            answer = launch_run(self.services.graphql, first, last, config_of(RADAR, force=True))
        except (requests.RequestException, AssertionError) as error:
            return type(error).__name__
        return " ".join([answer["__typename"], *answer.get("message", "").splitlines()[:2]])

    def heal(self) -> BaseProcess:
        """Begin the one more run."""
        self._begin()
        command, *options = self.healing
        return self.yard.begin(command, *span(self.first, self.last), *options)

    def pause(self, longest: float | None = None) -> float:
        """Wait for a random time, by default within that of a run; its seconds."""
        seconds = self.random.uniform(0, longest or self.seconds)
        time.sleep(seconds)
        return seconds

    def ended(self, process: BaseProcess) -> str:
        """Wait for a run from the shell; how it ended."""
        process.join(PATIENCE)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise AssertionError(f"a run has not ended after {PATIENCE:g} s")
        codes = sorted(set(_CODE.findall(self.log())))
        return f"exit {process.exitcode}" + (f" ({', '.join(codes)})" if codes else "")

    def settled(self) -> None:
        """Wait until no launched run is under way, see `await_rest`."""
        await_rest(self.yard)

    def files(self, folder: str, suffix: str = "") -> list[Path]:
        """Finished files of the windows below a folder of the data root."""
        return sorted(
            path
            for path in (self.yard.workspace.root / folder).rglob(f"*{suffix}")
            if path.is_file() and number_of(path.name) in self.windows
        )

    def log(self) -> str:
        """What runs from the shell reported since the last one began."""
        return self.yard.log.read_bytes()[self.reported :].decode("utf-8", "replace")

    def _begin(self) -> None:
        log = self.yard.log
        self.reported = log.stat().st_size if log.exists() else 0


def await_rest(yard: Yard) -> None:
    """Wait until no launched run is under way; Dagster may replace one that died even later."""
    deadline = time.monotonic() + PATIENCE
    idle = 0
    while idle < _IDLE:
        if time.monotonic() > deadline:
            raise AssertionError(f"runs are under way {PATIENCE:g} s after the fault")
        time.sleep(_POLL)
        active = yard.records.get_runs(dg.RunsFilter(statuses=ACTIVE))
        idle = 0 if any(SHELL not in run.tags for run in active) else idle + 1


def number_of(name: str) -> int:
    """Number of the window that a file is of; -1: none."""
    found = re.search(r"20251118T(\d\d)(\d)", name)
    return 6 * int(found[1]) + int(found[2]) if found else -1
