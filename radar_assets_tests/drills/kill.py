"""Kills runs at random moments, again and again, then lets one end: nothing of it is to be seen.

    python -m radar_assets_tests.drills.kill --seed 1 --times 50

Each run is a process that does `radar-assets run` for some windows of a real FTP server. Prints
what the kills hit and what they left. Exits with 1 where a file was to be seen before it was whole,
or the last run has not made everything as an undisturbed run in another folder does: files,
records, and nothing besides.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import os
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random
from typing import Any

import dagster as dg

from radar_assets.cli import app
from radar_assets.defs.instance import ACTIVE, instance
from radar_assets.defs.keys import asset_key
from radar_assets.defs.metadata import ROWS, rows_of
from radar_assets.defs.platform import Platform
from radar_assets.defs.records import Record, newest
from radar_assets.radar.files import leftovers
from radar_assets_tests.defs.platforms import FIELDS, RADAR, STAGES, File, at, network_text
from radar_assets_tests.ftp_server import Server

WINDOW = timedelta(minutes=10)
MOST_WINDOWS = 60
PRODUCTS = ["DBZHo", "ZDRo", "COLMAX"]
SLOWLY = 'timeout = "5s"\nmax_rate = "20kB"'
"""so that fetching takes as long as the rest"""

PASSING = {
    *("downloaded_at", "last_attempt_at", "attempts", "retry_reasons", "bytes_downloaded"),
    *("resumed_at_byte", "processed_at", "generated_at", "seconds"),
}
"""columns that tell how a file came to be, not what it is"""

_PROCESSES = get_context("forkserver")
_PROCESSES.set_forkserver_preload(
    ["radar_assets.defs.sensors", "radar_assets_tests.defs.platforms"]
)


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


class Yard:
    """A platform in a folder, whose runs are processes."""

    def __init__(self, folder: Path, url: str) -> None:
        self.home, self.log, network = folder / "home", folder / "log", folder / "network.toml"
        self.home.mkdir(parents=True)
        settings = files("radar_assets") / "dagster.yaml"
        (self.home / "dagster.yaml").write_bytes(settings.read_bytes())
        text = network_text(url, settings='min_free = "1MB"', radar=f"products = {PRODUCTS}")
        network.write_text(text.replace('timeout = "2s"', SLOWLY), "utf-8")
        self.platform = Platform(data_root=str(folder / "data"), network_file=str(network))
        self.records = instance(self.home)

    def start(self, first: int, last: int) -> BaseProcess:
        """Begin to run the windows from one number to another, both included."""
        environ = {
            "DAGSTER_HOME": str(self.home),
            "RADAR_ASSETS_DATA": self.platform.data_root,
            "RADAR_ASSETS_NETWORK": str(self.platform.network_file),
        }
        times = (f"{time:%Y-%m-%dT%H:%M}" for time in (start_of(first), start_of(last + 1)))
        arguments = [f"--{name}={time}" for name, time in zip(("from", "to"), times, strict=True)]
        command = ("run", f"--radar={RADAR}", *arguments)
        process = _PROCESSES.Process(target=_command, args=(environ, self.log, command))
        process.start()
        return process

    def runs(self) -> int:
        """Number of runs that were begun."""
        return self.records.get_runs_count()

    def progress(self) -> int:
        """Number of records that the newest run has written."""
        (run,) = self.records.get_runs(limit=1)
        made = dg.DagsterEventType.ASSET_MATERIALIZATION
        return len(self.records.all_logs(run.run_id, made))

    def leftovers(self) -> list[Path]:
        """Unfinished files."""
        folders = (self.platform.scratch, self.platform.partial)
        found = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
        return found + list(leftovers(self.platform.cache))

    def digests(self) -> dict[str, str]:
        """SHA-256 of all finished files, by path."""
        return {
            self.platform.relative(path): hashlib.sha256(path.read_bytes()).hexdigest()
            for folder in ("bufr", "volumes", "products", "quicklooks", "thumbnails")
            for path in (self.platform.root / folder).rglob("*")
            if path.is_file()
        }

    def newest(self) -> dict[tuple[str, str], Record]:
        """The newest record of each window of each stage."""
        return {
            (stage, window): record
            for stage in STAGES
            for window, record in newest(self.records, asset_key(RADAR, stage)).items()
        }


def start_of(number: int) -> datetime:
    """Start of a window by its number."""
    return at("00:00") + number * WINDOW


def drill(folder: Path, *, seed: int, times: int, span: int = 3) -> Report:
    """Kill so many runs of `span` windows, let one end, and compare with an undisturbed one."""
    random, report = Random(seed), Report(min(times + span - 1, MOST_WINDOWS), span)
    for number in range(report.windows):
        for name in FIELDS:
            File(name, f"{start_of(number):%H:%M}:20").publish(folder / "ftp" / "L2")
    with Server(folder / "ftp") as server:
        calm, troubled = (Yard(folder / name, f"{server.url}/L2") for name in ("calm", "troubled"))
        longest = _calibrate(calm, server, report)
        wanted = calm.digests()
        while report.kills.total() < times:
            first = report.kills.total() % (report.windows - span + 1)
            has_hit = _kill(troubled, first, random.uniform(0, longest), report)
            longest *= 1.03 if has_hit else 0.9  # the machine has other work, now more, now less
            report.wrong += [f"{path} was seen half" for path in _different(troubled, wanted)]
        _let_a_day_pass(troubled)
        ended = datetime.now(UTC)
        _finish(troubled, troubled.start(0, report.windows - 1), report)
    report.wrong += [*_differences(calm, troubled), *_remains(troubled, ended)]
    report.files, report.records = len(troubled.digests()), len(troubled.newest())
    return report


def _calibrate(calm: Yard, server: Server, report: Report) -> float:
    """Make everything undisturbed; seconds that a run takes that is to be killed."""
    _warm_up()
    is_asked, started = threading.Event(), time.monotonic()
    server.watch = is_asked.set
    process = calm.start(0, report.windows - 1)
    is_asked.wait(60)
    asked = time.monotonic()
    _finish(calm, process, report)
    return (asked - started) + (time.monotonic() - asked) * report.span / report.windows


def _warm_up() -> None:
    """Let the modules that all processes share be imported."""
    process = _PROCESSES.Process()
    process.start()
    process.join()


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


def _let_a_day_pass(yard: Yard) -> None:
    """Let the files in the cache, which all radars share, be older than they are."""
    for path in leftovers(yard.platform.cache):
        os.utime(path, (path.stat().st_mtime - 2 * 86400,) * 2)


def _finish(yard: Yard, process: BaseProcess, report: Report) -> None:
    process.join()
    if process.exitcode:
        report.wrong.append(f"a run ended with {process.exitcode}: {yard.log.read_text('utf-8')}")


def _different(yard: Yard, wanted: dict[str, str]) -> list[str]:
    """Files that are not what they are in the end."""
    return [path for path, digest in yard.digests().items() if wanted.get(path) != digest]


def _differences(calm: Yard, troubled: Yard) -> Iterator[str]:
    """Files and records that are not what they are without kills."""
    wanted = calm.digests()
    for path in (*_different(troubled, wanted), *sorted(wanted.keys() - troubled.digests().keys())):
        yield f"{path} is not as in an undisturbed run"
    told, ours = calm.newest(), troubled.newest()
    for stage, window in sorted(told.keys() | ours.keys()):
        if _lasting(stage, told.get((stage, window))) != _lasting(stage, ours.get((stage, window))):
            yield f"{stage} {window} is not recorded as in an undisturbed run"


def _remains(yard: Yard, ended: datetime) -> Iterator[str]:
    """What is left of the killed runs."""
    yield from (f"{path} is left" for path in yard.leftovers())
    for (stage, window), record in yard.newest().items():
        if record.time < ended:
            yield f"{stage} {window} was not recorded by the last run"
    unfinished = yard.records.get_runs_count(dg.RunsFilter(statuses=ACTIVE))
    if unfinished:
        yield f"{unfinished} runs seem to go on"


def _lasting(stage: str, record: Record | None) -> list[dict[str, Any]] | None:
    """Rows of a record without what differs from run to run."""
    if record is None:
        return None
    rows = rows_of(record.metadata, ROWS[stage].table)
    return [{k: v for k, v in row.items() if k not in PASSING} for row in rows]


def _command(environ: dict[str, str], log: Path, command: tuple[str, ...]) -> None:
    """Be the process of a command."""
    with log.open("ab") as stream:
        os.dup2(stream.fileno(), 1)
        os.dup2(stream.fileno(), 2)
    os.environ.update(environ)
    app(command)


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
