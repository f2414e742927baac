"""How many connections a source gets, of all processes of this machine together.

A slot is a lock file: its holder may have one connection. The system frees the slots of a process
that is killed. Who finds none free waits in a queue, whose first one holds another lock.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from filelock import BaseFileLock, FileLock, Timeout

from radar_assets.errors import StorageError

Purpose = Literal["listing", "fetching"]
"""what a connection is for"""

_Found = TypeVar("_Found")
_LOOK = 0.02
"""seconds between looks for a free slot"""
_GLANCE = 0.05
"""seconds that a queue's lock may be held by somebody who only looks whether it is held"""


@dataclass(frozen=True)
class Slot:
    """Leave to have one connection, until it is freed."""

    number: int = 0
    serves: tuple[Purpose, ...] = ()
    """what others may want it for"""
    lock: BaseFileLock | None = None
    """None where connections are not limited"""

    def free(self) -> None:
        """Give it back."""
        if self.lock:
            self.lock.release()


class Slots:
    """The slots of one source, as lock files in a folder; `count` None: as many as are wanted.

    Of several slots the first is for listing only and the last for fetching only, so that neither
    starves beside the other. Where the folder cannot hold the locks, `StorageError` is raised.
    """

    def __init__(self, folder: Path, count: int | None) -> None:
        last = (count or 0) - 1
        self._folder, self._is_limited = folder, count is not None
        self._numbers: dict[Purpose, range] = {
            "listing": range(max(1, last)),
            "fetching": range(last, min(1, last) - 1, -1),
        }
        self._first: set[Purpose] = set()
        """queues in which a thread of this process is the first"""

    def take(self, purpose: Purpose) -> Slot | None:
        """A slot that is free, if there is one."""
        if not self._is_limited:
            return Slot()
        for number in self._numbers[purpose]:
            if lock := self._locked(f"slot-{number}"):
                serves = tuple(p for p, numbers in self._numbers.items() if number in numbers)
                return Slot(number, serves, lock)
        return None

    def wait(
        self, purpose: Purpose, patience: float, find: Callable[[], _Found | None]
    ) -> _Found | None:
        """Stand in the queue and, as its first one, try to find something, for some seconds."""
        end = time.monotonic() + patience
        queue = self._locked(f"queue-{purpose}", patience)
        if queue is None:
            return None
        self._first.add(purpose)
        try:
            while (found := find()) is None and time.monotonic() < end:
                time.sleep(_LOOK)
            return found
        finally:
            self._first.discard(purpose)
            queue.release()

    def has_queue(self, purpose: Purpose) -> bool:
        """Whether somebody waits for a slot."""
        return self._is_limited and (purpose in self._first or self._has_strangers(purpose))

    def is_wanted(self, slot: Slot) -> bool:
        """Whether another process waits for a slot like this one."""
        return any(
            purpose not in self._first and self._has_strangers(purpose) for purpose in slot.serves
        )

    def _has_strangers(self, purpose: Purpose) -> bool:
        """Whether the queue's lock is held; so it is taken to be when it cannot be seen."""
        try:
            lock = self._locked(f"queue-{purpose}", _GLANCE)
        except StorageError:
            return True
        if lock:
            lock.release()
        return lock is None

    def _locked(self, name: str, patience: float = 0.0) -> BaseFileLock | None:
        """A lock, or None when somebody else holds it."""
        lock = FileLock(self._folder / f"{name}.lock", thread_local=False)
        try:
            lock.acquire(timeout=patience, poll_interval=_LOOK)
        except Timeout:
            return None
        except OSError as error:
            raise StorageError(
                f"cannot count connections in {self._folder}: {error.strerror}; "
                "see that the data folder can be written"
            ) from error
        return lock
