"""A day of a whole network through the assets, range by range, in one process that is to stay lean.

    python -m radar_assets_tests.drills.soak --radars 18 --hours 24

Small volumes lie on a real FTP server, one for each radar and window; now and then one is missing,
and one file in twenty is broken. Runs of some hours of a radar follow each other, as in a backfill.
After each, memory, open files and threads of the process are looked at. In the end the status is to
be what was published, to the file, every stored file is to be as recorded, and nothing unfinished
left. Exits with 1 where anything is not so, or memory or open files grow.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import dagster as dg

from radar_assets.defs import verify
from radar_assets.defs.assets import owner_assets
from radar_assets.defs.instance import instance
from radar_assets.defs.keys import asset_key
from radar_assets.defs.records import newest
from radar_assets.defs.run import run_ranges
from radar_assets.defs.status import status
from radar_assets.demo.home import Home
from radar_assets.settings import load_network
from radar_assets.simulator.server import FtpServer
from radar_assets.stages.base.windows import window_key
from radar_assets.stages.base.workspace import Workspace
from radar_assets_tests.defs.platforms import STAGES
from radar_assets_tests.drills.endurance import Endurance
from radar_assets_tests.drills.night.feed import ALTITUDE, FIELDS, Feed
from radar_assets_tests.pages import write

BEGIN = datetime(2025, 11, 18, tzinfo=UTC)
WINDOW = timedelta(minutes=10)
SPAN = 12
"""windows of a run"""
SILENT = 0.02
"""share of windows without a volume"""
PRODUCTS = {"DBZH": ("DBZHo", "COLMAX"), "ZDR": ("ZDRo",)}
"""what follows from each field"""

_SILENT = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
_NETWORK = """
[settings]
zoom = 5
min_free = "1MB"
quicklooks = ["COLMAX"]
[sources.server]
url = "{url}"
[strategies.0315.01]
fields = {fields}
"""
_RADAR = """
[radars.{name}]
sources = ["server"]
products = {products}
latitude = {radar.latitude}
longitude = {radar.longitude}
altitude = {altitude}
start = {begin:%Y-%m-%dT%H:%M:%SZ}
end = {end:%Y-%m-%dT%H:%M:%SZ}
"""


@dataclass(frozen=True)
class Soak:
    """A network in a folder, and the book of what its radars published."""

    home: Home
    feed: Feed
    windows: int
    """of each radar"""

    @property
    def workspace(self) -> Workspace:
        """Where the files go."""
        return Workspace(root=self.home.data, network_file=self.home.network)

    def publish(self, random: Random) -> None:
        """Put everything on the server."""
        for number in range(self.windows):
            for radar in self.feed.radars:
                if random.random() >= SILENT:
                    moment = BEGIN + number * WINDOW + timedelta(seconds=20)
                    self.feed.publish(radar, moment, random)

    def run(self, records: dg.DagsterInstance, endurance: Endurance) -> None:
        """Run range after range of all radars; what broken files fail is looked at in the end."""
        network = self.workspace.network
        defs = dg.Definitions(
            assets=[owner_assets(network, radar) for radar in self.feed.radars],
            resources={"workspace": self.workspace},
            executor=dg.in_process_executor,
        )
        stages = [*STAGES]
        for first in range(0, self.windows, SPAN):
            last = min(first + SPAN, self.windows) - 1
            spans = [(BEGIN + first * WINDOW, BEGIN + last * WINDOW)]
            for radar in self.feed.radars:
                runs = run_ranges(
                    *(defs, records, self.workspace, radar, spans), stages=stages, config=_SILENT
                )
                for _ in runs:
                    endurance.sample()

    def wrong(self, records: dg.DagsterInstance) -> Iterator[str]:
        """Where records and files are not what was published, a sentence each."""
        report = status(records, WINDOW)
        reported = {row["file_name"]: row["status"] for row in report["files"]}
        meant = {str(n): "completed" if whole else "failed" for n, whole in self.feed.book.items()}
        for name in sorted(reported.keys() | meant.keys()):
            if reported.get(name) != meant.get(name):
                yield f"{name} is {reported.get(name)}, not {meant.get(name)}"
        volumes = {row["volume_id"] for row in report["volumes"] if row["netcdf_path"]}
        yield from (
            f"{name} is not as published" for name in volumes ^ set(map(str, self.feed.volumes))
        )
        products = report["counts"]["products"].get("completed", 0)
        if products != self.products:
            yield f"{products} pictures instead of {self.products}"
        yield from self._not_recorded(records)
        for day in verify.recorded_days(records, self.feed.radars):
            checks = verify.check_day(records, self.workspace, day)
            yield from (f"{item.file.path} {item.detail}" for item in checks if item.is_wrong)
        for folder in (self.workspace.scratch, self.workspace.partial):
            yield from (f"{path} is left" for path in folder.rglob("*") if path.is_file())

    @property
    def products(self) -> int:
        """Number of PNG and GeoTIFF files that follow from whole files."""
        whole = [name.field for name, is_whole in self.feed.book.items() if is_whole]
        return 2 * sum(len(PRODUCTS[field]) for field in whole)

    def _not_recorded(self, records: dg.DagsterInstance) -> Iterator[str]:
        windows = {window_key(BEGIN + n * WINDOW, WINDOW) for n in range(self.windows)}
        for radar in self.feed.radars:
            found = newest(records, asset_key(radar, "bufr_files"))
            for window in sorted(windows ^ found.keys()):
                yield f"{radar} {window} has no record, or one too many"


def soak(folder: Path, *, radars: int, hours: int, seed: int) -> tuple[str, list[str]]:
    """Run the whole of it; a summary, and what is wrong."""
    home, known = Home(folder), load_network().radars
    home.prepare()
    names = tuple(list(known)[:radars])
    feed = Feed(names, home.server / "L2", BEGIN, 0, ("", range(0)), seed)
    day = Soak(home, feed, 6 * hours)
    day.publish(Random(seed))
    with FtpServer(home.server) as server, instance(home.dagster) as records:
        end = BEGIN + day.windows * WINDOW
        head = _NETWORK.format(url=server.url, fields=list(FIELDS))
        products = [name for names in PRODUCTS.values() for name in names]
        tables = (
            _RADAR.format(
                name=n,
                radar=known[n],
                altitude=known[n].altitude or ALTITUDE,
                begin=BEGIN,
                end=end,
                products=products,
            )
            for n in names
        )
        home.network.write_text(head + "".join(tables), "utf-8")
        endurance, started = Endurance({"runs": os.getpid()}, records), time.monotonic()
        day.run(records, endurance)
        minutes = (time.monotonic() - started) / 60
        wrong = [*day.wrong(records), *endurance.growing()]
        runs = records.get_runs_count()
    broken = sum(not whole for whole in feed.book.values())
    head = (
        f"{hours} hours of {radars} radars in {runs} runs and {minutes:.0f} minutes: "
        f"{radars * day.windows} windows, {len(feed.book)} files, {broken} of them broken, "
        f"{len(feed.volumes)} volumes, {day.products} pictures; {len(wrong)} differences."
    )
    return f"{head}\n\n{endurance.table()}", wrong


def main() -> None:
    """Run it and say what came of it."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--radars", type=int, default=18)
    options.add_argument("--hours", type=int, default=24)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--report", type=Path, help="file, or page with a place for it")
    given = options.parse_args()
    logging.basicConfig(level=logging.WARNING)  # else the FTP server logs every command
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        text, wrong = soak(Path(folder), radars=given.radars, hours=given.hours, seed=given.seed)
    print(text)
    if given.report:
        write(given.report, "soak", text)
    for line in wrong[:40]:
        print("WRONG", line)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
