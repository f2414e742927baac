"""Files that two servers have, and where they go."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from radar_assets.ingest.download.failover import FetchResult, fetch_many
from radar_assets.ingest.sources.client import RemoteFile
from radar_assets.ingest.sources.network_sources import NetworkSources
from radar_assets_tests.ftp_server import Server
from radar_assets_tests.ingest.networks import servers
from radar_assets_tests.ingest.place import QUICK
from radar_assets_tests.ingest.tree import message, name, put, utc

MODIFIED = "2025-11-18T13:00:00"


class Archive:
    """Files that two servers have, and where they go; `known` asks s0 first."""

    def __init__(self, folder: Path) -> None:
        self.data, self.partials = folder / "data", folder / "partials"
        self.roots = folder / "s0", folder / "s1"
        self.files = [self.put(index) for index in range(20)]

    def put(self, index: int) -> RemoteFile:
        bufr = name(f"2025-11-18T12:{index:02d}:00")
        for root in self.roots:
            put(root, bufr, message(1000 + index), MODIFIED)
        return RemoteFile(bufr, 1000 + index, utc(MODIFIED), "s0")

    def fetch(
        self,
        known: NetworkSources,
        files: list[RemoteFile] | None = None,
        on_bytes: Callable[[int], None] | None = None,
    ) -> FetchResult:
        wanted = self.files if files is None else files
        return fetch_many(
            known,
            "RMA1",
            wanted,
            self.data,
            self.partials,
            retries=QUICK,
            on_bytes=on_bytes,
        )

    def known(self, *urls: str, **more: Any) -> NetworkSources:
        return servers(self.data, *urls, **more)

    def has(self, file: RemoteFile) -> bool:
        path = self.data / file.name.path
        return path.exists() and path.read_bytes() == message(file.size)


def die_after(server: Server, files: int) -> None:
    """Let a server go down when so many files have been asked for."""

    def watch() -> None:
        server.is_down = server.is_down or len(server.sent("RETR")) > files

    server.watch = watch


def kinds(result: FetchResult) -> set[str]:
    return {type(outcome).__name__ for outcome in result.outcomes}
