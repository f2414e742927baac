"""Progress of a run: lines in its log or, where this process has a listener, the listener's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import dagster as dg

from radar_assets.ingest.download.progress import FetchProgress, Progress

Listener = Callable[[FetchProgress], None]

LOG_EVERY = 5.0
"""seconds between lines of a run's log"""
_listener: ContextVar[tuple[Listener, float] | None] = ContextVar("listener", default=None)


@contextmanager
def listening(listener: Listener, every: float = 0.2) -> Iterator[None]:
    """Report the runs that this context executes itself to a listener, every so many seconds."""
    token = _listener.set((listener, every))
    try:
        yield
    finally:
        _listener.reset(token)


def run_progress(windows: int) -> Progress:
    """Progress of a run over some windows."""
    log = dg.get_dagster_logger()
    report, every = _listener.get() or (lambda so_far: log.info(so_far.describe()), LOG_EVERY)
    return Progress(windows, report, every)
