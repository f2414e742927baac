"""How much of the machine a run may use."""

from __future__ import annotations

import os

import psutil

WINDOW_BYTES = 600 * 10**6
"""memory that the work on one window takes at most"""


def workers(windows: int, wanted: int | None = None) -> int:
    """Number of windows to work on at the same time: at least one, and no more than fit.

    The cores of this process bound it, the memory that is available at present, and `wanted`.
    """
    fitting = available_memory() // WINDOW_BYTES
    return max(1, min(windows, fitting, cores() if wanted is None else wanted))


def cores() -> int:
    """Cores that this process may run on."""
    return len(os.sched_getaffinity(0))


def available_memory() -> int:
    """Bytes that new work may take: of the machine, or of the control group if that is less."""
    return min([int(psutil.virtual_memory().available), *_group_memory()])


def _group_memory() -> list[int]:
    try:
        limit = _read("/sys/fs/cgroup/memory.max")
        return [limit - _read("/sys/fs/cgroup/memory.current")]
    except (OSError, ValueError):  # no such group, or no limit ("max")
        return []


def _read(path: str) -> int:
    with open(path, encoding="ascii") as stream:  # noqa: PTH123
        return int(stream.read())
