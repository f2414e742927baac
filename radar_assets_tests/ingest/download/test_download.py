"""Fetching files from a real FTP server that drops, refuses and grows."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from radar_assets.errors import (
    BufrCorrupt,
    BufrTruncated,
    DownloadIncomplete,
    FileTooLarge,
    RemoteFileMissing,
    SourceUnreachable,
)
from radar_assets.ingest.download.transfer import OVERLAP
from radar_assets_tests.ftp_server import Server
from radar_assets_tests.ingest.place import BUFR, CONTENT, MODIFIED, QUICK, SIZE, Place, announced
from radar_assets_tests.ingest.tree import message, utc


def test_fetches_and_tells_what_it_did(place: Place, server: Server) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    blocks: list[int] = []
    done = place.fetch(server, on_bytes=blocks.append)
    assert place.target.read_bytes() == CONTENT
    assert done.path == place.target
    assert done.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert (done.size_bytes, done.bytes_downloaded, sum(blocks)) == (SIZE, SIZE, SIZE)
    assert (done.attempts, done.retry_reasons, done.resumed_at_byte) == (1, (), 0)
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
        (message(SIZE + 1), MODIFIED),
        (message(SIZE, seed=1), "2025-11-18T12:40:00"),
        (message(SIZE, seed=1), "2025-11-18T12:20:00"),
    ],
    ids=["other size", "same size, newer", "same size, an older one restored"],
)
def test_a_changed_file_is_fetched_again(
    content: bytes, modified: str, place: Place, server: Server
) -> None:
    place.fetch(server)
    place.put(content, modified)
    assert place.fetch(server).bytes_downloaded == len(content)
    assert place.target.read_bytes() == content


@pytest.mark.parametrize(
    ("nanoseconds", "fetched"), [(0, 0), (999, 0), (1000, SIZE), (10**9, SIZE)]
)
def test_a_copy_made_by_hand_is_kept_if_it_has_the_time_of_the_remote_file(
    nanoseconds: int, fetched: int, place: Place, server: Server
) -> None:
    place.target.parent.mkdir(parents=True)
    place.target.write_bytes(CONTENT)
    stamp = int(utc(MODIFIED).timestamp()) * 10**9 + nanoseconds
    os.utime(place.target, ns=(stamp, stamp))
    assert place.fetch(server).bytes_downloaded == fetched


@pytest.mark.parametrize("byte", [OVERLAP + 1, 65_536, 150_001, SIZE - 1])
def test_resumes_where_the_connection_dropped(byte: int, place: Place) -> None:
    with Server(place.remote, drop_after=byte) as server:
        done = place.fetch(server)
        assert server.sent("REST") == [str(byte - OVERLAP)]
    assert place.target.read_bytes() == CONTENT
    assert (done.resumed_at_byte, done.attempts) == (byte, 2)
    assert done.bytes_downloaded == SIZE + OVERLAP
    (reason,) = done.retry_reasons
    assert "reply 426" in reason


def test_a_later_call_resumes_too(place: Place) -> None:
    with Server(place.remote, drop_after=50_000, drops=3) as server:
        with pytest.raises(SourceUnreachable) as broken:
            place.fetch(server)
        assert broken.value.attempts == 3
        assert len(broken.value.retry_reasons) == 2
        assert not place.target.exists()
        assert place.fetch(server).resumed_at_byte == 150_000 - 2 * OVERLAP
    assert place.target.read_bytes() == CONTENT


def test_starts_afresh_where_resuming_is_refused(place: Place) -> None:
    with Server(place.remote, refuse=["REST"], drop_after=100_000) as server:
        done = place.fetch(server)
    assert place.target.read_bytes() == CONTENT
    assert (done.resumed_at_byte, done.attempts, done.bytes_downloaded) == (0, 2, 100_000 + SIZE)


@pytest.mark.parametrize("refuse", [[], ["REST"]], ids=["resuming", "not resuming"])
def test_a_part_of_another_version_is_not_continued(refuse: list[str], place: Place) -> None:
    with Server(place.remote, drop_after=100_000, drops=3, refuse=refuse) as server:
        with pytest.raises(SourceUnreachable):
            place.fetch(server)
        place.put(message(SIZE, seed=1), "2025-11-18T12:50:00")
        assert place.fetch(server).resumed_at_byte == 0
    assert place.target.read_bytes() == message(SIZE, seed=1)
    assert list(place.partials.iterdir()) == []


def interrupted(place: Place, server: Server) -> Path:
    """Fetch as far as the connection allows; returns the part."""
    with pytest.raises(SourceUnreachable):
        place.fetch(server)
    (part,) = place.partials.iterdir()
    return part


@pytest.mark.parametrize(
    ("refuse", "reasons"),
    [([], ["differs from the part"]), (["REST"], [])],
    ids=["resuming", "not resuming"],
)
def test_a_part_that_differs_at_its_end_is_dropped(
    refuse: list[str], reasons: list[str], place: Place
) -> None:
    with Server(place.remote, drop_after=100_000, drops=3, refuse=refuse) as server:
        part = interrupted(place, server)
        part.write_bytes(part.read_bytes()[:-1] + b"?")
        done = place.fetch(server)
    assert place.target.read_bytes() == CONTENT
    assert (done.attempts, done.resumed_at_byte) == (1 + len(reasons), 0)
    for words, reason in zip(reasons, done.retry_reasons, strict=True):
        assert words in reason


def test_a_part_that_makes_no_message_is_dropped_once(place: Place) -> None:
    with Server(place.remote, drop_after=100_000, drops=3) as server:
        part = interrupted(place, server)
        part.write_bytes(b"beef" + part.read_bytes()[4:])
        done = place.fetch(server)
    assert place.target.read_bytes() == CONTENT
    assert (done.attempts, done.resumed_at_byte) == (2, 0)
    (reason,) = done.retry_reasons
    assert "does not begin with BUFR" in reason


def test_a_part_that_is_whole_is_not_fetched_again(place: Place, server: Server) -> None:
    place.partials.mkdir()
    (place.partials / f"{BUFR}.{SIZE}-20251118T123100000000.part").write_bytes(CONTENT)
    assert place.fetch(server).bytes_downloaded == OVERLAP
    assert place.target.read_bytes() == CONTENT


BROKEN = {
    "no beginning": (b"beef" + CONTENT[4:], BufrCorrupt, "does not begin with BUFR"),
    "no end": (CONTENT[:-4] + b"7778", BufrCorrupt, "does not end in 7777"),
    "cut": (CONTENT[:-9], BufrTruncated, f"9 of {SIZE} bytes are missing"),
    "surplus": (CONTENT + b"\0", BufrCorrupt, "1 bytes follow the end"),
    "empty": (b"", BufrTruncated, "0 bytes are too few"),
}


@pytest.mark.parametrize(("content", "kind", "words"), BROKEN.values(), ids=BROKEN)
def test_what_is_not_one_whole_message_is_not_stored(
    content: bytes, kind: type[Exception], words: str, place: Place, server: Server
) -> None:
    place.fetch(server)
    place.put(content, "2025-11-18T12:40:00")
    with pytest.raises(kind, match=words) as broken:
        place.fetch(server)
    assert (broken.value.attempts, broken.value.retry_reasons) == (1, ())
    assert str(BUFR) in str(broken.value)
    assert len(server.sent("RETR")) == 2
    assert place.target.read_bytes() == CONTENT
    assert list(place.partials.iterdir()) == []


def test_a_broken_file_that_was_resumed_is_fetched_once_more_before_it_is_refused(
    place: Place,
) -> None:
    place.put(BROKEN["no end"][0])
    with Server(place.remote, drop_after=100_000) as server, pytest.raises(BufrCorrupt) as broken:
        place.fetch(server)
    assert broken.value.attempts == 3
    dropped, unfit = broken.value.retry_reasons
    assert "reply 426" in dropped
    assert "does not end in 7777" in unfit
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
