"""What records of a day, a month and a year of a network cost those who read them.

    python -m radar_assets_tests.drills.growth --radars 18 --days 1 30 365

Generates the records of every window, asks what pages and commands ask, and prints a table of
seconds: the first time, when Dagster builds its caches, and the best of three after that. Records
older than a day have totals alone, for the tables of a year would fill the disk; nothing that is
asked here reads them. Exits with 1 where a page takes more than 2 s once its caches are there.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg

from radar_assets.defs.history import Period, passes
from radar_assets.defs.status import Query, status
from radar_assets.settings import load_network
from radar_assets_tests.defs.dagster_server import DagsterServer
from radar_assets_tests.defs.platforms import STAGES
from radar_assets_tests.drills.growth.records import WINDOW, grow

MOST = 2.0
"""seconds that a page may take"""
_RADAR = """
[radars.{name}]
sources = ["server"]
latitude = {radar.latitude}
longitude = {radar.longitude}
start = {start:%Y-%m-%dT%H:%M:%SZ}
"""
_LIVE = """
query($keys: [AssetKeyInput!]!) {
  assetsLatestInfo(assetKeys: $keys) { assetKey { path } latestRun { id } inProgressRunIds }
}
"""
_NODES = """
query($keys: [AssetKeyInput!]!) {
  assetNodes(assetKeys: $keys) {
    id
    assetMaterializations(limit: 1) { timestamp runId }
    partitionStats { numMaterialized numFailed numPartitions }
  }
}
"""
_PARTITIONS = """
query($keys: [AssetKeyInput!]!) {
  assetNodes(assetKeys: $keys) {
    id
    partitionKeysByDimension { name partitionKeys }
    assetPartitionStatuses {
      ... on TimePartitionStatuses { ranges { startKey endKey status } }
    }
  }
}
"""
_WINDOW = """
query($key: AssetKeyInput!, $windows: [String!]) {
  assetOrError(assetKey: $key) {
    ... on Asset {
      assetMaterializations(partitions: $windows, limit: 20) {
        timestamp metadataEntries { label ... on TableMetadataEntry { table { records } } }
      }
    }
  }
}
"""


def main() -> int:
    """Measure each span and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--radars", type=int, default=18)
    parser.add_argument("--days", type=int, nargs="+", default=[1, 30, 365])
    wanted = parser.parse_args()
    slow = []
    print("| days | records | index | " + " | ".join(QUERIES) + " |")
    print("|---|---|---|" + "---|" * len(QUERIES))
    for days in wanted.days:
        with tempfile.TemporaryDirectory(prefix="growth-") as folder:
            count, size, seconds = measure(Path(folder), wanted.radars, days)
        cells = [f"{first:.2f} / {best:.2f}" for first, best in seconds.values()]
        print(f"| {days} | {count} | {size / 1e9:.2f} GB | " + " | ".join(cells) + " |", flush=True)
        slow += [f"{days} days: {name}" for name in PAGES if seconds[name][1] > MOST]
    for text in slow:
        print("SLOW", text)
    return 1 if slow else 0


def measure(
    folder: Path, radars: int, days: int
) -> tuple[int, int, dict[str, tuple[float, float]]]:
    """Records, bytes of their index, and seconds of each query, the first time and at best."""
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    names = list(load_network().radars)[:radars]
    _write_network(folder, names, now - timedelta(days=days))
    environment = {
        "RADAR_ASSETS_NETWORK": str(folder / "network.toml"),
        "RADAR_ASSETS_DATA": str(folder / "data"),
    }
    server = DagsterServer(folder / "home", environment)
    with dg.DagsterInstance.from_config(str(server.home)) as instance:
        count, size = grow(instance, names, now - timedelta(days=days), now)
        with server:
            query = Queries(server, instance, names, now)
            seconds = {name: _timed(lambda n=name: QUERIES[n](query)) for name in QUERIES}
    return count, size, seconds


class Queries:
    """What pages and commands ask of the records."""

    def __init__(
        self, server: DagsterServer, instance: dg.DagsterInstance, radars: list[str], now: datetime
    ) -> None:
        self.server, self.instance, self.now = server, instance, now
        self.radar = radars[0]
        self.keys = [{"path": [radar, stage]} for radar in radars for stage in STAGES]

    def network(self) -> None:
        """The page of all assets."""
        self.server.ask(_LIVE, keys=self.keys)
        self.server.ask(_NODES, keys=self.keys)

    def radar_group(self) -> None:
        """The page of a radar's group."""
        self.server.ask(_LIVE, keys=self.keys[:4])
        self.server.ask(_NODES, keys=self.keys[:4])

    def partitions(self) -> None:
        """The page of an asset's partitions."""
        self.server.ask(_PARTITIONS, keys=self.keys[2:3])

    def window(self) -> None:
        """The page of a window."""
        window = f"{self.now - WINDOW:%Y-%m-%d-%H:%M}"
        self.server.ask(_WINDOW, key=self.keys[2], windows=[window])

    def status_of_an_hour(self) -> None:
        """`status` of the whole network for an hour."""
        found = status(self.instance, WINDOW, Query(first=self.now - timedelta(hours=1)))
        assert found["products"]

    def status_of_a_day(self) -> None:
        """`status` of a radar for a day."""
        day = Query(radar=self.radar, first=self.now - timedelta(days=1))
        assert status(self.instance, WINDOW, day)["products"]

    def history_of_an_hour(self) -> None:
        """`history` of the network's windows of an hour."""
        assert list(passes(self.instance, Period(first=self.now - timedelta(hours=1)), WINDOW))


QUERIES: dict[str, Callable[[Queries], None]] = {
    "all assets": Queries.network,
    "a radar": Queries.radar_group,
    "partitions of an asset": Queries.partitions,
    "a window": Queries.window,
    "status, network, an hour": Queries.status_of_an_hour,
    "status, radar, a day": Queries.status_of_a_day,
    "history, network, an hour": Queries.history_of_an_hour,
}


PAGES = ("all assets", "a radar", "partitions of an asset", "a window")


def _timed(query: Callable[[], None]) -> tuple[float, float]:
    taken = []
    for _ in range(4):
        started = time.monotonic()
        query()
        taken.append(time.monotonic() - started)
    return taken[0], min(taken[1:])


def _write_network(folder: Path, radars: list[str], start: datetime) -> None:
    known = load_network()
    tables = (_RADAR.format(name=n, radar=known.radar(n), start=start) for n in radars)
    text = f'[sources.server]\nurl = "{folder}"\n' + "".join(tables)
    (folder / "network.toml").write_text(text, "utf-8")


if __name__ == "__main__":
    sys.exit(main())
