"""Writing files so that a reader never sees half of one, and digests of their content."""

from __future__ import annotations

import hashlib
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from radar_assets.errors import NoSpace, StorageError
from radar_assets.errors.advice import is_disk_full

_SCARCE = 1 << 20
"""bytes free on a disk below which nothing is written, and an error is put down to that"""


@contextmanager
def replacing(path: Path, scratch: Path | None = None) -> Iterator[Path]:
    """Yield a temporary path to write to; on success it is synced and renamed to `path`.

    The temporary file lies in `scratch` (default: beside `path`), which must be on the same
    file system. On any error it is removed and `path` stays as it was. Raises `NoSpace` when
    the disk is full, and another `StorageError` when a library could not write.
    """
    folder = scratch or path.parent
    folder.mkdir(parents=True, exist_ok=True)
    if _is_full(folder):
        raise NoSpace(f"no space left to write {path}: {_room(folder)}")
    temporary = folder / f".{uuid.uuid4().hex}-{path.name}"
    try:
        yield temporary
        publish(temporary, path)
    except (OSError, RuntimeError) as error:
        if _is_full(folder) or is_disk_full(error) or is_disk_full(error.__context__):
            raise NoSpace(f"no space left to write {path}: {_room(folder)} ({error})") from error
        if isinstance(error, RuntimeError):
            raise StorageError(f"{path} cannot be written ({error})") from error
        raise
    finally:
        temporary.unlink(missing_ok=True)


def publish(temporary: Path, path: Path) -> None:
    """Sync a finished file to disk and move it to its final place in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _sync(temporary)
    temporary.replace(path)
    _sync(path.parent)


def write_bytes(path: Path, data: bytes, scratch: Path | None = None) -> None:
    """Write `data` to `path` in one visible step."""
    with replacing(path, scratch) as temporary:
        temporary.write_bytes(data)


def leftovers(folder: Path, prefix: str = "") -> Iterator[Path]:
    """Temporary files, of a process that was killed or one that still writes them.

    Only those of files whose names begin with `prefix`.
    """
    return folder.glob(f".{'[0-9a-f]' * 32}-{prefix}*")


def remove(path: Path, root: Path) -> None:
    """Remove a file, if it is there, and the folders below `root` that this leaves empty."""
    path.unlink(missing_ok=True)
    for folder in path.parents:
        if folder == root:
            return
        try:
            folder.rmdir()
        except OSError:  # it is not empty
            return


def sha256(path: Path) -> str:
    """Return the hexadecimal SHA-256 digest of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def check_inodes(folder: Path) -> None:
    """Raise `NoSpace` where a folder's file system can hold no more files."""
    if _lacks_inodes(folder):
        raise NoSpace(f"{folder}: {_room(folder)}")


def _is_full(folder: Path) -> bool:
    return shutil.disk_usage(folder).free < _SCARCE or _lacks_inodes(folder)


def _lacks_inodes(folder: Path) -> bool:
    """Whether the file system can hold no more files, whatever space is free."""
    status = os.statvfs(folder)
    return status.f_files > 0 and status.f_favail == 0


def _room(folder: Path) -> str:
    free = f"{shutil.disk_usage(folder).free} bytes are free"
    if _lacks_inodes(folder):
        return f"no inodes are free for more files, though {free}; remove small files"
    return free


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
