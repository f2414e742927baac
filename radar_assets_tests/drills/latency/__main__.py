"""The command: prepares, measures, prints its table, and ends every process that it started."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import threading
import time
from datetime import timedelta
from pathlib import Path

from radar_assets.defs.instance import instance
from radar_assets.demo.home import Home
from radar_assets.ingest.times import window_of
from radar_assets.simulator.server import FtpServer
from radar_assets_tests.drills import latency
from radar_assets_tests.drills.latency.feed import Feed, ended
from radar_assets_tests.drills.latency.measure import (
    Journey,
    journeys,
    last_pictures,
    run_times,
)
from radar_assets_tests.drills.latency.platform import LAUNCHERS, Bench, sites
from radar_assets_tests.drills.latency.report import AIM, Setting, quantile, table
from radar_assets_tests.pages import write

_PATIENCE = 300
"""seconds in which the last volumes are to get their pictures"""
_LOOK = 5
_LOG = 3000
"""characters of the log that are told when something is wrong"""


def main() -> None:
    """Measure, print the table, and exit with 1 where volumes were not drawn or p95 misses."""
    given = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that it ends what it started
    with tempfile.TemporaryDirectory(prefix="latency-") as folder:
        found, setting = measure(Path(folder), given.radars, given.minutes, given.launcher)
    text = table(found, setting)
    print(text)
    if given.report:
        write(given.report, f"latency {given.launcher}", text)
    is_late = not found or quantile([journey.seconds for journey in found], 0.95) > AIM
    sys.exit(1 if is_late or len(found) < setting.published else 0)


def measure(
    folder: Path, radars: int, minutes: float, launcher: str
) -> tuple[list[Journey], Setting]:
    """Play some minutes of a network; the journeys of its volumes."""
    home = Home(folder)
    home.prepare()
    bench = Bench(home, launcher)
    feed = Feed(sites(radars), home.server / "L2", home.server / "staging", minutes)
    print(f"{radars} radars scan and encode {minutes:g} minutes of storms…", flush=True)
    feed.prepare()
    first = min(volume.time for volume in feed.volumes)
    with FtpServer(home.server) as server, instance(home.dagster) as records:
        bench.prepare(feed.sites, server.url, window_of(first, timedelta(minutes=10)))
        stop = threading.Event()
        publisher = threading.Thread(target=feed.run, args=(stop,), daemon=True)
        with bench.running() as processes:
            print(f"{len(feed.volumes)} volumes come from {feed.begin:%H:%M:%S} on", flush=True)
            _sleep_until(feed.begin.timestamp())
            load, started = _busy_seconds(), time.monotonic()
            publisher.start()
            try:
                _wait(feed, home, [process.poll for process in processes])
                busy = (_busy_seconds() - load) / (time.monotonic() - started)
            finally:
                stop.set()
                publisher.join()
        found = journeys(
            feed.published,
            last_pictures(home.data / "products", feed.published),
            run_times(records),
        )
    cores = len(os.sched_getaffinity(0))
    return found, Setting(launcher, radars, minutes, cores, busy, len(feed.volumes))


def _wait(feed: Feed, home: Home, polls: list) -> None:
    """Wait until every volume has pictures and no more come, or the time is over."""
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
            if len(pictures) == len(feed.volumes) and newest == before:
                time.sleep(_LOOK)  # the last run ends
                return
            before = newest


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
