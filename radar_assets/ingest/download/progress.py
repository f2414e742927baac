"""How far a fetch has come, how fast it is and when it will end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

Clock = Callable[[], float]
"""seconds that only grow"""


@dataclass(frozen=True)
class Tally:
    """What is done so far, of a range of windows; sizes in bytes, times in seconds."""

    windows: int
    """windows in all"""
    windows_done: int = 0
    files: int = 0
    """files to fetch of the windows looked at so far"""
    files_done: int = 0
    bytes_done: int = 0
    """bytes that crossed the network"""
    seconds: float = 0.0
    """time since the beginning"""

    @property
    def rate(self) -> float:
        """Bytes per second."""
        return self.bytes_done / self.seconds if self.seconds > 0 else 0.0

    @property
    def remaining(self) -> float | None:
        """Seconds to the end if windows go on taking what they took; None before the first."""
        if not self.windows_done:
            return None
        return self.seconds / self.windows_done * (self.windows - self.windows_done)

    @property
    def fetched(self) -> str:
        """What was fetched and how fast, in words."""
        return (
            f"{self.files_done} of {self.files} files, "
            f"{self.bytes_done / 1e6:.1f} MB at {self.rate / 1e6:.1f} MB/s"
        )

    def describe(self) -> str:
        """Say it in a line."""
        end = f", ends in {_span(self.remaining)}" if self.remaining else ""
        return f"{self.windows_done} of {self.windows} windows, {self.fetched}{end}"


class Progress:
    """Counts what threads have fetched and tells it, at most once in `every` seconds."""

    def __init__(
        self,
        windows: int,
        tell: Callable[[Tally], None],
        every: float,
        clock: Clock = time.monotonic,
    ) -> None:
        self._tell, self._every, self._clock = tell, every, clock
        self._lock = threading.Lock()
        self._start = self._told = clock()
        self._tally = Tally(windows)

    def add(
        self, *, windows_done: int = 0, files: int = 0, files_done: int = 0, bytes_done: int = 0
    ) -> None:
        """Count on."""
        with self._lock:
            now, tally = self._clock(), self._tally
            tally = self._tally = replace(
                tally,
                windows_done=tally.windows_done + windows_done,
                files=tally.files + files,
                files_done=tally.files_done + files_done,
                bytes_done=tally.bytes_done + bytes_done,
                seconds=now - self._start,
            )
            if now - self._told < self._every:
                return
            self._told = now
        self._tell(tally)


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
