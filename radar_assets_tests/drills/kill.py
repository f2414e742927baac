"""Kills runs at random moments, again and again, then lets one end: nothing of it is to be seen.

    python -m radar_assets_tests.drills.kill --seed 1 --times 50

Each run is a process that does `radar-assets run` for some windows of a real FTP server. Prints
what the kills hit and what they left. Exits with 1 where a file was to be seen before it was whole,
or the last run has not made everything as an undisturbed run in another folder does: files,
records, and nothing besides.
"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random

import dagster as dg

from radar_assets.defs.instance import ACTIVE
from radar_assets_tests.defs.platforms import STAGES
from radar_assets_tests.drills.yard import Yard, differences, different, publish, warm_up
from radar_assets_tests.ftp_server import Server

MOST_WINDOWS = 60
SLOW = "20kB"
"""a second, so that fetching takes as long as the rest"""


@dataclass
class Report:
    """What came of a drill."""

    windows: int
    span: int
    """windows of a run that is to be killed"""
    kills: Counter[str] = field(default_factory=Counter)
    """by the stage that was hit"""
    outran: int = 0
    """runs that ended before they could be killed"""
    left: Counter[str] = field(default_factory=Counter)
    """unfinished files seen after kills, by folder"""
    files: int = 0
    records: int = 0
    wrong: list[str] = field(default_factory=list)


def drill(folder: Path, *, seed: int, times: int, span: int = 3) -> Report:
    """Kill so many runs of `span` windows, let one end, and compare with an undisturbed one."""
    random, report = Random(seed), Report(min(times + span - 1, MOST_WINDOWS), span)
    publish(folder / "ftp", report.windows)
    with Server(folder / "ftp") as server:
        undisturbed, disturbed = (
            Yard(folder / name, f"{server.url}/L2", max_rate=SLOW)
            for name in ("undisturbed", "disturbed")
        )
        longest = _calibrate(undisturbed, server, report)
        wanted = undisturbed.digests()
        while report.kills.total() < times:
            first = report.kills.total() % (report.windows - span + 1)
            has_hit = _kill(disturbed, first, random.uniform(0, longest), report)
            longest *= 1.03 if has_hit else 0.9  # the machine has other work, now more, now less
            report.wrong += [f"{path} was seen half" for path in different(disturbed, wanted)]
        disturbed.let_a_day_pass()
        ended = datetime.now(UTC)
        _finish(disturbed, disturbed.start(0, report.windows - 1), report)
    report.wrong += [*differences(undisturbed, disturbed), *_remains(disturbed, ended)]
    report.files, report.records = len(disturbed.digests()), len(disturbed.newest())
    return report


def _calibrate(undisturbed: Yard, server: Server, report: Report) -> float:
    """Make everything undisturbed; seconds that a run takes that is to be killed."""
    warm_up()
    is_asked, started = threading.Event(), time.monotonic()
    server.watch = is_asked.set
    process = undisturbed.start(0, report.windows - 1)
    is_asked.wait(60)
    asked = time.monotonic()
    _finish(undisturbed, process, report)
    return (asked - started) + (time.monotonic() - asked) * report.span / report.windows


def _kill(yard: Yard, first: int, pause: float, report: Report) -> bool:
    """Begin a run, kill it after so many seconds and see what it leaves; whether it still ran."""
    runs = yard.runs()
    process = yard.start(first, first + report.span - 1)
    process.join(pause)
    process.kill()
    process.join()
    has_hit = process.exitcode == -signal.SIGKILL
    if has_hit:
        report.kills[_hit(yard, report.span) if yard.runs() > runs else "start-up"] += 1
        report.left.update(path.parent.name for path in yard.leftovers())
    else:
        report.outran += 1
    return has_hit


def _hit(yard: Yard, span: int) -> str:
    """What the newest run was at."""
    progress = yard.progress()
    return "end" if progress == span * len(STAGES) else STAGES[progress % len(STAGES)]


def _finish(yard: Yard, process: BaseProcess, report: Report) -> None:
    process.join()
    if process.exitcode:
        report.wrong.append(f"a run ended with {process.exitcode}: {yard.log.read_text('utf-8')}")


def _remains(yard: Yard, ended: datetime) -> Iterator[str]:
    """What is left of the killed runs."""
    yield from (f"{path} is left" for path in yard.leftovers())
    for (stage, window), record in yard.newest().items():
        if record.time < ended:
            yield f"{stage} {window} was not recorded by the last run"
    unfinished = yard.records.get_runs_count(dg.RunsFilter(statuses=ACTIVE))
    if unfinished:
        yield f"{unfinished} runs seem to go on"


def main() -> None:
    """Hold the drill and say what came of it."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--times", type=int, default=50, help="number of kills")
    given = options.parse_args()
    logging.basicConfig(level=logging.WARNING)  # else the server logs every command
    with tempfile.TemporaryDirectory() as folder:
        report = drill(Path(folder), seed=given.seed, times=given.times)
    for name, value in vars(report).items():
        print(f"{name}: {dict(value) if isinstance(value, Counter) else value}")
    sys.exit(1 if report.wrong else 0)


if __name__ == "__main__":
    main()
