"""Runs a function in a process of its own, and returns its error and the growth of its memory.

A fork server that has imported the libraries starts the processes, so that these are fresh and
cheap. `ru_maxrss` of a forked process begins at its parent's; the kernel's own mark can be reset.
"""

from __future__ import annotations

import multiprocessing
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from radar_assets_tests.waiting import LONG

MOST = 300.0
"""MB by which nothing hostile may make a process grow"""
PATIENCE = LONG
"""seconds after which a process hangs"""

_PRELOADED = [
    "radar_assets.radar.assembly",
    "radar_assets.radar.bufr",
    "radar_assets.radar.cfradial",
    "radar_assets.maps.cog",
    "radar_assets.maps.png",
    "radar_assets_tests.hostile.actions",
]


@dataclass(frozen=True)
class Outcome:
    """How a function ended; `growth` in MB over the interpreter with its imports, `seconds` of
    processor time."""

    kind: type[BaseException] | None
    words: str
    growth: float
    seconds: float


def probe(action: Callable[..., object], *arguments: object) -> Outcome:
    """Run a function of a module; raises `TimeoutError` when it hangs, `EOFError` on a crash."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_measure, args=(theirs, action, arguments))
    process.start()
    theirs.close()
    try:
        if not ours.poll(PATIENCE):
            raise TimeoutError(f"{action.__name__} hangs")
        outcome: Outcome = ours.recv()
    finally:
        process.kill()
        process.join()
    return outcome


def _measure(
    answers: Connection, action: Callable[..., object], arguments: tuple[object, ...]
) -> None:
    Path("/proc/self/clear_refs").write_text("5", "utf-8")  # the peak begins anew
    kind, words, alone, start = None, "", _resident("VmRSS"), time.process_time()
    try:
        action(*arguments)
    except BaseException as error:  # noqa: BLE001
        kind, words = type(error), str(error)
    seconds = time.process_time() - start
    answers.send(Outcome(kind, words, _resident("VmHWM") - alone, seconds))


def _resident(key: str) -> float:
    found = re.search(rf"{key}:\s+(\d+) kB", Path("/proc/self/status").read_text("utf-8"))
    assert found is not None
    return int(found[1]) / 1024
