"""A limit on how many bytes a connection takes in a second."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Self

from radar_assets import settings
from radar_assets.ingest.sources.source import BLOCK


class Pace:
    """Keeps what is read within `rate` bytes per second and two blocks, by waiting after blocks.

    `clock` tells seconds that only grow; `sleep` waits for some of them.
    """

    def __init__(
        self,
        rate: float | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._rate, self._clock, self._sleep = rate, clock, sleep
        self._due = clock()
        self.block = BLOCK if rate is None else max(1, min(BLOCK, int(rate)))
        """bytes to read at a time; at most what a second is good for"""

    @classmethod
    def of(cls, source: settings.Source) -> Self:
        """Pace of one of a source's connections: all of them together keep its limit."""
        if source.max_rate is None:
            return cls()
        return cls(source.max_rate / source.max_connections)

    def spend(self, size: int) -> None:
        """Account for a block that was read; wait until the next one may be."""
        if self._rate is None:
            return
        cost, now = size / self._rate, self._clock()
        self._due = max(self._due, now - cost) + cost
        if self._due > now:
            self._sleep(self._due - now)
