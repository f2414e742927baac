"""Where the files of the platform are stored, by keys: relative paths with forward slashes.

`Store` is what stages use; the local disk is its one implementation. An object store fits behind
the same five methods: `get` downloads to a local file, `writing` uploads at its end.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Protocol

from radar_assets.errors import StorageError
from radar_assets.files import replacing


@dataclass(frozen=True)
class Stat:
    """What a store says of a file."""

    size: int
    """bytes"""
    modified_at: datetime


class Store(Protocol):
    """Files by their keys. A file appears whole, or not at all."""

    def writing(self, key: PurePosixPath) -> AbstractContextManager[Path]:
        """Give a local file to write to, which is stored when the block ends without an error."""

    def put(self, key: PurePosixPath, data: bytes) -> None:
        """Store some bytes; a file that has this key is replaced."""

    def get(self, key: PurePosixPath) -> Path:
        """Return a local file with the content of a stored one; it is not to be changed."""

    def stat(self, key: PurePosixPath) -> Stat | None:
        """Size and time of a file; None where there is none."""

    def list(self, folder: PurePosixPath) -> list[PurePosixPath]:
        """Keys of all files below a folder, at any depth, in order."""

    def remove(self, key: PurePosixPath) -> None:
        """Remove a file, if it is there."""


@dataclass(frozen=True)
class LocalStore:
    """Files below a folder of the local disk."""

    root: Path
    scratch: Path
    """folder for unfinished files, on the same file system"""

    def writing(self, key: PurePosixPath) -> AbstractContextManager[Path]:
        """Give a temporary file, which is synced and renamed when the block ends without error."""
        return replacing(self._path(key), self.scratch)

    def put(self, key: PurePosixPath, data: bytes) -> None:
        """Write some bytes in one visible step."""
        with self.writing(key) as path:
            path.write_bytes(data)

    def get(self, key: PurePosixPath) -> Path:
        """Return the path of a file."""
        return self._path(key)

    def stat(self, key: PurePosixPath) -> Stat | None:
        """Size and time of a file; None where there is none."""
        path = self._path(key)
        if not path.is_file():
            return None
        status = path.stat()
        return Stat(status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))

    def list(self, folder: PurePosixPath) -> list[PurePosixPath]:
        """Keys of all files below a folder, at any depth, in order; links are not followed."""
        return sorted(self._below(self._path(folder)))

    def remove(self, key: PurePosixPath) -> None:
        """Remove a file, if it is there."""
        self._path(key).unlink(missing_ok=True)

    def _path(self, key: PurePosixPath) -> Path:
        if key.is_absolute() or ".." in key.parts:
            raise StorageError(f"{key} is no path below the data folder")
        return self.root / key

    def _below(self, folder: Path) -> Iterator[PurePosixPath]:
        for path in folder.rglob("*"):
            if path.is_file():
                yield PurePosixPath(path.relative_to(self.root))
