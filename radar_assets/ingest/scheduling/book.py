"""The cursor while a look brings it up to date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from radar_assets.ingest.listing.model import Listing, Span, hours_of
from radar_assets.ingest.scheduling.arrivals import VolumeArrival
from radar_assets.ingest.scheduling.cursor import EMPTY, Cursor, Request, fingerprint, is_same
from radar_assets.ingest.scheduling.plan import Plan, barred_hours, past_hours, sweep_span
from radar_assets.ingest.times import hour_of, is_past

Outcome = Literal["active", "success", "failure", "refused", "final"]
"""of a run; active: queued or running; refused: failed for files that a server does not give
although it answers; final: failed for what the files hold"""

_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class WindowSeen:
    """What a listing shows of one window."""

    arrivals: tuple[VolumeArrival, ...]

    @property
    def fingerprint(self) -> str:
        """Of the files of all volumes of which it is clear what to do with them."""
        return fingerprint(file for a in self.arrivals if a.is_judged for file in a.files)

    def is_ripe(self, *, is_closed: bool) -> bool:
        """Whether there is something to do and, while it is open, nothing is just settling."""
        is_settling = any(arrival.is_settling for arrival in self.arrivals)
        return any(a.is_judged for a in self.arrivals) and (is_closed or not is_settling)


class Book:
    """What is done, under way and to be requested, after a listing."""

    def __init__(self, cursor: Cursor, listing: Listing, now: datetime, plan: Plan) -> None:
        self.old, self.listing, self.now, self.plan = cursor, listing, now, plan
        faults = [fault for fault in listing.faults if not fault.is_busy]
        self.has_failed = bool(faults) and not listing.covered
        self.is_down = self.has_failed or (not listing.covered and cursor.failed_at is not None)
        self.frontier = plan.frontier(cursor, now)
        self.was_barred = plan.windows_of(cursor.barred)
        self.delayed: set[datetime] = set()
        self.done = dict(cursor.done)
        self.number = cursor.number or int(now.timestamp())
        self.open: list[Request] = []
        self.made: list[Request] = []
        self.empty = {w for first, last in cursor.empty for w in plan.windows(first, last)}
        self.emptied_at = cursor.emptied_at
        self.given_up = 0

    @property
    def down_since(self) -> datetime | None:
        """When the source went silent; None while it answers."""
        return (self.old.down_since or self.now) if self.is_down else None

    @property
    def barred(self) -> tuple[Span, ...]:
        """Hours that cannot be listed, those of this look last, or that wait to be requested."""
        unclear = {hour_of(f.span[0]) for f in self.listing.faults if f.is_unclear and f.span}
        covered = {hour_of(first) for first, _ in self.listing.covered} - {
            hour for hour in unclear if not self.listing.is_sure(hour, hour + _HOUR)
        }
        covered -= {hour_of(window) for window in self.delayed}
        faulty = {hour_of(fault.span[0]) for fault in self.listing.faults if fault.span} - covered
        if not (self.listing.covered or faulty):
            return self.old.barred
        before = [hour for span in self.old.barred for hour, _ in hours_of(*span)]
        spans: list[Span] = []
        for hour in [*(h for h in before if h not in covered | faulty), *sorted(faulty)]:
            if spans and spans[-1][1] == hour:
                spans[-1] = spans[-1][0], hour + _HOUR
            else:
                spans.append((hour, hour + _HOUR))
        return tuple(spans)

    def follow_up(self, requests: Iterable[Request], outcomes: Mapping[str, Outcome]) -> None:
        """Close what succeeded, keep what runs, try again what failed: not while it must fail."""
        for request in requests:
            outcome = outcomes.get(request.run_key)
            if outcome == "success":
                self._close(request)
            elif outcome and request.attempt >= self.plan.attempts_of(outcome):
                self.given_up += len(request.fingerprints)
                self._close(request)
            elif outcome in ("failure", "refused", "final"):
                failed = {"failed_at": request.failed_at or self.now}
                self.open.append(request.model_copy(update=failed))
            else:
                running = request.model_copy(update={"failed_at": None})
                self.open.append(running)
                self.made += [] if outcome or self.is_down else [running]
        for request in () if self.is_down else tuple(self.open):
            self._retry(request)

    def request_changed(self, windows: Mapping[datetime, WindowSeen]) -> None:
        """Request windows whose files differ from what was processed, oldest first."""
        busy = self._busy()
        free = {w: seen for w, seen in windows.items() if self._reaches(w) and w not in busy}
        self.empty -= set(free)
        changed = [w for w, seen in free.items() if self._is_changed(w, seen)]
        slots = self.plan.slots(self.open)
        for first, last in self._ranges(changed, self.plan.windows_per_run)[:slots]:
            prints = tuple(free[w].fingerprint for w in self.plan.windows(first, last))
            self._make(Request(radar=self.plan.radar, first=first, last=last, fingerprints=prints))
        self.delayed = set(changed) - self._busy()

    def note_empty(self, windows: Mapping[datetime, WindowSeen]) -> None:
        """Note closed windows of which a whole listing shows no file."""
        known = self.done.keys() | self._busy() | windows.keys()
        for first, last in self.listing.covered:
            for window in self.plan.windows(self.plan.window_of(first), last - self.plan.window):
                is_over = self.plan.is_closed(window, self.now) and self.plan.holds(window)
                is_sure = self.listing.is_sure(window, window + self.plan.window)
                if is_over and is_sure and self._reaches(window) and window not in known:
                    self.empty.add(window)

    def request_empty(self) -> None:
        """Request that empty windows be closed, once in a while."""
        is_early = self.emptied_at and not is_past(self.emptied_at, self.now, self.plan.empty_pause)
        if self.is_down or is_early:
            return
        ranges = self._ranges(self.empty, self.plan.empty_windows_per_run)
        for first, last in ranges[: self.plan.runs_at_once]:
            self.empty.difference_update(self.plan.windows(first, last))
            self._make(Request(radar=self.plan.radar, first=first, last=last))
            self.emptied_at = self.now

    def cursor(self, windows: Mapping[datetime, WindowSeen]) -> Cursor:
        """What to remember."""
        old, covered = self.old, self.listing.covered
        done_until = self._done_until()
        swept = self._swept()
        return Cursor(
            done_until=done_until,
            done={w: mark for w, mark in sorted(self.done.items()) if w >= done_until},
            requests=tuple(self.open),
            number=self.number,
            empty=tuple(self._ranges(self.empty, None)),
            emptied_at=self.emptied_at,
            pending=self._pending(windows) if covered else old.pending,
            swept_until=swept or old.swept_until,
            swept_at=self.now if swept else old.swept_at,
            barred=self.barred,
            barred_at=self.now if self._has_tried_barred() else old.barred_at,
            failures=old.failures + self.has_failed if self.is_down else 0,
            failed_at=(self.now if self.has_failed else old.failed_at) if self.is_down else None,
            down_since=self.down_since,
        )

    def _close(self, request: Request) -> None:
        windows = list(self.plan.windows(request.first, request.last))
        self.done.update(zip(windows, request.fingerprints or [EMPTY] * len(windows), strict=True))

    def _retry(self, request: Request) -> None:
        doubled = self.plan.retry_pause * 2 ** min(request.attempt - 1, 10)
        pause = min(doubled, self.plan.longest_retry_pause)
        if request.failed_at is None or not is_past(request.failed_at, self.now, pause):
            return
        if request.kind == "empty" or self.plan.running(self.open) < self.plan.runs_at_once:
            self.open.remove(request)
            again = {"failed_at": None, "attempt": request.attempt + 1}
            self._make(request.model_copy(update=again))

    def _make(self, request: Request) -> None:
        self.number += 1
        numbered = request.model_copy(update={"number": self.number})
        self.open.append(numbered)
        self.made.append(numbered)

    def _busy(self) -> set[datetime]:
        return {w for request in self.open for w in self.plan.windows(request.first, request.last)}

    def _reaches(self, window: datetime) -> bool:
        """Whether a window is still followed: those of barred hours are, however old."""
        return self.frontier <= window or window in self.was_barred

    def _is_changed(self, window: datetime, seen: WindowSeen) -> bool:
        if window > self.now or is_same(self.done.get(window), seen.fingerprint):
            return False
        return seen.is_ripe(is_closed=self.plan.is_closed(window, self.now))

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
        held = self.done.keys() | self._busy() | self.empty | self.plan.windows_of(self.barred)
        window, horizon = self.frontier, self.plan.horizon(self.now)
        while window < horizon and window in held:
            window += self.plan.window
        return window

    def _pending(self, windows: Mapping[datetime, WindowSeen]) -> dict[str, int]:
        return {
            str(file.name): file.size
            for window, seen in windows.items()
            if not self.plan.is_closed(window, self.now)
            for arrival in seen.arrivals
            if not (arrival.is_judged and is_same(self.done.get(window), seen.fingerprint))
            for file in arrival.files
        }

    def _swept(self) -> datetime | None:
        """Where the second look at the past goes on; at its end it begins anew."""
        span = sweep_span(self.old, self.plan, self.now, self.plan.hours_per_look)
        if span is None:
            return None
        begin = reached = max(span[0], self.plan.first)
        faults = (fault.span for fault in self.listing.faults if fault.span)
        for first, last in sorted([*self.listing.covered, *faults]):
            if first <= reached < last:
                reached = min(last, span[1])
        if reached >= past_hours(self.plan, self.now)[1]:
            return self.plan.first
        return reached if reached > begin else None

    def _has_tried_barred(self) -> bool:
        due = barred_hours(self.old, self.plan, self.now, self.plan.hours_per_look)
        faulty = (fault.span for fault in self.listing.faults if fault.span)
        tried = {hour_of(span[0]) for span in (*self.listing.covered, *faulty)}
        return not tried.isdisjoint(due)
