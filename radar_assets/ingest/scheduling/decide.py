"""The decision of live ingest: which windows to run now. Pure, so that it is tested as data.

Each concern has a state in the cursor and a function that brings it up to date from what was
listed, the clock and the plan; this module combines them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from radar_assets.ingest.listing.model import Listing
from radar_assets.ingest.scheduling.arrivals import Expected, VolumeArrival, assess
from radar_assets.ingest.scheduling.cursor import Cursor
from radar_assets.ingest.scheduling.empty import EmptyWindows, close_empty, empty_windows
from radar_assets.ingest.scheduling.outage import Outage
from radar_assets.ingest.scheduling.outdated import outdated_windows
from radar_assets.ingest.scheduling.plan import Plan
from radar_assets.ingest.scheduling.polling import HOURS_PER_POLL
from radar_assets.ingest.scheduling.requests import (
    FollowUp,
    Request,
    Requests,
    RunOutcome,
    follow_up,
    windows_of,
)
from radar_assets.ingest.scheduling.summary import summary
from radar_assets.ingest.scheduling.windows import (
    Changes,
    FollowedWindows,
    WindowContent,
    after_requests,
    contents_of,
    pending_sizes,
    request_changed,
)
from radar_assets.ingest.times import hour_of


@dataclass(frozen=True)
class Decision:
    """Runs to request now, what to remember, and a summary in words."""

    requests: tuple[Request, ...]
    cursor: Cursor
    summary: str


def decide(
    cursor: Cursor,
    listing: Listing,
    now: datetime,
    plan: Plan,
    *,
    expected: Expected,
    outcomes: Mapping[str, RunOutcome],
) -> Decision:
    """Decide from a listing, begun at `now`, of what `hours_to_list` asked for.

    `outcomes` has those of the runs of `cursor.requests`, by run key; a request whose run is
    unknown is made again under the same key. The same arguments give the same decision. While no
    source answers nothing is requested, because it would fail.
    """
    outage = cursor.outage.after(listing, now)
    runs = follow_up(cursor.requests.open, outcomes, plan, now, is_down=outage.is_on)
    files = [f for f in listing.files if plan.includes(plan.window_of(f.name.id.time))]
    arrivals = assess(files, expected, now, plan.arrival, cursor.pending)
    poll = _Poll(cursor, listing, now, plan, arrivals, outage, runs)
    changes = poll.changes()
    empty, closing = poll.empty(changes.requests)
    ordered = cursor.requests.numbered((*runs.retried, *changes.requests, *closing), now)
    after = poll.cursor_after(changes, empty, cursor.requests.after(runs.kept, ordered, now))
    made = (*runs.repeated, *ordered)
    text = summary(after, listing, arrivals, plan, made=made, given_up=runs.given_up)
    return Decision(made, after, text)


@dataclass(frozen=True)
class _Poll:
    """What a poll found, and what follows from it for each part of the cursor."""

    cursor: Cursor
    listing: Listing
    now: datetime
    plan: Plan
    arrivals: tuple[VolumeArrival, ...]
    outage: Outage
    runs: FollowUp

    @cached_property
    def done(self) -> Mapping[datetime, str]:
        """Windows that are done, with the fingerprint of what was processed."""
        return {**self.cursor.windows.later, **self.runs.done(self.plan)}

    @cached_property
    def followed(self) -> FollowedWindows:
        """Windows whose changes are followed."""
        return self.cursor.followed(self.plan, self.now)

    @cached_property
    def contents(self) -> Mapping[datetime, WindowContent]:
        """Followed windows that have files."""
        found = contents_of(self.arrivals, self.plan)
        return {window: content for window, content in found.items() if window in self.followed}

    @cached_property
    def outdated(self) -> set[datetime]:
        """Done windows whose input an earlier window has changed since."""
        before = self.cursor.windows
        return {*before.outdated, *outdated_windows(before.later, self.runs.ended, self.plan)}

    def changes(self) -> Changes:
        """Requests of windows with files; in an outage, outdated ones wait."""
        again = () if self.outage.is_on else self.outdated
        return request_changed(
            self.contents, self.done, self.runs.open, self.plan, self.now, outdated=again
        )

    def empty(self, requests: tuple[Request, ...]) -> tuple[EmptyWindows, tuple[Request, ...]]:
        """Windows that are known to be empty, and requests that close some of them."""
        known = {*self.done, *self.contents}
        known |= windows_of((*self.runs.open, *requests), self.plan)
        empty = empty_windows(self.listing, self.plan, self.now)
        return close_empty(
            self.cursor.empty,
            noted={window for window in empty if window in self.followed} - known,
            filled=set(self.contents),
            plan=self.plan,
            now=self.now,
            is_down=self.outage.is_on,
        )

    def cursor_after(self, changes: Changes, empty: EmptyWindows, requests: Requests) -> Cursor:
        """What to remember."""
        cursor, listing, now, plan = self.cursor, self.listing, self.now, self.plan
        unlistable = cursor.unlistable.after(
            listing,
            now,
            due=cursor.unlistable.due(plan, now, HOURS_PER_POLL),
            kept={hour_of(window) for window in changes.waiting},
        )
        requested = windows_of(requests.open, plan)
        held = requested | plan.windows_of(empty.ranges) | plan.windows_in(unlistable.spans)
        is_listed = bool(listing.covered)
        pending = pending_sizes(self.contents, self.done, plan, now)
        windows = after_requests(self.followed.frontier, self.done, held, plan, now)
        return Cursor(
            windows=windows.with_outdated(self.outdated - requested),
            requests=requests,
            empty=empty,
            pending=pending if is_listed else cursor.pending,
            rescan=cursor.rescan.after(listing, plan, now, HOURS_PER_POLL),
            unlistable=unlistable,
            outage=self.outage,
        )
