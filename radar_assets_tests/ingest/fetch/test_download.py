"""Fetching files from a real FTP server that drops, refuses and grows."""

from __future__ import annotations

import errno
import hashlib
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

import pytest

from radar_assets import settings
from radar_assets.ingest.download import Download, Retries, fetch_file
from radar_assets.ingest.fetching import fetch_many
from radar_assets.ingest.source import RemoteFile, Source
from radar_assets.ingest.survey import list_radar, open_source
from radar_assets.radar import files
from radar_assets.radar.errors import (
    AccessDenied,
    DownloadIncomplete,
    FileTooLarge,
    RemoteFileMissing,
    SourceUnreachable,
    StorageError,
)
from radar_assets_tests.ftp_server import Server
from radar_assets_tests.ingest.tree import name, noise, put, utc

BUFR = name("2025-11-18T12:30:20")
SIZE = 300_000
QUICK = Retries(attempts=3, pause=0.01)


class Place:
    """A server's folder, and where its files go."""

    def __init__(self, root: Path) -> None:
        self.remote, self.data, self.partials = root / "ftp", root / "data", root / "partials"
        put(self.remote, BUFR, noise(SIZE), "2025-11-18T12:31:00")
        self.target = self.data / BUFR.path

    def fetch(self, server: Server, remote: RemoteFile | None = None) -> Download:
        with open_source(
            "here", settings.Source(url=server.url, timeout=timedelta(seconds=2))
        ) as source:
            return fetch_file(source, remote or listed(source), self.target, self.partials, QUICK)


def listed(source: Source) -> RemoteFile:
    day = utc("2025-11-18T12:00"), utc("2025-11-18T13:00")
    return list_radar(source, "RMA1", [day]).files[0]


def announced(size: int = SIZE) -> RemoteFile:
    return RemoteFile(BUFR, size, utc("2025-11-18T12:31:00"), "here")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def server(place: Place) -> Iterator[Server]:
    with Server(place.remote) as running:
        yield running


def test_fetches_and_tells_what_it_did(place: Place, server: Server) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    done = place.fetch(server)
    assert place.target.read_bytes() == noise(SIZE)
    assert done.sha256 == hashlib.sha256(noise(SIZE)).hexdigest()
    assert (done.size_bytes, done.bytes_downloaded) == (SIZE, SIZE)
    assert (done.attempts, done.resumed_at_byte) == (1, 0)
    assert before <= done.downloaded_at <= datetime.now(UTC) + timedelta(seconds=1)
    assert done.seconds > 0
    assert list(place.partials.iterdir()) == []


def test_downloads_nothing_twice(place: Place, server: Server) -> None:
    first = place.fetch(server)
    again = place.fetch(server)
    assert (again.bytes_downloaded, again.attempts) == (0, 0)
    assert (again.sha256, again.downloaded_at) == (first.sha256, first.downloaded_at)
    assert len(server.sent("RETR")) == 1


@pytest.mark.parametrize(
    ("content", "modified"),
    [
        (noise(SIZE + 1), "2025-11-18T12:31:00"),
        (b"x" * SIZE, "2025-11-18T12:40:00"),
        (b"x" * SIZE, "2025-11-18T12:20:00"),
    ],
    ids=["other size", "same size, newer", "same size, an older one restored"],
)
def test_a_changed_file_is_fetched_again(
    content: bytes, modified: str, place: Place, server: Server
) -> None:
    place.fetch(server)
    put(place.remote, BUFR, content, modified)
    assert place.fetch(server).bytes_downloaded == len(content)
    assert place.target.read_bytes() == content


@pytest.mark.parametrize(("modified", "fetched"), [("12:31:00", 0), ("12:31:01", SIZE)])
def test_a_copy_made_by_hand_is_kept_if_it_has_the_time_of_the_remote_file(
    modified: str, fetched: int, place: Place, server: Server
) -> None:
    put(place.remote, BUFR, noise(SIZE), f"2025-11-18T{modified}")
    remote = announced()
    place.target.parent.mkdir(parents=True)
    place.target.write_bytes(noise(SIZE))
    stamp = utc(f"2025-11-18T{modified}").timestamp()
    os.utime(place.target, (stamp, stamp))
    assert place.fetch(server, remote).bytes_downloaded == fetched


@pytest.mark.parametrize("byte", [1, 65_536, 150_001, SIZE - 1])
def test_resumes_where_the_connection_dropped(byte: int, place: Place) -> None:
    with Server(place.remote, drop_after=byte) as server:
        done = place.fetch(server)
        assert server.sent("REST") == [str(byte)]
    assert place.target.read_bytes() == noise(SIZE)
    assert (done.resumed_at_byte, done.attempts) == (byte, 2)
    assert done.bytes_downloaded == SIZE


def test_a_later_call_resumes_too(place: Place) -> None:
    with Server(place.remote, drop_after=50_000, drops=3) as server:
        with pytest.raises(SourceUnreachable) as broken:
            place.fetch(server)
        assert broken.value.attempts == 3
        assert not place.target.exists()
        assert place.fetch(server).resumed_at_byte == 150_000
    assert place.target.read_bytes() == noise(SIZE)


def test_starts_afresh_where_resuming_is_refused(place: Place) -> None:
    with Server(place.remote, refuse=["REST"], drop_after=100_000) as server:
        done = place.fetch(server)
    assert place.target.read_bytes() == noise(SIZE)
    assert (done.resumed_at_byte, done.attempts, done.bytes_downloaded) == (0, 2, 100_000 + SIZE)


def test_a_part_of_another_version_is_not_continued(place: Place) -> None:
    with Server(place.remote, drop_after=100_000, drops=3, refuse=["REST"]) as server:
        with pytest.raises(SourceUnreachable):
            place.fetch(server)
        put(place.remote, BUFR, b"x" * SIZE, "2025-11-18T12:50:00")
        assert place.fetch(server).resumed_at_byte == 0
    assert place.target.read_bytes() == b"x" * SIZE
    assert list(place.partials.iterdir()) == []


@pytest.mark.parametrize("size", [SIZE - 1, SIZE + 1], ids=["has grown", "has shrunk"])
def test_another_size_than_announced_is_not_published(
    size: int, place: Place, server: Server
) -> None:
    with pytest.raises(DownloadIncomplete) as broken:
        place.fetch(server, announced(size))
    assert broken.value.attempts == QUICK.attempts
    assert not place.target.exists()


def test_what_no_bufr_file_can_be_is_refused(place: Place, server: Server) -> None:
    with pytest.raises(FileTooLarge):
        place.fetch(server, announced(2**24))
    assert server.commands == []
    assert not place.partials.exists()


def test_a_missing_file_is_not_tried_again(place: Place, server: Server) -> None:
    (place.remote / BUFR.remote_path).unlink()
    with pytest.raises(RemoteFileMissing) as missing:
        place.fetch(server, announced())
    assert missing.value.attempts == 1
    assert len(server.sent("RETR")) == 1


def test_a_full_disk_is_said(place: Place, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files, "publish", full)
    with pytest.raises(StorageError, match="free some space"):
        place.fetch(server)


def many(place: Place, count: int) -> list[RemoteFile]:
    found = []
    for index in range(count):
        bufr = name(f"2025-11-18T12:{index:02d}:00")
        put(place.remote, bufr, noise(index + 1), "2025-11-18T13:00:00")
        found.append(RemoteFile(bufr, index + 1, utc("2025-11-18T13:00:00"), "here"))
    return found


def fetch_all(place: Place, url: str, remotes: list[RemoteFile], **more: str) -> list[object]:
    chosen = settings.Source(url=url, timeout=timedelta(seconds=2), **more)
    return list(
        fetch_many(
            lambda: open_source("here", chosen),
            remotes,
            place.data,
            place.partials,
            connections=3,
            retries=QUICK,
        )
    )


def test_many_files_over_few_connections(place: Place, server: Server) -> None:
    remotes = many(place, 40)
    (place.remote / remotes[7].path).unlink()
    outcomes = fetch_all(place, server.url, remotes)
    assert isinstance(outcomes.pop(7), RemoteFileMissing)
    assert [done.size_bytes for done in outcomes if isinstance(done, Download)] == [
        remote.size for remote in remotes if remote is not remotes[7]
    ]
    assert 1 <= server.connections <= 3


def test_no_files_need_no_connection(place: Place) -> None:
    assert fetch_all(place, "ftp://127.0.0.1:1", []) == []


def test_a_dead_server_is_soon_given_up(place: Place) -> None:
    started = time.monotonic()
    outcomes = fetch_all(place, "ftp://127.0.0.1:1", many(place, 60))
    assert len(outcomes) == 60
    assert all(isinstance(outcome, SourceUnreachable) for outcome in outcomes)
    assert {outcome.attempts for outcome in outcomes} == {QUICK.attempts, 0}
    assert time.monotonic() - started < 5


def test_a_refused_login_is_not_repeated(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FTP_USER", "radar")
    monkeypatch.setenv("FTP_PASSWORD", "wrong")
    with Server(place.remote, user="radar", password="right") as server:
        outcomes = fetch_all(
            place, server.url, many(place, 30), username_env="FTP_USER", password_env="FTP_PASSWORD"
        )
        assert all(isinstance(outcome, AccessDenied) for outcome in outcomes)
        assert len(server.sent("PASS")) <= 3
