"""BUFR files in the data folder: finding the stored version of a remote file, and storing one.

A file is stored as the server has it or, with `compress_bufr`, gzipped under a name that ends in
`.gz`. Its modification time is that of the file on the server; time and size identify the version.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from isal import igzip

from radar_assets import files
from radar_assets.errors import BufrError, NoSpace, StorageError
from radar_assets.errors.advice import is_disk_full
from radar_assets.ingest.sources.client import RemoteFile
from radar_assets.radar.bufr import frame
from radar_assets.radar.names import BufrName

UNKNOWN_TIME = 0
"""modification time, in seconds since 1970, of stored files whose time on the server is not known

Such a file counts as the server's version if the sizes agree, and gets its time.
"""

_LEVEL = 3
"""the best of this library; it takes a seventh of the time of zlib's for the same size"""

_ADVICE = "remove files, or let RADAR_ASSETS_DATA name another disk"


@dataclass(frozen=True)
class Stored:
    """A whole BUFR file in the data folder, and the digest of the message in it."""

    path: Path
    sha256: str


def find(target: Path, remote: RemoteFile) -> Stored | None:
    """Find the stored file of this version, at `target` or gzipped beside it, if there is one.

    It gets the remote file's modification time; the other form, plain or gzipped, is removed.
    """
    for path in (target,) if remote.name.gzipped else (target, _other_form(target)):
        sha256 = _digest(path, remote)
        if sha256 is not None:
            _stamp(path, remote)
            _other_form(path).unlink(missing_ok=True)
            return Stored(path, sha256)
    return None


def publish(
    part: Path, target: Path, remote: RemoteFile, content: frame.Content, *, compress: bool
) -> Stored:
    """Rename a complete file into place; the other form, plain or gzipped, is removed.

    With `compress`, a plain file is gzipped, and stored beside `target`.
    """
    if compress and not (remote.name.gzipped or content.is_gzipped):
        part, target = _gzipped(part), _other_form(target)
    _stamp(part, remote)
    files.publish(part, target)
    _other_form(target).unlink(missing_ok=True)
    return Stored(target, content.sha256)


def check_space(folder: Path, size: int, min_free: int) -> None:
    """Raise `NoSpace` when `size` more bytes would leave less than `min_free` on a folder's disk.

    The folder is made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files.check_inodes(folder)
    free = shutil.disk_usage(folder).free
    if free - size < min_free:
        raise NoSpace(
            f"no space left for {size} bytes: the disk of {folder} has {free} bytes free, of which "
            f"{min_free} the setting min_free reserves; {_ADVICE}"
        )


@contextmanager
def storing(target: Path) -> Iterator[None]:
    """Turn errors of the local disk into `NoSpace` or another `StorageError`."""
    try:
        yield
    except OSError as error:
        if is_disk_full(error):
            files.check_inodes(_existing(target))
            raise NoSpace(
                f"no space left to store {target}: {error.strerror}; {_ADVICE}"
            ) from error
        raise StorageError(f"cannot store {target}: {error.strerror}") from error


def _existing(path: Path) -> Path:
    """The nearest folder above a path that is there."""
    return next(folder for folder in path.absolute().parents if folder.is_dir())


def _digest(path: Path, remote: RemoteFile) -> str | None:
    """Digest of a stored file's message; None where it is another version or damaged."""
    if not path.exists():
        return None
    status, is_as_sent = path.stat(), path.name == remote.name.stored
    if status.st_mtime_ns != UNKNOWN_TIME and not _is_of_time(status, remote):
        return None
    if is_as_sent and status.st_size != remote.size:
        return None
    try:
        content = frame.check_file(path)
    except BufrError:
        return None
    return content.sha256 if is_as_sent or content.size == remote.size else None


def _stamp(path: Path, remote: RemoteFile) -> None:
    """Set a file's modification time to that of the remote one, where that is known."""
    if remote.modified_at is not None and not _is_of_time(path.stat(), remote):
        stamp = _microseconds(remote.modified_at) * 1000
        os.utime(path, ns=(stamp, stamp))


def _is_of_time(status: os.stat_result, remote: RemoteFile) -> bool:
    """Whether a file has the time of the remote one, which may not be known."""
    moment = remote.modified_at
    return moment is None or _microseconds(moment) == status.st_mtime_ns // 1000


def _microseconds(moment: datetime) -> int:
    delta = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86400 + delta.seconds) * 1_000_000 + delta.microseconds


def _other_form(path: Path) -> Path:
    name = BufrName.parse(path.name)
    return path.with_name(str(replace(name, gzipped=not name.gzipped)))


def _gzipped(part: Path) -> Path:
    """Replace a part by its gzipped form, whose bytes depend only on the content."""
    packed = part.with_name(f"{part.stem}.gz{part.suffix}")
    packed.write_bytes(igzip.compress(part.read_bytes(), _LEVEL, mtime=0))
    part.unlink()
    return packed
