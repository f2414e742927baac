"""The pool of this process's connections to one source."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TypeVar

from radar_assets.errors import (
    AccessDenied,
    ConnectionLimit,
    SourceBusy,
    SourceError,
    SourceUnreachable,
)
from radar_assets.ingest.sources.client import Entry, SourceClient, Stream
from radar_assets.ingest.sources.slots import Purpose, Slot, Slots

DOWN = (SourceUnreachable, AccessDenied)
"""errors that may concern the whole source, and not only a file or folder of it"""

_Answer = TypeVar("_Answer")
_KEEP = 30.0
"""seconds that an idle connection is kept; servers and firewalls drop it after a minute or more"""
_CHECK = 0.5
"""seconds between checks for others that wait for the slots of idle connections"""
_AT_ONCE = 2.0
"""seconds within which it shows that the server has closed an idle connection"""


@dataclass(frozen=True, eq=False)
class Link:
    """A client with its connection, and the slot that allows it."""

    client: SourceClient
    slot: Slot
    idle_since: float | None = None
    """None: not connected so far"""


@dataclass(frozen=True)
class GrantRecord:
    """What processes share of how a source grants connections."""

    note_limit: Callable[[int], None]
    """after it has refused a connection beside so many others"""
    has_accepted_login: Callable[[], bool]
    """whether it has accepted the login lately"""


class Lease:
    """A connection in use; a `SourceClient` that records how the source answers."""

    def __init__(self, link: Link, pool: Pool, purpose: Purpose, patience: float) -> None:
        self.link, self.purpose, self._pool = link, purpose, pool
        self.patience = patience
        """seconds for which another connection is waited for where this one is refused"""
        self.is_known = self._may_be_closed = link.idle_since is not None
        """whether the server granted the connection before"""
        self.is_over = False
        """whether the connection was given back early"""
        self.has_answered = False
        """whether a call was answered, if only by a refusal"""
        self.answered = threading.Event()
        """set with the first answer; whoever ends the lease sets it too"""
        self.failure: SourceError | None = None
        """error of the last call, if the source may be down"""
        self.answers: list[float] = []
        """seconds that each listing took"""

    @property
    def name(self) -> str:
        """Name of the source in the network file."""
        return self.link.client.name

    @property
    def url(self) -> str:
        """Address of the source's root, without credentials."""
        return self.link.client.url

    @property
    def is_wanted(self) -> bool:
        """Whether another process waits for such a connection."""
        return self._pool.is_wanted(self.link)

    def list_folder(self, path: PurePosixPath) -> list[Entry]:
        """Entries of a folder; see `SourceClient`."""
        started = time.monotonic()
        entries = self._ask(lambda: self.link.client.list_folder(path))
        self.answers.append(time.monotonic() - started)
        return entries

    def list_names(self, path: PurePosixPath) -> list[str]:
        """Names in a folder; see `SourceClient`."""
        return self._ask(lambda: self.link.client.list_names(path))

    def fetch(self, path: PurePosixPath, offset: int = 0) -> Stream:
        """Read a file from a byte offset; see `SourceClient`."""
        return self._ask(lambda: self.link.client.fetch(path, offset))

    def close(self) -> None:
        """Disconnect; the pool frees the slot when the lease ends."""
        self.link.client.close()

    def _ask(self, question: Callable[[], _Answer]) -> _Answer:
        self.failure = None
        try:
            answer = self._ask_granted(question)
        except DOWN as error:
            self.failure = error
            raise
        except SourceError:
            self._note_answer()
            raise
        self._note_answer()
        return answer

    def _ask_granted(self, question: Callable[[], _Answer]) -> _Answer:
        """Ask; where the server grants no new connection, over one that it has granted."""
        while True:
            try:
                return self._ask_twice(question) if self._may_be_closed else question()
            except (ConnectionLimit, AccessDenied) as error:
                limit = self._pool.limit_in(error)
                if limit is None:
                    raise
                link = self._pool.exchange(self)
                if link is None:
                    raise limit from None
            self.link, self._may_be_closed = link, link.idle_since is not None

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

    def _note_answer(self) -> None:
        self.has_answered = True
        self.answered.set()


class Pool:
    """Lends connections to a source; keeps idle ones for their next use unless others want them."""

    def __init__(
        self, name: str, connect: Callable[[], SourceClient], slots: Slots, record: GrantRecord
    ) -> None:
        self._name, self._connect, self._slots, self._record = name, connect, slots, record
        self._idle: list[Link] = []
        self._lock = threading.Lock()
        self._is_tended = False
        self._closed = threading.Event()

    @contextmanager
    def lend(self, purpose: Purpose, patience: float) -> Iterator[Lease]:
        """A connection, at once or within some seconds; raises `SourceBusy` when none is free."""
        lease = self._take(purpose, patience)
        is_good = False
        try:
            yield lease
            is_good = lease.failure is None and (lease.has_answered or lease.is_known)
        finally:
            lease.answered.set()
            if lease.is_over:
                pass
            elif is_good and self._may_keep(lease.link, purpose):
                self._keep(lease.link)
            else:
                self._end(lease.link)

    def close(self) -> None:
        """End all idle connections."""
        with self._lock:
            idle, self._idle = self._idle, []
        self._closed.set()
        for link in idle:
            self._end(link)

    def is_wanted(self, link: Link) -> bool:
        """Whether another process waits for a connection like this one."""
        return self._slots.is_wanted(link.slot)

    def limit_in(self, error: SourceError) -> ConnectionLimit | None:
        """The refusal of a connection in an error, which servers may report as one of a login."""
        if isinstance(error, ConnectionLimit):
            return error
        is_refused = isinstance(error, AccessDenied) and error.is_of_login
        if not (is_refused and self._record.has_accepted_login()):
            return None
        return ConnectionLimit(
            f"{error}; it was accepted within the last hour: there are too many connections, or "
            "it was changed"
        )

    def exchange(self, lease: Lease) -> Link | None:
        """Another connection than one that the server refused, when it grants others.

        Remembers how many there are; raises `SourceBusy` when none of them becomes free.
        """
        granted = self._slots.in_use() - 1
        if granted < 1:
            return None
        self._record.note_limit(granted)
        lease.is_over = True
        self._end(lease.link)
        link = self._wait(lease.purpose, lease.patience)
        if link is None:
            raise SourceBusy(
                f"source {self._name} grants {granted} connections at a time and all are in use; "
                "it is tried again later"
            )
        lease.is_over = False
        return link

    def _wait(self, purpose: Purpose, patience: float) -> Link | None:
        if patience <= 0:
            return None
        return self._slots.wait(purpose, patience, lambda: self._find(purpose))

    def _take(self, purpose: Purpose, patience: float) -> Lease:
        link = None if self._slots.has_queue(purpose) else self._find(purpose)
        if link is None:
            link = self._wait(purpose, patience)
        if link is None:
            raise SourceBusy(
                f"all connections for {purpose} that max_connections of source {self._name} "
                "allows are in use; it is tried again later"
            )
        return Lease(link, self, purpose, patience)

    def _find(self, purpose: Purpose) -> Link | None:
        with self._lock:
            for link in reversed(self._idle):
                if purpose in self._slots.serves(link.slot):
                    self._idle.remove(link)
                    return link
        slot = self._slots.take(purpose)
        return Link(self._connect(), slot) if slot else None

    def _may_keep(self, link: Link, purpose: Purpose) -> bool:
        """Whether to keep a connection; listings keep none that others could fetch over."""
        serves = self._slots.serves(link.slot)
        is_in_the_way = purpose == "listing" and "fetching" in serves
        return bool(serves) and not is_in_the_way and not self.is_wanted(link)

    def _keep(self, link: Link) -> None:
        with self._lock:
            self._idle.append(replace(link, idle_since=time.monotonic()))
            if not self._is_tended:
                self._is_tended = True
                self._closed.clear()
                threading.Thread(target=self._tend, daemon=True).start()
        self._slots.notify()

    def _end(self, link: Link) -> None:
        """Disconnect, then give the slot back."""
        try:
            link.client.close()
        finally:
            self._slots.free(link.slot)

    def _tend(self) -> None:
        """End idle connections that others want, or that are old, until there are none."""
        while True:
            self._closed.wait(_CHECK)
            with self._lock:
                over = [link for link in self._idle if self._is_over(link)]
                self._idle = [link for link in self._idle if link not in over]
                self._is_tended = is_tended = bool(self._idle)
            for link in over:
                self._end(link)
            if not is_tended:
                return

    def _is_over(self, link: Link) -> bool:
        age = time.monotonic() - (link.idle_since or 0.0)
        return age > _KEEP or self.is_wanted(link)
