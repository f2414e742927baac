"""Windows: what a listing shows of them, which are done, which have changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pydantic import AwareDatetime, Field

from radar_assets.ingest.scheduling.arrivals import VolumeArrival
from radar_assets.ingest.scheduling.fingerprint import fingerprint, is_same
from radar_assets.ingest.scheduling.part import CursorPart
from radar_assets.ingest.scheduling.plan import Plan
from radar_assets.ingest.scheduling.requests import Request, free_slots, windows_of


class DoneWindows(CursorPart):
    """Windows that are done."""

    until: AwareDatetime | None = None
    """every window before this is done, requested, known to be empty or unlistable"""
    later: dict[AwareDatetime, str] = Field(default_factory=dict)
    """later windows that are done, with the fingerprint of what was processed"""
    outdated: tuple[AwareDatetime, ...] = ()
    """those of them whose input an earlier window has changed since"""

    def frontier(self, plan: Plan, now: datetime) -> datetime:
        """First window that is followed; a clock that was wrong cannot hide any."""
        return max(plan.first, min(self.until or plan.first, plan.horizon(now)))

    def with_outdated(self, windows: Collection[datetime]) -> DoneWindows:
        """The same with other outdated windows, as far as they are among `later`."""
        outdated = tuple(window for window in sorted(windows) if window in self.later)
        return self.model_copy(update={"outdated": outdated})


@dataclass(frozen=True)
class WindowContent:
    """What a listing shows of one window."""

    arrivals: tuple[VolumeArrival, ...]

    @property
    def fingerprint(self) -> str:
        """Of the files of all volumes of which it is clear what to do with them."""
        return fingerprint(file for a in self.arrivals if a.is_decided for file in a.files)

    def is_ready(self, *, is_closed: bool) -> bool:
        """Whether there is something to do and, while it is open, nothing is just settling."""
        is_settling = any(arrival.is_settling for arrival in self.arrivals)
        return any(a.is_decided for a in self.arrivals) and (is_closed or not is_settling)


class Content(Protocol):
    """What is known of what a window is made of."""

    @property
    def fingerprint(self) -> str:
        """Equal as long as the window need not be made again."""

    def is_ready(self, *, is_closed: bool) -> bool:
        """Whether the window is to be made now; closed ones wait for nothing."""


Contents = Mapping[datetime, Content]
"""by window; windows that have nothing are absent"""


def contents_of(arrivals: Iterable[VolumeArrival], plan: Plan) -> dict[datetime, WindowContent]:
    """Volumes by their windows."""
    windows: dict[datetime, list[VolumeArrival]] = defaultdict(list)
    for arrival in arrivals:
        windows[plan.window_of(arrival.id.time)].append(arrival)
    return {window: WindowContent(tuple(found)) for window, found in windows.items()}


@dataclass(frozen=True)
class FollowedWindows:
    """Windows whose changes are followed: the newer ones, and those that could not be listed."""

    frontier: datetime
    """every window from here on"""
    unlistable: Collection[datetime]

    def __contains__(self, window: datetime) -> bool:
        return self.frontier <= window or window in self.unlistable


@dataclass(frozen=True)
class Changes:
    """Requests of changed and outdated windows, and the changed ones that wait for a free slot."""

    requests: tuple[Request, ...]
    waiting: frozenset[datetime]


def request_changed(
    contents: Contents,
    done: Mapping[datetime, str],
    open_requests: Collection[Request],
    plan: Plan,
    now: datetime,
    *,
    outdated: Collection[datetime] = (),
) -> Changes:
    """Request outdated windows and those whose content has changed since, oldest first.

    Windows of open requests are not requested before these have ended.
    """
    busy = windows_of(open_requests, plan)
    changed = _changed(contents, done, plan, now) - busy
    again = {w for w in outdated if w in done} - busy
    wanted = {w: done[w] for w in again} | {w: contents[w].fingerprint for w in changed}
    ranges = plan.ranges(wanted, plan.windows_per_run)[: free_slots(open_requests, plan)]
    requests = tuple(
        Request(
            radar=plan.radar,
            first=first,
            last=last,
            fingerprints=tuple(wanted[w] for w in plan.windows(first, last)),
        )
        for first, last in ranges
    )
    return Changes(requests, frozenset(changed - windows_of(requests, plan)))


def after_requests(
    frontier: datetime,
    done: Mapping[datetime, str],
    held: Collection[datetime],
    plan: Plan,
    now: datetime,
) -> DoneWindows:
    """What is done, from the frontier on; `held` windows are requested, empty or unlistable."""
    until, horizon = frontier, plan.horizon(now)
    while until < horizon and (until in done or until in held):
        until += plan.window
    return DoneWindows(until=until, later={w: done[w] for w in sorted(done) if w >= until})


def pending_sizes(
    contents: Mapping[datetime, WindowContent],
    done: Mapping[datetime, str],
    plan: Plan,
    now: datetime,
) -> dict[str, int]:
    """Sizes in bytes, by name, of files of open windows that are not processed yet."""
    return {
        str(file.name): file.size
        for window, content in contents.items()
        if not plan.is_closed(window, now)
        for arrival in content.arrivals
        if not (arrival.is_decided and is_same(done.get(window), content.fingerprint))
        for file in arrival.files
    }


def _changed(
    contents: Contents, done: Mapping[datetime, str], plan: Plan, now: datetime
) -> set[datetime]:
    return {
        window
        for window, content in contents.items()
        if window <= now
        and not is_same(done.get(window), content.fingerprint)
        and content.is_ready(is_closed=plan.is_closed(window, now))
    }
