"""A bad night of a small network, an hour of it in a minute, and nobody touches anything.

    python -m radar_assets_tests.drills.night --minutes 12 --seed 1

A radar is silent for a while, the FTP server is out for an "hour", one file in twenty is broken on
the server, the disk is full for a while, the daemon is killed, and so is the process of a run.
Simulator, FTP server, daemon, code server, runs and the server that takes notifications are real
processes or threads; the data folder is a small disk of its own. In the morning every window is to
be materialized or failed with a reason, the status is to add up to what was published, and each
situation is to be reported once. Exits with 1 where anything is not so. It must be allowed to
mount.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from radar_assets.defs.instance import instance
from radar_assets.demo.home import Home
from radar_assets.settings import load_network
from radar_assets.simulator.server import FtpServer
from radar_assets.stages.base.workspace import Workspace
from radar_assets_tests.drills.disks import full, may_mount, small_disk
from radar_assets_tests.drills.night.feed import FIELDS, MINUTE, Feed
from radar_assets_tests.drills.night.morning import Morning, moment
from radar_assets_tests.drills.services import MODULE, kill_worker, watched
from radar_assets_tests.ports import free_port
from radar_assets_tests.watch.webhook import Webhook

RADARS = ("RMA1", "RMA2", "RMA3", "RMA4")
SILENT, OUTAGE, FULL = (0.15, 0.5), (0.55, 0.65), (0.3, 0.36)
"""shares of the night"""
DAEMON, WORKER = 0.75, 0.85
DISK = "80m"
"""size of the disk of the data folder"""
PATIENCE = timedelta(minutes=12)
"""time after the night in which the platform is to settle everything by itself"""

_NETWORK = """
[settings]
window_minutes = 1
settle_after = "1s"
incomplete_after = "40s"
late_horizon = "30min"
cadence = "1min"
stale_after_missed = 2
min_free = "1MB"
zoom = 5
quicklooks = ["DBZH"]
[sources.server]
url = "{url}"
timeout = "2s"
[notifications]
urls_env = "NIGHT_POST"
quiet = "8s"
poll_seconds = 5
[strategies.0315.01]
fields = {fields}
"""
_RADAR = """
[radars.{name}]
sources = ["server"]
live = true
poll_seconds = 5
products = ["DBZHo", "DBZH"]
latitude = {radar.latitude}
longitude = {radar.longitude}
altitude = {radar.altitude}
start = {start:%Y-%m-%dT%H:%M:%SZ}
end = {end:%Y-%m-%dT%H:%M:%SZ}
"""


def main() -> int:
    """Play the night and tell the morning."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="night-") as folder:
        wrong = night(Path(folder), minutes=wanted.minutes, seed=wanted.seed)
    for line in wrong[:40]:
        print("WRONG", line)
    return 1 if wrong else 0


def night(folder: Path, *, minutes: int, seed: int) -> list[str]:
    """Play a night; what is wrong in the morning."""
    home = Home(folder)
    if not may_mount(home.data):
        sys.exit("this drill mounts a disk of its own, which is not allowed here")
    with small_disk(home.data, DISK), Webhook() as hook:
        home.prepare()
        port, begin = free_port(), _next_minute()
        end = begin + minutes * MINUTE
        write_network(home.network, f"ftp://127.0.0.1:{port}/L2", RADARS, begin, end)
        environment = {**os.environ, **home.environment(""), "NIGHT_POST": hook.url}
        silent = range(*(round(share * minutes) for share in SILENT))
        feed = Feed(RADARS, home.server / "L2", begin, minutes, (RADARS[-1], silent), seed)
        for radar in RADARS:
            (feed.server / radar).mkdir(parents=True, exist_ok=True)
        daemon = watched(("dagster-daemon", "run", *MODULE), environment, folder / "daemon.log")
        with daemon as supervisor, instance(home.dagster) as records:
            platform = Workspace(root=home.data, network_file=home.network)
            _play(feed, port, home, supervisor.kill, lambda: kill_worker(records, 60))
            morning = Morning(feed, platform, records, hook.titles)
            started = time.monotonic()
            is_settled = morning.await_rest(PATIENCE)
            time.sleep(20)  # for the last notifications
            _tell(feed, hook, supervisor.starts, time.monotonic() - started)
            late = [] if is_settled else [f"not settled {PATIENCE} after the night"]
            return [*late, *morning.wrong()]


def _play(
    feed: Feed, port: int, home: Home, kill_daemon: Callable[[], None], kill_run: Callable[[], bool]
) -> None:
    """Let the night pass, with all that goes wrong in it."""
    stop = threading.Event()
    radars = threading.Thread(target=feed.run, args=(stop, _now), daemon=True)
    server = FtpServer(home.server, port=port)
    server.__enter__()
    radars.start()

    def until(share: float) -> None:
        wait = moment(feed.begin, share, feed.minutes) - _now()
        time.sleep(max(0.0, wait.total_seconds()))

    with _told(f"{feed.silent[0]} sends nothing in minutes {list(feed.silent[1])}"):
        until(FULL[0])
    with _told("the disk is full"), full(home.data):
        until(FULL[1])
    until(OUTAGE[0])
    server.__exit__(None, None, None)
    with _told("the FTP server is out"):
        until(OUTAGE[1])
    server = FtpServer(home.server, port=port)
    server.__enter__()
    until(DAEMON)
    with _told("the daemon is killed"):
        kill_daemon()
    until(WORKER)
    with _told(f"the process of a run is killed: {kill_run()}"):
        radars.join()
    until(1.0)


@contextmanager
def _told(what: str) -> Iterator[None]:
    print(f"{_now():%H:%M:%S} {what}", flush=True)
    yield


def _tell(feed: Feed, hook: Webhook, starts: int, seconds: float) -> None:
    broken = sum(not is_whole for is_whole in feed.book.values())
    print(f"{len(feed.book)} files published, {broken} of them broken")
    print(f"{len(feed.radars) * feed.minutes} windows of {len(feed.radars)} radars")
    print(f"the daemon was started {starts} times; all was settled {seconds:.0f} s after the night")
    print(f"{len(hook.titles)} notifications:")
    for title in hook.titles:
        print("  ", title)


def write_network(
    path: Path, url: str, radars: Sequence[str], begin: datetime, end: datetime
) -> None:
    """Write a network file in which an hour is a minute."""
    known = load_network()
    text = _NETWORK.format(url=url, fields=list(FIELDS))
    tables = (_RADAR.format(name=n, radar=known.radar(n), start=begin, end=end) for n in radars)
    path.write_text(text + "".join(tables), "utf-8")


def _next_minute() -> datetime:
    """The first whole minute by which the daemon is up."""
    return (_now() + 1.5 * MINUTE).replace(second=0, microsecond=0)


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    sys.exit(main())
