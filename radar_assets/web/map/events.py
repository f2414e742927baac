"""Server-sent events: one whenever `index/latest.json` is another file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

_PAUSE = 0.5
_BEATS = 30
"""pauses between two comments, which keep proxies from closing the connection"""


async def changes(path: Path) -> AsyncIterator[str]:
    """Text of an event stream that ends when its reader goes away."""
    seen, beats = _identity(path), 0
    yield "retry: 3000\n\n"
    while True:
        await asyncio.sleep(_PAUSE)
        beats += 1
        now = _identity(path)
        if now != seen:
            seen = now
            yield "event: latest\ndata: {}\n\n"
        elif beats % _BEATS == 0:
            yield ": still here\n\n"


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns
