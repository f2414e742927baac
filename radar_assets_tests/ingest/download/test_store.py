"""What is stored of a file: its form, its time, and the space that it needs."""

from __future__ import annotations

import errno
import gzip
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest

from radar_assets import files
from radar_assets.errors import NoSpace, StorageError
from radar_assets.ingest.download.store import UNKNOWN_TIME
from radar_assets_tests.ftp_server import Server
from radar_assets_tests.ingest.place import BUFR, CONTENT, MODIFIED, SIZE, Place, announced
from radar_assets_tests.ingest.tree import message, utc

STAMP = utc(MODIFIED).timestamp()


def stored(place: Place) -> list[str]:
    return [path.name for path in place.target.parent.iterdir()]


def test_what_is_stored_gzipped_is_the_same_message(place: Place, server: Server) -> None:
    done = place.fetch(server, compress=True)
    assert done.path == place.packed
    assert stored(place) == [f"{BUFR}.gz"]
    assert gzip.decompress(place.packed.read_bytes()) == CONTENT
    assert done.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert done.size_bytes == place.packed.stat().st_size
    assert place.packed.stat().st_mtime == STAMP
    assert list(place.partials.iterdir()) == []


def test_gzipping_gives_the_same_bytes_every_time(place: Place, server: Server) -> None:
    place.fetch(server, compress=True)
    first = place.packed.read_bytes()
    place.packed.unlink()
    place.put(CONTENT, "2025-11-18T12:40:00")
    place.fetch(server, compress=True)
    assert place.packed.read_bytes() == first
    flags, time = first[3], first[4:8]
    assert (flags, time) == (0, bytes(4))


@pytest.mark.parametrize("before", [False, True])
@pytest.mark.parametrize("after", [False, True])
def test_a_version_is_not_fetched_again_in_another_form(
    before: bool, after: bool, place: Place, server: Server
) -> None:
    first = place.fetch(server, compress=before)
    again = place.fetch(server, compress=after)
    assert (again.path, again.sha256, again.attempts) == (first.path, first.sha256, 0)
    assert len(server.sent("RETR")) == 1


@pytest.mark.parametrize("compress", [False, True])
def test_a_changed_file_leaves_one_form_only(compress: bool, place: Place, server: Server) -> None:
    place.fetch(server, compress=not compress)
    place.put(message(SIZE, seed=1), "2025-11-18T12:40:00")
    done = place.fetch(server, compress=compress)
    assert stored(place) == [done.path.name]
    assert done.sha256 == hashlib.sha256(message(SIZE, seed=1)).hexdigest()


def test_a_form_of_another_version_does_not_stay(place: Place, server: Server) -> None:
    place.fetch(server, compress=True)
    place.target.write_bytes(message(SIZE, seed=1))
    assert place.fetch(server).path == place.packed
    assert stored(place) == [f"{BUFR}.gz"]


@pytest.mark.parametrize("compress", [False, True])
@pytest.mark.parametrize(
    "sent",
    [
        gzip.compress(CONTENT),
        gzip.compress(CONTENT[:99]) + gzip.compress(CONTENT[99:]) + gzip.compress(b"") + bytes(512),
        CONTENT,
    ],
    ids=["gzipped", "in members", "misnamed"],
)
def test_what_the_server_has_gzipped_is_stored_as_it_is(
    sent: bytes, compress: bool, place: Place
) -> None:
    shutil.rmtree(place.remote)
    place.target, place.packed = place.packed, place.target
    remote = place.remote / BUFR.remote_path.with_name(f"{BUFR}.gz")
    remote.parent.mkdir(parents=True)
    remote.write_bytes(sent)
    with Server(place.remote) as server:
        done = place.fetch(server, compress=compress)
        assert place.fetch(server, compress=compress).attempts == 0
    assert done.path.read_bytes() == sent
    assert done.sha256 == hashlib.sha256(CONTENT).hexdigest()


@pytest.mark.parametrize("compress", [False, True])
@pytest.mark.parametrize("ending", [".bufr", ".Bufr", ".BUFR.GZ"])
def test_what_the_server_names_in_another_case_is_stored_under_the_usual_name(
    ending: str, compress: bool, place: Place
) -> None:
    usual = place.remote / BUFR.remote_path
    is_packed = ending.endswith("GZ")
    usual.rename(usual.with_suffix(ending))
    if is_packed:
        usual.with_suffix(ending).write_bytes(gzip.compress(CONTENT))
        place.target, place.packed = place.packed, place.target
    with Server(place.remote) as server:
        done = place.fetch(server, compress=compress)
        assert place.fetch(server, compress=compress).attempts == 0
    is_kept_packed = is_packed or compress
    assert stored(place) == [f"{BUFR}.gz" if is_kept_packed else str(BUFR)]
    assert done.sha256 == hashlib.sha256(CONTENT).hexdigest()


@pytest.mark.parametrize("is_gzipped", [False, True])
def test_a_file_of_unknown_time_is_taken_for_the_servers(
    is_gzipped: bool, place: Place, server: Server
) -> None:
    path = place.packed if is_gzipped else place.target
    adopt(path, gzip.compress(CONTENT) if is_gzipped else CONTENT)
    done = place.fetch(server)
    assert (done.path, done.attempts) == (path, 0)
    assert path.stat().st_mtime == STAMP
    assert server.sent("RETR") == []


@pytest.mark.parametrize(
    ("is_gzipped", "content"),
    [
        (False, message(SIZE - 1)),
        (False, CONTENT[:-1] + b"8"),
        (True, gzip.compress(message(SIZE - 1))),
        (True, gzip.compress(CONTENT)[:-1]),
    ],
    ids=["size", "damage", "size, gzipped", "damage, gzipped"],
)
def test_a_file_of_unknown_time_that_cannot_be_the_servers_is_fetched(
    is_gzipped: bool, content: bytes, place: Place, server: Server
) -> None:
    adopt(place.packed if is_gzipped else place.target, content)
    assert place.fetch(server).attempts == 1
    assert place.target.read_bytes() == CONTENT
    assert stored(place) == [str(BUFR)]


def test_a_time_stays_unknown_where_the_server_tells_none(place: Place, server: Server) -> None:
    adopt(place.target, CONTENT)
    assert place.fetch(server, announced(modified=None)).attempts == 0
    assert place.target.stat().st_mtime == UNKNOWN_TIME


def adopt(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    os.utime(path, (UNKNOWN_TIME, UNKNOWN_TIME))


@pytest.mark.parametrize("is_gzipped", [False, True])
def test_a_damaged_copy_is_fetched_again(is_gzipped: bool, place: Place, server: Server) -> None:
    path = place.fetch(server, compress=is_gzipped).path
    content = path.read_bytes()
    path.write_bytes(content[:-4] + b"????")
    os.utime(path, (STAMP, STAMP))
    assert place.fetch(server, compress=is_gzipped).attempts == 1
    assert path.read_bytes() == content


def test_nothing_is_asked_for_that_would_fill_the_disk(place: Place, server: Server) -> None:
    free = shutil.disk_usage(place.remote).free
    with pytest.raises(NoSpace, match=f"no space left for {SIZE} bytes.*min_free.*remove files"):
        place.fetch(server, announced(), min_free=free + 10**9)
    assert server.commands == []
    assert place.fetch(server, min_free=free // 2).attempts == 1


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (errno.ENOSPC, NoSpace),
        (errno.EDQUOT, NoSpace),
        (errno.EROFS, StorageError),
        (errno.EIO, StorageError),
    ],
    ids=errno.errorcode.get,
)
def test_faults_of_the_disk_are_distinguished_and_not_tried_again(
    code: int,
    kind: type[StorageError],
    place: Place,
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object) -> NoReturn:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(files, "publish", broken)
    with pytest.raises(StorageError, match=os.strerror(code)) as error:
        place.fetch(server)
    assert type(error.value) is kind
    assert ("remove files" in str(error.value)) == (kind is NoSpace)
    assert len(server.sent("RETR")) == 1


@contextmanager
def mounted(disk: Path, options: str) -> Iterator[Path]:
    """A disk of its own."""
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", options, "none", str(disk)]
    if os.geteuid() or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a disk")
    try:
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk with room for half of the file."""
    with mounted(tmp_path / "disk", f"size={SIZE // 2}") as disk:
        yield disk


@pytest.mark.parametrize("left", [0, 1, 3], ids="{} inodes left".format)
def test_a_disk_without_inodes_differs_from_a_full_one(
    left: int, tmp_path: Path, place: Place, server: Server
) -> None:
    with mounted(tmp_path / "disk", "size=20m,nr_inodes=20") as disk:
        (disk / "partials").mkdir()
        for number in range(os.statvfs(disk).f_favail - left):
            (disk / str(number)).touch()
        place.partials, place.target = disk / "partials", disk / "data" / BUFR.path
        with pytest.raises(NoSpace, match=r"no inodes are free for more files.* bytes are free"):
            place.fetch(server)
        assert not place.target.exists()


def test_a_disk_that_runs_full_is_said_and_keeps_nothing_half_written(
    small_disk: Path, place: Place, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    plenty = shutil.disk_usage(place.remote)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: plenty)
    place.partials, place.target = small_disk / "partials", small_disk / "data" / BUFR.path
    with pytest.raises(NoSpace, match="No space left on device"):
        place.fetch(server)
    assert not (small_disk / "data").exists()
    assert len(server.sent("RETR")) == 1
