"""The command: prepares, measures, prints its table, and ends every process that it started."""

from __future__ import annotations

import argparse
import math
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg

from radar_assets.defs.instance import instance
from radar_assets.defs.status import PENDING, status
from radar_assets.demo.home import Home
from radar_assets.ingest.times import window_of
from radar_assets.simulator.server import FtpServer
from radar_assets_tests.drills import latency
from radar_assets_tests.drills.endurance import Endurance
from radar_assets_tests.drills.latency import composing
from radar_assets_tests.drills.latency.composing import Composition, compositions, recorded
from radar_assets_tests.drills.latency.feed import Feed, ended
from radar_assets_tests.drills.latency.measure import Journey, journeys, last_pictures, run_times
from radar_assets_tests.drills.latency.platform import COMPOSITE, LAUNCHERS, Bench, sites
from radar_assets_tests.drills.latency.report import AIM, Setting, quantile, table
from radar_assets_tests.pages import write

_WINDOW = timedelta(minutes=10)
_COMPOSITE_AFTER = timedelta(minutes=8)
"""the default of `composite_after`"""
_PATIENCE = 300
"""seconds in which the last volumes are to get their pictures"""
_LOOK = 5
_LOG = 3000
"""characters of the log that are shown when something is wrong"""


def main() -> None:
    """Measure, print the tables, and exit with 1 where anything is wrong."""
    given = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that it ends what it started
    with tempfile.TemporaryDirectory(prefix="latency-") as folder:
        outcome = measure(Path(folder), given.radars, given.minutes, given.launcher)
    text = f"{table(outcome.journeys, outcome.compositions, outcome.setting)}\n{outcome.endurance}"
    print(text)
    if given.report:
        write(given.report, f"latency {given.launcher}", text)
    for line in outcome.wrong:
        print("WRONG", line)
    sys.exit(1 if outcome.wrong else 0)


@dataclass(frozen=True)
class Outcome:
    """What came of a drill."""

    journeys: list[Journey]
    compositions: list[Composition]
    setting: Setting
    endurance: str
    """table of what long-lived processes took"""
    wrong: list[str]


def measure(folder: Path, radars: int, minutes: float, launcher: str) -> Outcome:
    """Play some minutes of a network; the journeys of its volumes, and what they cost."""
    home = Home(folder)
    home.prepare()
    bench = Bench(home, launcher)
    feed = Feed(sites(radars), home.server / "L2", home.server / "staging", minutes)
    print(f"{radars} radars scan and encode {minutes:g} minutes of storms…", flush=True)
    feed.prepare()
    if not feed.volumes:
        sys.exit(f"no scan ends in {minutes:g} minutes; let it last longer")
    first = min(volume.time for volume in feed.volumes)
    with FtpServer(home.server) as server, instance(home.dagster) as records:
        bench.prepare(feed.sites, server.url, window_of(first, _WINDOW))
        stop = threading.Event()
        publisher = threading.Thread(target=feed.run, args=(stop,), daemon=True)
        with bench.running() as processes:
            print(f"{len(feed.volumes)} volumes come from {feed.begin:%H:%M:%S} on", flush=True)
            _sleep_until(feed.begin.timestamp())
            load, started = _busy_seconds(), time.monotonic()
            publisher.start()
            endurance = Endurance({name: p.pid for name, p in processes.items()}, records)
            try:
                with endurance.watching():
                    _wait(feed, home, records, [process.poll for process in processes.values()])
                busy = (_busy_seconds() - load) / (time.monotonic() - started)
            finally:
                stop.set()
                publisher.join()
        found = journeys(
            feed.published,
            last_pictures(home.data / "products", feed.published),
            run_times(records),
        )
        composed = _composed(records, feed)
        wrong = [
            *_late(found, len(feed.volumes)),
            *_composed_late(composed),
            *_uncounted(feed, status(records, _WINDOW)),
            *endurance.growing(),
        ]
    cores = len(os.sched_getaffinity(0))
    setting = Setting(launcher, radars, minutes, cores, busy, len(feed.volumes))
    return Outcome(found, composed, setting, endurance.table(), wrong)


def _late(found: list[Journey], volumes: int) -> Iterator[str]:
    if len(found) < volumes:
        yield f"{volumes - len(found)} volumes have no pictures"
    p95 = quantile([journey.seconds for journey in found], 0.95) if found else math.inf
    if p95 > AIM:
        yield f"of 100 volumes 95 take up to {p95:.1f} s, not {AIM:.0f} s"


def _composed(records: dg.DagsterInstance, feed: Feed) -> list[Composition]:
    """Windows of the composite that were due long enough ago."""
    radars = [recorded(records, site.radar, "geotiff") for site in feed.sites]
    found = compositions(recorded(records, COMPOSITE, "rain"), radars, _WINDOW, _COMPOSITE_AFTER)
    until = datetime.now(UTC) - timedelta(seconds=composing.AIM)
    return [item for item in found if item.made or item.due < until]


def _composed_late(found: list[Composition]) -> Iterator[str]:
    missing = [item.window for item in found if not item.made]
    if missing:
        yield f"not composed: {', '.join(f'{window:%H:%M}' for window in missing)}"
    seconds = [item.seconds for item in found if item.made]
    p95 = quantile(seconds, 0.95) if seconds else math.inf
    if p95 > composing.AIM:
        yield f"of 100 composites 95 take up to {p95:.1f} s, not {composing.AIM:.0f} s"


def _uncounted(feed: Feed, report: dict[str, Any]) -> Iterator[str]:
    """Where the status differs from what was published."""
    wanted = {"files": feed.files, "volumes": len(feed.volumes)}
    for kind, number in wanted.items():
        if report["counts"][kind] != {"completed": number}:
            yield f"{report['counts'][kind]} {kind} instead of {number} completed ones"
    if report["processing"]:
        yield f"still processing: {report['processing']}"


def _wait(feed: Feed, home: Home, records: dg.DagsterInstance, polls: list) -> None:
    """Wait until every volume has pictures and nothing is under way, or the time is over."""
    deadline = ended(feed.volumes[-1]).timestamp() + _PATIENCE
    before = -1
    while time.time() < deadline:
        if any(poll() is not None for poll in polls):
            log = (home.folder / "processes.log").read_text("utf-8", "replace")
            sys.exit(f"a process of the platform ended by itself:\n{log[-_LOG:]}")
        time.sleep(_LOOK)
        if len(feed.published) == len(feed.volumes):
            pictures = last_pictures(home.data / "products", feed.published)
            newest = max((moment.timestamp() for moment in pictures.values()), default=0.0)
            if len(pictures) == len(feed.volumes) and newest == before and _is_quiet(records):
                return
            before = newest


def _is_quiet(records: dg.DagsterInstance) -> bool:
    """Whether no window is being processed, and no file waits for it."""
    report = status(records, _WINDOW)
    return not report["processing"] and not report["counts"]["files"].get(PENDING)


def _busy_seconds() -> float:
    """Seconds that all cores together have been busy since the machine started."""
    user, nice, system, _, _, *interrupts = map(int, _stat().split()[1:8])
    return (user + nice + system + sum(interrupts)) / os.sysconf("SC_CLK_TCK")


def _stat() -> str:
    return Path("/proc/stat").read_text("utf-8").splitlines()[0]


def _sleep_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.time()))


def _arguments() -> argparse.Namespace:
    options = argparse.ArgumentParser(
        prog="python -m radar_assets_tests.drills.latency",
        description=latency.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_argument("--radars", type=int, default=18)
    options.add_argument("--minutes", type=float, default=60)
    options.add_argument("--launcher", choices=LAUNCHERS, default="default")
    options.add_argument("--report", type=Path, help="file, or page with a place for it")
    return options.parse_args()


if __name__ == "__main__":
    main()
