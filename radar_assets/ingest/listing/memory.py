"""What earlier looks found in folders of volumes, so that quiet ones are left alone.

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
"""seconds in which a folder must not have changed before it is taken as it was"""
TRUST = 300.0
"""seconds after which it is listed again all the same: a file that is written over in place leaves
the time of its folder as it was"""

_VOLUME_PARTS = 6  # RADAR/YYYY/MM/DD/HH/MMSS


@dataclass(frozen=True)
class _Seen:
    """A folder as it was listed; times are monotonic."""

    modified_at: datetime
    entries: tuple[Entry, ...]
    since: float
    """of the first of the looks that found just this"""
    listed: float


@dataclass
class Memory:
    """Folders of volumes by source and path, of the looks of one radar; forgets what is old."""

    clock: Callable[[], float] = time.monotonic
    _seen: dict[tuple[str, PurePosixPath], _Seen] = field(default_factory=dict)

    def recall(self, key: tuple[str, PurePosixPath], modified_at: datetime) -> list[Entry] | None:
        """Entries of a folder that has been quiet, or None where it is to be listed."""
        seen = self._seen.get(key)
        if seen is None or seen.modified_at != modified_at:
            return None
        is_quiet = seen.listed - seen.since >= QUIET
        return list(seen.entries) if is_quiet and self.clock() - seen.listed < TRUST else None

    def note(
        self, key: tuple[str, PurePosixPath], modified_at: datetime, entries: list[Entry]
    ) -> None:
        """Keep what a listing has just shown."""
        now, before, content = self.clock(), self._seen.get(key), tuple(entries)
        is_same = before and (before.modified_at, before.entries) == (modified_at, content)
        since = before.since if before and is_same else now
        self._seen[key] = _Seen(modified_at, content, since, now)

    def forget(self) -> None:
        """Drop folders that no look has listed for long."""
        oldest = self.clock() - 2 * TRUST
        self._seen = {key: seen for key, seen in self._seen.items() if seen.listed > oldest}


class CachedClient:
    """A source that lists a volume's folder only when it may have changed.

    That is told by the modification time that the folder above shows; a server that shows none is
    always asked. Everything else is the source's own.
    """

    def __init__(self, source: SourceClient, memory: Memory) -> None:
        self.name, self.url = source.name, source.url
        self._source, self._memory = source, memory
        self._modified: dict[PurePosixPath, datetime] = {}

    def list_folder(self, path: PurePosixPath) -> list[Entry]:
        """Entries of a folder, remembered or listed."""
        key, modified_at = (self.name, path), self._modified.get(path)
        known = self._memory.recall(key, modified_at) if modified_at else None
        if known is not None:
            return known
        entries = self._source.list_folder(path)
        if modified_at:
            self._memory.note(key, modified_at, entries)
        if len(path.parts) == _VOLUME_PARTS - 1:
            shown = ((path / e.name, e.modified_at) for e in entries if e.is_folder)
            self._modified.update((folder, time) for folder, time in shown if time)
        return entries

    def fetch(self, path: PurePosixPath, offset: int = 0) -> Stream:
        """Read a file from a byte offset."""
        return self._source.fetch(path, offset)

    def close(self) -> None:
        """Disconnect."""
        self._source.close()
