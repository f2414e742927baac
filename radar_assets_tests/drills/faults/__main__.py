"""The command: makes a platform and an undisturbed one, and does one fault after the other."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from importlib.resources import files
from itertools import islice
from pathlib import Path
from random import Random

import dagster as dg

from radar_assets.defs.instance import ACTIVE
from radar_assets.defs.upkeep.lost_runs import SHELL
from radar_assets_tests.drills import faults
from radar_assets_tests.drills.disks import may_mount, small_disk
from radar_assets_tests.drills.faults.kinds import KINDS, Fault, possible
from radar_assets_tests.drills.faults.report import Case, table
from radar_assets_tests.drills.faults.scene import Scene, Services, await_rest, number_of, serving
from radar_assets_tests.drills.yard import Yard, differences, different, publish, warm_up
from radar_assets_tests.ftp_server import Server
from radar_assets_tests.pages import write

SPAN = 3
"""windows of a run"""
WINDOWS = 144
"""most there are: those of a day"""
PACE = "60kB"
"""of fetching, a second"""
DATA, RECORDS = "300m", "1g"
"""sizes of the disks"""
_QUICK = {
    "poll_interval_seconds: 30": "poll_interval_seconds: 2",
    "start_timeout_seconds: 180": "start_timeout_seconds: 30",
    "cancel_timeout_seconds: 60": "cancel_timeout_seconds: 5",
    "dequeue_interval_seconds: 2": "dequeue_interval_seconds: 1",
}
"""settings by which Dagster sees sooner that a process has died"""
_POSTGRES = """
storage: {{postgres: {{postgres_url: "{url}"}}}}
"""


@dataclass
class Drill:
    """Faults on a platform, judged by an undisturbed one."""

    yard: Yard
    services: Services
    wanted: dict[str, str]
    """digests of the undisturbed platform's files, by path"""
    seconds: float
    """that a run takes"""
    random: Random
    windows: int
    restart: str = ""
    """command that restarts the database server of the records"""
    made: set[int] = field(default_factory=set)
    """windows that were run"""

    def do(self, number: int, kind: str, fault: Fault) -> Case:
        """Do one fault, then one more run, and judge."""
        started = time.monotonic()
        first = self.random.randrange(max(1, self.windows - SPAN + 1))
        scene = Scene(
            *(self.yard, self.services, self.random),
            *(first, min(first + SPAN, self.windows) - 1, self.seconds, self.restart),
        )
        wrong = []
        try:
            what = fault(scene)
        except AssertionError as error:
            what = str(error)
            wrong.append(what)
        self.made |= set(scene.windows)
        left = len(self.yard.leftovers())
        half = set(different(self.yard, self.wanted)) - scene.harmed
        wrong += [f"{path} was seen half" for path in sorted(half)]
        self.yard.let_a_day_pass()
        end = scene.ended(scene.heal())
        wrong += [] if end == "exit 0" else [f"one more run: {end}"]
        wrong += self.wrong()
        healing = " ".join(scene.healing)
        seconds = time.monotonic() - started
        return Case(number, kind, scene.windows, what, left, healing, seconds, tuple(wrong))

    def wrong(self) -> Iterator[str]:
        """What is not as in the undisturbed platform, of the windows that were run."""
        found = self.yard.digests()
        wanted = {p: d for p, d in self.wanted.items() if number_of(p) in self.made}
        for path in sorted(found.keys() | wanted.keys()):
            if found.get(path) != wanted.get(path):
                yield f"{path} is {'another' if path in found else 'not there'}"
        yield from (f"{path} is left" for path in self.yard.leftovers())
        mine = dg.RunsFilter(statuses=ACTIVE, tags={SHELL: "true"})
        for run in self.yard.records.get_runs(mine):
            yield f"run {run.run_id} from the shell seems to go on"


def main() -> None:
    """Do the faults, print each and a table, and exit with 1 where one is not healed."""
    given = _arguments()
    logging.basicConfig(level=logging.WARNING)  # else the FTP server logs every command
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        text, wrong = play(
            Path(folder),
            seed=given.seed,
            times=given.times,
            kinds=given.kinds,
            database=given.database,
            restart=given.restart,
        )
    print(text)
    if given.report:
        write(given.report, "faults", text)
    for line in wrong[:40]:
        print("WRONG", line)
    sys.exit(1 if wrong else 0)


def play(
    folder: Path,
    *,
    seed: int,
    times: int,
    kinds: Sequence[str] = (),
    windows: int = WINDOWS,
    database: str = "",
    restart: str = "",
) -> tuple[str, list[str]]:
    """Do so many faults; the table, and what is wrong."""
    if not may_mount(folder):
        sys.exit("this drill mounts disks of its own, which is not allowed here")
    random = Random(seed)
    publish(folder / "ftp", windows)
    disturbed = folder / "disturbed"
    with ExitStack() as stack:
        stack.enter_context(small_disk(disturbed / "data", DATA))
        stack.enter_context(small_disk(disturbed / "home", RECORDS))
        server = stack.enter_context(Server(folder / "ftp"))
        undisturbed = Yard(folder / "undisturbed", f"{server.url}/L2", max_rate=PACE)
        seconds = _run_undisturbed(undisturbed, windows)
        yard = Yard(disturbed, f"{server.url}/L2", max_rate=PACE, dagster=_settings(database))
        services = stack.enter_context(serving(yard, {**os.environ, **yard.environment}))
        drill = Drill(yard, services, undisturbed.digests(), seconds, random, windows, restart)
        cases = []
        for number, kind in enumerate(islice(_order(random, kinds or possible(restart)), times), 1):
            cases.append(drill.do(number, kind, KINDS[kind]))
            print(cases[-1], flush=True)
        wrong = [str(case) for case in cases if case.wrong] + _last(undisturbed, yard, windows)
        text = table(cases, seed, len(yard.digests()), len(yard.newest()))
        yard.records.dispose()
    return text, wrong


def _run_undisturbed(undisturbed: Yard, windows: int) -> float:
    """Make everything undisturbed; seconds that a run of some windows takes."""
    warm_up()
    started = time.monotonic()
    process = undisturbed.start(0, windows - 1)
    process.join()
    if process.exitcode:
        sys.exit(f"the undisturbed run failed: {undisturbed.log.read_text('utf-8')}")
    return 0.7 + (time.monotonic() - started) * SPAN / windows


def _last(undisturbed: Yard, yard: Yard, windows: int) -> list[str]:
    """Run every window once more; where files and records differ in the end."""
    await_rest(yard)
    process = yard.start(0, windows - 1)
    process.join()
    failed = [f"the last run ended with {process.exitcode}"] if process.exitcode else []
    return [*failed, *differences(undisturbed, yard)]


def _order(random: Random, kinds: Sequence[str]) -> Iterator[str]:
    """Kinds without end, all of them in each turn."""
    known = [*kinds]
    while True:
        random.shuffle(known)
        yield from known


def _settings(database: str) -> str:
    text = (files("radar_assets") / "dagster.yaml").read_text("utf-8")
    for usual, quick in _QUICK.items():
        text = text.replace(usual, quick)
    return text + (_POSTGRES.format(url=database) if database else "")


def _arguments() -> argparse.Namespace:
    options = argparse.ArgumentParser(
        prog="python -m radar_assets_tests.drills.faults",
        description=faults.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--times", type=int, default=200, help="number of faults")
    options.add_argument("--kinds", nargs="+", choices=KINDS, default=(), help="only these")
    options.add_argument("--database", default="", help="URL of an empty PostgreSQL database")
    options.add_argument("--restart", default="", help="command that restarts its server")
    options.add_argument("--report", type=Path, help="file, or page with a place for it")
    return options.parse_args()


if __name__ == "__main__":
    main()
