"""A clock that is set by hand."""

from __future__ import annotations


class Clock:
    """Time that passes while somebody sleeps, or as set."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds
