"""How fast a source is read: a limit, and the least rate that is worth waiting for."""

from __future__ import annotations

import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock

from radar_assets.ingest.sources.client import BLOCK

_DUE = struct.Struct("<d")
_SPAN = 60.0
"""seconds of waiting over which the least rate is an average"""
_LONGEST = 60.0
"""seconds; a file that asks for a longer wait is of another boot of this machine"""


class Pace:
    """Keeps what is read within `rate` bytes per second and two blocks, by waiting after blocks.

    Connections that share a pace keep its rate together, and so do processes whose paces share a
    `file`. `clock` returns seconds that only grow, `sleep` waits.
    """

    def __init__(
        self,
        rate: float | None = None,
        file: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._rate, self._file, self._clock, self._sleep = rate, file, clock, sleep
        self._lock = threading.Lock()
        self._due = clock()
        self.block = BLOCK if rate is None else max(1, min(BLOCK, int(rate)))
        """bytes to read at a time; at most what a second is good for"""

    def spend(self, size: int) -> None:
        """Account for a block that was read; wait until the next one may be."""
        if self._rate is None:
            return
        wait = self._reserve(size / self._rate)
        if wait > 0:
            self._sleep(wait)

    def _reserve(self, cost: float) -> float:
        """Seconds to wait after a block that is worth `cost` seconds."""
        with self._lock:
            now = self._clock()
            if self._file is None:
                return self._advance(cost, now)
            with suppress(OSError), FileLock(self._file.with_suffix(".lock")):
                self._due = self._read(now)
                wait = self._advance(cost, now)
                self._file.write_bytes(_DUE.pack(self._due))
                return wait
            return self._advance(cost, now)

    def _advance(self, cost: float, now: float) -> float:
        self._due = max(self._due, now - cost) + cost
        return self._due - now

    def _read(self, now: float) -> float:
        """When the latest block of any process is paid for."""
        if self._file is None or not self._file.exists():
            return self._due
        content = self._file.read_bytes()
        due = float(_DUE.unpack(content)[0]) if len(content) == _DUE.size else now
        return due if due <= now + _LONGEST else now


class Flow:
    """Watches that a transfer brings `least` bytes per second, on average over a minute.

    Only the time spent in `waiting` counts. `clock` returns seconds that only grow.
    """

    def __init__(self, least: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._least, self._clock = least, clock
        self._waited, self._bytes = 0.0, 0

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Wait for the source; raises `TimeoutError` when it has sent too little."""
        started = self._clock()
        yield
        self._waited += self._clock() - started
        if self._waited >= _SPAN:
            if self._bytes < self._least * self._waited:
                raise TimeoutError(f"sends only {self._bytes / self._waited:.0f} bytes a second")
            self._waited, self._bytes = 0.0, 0

    def add(self, size: int) -> None:
        """Count what arrived."""
        self._bytes += size
