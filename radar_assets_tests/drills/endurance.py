"""Whether long-lived processes stay as they are while they serve: memory, files, cursors."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import median

import dagster as dg
import psutil

from radar_assets.ingest.scheduling.cursor import Cursor

PERIOD = 30.0
"""seconds from one sample to the next"""
GROWTH = 1.1
"""by which the last third of the samples may exceed the second one"""
SLACK = {"memory, MB": 10.0, "open files": 4.0}
"""what may come on top of that; a cursor grows until it holds the windows of `late_horizon`"""
LAG = "cursor's newest window, min ago"
LONGEST_LAG = 30.0
"""minutes: a window lasts ten, its last volume takes some to scan, and its run is asked for"""


@dataclass
class Endurance:
    """Samples of measures, by what is measured of whom."""

    processes: Mapping[str, int]
    """numbers of processes, by name"""
    instance: dg.DagsterInstance
    samples: dict[tuple[str, str], list[float]] = field(default_factory=dict)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Take samples until the block ends."""
        over = threading.Event()
        thread = threading.Thread(target=self._watch, args=(over,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def sample(self) -> None:
        """Measure everything once."""
        for name, number in self.processes.items():
            seen = psutil.Process(number)
            self._add(name, "memory, MB", seen.memory_info().rss / 1e6)
            self._add(name, "open files", seen.num_fds())
        cursors = self._cursors()
        if cursors:
            self._add("sensors", "cursor, bytes", max(map(len, cursors)))
            self._add("sensors", LAG, max(map(_lag, cursors)))

    def growing(self) -> list[str]:
        """What does not stay as it is, a sentence each."""
        grown = [
            f"{whose} {what}: {before:.1f} in the second third, {after:.1f} in the last"
            for (whose, what), values in self.samples.items()
            if what in SLACK
            and (after := _middle(values, 2))
            > GROWTH * (before := _middle(values, 1)) + SLACK[what]
        ]
        lag = max(self.samples.get(("sensors", LAG), [0.0]))
        return grown if lag <= LONGEST_LAG else [*grown, f"a cursor was {lag:.0f} minutes behind"]

    def table(self) -> str:
        """The samples as Markdown: medians of their thirds, and the highest."""
        rows = [
            f"| {whose}: {what} | {_third(values)} | {max(values):.0f} |"
            for (whose, what), values in sorted(self.samples.items())
        ]
        head = "| | first third | second | last | highest |"
        return "\n".join([head, "|---|--:|--:|--:|--:|", *rows, ""])

    def _watch(self, over: threading.Event) -> None:
        start = time.monotonic()
        while not over.wait(PERIOD - (time.monotonic() - start) % PERIOD):
            self.sample()

    def _add(self, whose: str, what: str, value: float) -> None:
        self.samples.setdefault((whose, what), []).append(value)

    def _cursors(self) -> list[str]:
        states = self.instance.all_instigator_state()
        found = (getattr(state.instigator_data, "cursor", None) for state in states)
        return [text for text in found if text and Cursor.from_json(text).windows.later]


def _lag(cursor: str) -> float:
    """Minutes since the start of the newest window that a sensor has asked a run for."""
    known = Cursor.from_json(cursor)
    newest = max([*known.windows.later, *(request.last for request in known.requests.open)])
    return (datetime.now(UTC) - newest) / timedelta(minutes=1)


def _third(values: list[float]) -> str:
    return " | ".join(f"{_middle(values, third):.0f}" for third in range(3))


def _middle(values: list[float], third: int) -> float:
    size = max(1, len(values) // 3)
    return median(values[third * size : (third + 1) * size] or values[-1:])
