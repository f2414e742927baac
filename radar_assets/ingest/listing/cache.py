"""What earlier polls found in folders of volumes, so that unchanged ones are not listed again.

A far server takes a fifth of a second for each folder, and a radar fills a dozen in an hour.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePosixPath

from radar_assets.ingest.sources.client import Entry, SourceClient, Stream

QUIET = 30.0
"""seconds for which a folder must have been unchanged before its entries are reused"""
TRUST = 300.0
"""seconds after which it is listed again all the same: a file that is overwritten in place does not
change the time of its folder"""
MOST = 200
"""entries of the largest folder that is kept"""

_VOLUME_PARTS = 6  # RADAR/YYYY/MM/DD/HH/MMSS


@dataclass(frozen=True)
class _Seen:
    """A folder as it was listed; times are monotonic."""

    modified_at: datetime
    entries: tuple[Entry, ...]
    since: float
    """of the first listing that found exactly this"""
    listed: float


@dataclass
class ListingCache:
    """Folders of volumes by source and path, as the polls of one radar found them."""

    clock: Callable[[], float] = time.monotonic
    _seen: dict[tuple[str, PurePosixPath], _Seen] = field(default_factory=dict)

    def recall(self, key: tuple[str, PurePosixPath], modified_at: datetime) -> list[Entry] | None:
        """Entries of a folder that has been unchanged, or None where it must be listed."""
        seen = self._seen.get(key)
        if seen is None or seen.modified_at != modified_at:
            return None
        is_quiet = seen.listed - seen.since >= QUIET
        return list(seen.entries) if is_quiet and self.clock() - seen.listed < TRUST else None

    def note(
        self, key: tuple[str, PurePosixPath], modified_at: datetime, entries: list[Entry]
    ) -> None:
        """Keep what a listing has just shown, if it was clear and is of a usual size."""
        if len(entries) > MOST or any(entry.fault for entry in entries):
            return
        now, before, content = self.clock(), self._seen.get(key), tuple(entries)
        is_same = before and (before.modified_at, before.entries) == (modified_at, content)
        since = before.since if before and is_same else now
        self._seen[key] = _Seen(modified_at, content, since, now)

    def forget(self) -> None:
        """Drop folders that have not been listed for long."""
        oldest = self.clock() - 2 * TRUST
        self._seen = {key: seen for key, seen in self._seen.items() if seen.listed > oldest}


class CachedClient:
    """A client that lists a volume's folder only when it may have changed.

    The modification time that the folder above shows says so; a server that shows none is always
    asked. Everything else is passed on.
    """

    def __init__(self, client: SourceClient, cache: ListingCache) -> None:
        self.name, self.url = client.name, client.url
        self._client, self._cache = client, cache
        self._modified: dict[PurePosixPath, datetime] = {}

    def list_folder(self, path: PurePosixPath) -> list[Entry]:
        """Entries of a folder, remembered or listed."""
        key, modified_at = (self.name, path), self._modified.get(path)
        known = self._cache.recall(key, modified_at) if modified_at else None
        if known is not None:
            return known
        entries = self._client.list_folder(path)
        if modified_at:
            self._cache.note(key, modified_at, entries)
        if len(path.parts) == _VOLUME_PARTS - 1:
            shown = ((path / e.name, e.modified_at) for e in entries if e.is_folder)
            self._modified.update((folder, time) for folder, time in shown if time)
        return entries

    def list_names(self, path: PurePosixPath) -> list[str]:
        """Names in a folder."""
        return self._client.list_names(path)

    def fetch(self, path: PurePosixPath, offset: int = 0) -> Stream:
        """Read a file from a byte offset."""
        return self._client.fetch(path, offset)

    def close(self) -> None:
        """Disconnect."""
        self._client.close()
