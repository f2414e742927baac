"""A day of a whole network against a clock of its own: every file is ingested once.

    python -m radar_assets_tests.drills.day --radars 18 --hours 24

Radars publish on a real FTP server; files come late, never, twice or broken; for two hours half of
the radars are silent, and for one hour the server is. Sensors' polls, decisions and downloads are
the platform's own, in this process. Prints what happened, and exits with 1 where a file is neither
here, byte for byte, nor recorded as failed, or was fetched more than once, where a poll took more
than 5 s, or where memory has grown.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from radar_assets.ingest.download.progress import Progress
from radar_assets.ingest.listing.query import list_files
from radar_assets.ingest.scheduling.cursor import Cursor
from radar_assets.ingest.scheduling.decide import decide
from radar_assets.ingest.scheduling.plan import Plan
from radar_assets.ingest.scheduling.polling import hours_to_list
from radar_assets.ingest.scheduling.requests import Request, RunOutcome
from radar_assets.radar.bufr import encode
from radar_assets.radar.names import BufrName, VolumeId
from radar_assets.simulator.publish import Delivery, Fault, Timetable, damaged, plan
from radar_assets.stages.base.rows import Rows
from radar_assets.stages.base.stage import Run, Stage, Task
from radar_assets.stages.base.windows import Window
from radar_assets.stages.base.workspace import Workspace
from radar_assets.stages.bufr_files import STAGE
from radar_assets_tests.fields import bufr_field, field_sweep, ramp
from radar_assets_tests.ftp_server import Server

DAWN = datetime(2025, 11, 18, tzinfo=UTC)
BUDGET = timedelta(seconds=25)
AFTERMATH = timedelta(hours=25)
"""time after the last volume in which late files and empty windows are settled"""

LONGEST_POLL = 5.0
"""seconds that a poll may take"""
MOST_GROWTH = 40
"""MB, of which this drill's own books of over 10,000 files take the most"""
FIELDS = {"01": ("DBZH", "ZDR", "RHOHV"), "02": ("VRAD", "WRAD")}


@dataclass
class Feed:
    """What the radars publish, and what has come of it."""

    root: Path
    radars: tuple[str, ...]
    hours: int
    seed: int
    queue: list[tuple[datetime, BufrName, bytes]] = field(default_factory=list)
    published: dict[BufrName, bytes] = field(default_factory=dict)
    """digests of the files on the server"""
    versions: Counter[BufrName] = field(default_factory=Counter)
    broken: set[BufrName] = field(default_factory=set)
    """files that were no whole message when they came first"""

    def prepare(self) -> None:
        """Plan every delivery of the day."""
        end = DAWN + timedelta(hours=self.hours)
        volumes = Timetable(self.radars).observed(DAWN, end)
        for index, volume in enumerate(v for v in volumes if not self._is_silent(v)):
            for delivery in plan(volume, FIELDS[volume.volume], _FAULTS, rate=0.03, seed=self.seed):
                self._deliver(delivery, twice=index % 100 == 7)
        self.queue.sort(key=lambda item: item[0], reverse=True)

    def publish(self, now: datetime) -> None:
        """Put on the server what has arrived by now."""
        while self.queue and self.queue[-1][0] <= now:
            moment, name, data = self.queue.pop()
            path = self.root / name.remote_path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            os.utime(path, (moment.timestamp(), moment.timestamp()))
            self.published[name] = sha256(data).digest()
            self.versions[name] += 1

    def _deliver(self, delivery: Delivery, *, twice: bool) -> None:
        name, data = delivery.name, damaged(tiny_bufr(delivery.name), delivery.damage)
        moment = name.id.time + timedelta(minutes=3) + delivery.delay
        self.queue.append((moment, name, data))
        if delivery.damage:
            self.broken.add(name)
        if twice:
            self.queue.append((moment + timedelta(hours=2), name, tiny_bufr(name, version=2)))

    def _is_silent(self, volume: VolumeId) -> bool:
        is_night = 3 <= (volume.time - DAWN) / timedelta(hours=1) < 5
        return is_night and self.radars.index(volume.radar) % 2 == 0


_FAULTS = (Fault.MISSING_FIELD, Fault.TRUNCATED, Fault.LATE)


@dataclass
class Clock:
    """A clock that is set."""

    moment: datetime = DAWN

    def __call__(self) -> datetime:
        """The moment that was set last."""
        return self.moment


class NoRecords:
    """Records of a platform that has made nothing yet."""

    def rows(self, _: Stage, __: Sequence[Window]) -> Mapping[Window, Rows]:
        """No rows."""
        return {}


@dataclass
class Watch:
    """The sensors and runs of the network."""

    workspace: Workspace
    cursors: dict[str, Cursor] = field(default_factory=lambda: defaultdict(Cursor))
    outcomes: dict[str, RunOutcome] = field(default_factory=dict)
    errors: dict[str, str | None] = field(default_factory=dict)
    """by the name of each file that is recorded: why it failed, if it did"""
    ticks: list[float] = field(default_factory=list)
    longest_cursor: int = 0

    def poll(self, radar: str) -> None:
        """One tick of a radar's sensor, and the runs that it asks for."""
        started = time.monotonic()
        network, now = self.workspace.network, self.workspace.now()
        rules, cursor = Plan.of(network, radar), self.cursors[radar]
        listing = list_files(
            self.workspace.sources, radar, hours_to_list(cursor, rules, now), BUDGET
        )
        decision = decide(
            cursor,
            listing,
            now,
            rules,
            expected=lambda v: network.expected_fields(v.radar, v.strategy, v.volume),
            outcomes=self.outcomes,
        )
        text = decision.cursor.to_json()
        self.ticks.append(time.monotonic() - started)
        self.longest_cursor = max(self.longest_cursor, len(text))
        self.cursors[radar] = Cursor.from_json(text)
        open_keys = {request.run_key for request in decision.cursor.requests.open}
        self.outcomes = {
            key: outcome
            for key, outcome in self.outcomes.items()
            if key in open_keys or not key.startswith(f"{radar}/")
        }
        for request in decision.requests:
            self.outcomes[request.run_key] = self._run(request, rules)

    def _run(self, request: Request, rules: Plan) -> RunOutcome:
        windows = [
            Window(request.radar, start, start + rules.window)
            for start in rules.windows(request.first, request.last)
        ]
        run = Run(
            workspace=self.workspace,
            windows=windows,
            stages=frozenset({STAGE.name}),
            records=NoRecords(),
            progress=Progress(len(windows), lambda _: None, every=5.0),
            log=logging.getLogger(__name__),
        )
        results = [STAGE.work(Task(run, STAGE, window, upstream={})) for window in windows]
        for result in results:
            self.errors.update({row.file_name: row.error_type for row in result.rows})
        kinds = {result.shortfall.kind for result in results if result.shortfall}
        if kinds:
            return "failure" if "failure" in kinds else "refused"
        return "final" if any(result.has_failed for result in results) else "success"


def main() -> None:
    """Play the day and say what came of it."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--radars", type=int, default=18)
    options.add_argument("--hours", type=int, default=24)
    options.add_argument("--step", type=int, default=5, help="minutes between polls")
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = play(Path(folder), given.radars, given.hours, given.step, given.seed)
    for key, value in report.items():
        print(f"{key}: {value}")
    sys.exit(1 if report["wrong"] else 0)


def play(folder: Path, radars: int, hours: int, step: int, seed: int = 1) -> dict[str, object]:
    """Play a day and its aftermath; the counts, and under `wrong` what went wrong."""
    names = tuple(f"RMA{number}" for number in range(1, radars + 1))
    feed = Feed(folder / "ftp" / "L2", names, hours, seed)
    feed.root.mkdir(parents=True)
    feed.prepare()
    fetched: Counter[str] = Counter()
    memory: list[int] = []
    logging.basicConfig(level=logging.WARNING)  # else the server logs every command
    with Server(folder / "ftp") as server:
        clock = Clock()
        watch = Watch(_workspace(folder, server.url, names, clock))
        end = DAWN + timedelta(hours=hours)
        now = DAWN
        while now < end + AFTERMATH:
            server.is_down = DAWN + timedelta(hours=8) <= now < DAWN + timedelta(hours=9)
            feed.publish(now)
            clock.moment = now
            for radar in names:
                watch.poll(radar)
            fetched.update(Path(path).name for path in server.sent("RETR"))
            server.commands.clear()
            if now.minute == 0:
                memory.append(_memory())
            now += timedelta(minutes=step if now < end else 12 * step)
        started = time.monotonic()
        found = [list_files(watch.workspace.sources, radar, [(DAWN, end)]) for radar in names]
        listing = f"{time.monotonic() - started:.1f} for {sum(len(f.files) for f in found)} files"
    return {
        "seconds to list all of it once": listing,
        **_report(feed, watch, fetched, memory),
    }


def tiny_bufr(name: BufrName, version: int = 1) -> bytes:
    """A small message of a field and time."""
    sweep = field_sweep(ramp() / 1000 + version, start=name.id.time)
    return encode(bufr_field(name.field, sweep, radar=name.id.radar, time=name.id.time), level=1)


def _workspace(folder: Path, url: str, radars: tuple[str, ...], clock: Clock) -> Workspace:
    tables = [
        f'[radars.{radar}]\nsources = ["server"]\nlatitude = -30\nlongitude = -60'
        for radar in radars
    ]
    strategies = [
        f"[strategies.0315.{volume}]\nfields = {list(fields)}" for volume, fields in FIELDS.items()
    ]
    text = f"""
[settings]
start = {DAWN.isoformat()}
[sources.server]
url = "{url}/L2"
timeout = "5s"
"""
    (folder / "network.toml").write_text("\n".join([text, *strategies, *tables]), "utf-8")
    return Workspace(folder / "data", folder / "network.toml", clock=clock)


def _report(
    feed: Feed, watch: Watch, fetched: Counter[str], memory: list[int]
) -> dict[str, object]:
    wrong = [str(name) for name in feed.published if not _is_settled(feed, watch, name)]
    wrong += [f"{name} fetched {fetched[str(name)]} times" for name in _repeated(feed, fetched)]
    failed = Counter(error for error in watch.errors.values() if error)
    ticks = sorted(watch.ticks)
    if ticks[-1] > LONGEST_POLL:
        wrong.append(f"a poll took {ticks[-1]:.1f} s")
    if memory[-1] - memory[1] > MOST_GROWTH:
        wrong.append(f"memory has grown from {memory[1]} to {memory[-1]} MB")
    return {
        "files published": sum(feed.versions.values()),
        "files of which a second version came": sum(n > 1 for n in feed.versions.values()),
        "files ingested": len(watch.errors) - failed.total(),
        "files recorded as failed": dict(failed),
        "polls": len(ticks),
        "seconds of a poll (median, 95 %, longest)": _spread(ticks),
        "longest cursor, bytes": watch.longest_cursor,
        "memory in MB, hour by hour": memory,
        "wrong": wrong[:20],
    }


def _is_settled(feed: Feed, watch: Watch, name: BufrName) -> bool:
    """Whether a file is here as it was published, or recorded as failed and not here."""
    path, error = watch.workspace.path(name.path), watch.errors.get(str(name), "never seen")
    if error is None:
        return path.exists() and sha256(path.read_bytes()).digest() == feed.published[name]
    return error != "never seen" and not path.exists()


def _repeated(feed: Feed, fetched: Counter[str]) -> Iterator[BufrName]:
    """Files that crossed the network more often than they changed; broken ones are tried again."""
    for name, versions in feed.versions.items():
        if name not in feed.broken and fetched[str(name)] != versions:
            yield name


def _spread(values: list[float]) -> str:
    chosen = (values[len(values) // 2], values[len(values) * 95 // 100], values[-1])
    return ", ".join(f"{value:.3f}" for value in chosen)


def _memory() -> int:
    """Resident memory of this process in MB."""
    pages = int(Path("/proc/self/statm").read_text("utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") >> 20


if __name__ == "__main__":
    main()
