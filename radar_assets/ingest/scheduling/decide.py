"""The decision of live ingest: which windows to run now. Pure, so that it is tested as data.

Each concern has a state in the cursor and a function that brings it up to date from what was
listed, the clock and the plan; here they are put together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from radar_assets.ingest.listing.model import Listing
from radar_assets.ingest.scheduling.arrivals import Expected, VolumeArrival, assess
from radar_assets.ingest.scheduling.cursor import Cursor
from radar_assets.ingest.scheduling.empty import close_empty, empty_windows
from radar_assets.ingest.scheduling.plan import Plan
from radar_assets.ingest.scheduling.polling import HOURS_PER_POLL
from radar_assets.ingest.scheduling.requests import Request, RunOutcome, follow_up, windows_of
from radar_assets.ingest.scheduling.summary import summary
from radar_assets.ingest.scheduling.windows import (
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
    done = {**cursor.windows.later, **runs.done}
    arrivals = _arrivals(cursor, listing, now, plan, expected)
    followed = cursor.followed(plan, now)
    contents = {w: c for w, c in contents_of(arrivals, plan).items() if w in followed}
    files = request_changed(contents, done, runs.open, plan, now)
    known = {*done, *contents, *windows_of((*runs.open, *files.requests), plan)}
    noted = {w for w in empty_windows(listing, plan, now) if w in followed} - known
    empty, closing = close_empty(
        cursor.empty, noted=noted, filled=set(contents), plan=plan, now=now, is_down=outage.is_on
    )
    ordered = cursor.requests.numbered((*runs.retried, *files.requests, *closing), now)
    requests = cursor.requests.after(runs.kept, ordered, now)
    unlistable = cursor.unlistable.after(
        listing,
        now,
        due=cursor.unlistable.due(plan, now, HOURS_PER_POLL),
        kept={hour_of(window) for window in files.waiting},
    )
    held = windows_of(requests.open, plan) | plan.windows_of(empty.ranges)
    held |= plan.windows_in(unlistable.spans)
    after = Cursor(
        windows=after_requests(followed.frontier, done, held, plan, now),
        requests=requests,
        empty=empty,
        pending=pending_sizes(contents, done, plan, now) if listing.covered else cursor.pending,
        rescan=cursor.rescan.after(listing, plan, now, HOURS_PER_POLL),
        unlistable=unlistable,
        outage=outage,
    )
    made = (*runs.repeated, *ordered)
    text = summary(after, listing, arrivals, plan, made=made, given_up=runs.given_up)
    return Decision(made, after, text)


def _arrivals(
    cursor: Cursor, listing: Listing, now: datetime, plan: Plan, expected: Expected
) -> tuple[VolumeArrival, ...]:
    files = [f for f in listing.files if plan.includes(plan.window_of(f.name.id.time))]
    return assess(files, expected, now, plan.arrival, cursor.pending)
