"""The decision of live ingest: which windows to run now. Pure, so that it is tested as data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from radar_assets.ingest.arrivals import Expected, VolumeArrival, assess, is_past
from radar_assets.ingest.cursor import EMPTY, Cursor, Request, fingerprint
from radar_assets.ingest.plan import Plan, sweep_span
from radar_assets.ingest.survey import Listing, Span

Outcome = Literal["active", "success", "failure"]
"""of a run; active: queued or running"""


@dataclass(frozen=True)
class Decision:
    """Runs to request now, what to remember, and in words what was seen."""

    requests: tuple[Request, ...]
    cursor: Cursor
    summary: str
    arrivals: tuple[VolumeArrival, ...] = ()


@dataclass(frozen=True)
class _Window:
    """What the listing shows of one window."""

    arrivals: tuple[VolumeArrival, ...]

    @property
    def due(self) -> tuple[VolumeArrival, ...]:
        return tuple(arrival for arrival in self.arrivals if arrival.is_due)

    @property
    def whole(self) -> tuple[VolumeArrival, ...]:
        """Volumes that are due or only have to settle."""
        return tuple(a for a in self.arrivals if a.is_due or (a.expected and not a.missing))

    @property
    def fingerprint(self) -> str:
        return fingerprint(file for arrival in self.due for file in arrival.files)


def decide(
    cursor: Cursor,
    listing: Listing,
    now: datetime,
    plan: Plan,
    *,
    expected: Expected,
    outcomes: Mapping[str, Outcome],
) -> Decision:
    """Decide from a listing, begun at `now`, of what `hours_to_list` asked for.

    `outcomes` tells of the runs of `cursor.requests`, by run key; a request whose run is unknown
    is made again under the same key. The same arguments give the same decision.
    """
    book = _Book(cursor, now, plan)
    book.follow_up(cursor.requests, outcomes)
    files = [f for f in listing.files if plan.holds(plan.window_of(f.name.id.time))]
    arrivals = assess(files, expected, now, plan.arrival, cursor.pending)
    windows = _by_window(arrivals, plan)
    book.request_changed(windows)
    book.note_empty(windows, listing.covered)
    book.request_empty()
    return Decision(
        tuple(book.made),
        book.cursor(listing, windows),
        _summary(book, listing, arrivals),
        arrivals,
    )


class _Book:
    """The cursor while it is being brought up to date."""

    def __init__(self, cursor: Cursor, now: datetime, plan: Plan) -> None:
        self.old, self.now, self.plan = cursor, now, plan
        self.frontier = plan.frontier(cursor, now)
        self.done = dict(cursor.done)
        self.open: list[Request] = []
        self.made: list[Request] = []
        self.empty = {w for first, last in cursor.empty for w in plan.windows(first, last)}
        self.emptied_at = cursor.emptied_at
        self.given_up = 0

    def follow_up(self, requests: Iterable[Request], outcomes: Mapping[str, Outcome]) -> None:
        """Close what succeeded, try again what failed, keep what runs."""
        for request in requests:
            outcome = outcomes.get(request.run_key)
            if outcome == "success":
                self._close(request)
            elif outcome == "failure":
                self._failed(request)
            elif outcome == "active":
                self.open.append(request)
            else:
                self._make(request)

    def request_changed(self, windows: Mapping[datetime, _Window]) -> None:
        """Request windows whose files differ from what was processed, oldest first."""
        busy = self._busy()
        free = {w: seen for w, seen in windows.items() if self.frontier <= w and w not in busy}
        self.empty -= set(free)
        changed = [w for w, seen in free.items() if self._is_changed(w, seen)]
        for first, last in self._ranges(changed, self.plan.windows_per_run)[: self._slots()]:
            prints = tuple(free[w].fingerprint for w in self.plan.windows(first, last))
            self._make(Request(radar=self.plan.radar, first=first, last=last, fingerprints=prints))
        for window, seen in free.items():
            if not seen.due and self.plan.is_closed(window, self.now):
                self.done.setdefault(window, seen.fingerprint)

    def note_empty(self, windows: Mapping[datetime, _Window], covered: Iterable[Span]) -> None:
        """Note closed windows of which a whole listing shows no file."""
        known = self.done.keys() | self._busy() | windows.keys()
        for first, last in covered:
            begin = max(self.plan.window_of(first), self.frontier)
            for window in self.plan.windows(begin, last - self.plan.window):
                is_over = self.plan.is_closed(window, self.now) and self.plan.holds(window)
                if is_over and window not in known:
                    self.empty.add(window)

    def request_empty(self) -> None:
        """Request that empty windows be closed, once in a while."""
        if self.emptied_at and not is_past(self.emptied_at, self.now, self.plan.empty_pause):
            return
        ranges = self._ranges(self.empty, self.plan.empty_windows_per_run)
        for first, last in ranges[: self.plan.runs_at_once]:
            self.empty.difference_update(self.plan.windows(first, last))
            self._make(Request(radar=self.plan.radar, first=first, last=last))
            self.emptied_at = self.now

    def cursor(self, listing: Listing, windows: Mapping[datetime, _Window]) -> Cursor:
        """What to remember."""
        old, has_failed = self.old, bool(listing.faults) and not listing.covered
        done_until = self._done_until()
        swept = self._swept(listing.covered)
        return Cursor(
            done_until=done_until,
            done={w: mark for w, mark in sorted(self.done.items()) if w >= done_until},
            requests=tuple(self.open),
            empty=tuple(self._ranges(self.empty, None)),
            emptied_at=self.emptied_at,
            pending=self._pending(windows) if listing.covered else old.pending,
            swept_until=swept or old.swept_until,
            swept_at=self.now if swept else old.swept_at,
            failures=old.failures + 1 if has_failed else 0 if listing.covered else old.failures,
            failed_at=self.now if has_failed else None if listing.covered else old.failed_at,
        )

    def _close(self, request: Request) -> None:
        windows = list(self.plan.windows(request.first, request.last))
        self.done.update(zip(windows, request.fingerprints or [EMPTY] * len(windows), strict=True))

    def _failed(self, request: Request) -> None:
        pause = self.plan.retry_pause * 2 ** (request.attempt - 1)
        if request.attempt >= self.plan.attempts:
            self.given_up += len(request.fingerprints)
            self._close(request)
        elif request.failed_at is None:
            self.open.append(request.model_copy(update={"failed_at": self.now}))
        elif is_past(request.failed_at, self.now, pause):
            again = {"failed_at": None, "attempt": request.attempt + 1}
            self._make(request.model_copy(update=again))
        else:
            self.open.append(request)

    def _make(self, request: Request) -> None:
        self.open.append(request)
        self.made.append(request)

    def _busy(self) -> set[datetime]:
        return {w for request in self.open for w in self.plan.windows(request.first, request.last)}

    def _slots(self) -> int:
        running = sum(r.kind == "files" and r.failed_at is None for r in self.open)
        return max(0, self.plan.runs_at_once - running)

    def _is_changed(self, window: datetime, seen: _Window) -> bool:
        """Whether there is something new to process and it has come to rest."""
        if not seen.due or window > self.now or self.done.get(window) == seen.fingerprint:
            return False
        pause = self.plan.arrival.settle_after
        return self.plan.is_closed(window, self.now) or all(
            file.modified_at is None or is_past(file.modified_at, self.now, pause)
            for arrival in seen.whole
            for file in arrival.files
        )

    def _ranges(self, windows: Iterable[datetime], limit: int | None) -> list[Span]:
        """First and last window of contiguous ranges, oldest first, of at most `limit` windows."""
        ranges: list[Span] = []
        length = 0
        for window in sorted(windows):
            if ranges and ranges[-1][1] + self.plan.window == window and length != limit:
                ranges[-1], length = (ranges[-1][0], window), length + 1
            else:
                ranges.append((window, window))
                length = 1
        return ranges

    def _done_until(self) -> datetime:
        held = self.done.keys() | self._busy() | self.empty
        window, horizon = self.frontier, self.plan.horizon(self.now)
        while window < horizon and window in held:
            window += self.plan.window
        return window

    def _pending(self, windows: Mapping[datetime, _Window]) -> dict[str, int]:
        return {
            str(file.name): file.size
            for window, seen in windows.items()
            if not self.plan.is_closed(window, self.now)
            for arrival in seen.arrivals
            if not (arrival.is_due and self.done.get(window) == seen.fingerprint)
            for file in arrival.files
        }

    def _swept(self, covered: Iterable[Span]) -> datetime | None:
        """How far the second look at the past has come with this listing."""
        span = sweep_span(self.old, self.plan, self.now, self.plan.hours_per_look)
        if span is None:
            return None
        reached = max(span[0], self.plan.first)
        for first, last in sorted(covered):
            if first <= reached < last:
                reached = min(last, span[1])
        return reached if reached > max(span[0], self.plan.first) else None


def _by_window(arrivals: Iterable[VolumeArrival], plan: Plan) -> dict[datetime, _Window]:
    windows: dict[datetime, list[VolumeArrival]] = defaultdict(list)
    for arrival in arrivals:
        windows[plan.window_of(arrival.id.time)].append(arrival)
    return {window: _Window(tuple(seen)) for window, seen in windows.items()}


def _summary(book: _Book, listing: Listing, arrivals: Iterable[VolumeArrival]) -> str:
    waiting = sum(arrival.state == "waiting" for arrival in arrivals)
    running = len(book.open) - len(book.made)
    requested = sum(1 for r in book.made for _ in book.plan.windows(r.first, r.last))
    counts = [
        *_count(len(listing.files), "file", "", always=True),
        *_count(waiting, "volume", " waiting"),
        *_count(requested, "window", " requested", always=True),
        *_count(running, "earlier request", " open"),
        *_count(book.given_up, "window", " given up after failed runs"),
        *_count(len(listing.ignored), "name", " ignored"),
    ]
    return "; ".join([", ".join(counts), *listing.faults])


def _count(number: int, noun: str, rest: str, *, always: bool = False) -> Iterator[str]:
    if number or always:
        yield f"{number} {noun}{'' if number == 1 else 's'}{rest}"
