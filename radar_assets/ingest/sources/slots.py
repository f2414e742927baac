"""How many connections a source gets, of all processes of this machine together.

A slot is a lock file; who holds it may have one connection. The system frees the slots of a process
that is killed. Who finds none free waits in a queue, whose head holds another lock.
"""

from __future__ import annotations

import fcntl
import threading
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
_POLL = 0.05
"""seconds after which a lock of another process is tried again; threads wake each other"""


@dataclass(frozen=True)
class Slot:
    """Permission for one connection, until it is freed."""

    number: int = 0
    lock: BaseFileLock | None = None
    """None where connections are not limited"""


class Slots:
    """The slots of one source, as lock files in a folder; `count` None: not limited.

    There are fewer where the server is known to have `granted` fewer connections.
    Of several slots the first is for listing only and the last for fetching only, so that neither
    starves the other. Raises `StorageError` where the folder cannot hold the locks.
    """

    def __init__(
        self, folder: Path, count: int | None, granted: Callable[[], int | None] = lambda: None
    ) -> None:
        self._folder, self._count, self._granted = folder, count, granted
        self._turns: dict[Purpose, threading.Lock] = {
            "listing": threading.Lock(),
            "fetching": threading.Lock(),
        }
        self._heads: set[Purpose] = set()
        """queues whose head is a thread of this process"""
        self._freed = threading.Condition()

    @property
    def count(self) -> int | None:
        """How many slots there are; None where connections are not limited."""
        if self._count is None:
            return None
        return min(self._count, self._granted() or self._count)

    def in_use(self) -> int:
        """How many slots are held, by all processes together."""
        held = 0
        for number in range(self._count or 0):
            lock = self._locked(f"slot-{number}")
            if lock:
                lock.release()
            held += lock is None
        return held

    def serves(self, slot: Slot) -> tuple[Purpose, ...]:
        """What a slot may be used for."""
        if self.count is None:
            return ()
        return tuple(purpose for purpose in self._turns if slot.number in self._numbers(purpose))

    def take(self, purpose: Purpose) -> Slot | None:
        """A free slot, if there is one."""
        if self.count is None:
            return Slot()
        for number in self._numbers(purpose):
            if lock := self._locked(f"slot-{number}"):
                return Slot(number, lock)
        return None

    def free(self, slot: Slot) -> None:
        """Give a slot back."""
        if slot.lock:
            slot.lock.release()
        self.notify()

    def notify(self) -> None:
        """Wake a thread that waits, because it may find something now."""
        with self._freed:
            self._freed.notify_all()

    def wait(
        self, purpose: Purpose, patience: float, find: Callable[[], _Found | None]
    ) -> _Found | None:
        """Queue and, at the queue's head, try to find something, for `patience` seconds."""
        end = time.monotonic() + patience
        turn = self._turns[purpose]
        if not turn.acquire(timeout=patience):
            return None
        try:
            queue = self._locked(f"queue-{purpose}", max(0.0, end - time.monotonic()))
            return self._find(purpose, queue, end, find) if queue else None
        finally:
            turn.release()

    def has_queue(self, purpose: Purpose) -> bool:
        """Whether a thread or process waits for a slot."""
        is_limited = self.count is not None
        return is_limited and (purpose in self._heads or self._is_queue_elsewhere(purpose))

    def is_wanted(self, slot: Slot) -> bool:
        """Whether another process waits for a slot like this one."""
        return any(
            purpose not in self._heads and self._is_queue_elsewhere(purpose)
            for purpose in self.serves(slot)
        )

    def _numbers(self, purpose: Purpose) -> range:
        """Slots for a purpose, in the order in which they are tried."""
        last = (self.count or 0) - 1
        if purpose == "listing":
            return range(max(1, last))
        return range(last, min(1, last) - 1, -1)

    def _find(
        self, purpose: Purpose, queue: BaseFileLock, end: float, find: Callable[[], _Found | None]
    ) -> _Found | None:
        self._heads.add(purpose)
        try:
            while (found := find()) is None and time.monotonic() < end:
                with self._freed:
                    self._freed.wait(_POLL)
            return found
        finally:
            self._heads.discard(purpose)
            queue.release()

    def _is_queue_elsewhere(self, purpose: Purpose) -> bool:
        """Whether the queue's lock is held; so it is assumed when that cannot be seen.

        Many may hold a shared lock: to see whether somebody waits is not taken for waiting.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with (self._folder / f"queue-{purpose}.lock").open("ab") as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        return False

    def _locked(self, name: str, patience: float = 0.0) -> BaseFileLock | None:
        """A lock, or None when another thread or process holds it."""
        lock = FileLock(self._folder / f"{name}.lock", thread_local=False)
        try:
            lock.acquire(timeout=patience, poll_interval=_POLL)
        except Timeout:
            return None
        except OSError as error:
            raise StorageError(
                f"cannot count connections in {self._folder}: {error.strerror}; "
                "see that the data folder can be written"
            ) from error
        return lock
