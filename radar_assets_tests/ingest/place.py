"""A file on a server, and the folder that it is fetched into."""

from __future__ import annotations

from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from radar_assets import settings
from radar_assets.ingest.download.one_file import Download, Retries, fetch_file
from radar_assets.ingest.sources.client import RemoteFile, SourceClient
from radar_assets.ingest.sources.registry import open_source
from radar_assets.radar.names import BufrName
from radar_assets_tests.ftp_server import Server
from radar_assets_tests.ingest.tree import message, name, put, utc

BUFR = name("2025-11-18T12:30:20")
SIZE = 300_000
CONTENT = message(SIZE)
MODIFIED = "2025-11-18T12:31:00"
QUICK = Retries(attempts=3, pause=0.01)


class Place:
    """A server's folder with one file, and where that goes."""

    def __init__(self, root: Path, content: bytes = CONTENT) -> None:
        self.remote, self.data, self.partials = root / "ftp", root / "data", root / "partials"
        self.put(content)
        self.target = self.data / BUFR.path
        self.packed = self.target.with_name(f"{BUFR}.gz")
        self.seen: set[bytes] = set()

    def put(self, content: bytes, modified: str = MODIFIED) -> Path:
        return put(self.remote, BUFR, content, modified)

    def fetch(
        self,
        server: Server | Path,
        remote: RemoteFile | None = None,
        retries: Retries = QUICK,
        access: dict[str, Any] | None = None,
        **terms: Any,
    ) -> Download:
        """Fetch the file, by default as it is listed; `access` are settings of the source."""
        url = server.url if isinstance(server, Server) else str(server)
        known = {"url": url, "timeout": timedelta(seconds=60)}
        chosen = settings.Source(**known | (access or {}))
        with closing(open_source("here", chosen)) as source:
            wanted = remote or listed(source)
            return fetch_file(source, wanted, self.target, self.partials, retries, **terms)

    def note_files(self) -> None:
        """Remember the content of every file that is visible below the data folder."""
        for path in self.data.rglob("*"):
            with suppress(FileNotFoundError, IsADirectoryError):
                self.seen.add(path.read_bytes())


def listed(source: SourceClient) -> RemoteFile:
    """The first file that a source lists in the file's folder."""
    entry = min(source.list_folder(BUFR.remote_path.parent), key=lambda entry: entry.name)
    return RemoteFile(BufrName.parse(entry.name), entry.size, entry.modified_at, source.name)


def announced(size: int = SIZE, modified: str | None = MODIFIED) -> RemoteFile:
    """The file as a listing might show it."""
    return RemoteFile(BUFR, size, utc(modified) if modified else None, "here")
