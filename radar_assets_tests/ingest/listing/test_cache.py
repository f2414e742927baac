"""Polls with a cache: quiet folders are not listed again, and nothing is missed for it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from radar_assets.ingest.listing.cache import QUIET, TRUST, CachedClient, ListingCache
from radar_assets.ingest.listing.model import Listing, hours_of
from radar_assets.ingest.listing.walk import list_radar
from radar_assets.ingest.sources.registry import open_source
from radar_assets.settings import Source
from radar_assets_tests.ftp_server import Server
from radar_assets_tests.ingest.tree import name, put, utc

HOURS = utc("2025-11-18T12:00"), utc("2025-11-18T14:00")
VOLUMES = [name(f"2025-11-18T12:{minute}0:20") for minute in range(6)]
POLL = 10.0


class Watch:
    """Polls of a server, some seconds apart."""

    def __init__(self, server: Server) -> None:
        self.server, self.now = server, 0.0
        self.cache = ListingCache(clock=lambda: self.now)

    def poll(self, after: float = POLL) -> Listing:
        self.now += after
        self.server.commands.clear()
        source = open_source("server", Source(url=f"{self.server.url}/"))
        with closing(CachedClient(source, self.cache)) as remembering:
            return list_radar(remembering, "RMA1", hours_of(*HOURS))

    @property
    def listed(self) -> set[str]:
        """Folders of volumes that the last poll listed."""
        return {path for path in self.server.sent("MLSD") if path.count("/") == 6}

    def settle(self) -> None:
        for _ in range(round(QUIET / POLL) + 1):
            self.poll()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for bufr in VOLUMES:
        put(tmp_path, bufr)
        age(tmp_path / bufr.remote_path.parent)
    return tmp_path


@pytest.fixture
def watch(root: Path) -> Iterator[Watch]:
    with Server(root) as server:
        yield Watch(server)


def age(folder: Path, second: int = 0) -> None:
    """Give a folder a modification time of its own: servers tell whole seconds."""
    moment = utc("2025-11-18T12:59").timestamp() + second
    os.utime(folder, (moment, moment))


def test_folders_are_listed_until_they_have_been_quiet(watch: Watch) -> None:
    for _ in range(round(QUIET / POLL) + 1):
        before = watch.poll()
        assert len(watch.listed) == len(VOLUMES)
    assert watch.poll() == before
    assert watch.listed == set()


def test_a_new_file_of_a_quiet_folder_is_seen_at_once(watch: Watch, root: Path) -> None:
    watch.settle()
    late = name("2025-11-18T12:30:20", "ZDR")
    age(put(root, late).parent, second=1)
    assert late in {file.name for file in watch.poll().files}
    assert len(watch.listed) == 1


def test_a_new_folder_is_seen_at_once(watch: Watch, root: Path) -> None:
    watch.settle()
    late = name("2025-11-18T13:00:20")
    put(root, late)
    assert late in {file.name for file in watch.poll().files}
    assert len(watch.listed) == 1


def test_a_file_that_grows_keeps_its_folder_in_view(watch: Watch, root: Path) -> None:
    for size in range(20):
        put(root, VOLUMES[2], b"x" * (size + 1))
        age((root / VOLUMES[2].remote_path).parent)
        assert {file.size for file in watch.poll().files} >= {size + 1}


def test_a_file_that_was_written_over_in_place_is_seen_after_a_while(
    watch: Watch, root: Path
) -> None:
    watch.settle()
    put(root, VOLUMES[2], b"another")
    age((root / VOLUMES[2].remote_path).parent)
    assert 7 not in {file.size for file in watch.poll().files}
    assert 7 in {file.size for file in watch.poll(after=TRUST).files}


def test_a_removed_file_is_not_remembered(watch: Watch, root: Path) -> None:
    watch.settle()
    (root / VOLUMES[2].remote_path).unlink()
    age((root / VOLUMES[2].remote_path).parent, second=1)
    assert len(watch.poll().files) == len(VOLUMES) - 1


def test_a_server_that_shows_no_times_of_folders_is_always_asked(root: Path) -> None:
    with Server(root, refuse=["MLSD", "MLST"]) as server:
        watch = Watch(server)
        watch.settle()
        watch.poll()
        assert sum(path.count("/") == 6 for path in server.sent("CWD")) == len(VOLUMES)


def test_what_is_no_longer_looked_at_is_forgotten(watch: Watch) -> None:
    watch.settle()
    watch.now += 3 * TRUST
    watch.cache.forget()
    assert watch.cache == ListingCache(clock=watch.cache.clock)
