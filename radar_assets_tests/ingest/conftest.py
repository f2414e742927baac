"""Files to fetch, the servers that have them, and who signs certificates."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from radar_assets_tests.ftp_server import Server
from radar_assets_tests.ingest.authority import Authority
from radar_assets_tests.ingest.mirrors import Archive
from radar_assets_tests.ingest.place import Place


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def server(place: Place) -> Iterator[Server]:
    with Server(place.remote) as running:
        yield running


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path)


@pytest.fixture
def first(archive: Archive) -> Iterator[Server]:
    """The server s0 of an archive."""
    with Server(archive.roots[0]) as running:
        yield running


@pytest.fixture
def second(archive: Archive) -> Iterator[Server]:
    """The server s1 of an archive."""
    with Server(archive.roots[1]) as running:
        yield running
