"""The decision of a composite's sensor: which windows to compose now. Pure, tested as data.

A window is due when it has ended and every radar that is live has a record of it, and again, if
records have changed, some time after its end, when nobody is waited for any longer. Later it is due
whenever a record that it is made of changes: of a late radar, or of a window before that its stages
reach back to.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from radar_assets.ingest.scheduling.fingerprint import digest
from radar_assets.ingest.scheduling.part import CursorPart
from radar_assets.ingest.scheduling.plan import Plan
from radar_assets.ingest.scheduling.requests import (
    Request,
    Requests,
    RunOutcome,
    follow_up,
    windows_of,
)
from radar_assets.ingest.scheduling.windows import DoneWindows, after_requests, request_changed

_LONGEST = timedelta(days=7)
"""time without the sensor, or without any radar, that is made up for"""

Versions = Mapping[datetime, Mapping[str, str]]
"""by window and radar: what is equal as long as what the radar recorded of the window is"""


class CompositeCursor(CursorPart):
    """What is done and under way."""

    windows: DoneWindows = DoneWindows()
    requests: Requests = Requests()

    def frontier(self, plan: Plan, now: datetime) -> datetime:
        """First window that is followed: every one before is composed, or too old."""
        horizon = plan.horizon(now)
        oldest = max(plan.first, plan.window_of(now - _LONGEST))
        return max(oldest, min(self.windows.until or horizon, horizon))

    def to_json(self) -> str:
        """Text that `from_json` reads."""
        return json.dumps(self.model_dump(mode="json", exclude_defaults=True))

    @classmethod
    def from_json(cls, text: str | None) -> CompositeCursor:
        """Read a cursor; a broken or absent one starts afresh."""
        try:
            return cls.model_validate_json(text or "{}")
        except ValueError:
            return cls()


@dataclass(frozen=True)
class RecordedWindow:
    """What the radars of a composite have recorded of a window."""

    fingerprint: str
    """of these records, and of those of the windows that it reaches back to"""
    is_first: bool
    """whether it has ended, every live radar has a record, and it was not composed yet"""

    def is_ready(self, *, is_closed: bool) -> bool:
        """Whether nobody is waited for."""
        return is_closed or self.is_first


@dataclass(frozen=True)
class CompositeDecision:
    """Runs to request now, what to remember, and a summary in words."""

    requests: tuple[Request, ...]
    cursor: CompositeCursor
    summary: str


def first_window(cursor: CompositeCursor, plan: Plan, now: datetime, reach: int) -> datetime:
    """First window whose records the decision needs; its stages reach so many windows back."""
    return cursor.frontier(plan, now) - reach * plan.window


def decide_composite(
    cursor: CompositeCursor,
    versions: Versions,
    now: datetime,
    plan: Plan,
    *,
    reach: int,
    live: frozenset[str],
    outcomes: Mapping[str, RunOutcome],
) -> CompositeDecision:
    """Decide from what the radars have recorded from `first_window` on.

    `outcomes` has those of the runs of `cursor.requests`, by run key; a request whose run is
    unknown is made again under the same key. The same arguments give the same decision.
    """
    frontier = cursor.frontier(plan, now)
    runs = follow_up(cursor.requests.open, outcomes, plan, now, is_down=False)
    done = {**cursor.windows.later, **runs.done(plan)}
    own = {window: digest(sorted(found.items())) for window, found in versions.items()}
    contents = {
        window: RecordedWindow(
            _fingerprint(own, window, plan, reach),
            is_first=live <= found.keys() and window + plan.window <= now and window not in done,
        )
        for window, found in versions.items()
        if window >= frontier and found and plan.includes(window)
    }
    changes = request_changed(contents, done, runs.open, plan, now)
    ordered = cursor.requests.numbered((*runs.retried, *changes.requests), now)
    requests = cursor.requests.after(runs.kept, ordered, now)
    after = CompositeCursor(
        windows=after_requests(frontier, done, windows_of(requests.open, plan), plan, now),
        requests=requests,
    )
    made = (*runs.repeated, *ordered)
    requested, waiting = len(windows_of(made, plan)), len(contents.keys() - done.keys())
    text = f"{requested} windows requested, {waiting} not composed yet"
    text += f", {runs.given_up} given up after failed runs" if runs.given_up else ""
    return CompositeDecision(made, after, text)


def _fingerprint(own: Mapping[datetime, str], window: datetime, plan: Plan, reach: int) -> str:
    """Fingerprint of a window and those that it reaches back to, of what each has itself."""
    return digest(own.get(window - back * plan.window, "") for back in range(reach + 1))
