"""Connections of this process to one source: lent, kept for a while, given up for others."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Self, TypeVar

from radar_assets.errors import AccessDenied, SourceBusy, SourceError, SourceUnreachable
from radar_assets.ingest.sources.slots import Purpose, Slot, Slots
from radar_assets.ingest.sources.source import Entry, Source, Stream

DOWN = (SourceUnreachable, AccessDenied)
"""errors of which the source may be the reason, and not only a file or folder of it"""

_Answer = TypeVar("_Answer")
_REST = 30.0
"""seconds that an idle connection is kept; servers and firewalls drop it after a minute or more"""
_LOOK = 0.5
"""seconds between looks whether somebody wants the slots of idle connections"""
_AT_ONCE = 2.0
"""seconds within which it shows that the server has closed an idle connection"""


@dataclass(frozen=True, eq=False)
class _Link:
    """A source with its connection, and the slot that allows it."""

    source: Source
    slot: Slot
    idle_since: float | None = None
    """None: not connected so far"""

    def end(self) -> None:
        """Disconnect, then give the slot back."""
        try:
            self.source.__exit__(None, None, None)
        finally:
            self.slot.free()


class Lease:
    """A connection in use; a `Source` that notes how it answers."""

    def __init__(self, link: _Link, slots: Slots) -> None:
        self.link, self._slots = link, slots
        self.is_known = self._may_be_closed = link.idle_since is not None
        """whether the server granted the connection before"""
        self.has_answered = False
        """whether a call was answered, if only by a refusal"""
        self.failure: SourceError | None = None
        """error of the last call, if the source may be down"""
        self.answers: list[float] = []
        """seconds that each listing took"""

    @property
    def name(self) -> str:
        """Name of the source in the network file."""
        return self.link.source.name

    @property
    def url(self) -> str:
        """Address of the source's root, without credentials."""
        return self.link.source.url

    @property
    def is_wanted(self) -> bool:
        """Whether another process waits for such a connection."""
        return self._slots.is_wanted(self.link.slot)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.link.end()

    def list_folder(self, path: PurePosixPath) -> list[Entry]:
        """Entries of a folder; see `Source`."""
        started = time.monotonic()
        entries = self._ask(lambda: self.link.source.list_folder(path))
        self.answers.append(time.monotonic() - started)
        return entries

    def fetch(self, path: PurePosixPath, offset: int = 0) -> Stream:
        """Read a file from a byte offset; see `Source`."""
        return self._ask(lambda: self.link.source.fetch(path, offset))

    def _ask(self, question: Callable[[], _Answer]) -> _Answer:
        self.failure = None
        try:
            answer = self._ask_twice(question) if self._may_be_closed else question()
        except DOWN as error:
            self.failure = error
            raise
        except SourceError:
            self.has_answered = True
            raise
        self.has_answered = True
        return answer

    def _ask_twice(self, question: Callable[[], _Answer]) -> _Answer:
        """Ask over a connection that was idle, and over another one if the server had closed it."""
        self._may_be_closed = False
        started = time.monotonic()
        try:
            return question()
        except SourceUnreachable:
            if time.monotonic() - started > _AT_ONCE:
                raise
        return question()


class Pool:
    """Lends connections to a source; idle ones wait for their next use while nobody wants them."""

    def __init__(self, name: str, connect: Callable[[], Source], slots: Slots) -> None:
        self._name, self._connect, self._slots = name, connect, slots
        self._idle: list[_Link] = []
        self._lock = threading.Lock()
        self._is_tended = False

    @contextmanager
    def lend(self, purpose: Purpose, patience: float) -> Iterator[Lease]:
        """A connection, at once or within some seconds; raises `SourceBusy` when none is free."""
        lease = self._take(purpose, patience)
        is_good = False
        try:
            yield lease
            is_good = lease.failure is None and (lease.has_answered or lease.is_known)
        finally:
            if is_good and self._may_rest(lease.link.slot, purpose):
                self._lay_by(lease.link)
            else:
                lease.link.end()

    def close(self) -> None:
        """End all idle connections."""
        with self._lock:
            idle, self._idle = self._idle, []
        for link in idle:
            link.end()

    def _take(self, purpose: Purpose, patience: float) -> Lease:
        lease = None if self._slots.has_queue(purpose) else self._find(purpose)
        if lease is None and patience > 0:
            lease = self._slots.wait(purpose, patience, lambda: self._find(purpose))
        if lease is None:
            raise SourceBusy(
                f"all connections for {purpose} that max_connections of source {self._name} "
                "allows are in use; it is tried again later"
            )
        return lease

    def _find(self, purpose: Purpose) -> Lease | None:
        with self._lock:
            for link in reversed(self._idle):
                if purpose in link.slot.serves:
                    self._idle.remove(link)
                    return Lease(link, self._slots)
        slot = self._slots.take(purpose)
        return Lease(_Link(self._connect(), slot), self._slots) if slot else None

    def _may_rest(self, slot: Slot, purpose: Purpose) -> bool:
        """Whether to keep a connection; listings keep none that others could fetch over."""
        blocks = purpose == "listing" and "fetching" in slot.serves
        return bool(slot.serves) and not blocks and not self._slots.is_wanted(slot)

    def _lay_by(self, link: _Link) -> None:
        with self._lock:
            self._idle.append(replace(link, idle_since=time.monotonic()))
            if not self._is_tended:
                self._is_tended = True
                threading.Thread(target=self._tend, daemon=True).start()

    def _tend(self) -> None:
        """End idle connections that others want, or that are old, until there are none."""
        while True:
            time.sleep(_LOOK)
            with self._lock:
                over = [link for link in self._idle if self._is_over(link)]
                self._idle = [link for link in self._idle if link not in over]
                self._is_tended = is_tended = bool(self._idle)
            for link in over:
                link.end()
            if not is_tended:
                return

    def _is_over(self, link: _Link) -> bool:
        age = time.monotonic() - (link.idle_since or 0.0)
        return age > _REST or self._slots.is_wanted(link.slot)
