"""How far a fetch is, how fast it runs and when it will end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

Clock = Callable[[], float]
"""seconds that only grow"""


@dataclass(frozen=True)
class FetchProgress:
    """What is done so far, of a range of windows; sizes in bytes, times in seconds."""

    windows: int
    """windows in all"""
    windows_done: int = 0
    files: int = 0
    """files to fetch of the windows listed so far"""
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
        """One line of text."""
        end = f", ends in {_span(self.remaining)}" if self.remaining else ""
        return f"{self.windows_done} of {self.windows} windows, {self.fetched}{end}"


class Progress:
    """Counts what threads fetch and reports it, at most once in `every` seconds."""

    def __init__(
        self,
        windows: int,
        report: Callable[[FetchProgress], None],
        every: float,
        clock: Clock = time.monotonic,
    ) -> None:
        self._report, self._every, self._clock = report, every, clock
        self._lock = threading.Lock()
        self._start = self._reported_at = clock()
        self._so_far = FetchProgress(windows)

    def add(
        self, *, windows_done: int = 0, files: int = 0, files_done: int = 0, bytes_done: int = 0
    ) -> None:
        """Add to what is done."""
        with self._lock:
            now, so_far = self._clock(), self._so_far
            so_far = self._so_far = replace(
                so_far,
                windows_done=so_far.windows_done + windows_done,
                files=so_far.files + files,
                files_done=so_far.files_done + files_done,
                bytes_done=so_far.bytes_done + bytes_done,
                seconds=now - self._start,
            )
            if now - self._reported_at < self._every:
                return
            self._reported_at = now
        self._report(so_far)


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
