"""A folder tree as a source: an archive on disk or a mounted share."""

from __future__ import annotations

import os
import stat
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from pydantic import model_validator

from radar_assets.errors import AccessDenied, RemoteFileMissing, SourceUnreachable
from radar_assets.ingest.sources.client import MAX_ENTRIES, Entry, Stream, missing, named
from radar_assets.ingest.sources.kind import SourceKind, SourceSettings
from radar_assets.ingest.sources.pace import Pace

_OF_SERVERS = ("max_connections", "timeout", "passive", "ca_file")


class FolderSettings(SourceSettings):
    """A folder; settings that only servers have are taken and not used."""

    @model_validator(mode="before")
    @classmethod
    def _without_settings_of_servers(cls, values: object) -> object:
        if not isinstance(values, dict):
            return values
        return {key: value for key, value in values.items() if key not in _OF_SERVERS}

    @property
    def root(self) -> Path:
        """The folder."""
        address = urlsplit(self.url)
        return Path(unquote(address.path) if address.scheme else self.url)


class FolderClient:
    """Reads a local folder; see `SourceClient`. Pipes, sockets and devices count as absent."""

    def __init__(self, name: str, root: Path, pace: Pace | None = None) -> None:
        self.name = name
        self.url = root.absolute().as_uri()
        self._root = root
        self._pace = pace or Pace()

    def list_folder(self, path: PurePosixPath) -> list[Entry]:
        """Entries of a folder below the root."""
        with self._explained(path), os.scandir(self._root / path) as found:
            entries = (_entry(item) for item in islice(found, MAX_ENTRIES + 1))
            return [entry for entry in entries if entry]

    def list_names(self, path: PurePosixPath) -> list[str]:
        """Names in a folder below the root."""
        with self._explained(path):
            return [entry.name for entry in (self._root / path).iterdir()]

    def fetch(self, path: PurePosixPath, offset: int = 0) -> Stream:
        """Read a file from a byte offset."""
        with self._explained(path):
            if not (self._root / path).is_file():  # to open a pipe waits for who writes to it
                raise FileNotFoundError
            file = (self._root / path).open("rb")
            file.seek(offset)
        return Stream(offset, self._blocks(path, file))

    def close(self) -> None:
        """Nothing to disconnect."""

    def _blocks(self, path: PurePosixPath, file: BinaryIO) -> Generator[bytes]:
        with file:
            while block := self._read(path, file):
                yield block
                self._pace.spend(len(block))

    def _read(self, path: PurePosixPath, file: BinaryIO) -> bytes:
        with self._explained(path):
            return file.read(self._pace.block)

    @contextmanager
    def _explained(self, path: PurePosixPath) -> Iterator[None]:
        try:
            yield
        except (FileNotFoundError, NotADirectoryError):
            if not self._root.is_dir():
                raise SourceUnreachable(
                    f"the folder {self._root} of source {self.name} is not there; is it mounted?"
                ) from None
            raise RemoteFileMissing(missing(path, str(self._root))) from None
        except PermissionError:
            raise AccessDenied(f"no permission to read {named(path)} in {self._root}") from None
        except OSError as error:
            raise SourceUnreachable(
                f"cannot read {named(path)} in {self._root}: {error.strerror}"
            ) from None


def _entry(item: os.DirEntry[str]) -> Entry | None:
    """The entry, if it is a file or folder; a link that leads nowhere is unclear."""
    try:
        status = item.stat()
    except OSError as error:
        is_gone = isinstance(error, FileNotFoundError)
        if not (is_gone or item.is_symlink()):
            raise
        return Entry(
            item.name, is_folder=False, fault="it cannot be opened; is it a link to nowhere?"
        )
    is_folder = stat.S_ISDIR(status.st_mode)
    if not (is_folder or stat.S_ISREG(status.st_mode)):
        return None
    return Entry(item.name, is_folder, status.st_size, _moment(status.st_mtime_ns))


def _moment(nanoseconds: int) -> datetime | None:
    """A file's time to the microsecond; None when no calendar has it."""
    with suppress(ValueError, OverflowError):
        return datetime.fromtimestamp(nanoseconds // 1000 / 1_000_000, UTC)
    return None


def _client(name: str, source: FolderSettings, pace: Pace) -> FolderClient:
    return FolderClient(name, source.root, pace)


KIND = SourceKind(("file", ""), FolderSettings, _client)
