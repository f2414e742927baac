"""Server-sent events: one whenever `index/latest.json` is another file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

_PAUSE = 0.5
_BEATS = 30
"""pauses between two comments, which keep proxies from closing the connection"""
_MOST = 400
"""pages that listen at once; more look for new maps themselves"""


class Changes:
    """Streams of events about a file."""

    def __init__(self, path: Path) -> None:
        self._path, self._open = path, 0

    @property
    def is_full(self) -> bool:
        """Whether no other page can listen."""
        return self._open >= _MOST

    async def stream(self) -> AsyncIterator[str]:
        """Text of an event stream that ends when its reader goes away."""
        self._open += 1
        try:
            seen, beats = _identity(self._path), 0
            yield "retry: 3000\n\n"
            while True:
                await asyncio.sleep(_PAUSE)
                beats += 1
                now = _identity(self._path)
                if now != seen:
                    seen = now
                    yield "event: latest\ndata: {}\n\n"
                elif beats % _BEATS == 0:
                    yield ": still here\n\n"
        finally:
            self._open -= 1


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns
