"""Waiting for what other threads and processes do."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

LONG = 600.0
"""seconds: many times what anything here takes, also on a busy machine"""


def wait_until(
    condition: Callable[[], T | None], what: str, timeout: float = LONG, pause: float = 0.05
) -> T:
    """First answer of a condition that is true; fails when there is none in time."""
    deadline = time.monotonic() + timeout
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"{what} did not come in {timeout:g} s"
        time.sleep(pause)
    return answer
