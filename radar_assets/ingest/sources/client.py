"""What a client of a source can do, whatever the protocol: list folders and fetch files."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Protocol

from radar_assets.radar.names import BufrName

MAX_ENTRIES = 5000
"""a folder with more entries is no part of a radar archive"""

BLOCK = 1 << 16
"""bytes read at a time"""


ROOT = PurePosixPath()
"""the folder that the URL of a source names"""


def named(path: PurePosixPath) -> str:
    """A path below the root of a source, as messages name it."""
    return "its own folder" if path == ROOT else str(path)


def missing(path: PurePosixPath, url: str) -> str:
    """Message that a path does not exist on a source."""
    if path == ROOT:
        return f"there is no folder {url}; check the path in the URL of the source"
    return f"no {path} on {url}"


@dataclass(frozen=True)
class Entry:
    """An entry of a folder; `size` in bytes, `modified_at` in UTC where it is known."""

    name: str
    """empty where a line of the listing was not understood"""
    is_folder: bool
    size: int = 0
    modified_at: datetime | None = None
    fault: str = ""
    """why it is not known what the entry is; it must not count as absent"""


@dataclass(frozen=True)
class RemoteFile:
    """A BUFR file on a source, in the folder that its name calls for."""

    name: BufrName
    size: int
    modified_at: datetime | None
    server: str
    """name of the source in the network file"""
    spelling: str = ""
    """name on the source where it is not the usual one, e.g. .bufr for .BUFR"""

    @property
    def path(self) -> PurePosixPath:
        """Path below the source's root."""
        path = self.name.remote_path
        return path.with_name(self.spelling) if self.spelling else path


@dataclass(frozen=True)
class Stream:
    """Content of a remote file from byte `offset` on; close `blocks` when you stop early."""

    offset: int
    blocks: Generator[bytes]


class SourceClient(Protocol):
    """Access to one source; holds at most one connection, which it opens at first use.

    Every method raises `SourceUnreachable` when the source does not answer, `AccessDenied` when
    it refuses the login and `RemoteFileMissing` when the path does not exist. After an error the
    next call connects again.
    """

    @property
    def name(self) -> str:
        """Name of the source in the network file."""

    @property
    def url(self) -> str:
        """Address of the source's root, without credentials."""

    def list_folder(self, path: PurePosixPath) -> list[Entry]:
        """Entries of a folder below the root, at most `MAX_ENTRIES` + 1 of them, unordered."""

    def list_names(self, path: PurePosixPath) -> list[str]:
        """Names in a folder, found in another way than by `list_folder` where there is one."""

    def fetch(self, path: PurePosixPath, offset: int = 0) -> Stream:
        """Read a file from a byte offset, or from 0 where the server cannot start elsewhere."""

    def close(self) -> None:
        """Disconnect; never raises the errors of a source."""
