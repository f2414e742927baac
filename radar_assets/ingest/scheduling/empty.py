"""Windows without files: noted when a listing shows none, closed in ranges once in a while."""

from __future__ import annotations

from datetime import datetime

from pydantic import AwareDatetime

from radar_assets.ingest.listing.model import Listing, Span
from radar_assets.ingest.scheduling.part import CursorPart, StoredSpan
from radar_assets.ingest.scheduling.plan import Plan
from radar_assets.ingest.scheduling.requests import Request, windows_of
from radar_assets.ingest.times import is_past

_WINDOWS_PER_RUN = 720


class EmptyWindows(CursorPart):
    """Closed windows that hold no files and are not requested yet."""

    ranges: tuple[StoredSpan, ...] = ()
    """first and last window"""
    requested_at: AwareDatetime | None = None
    """when empty windows were last requested"""


def close_empty(
    state: EmptyWindows,
    *,
    noted: set[datetime],
    filled: set[datetime],
    plan: Plan,
    now: datetime,
    is_down: bool,
) -> tuple[EmptyWindows, tuple[Request, ...]]:
    """Add windows that were noted as empty, drop those that have files, and request the oldest.

    Requests are made once in a while, and none while no source answers.
    """
    windows = (plan.windows_of(state.ranges) - filled) | noted
    at = state.requested_at
    is_early = at is not None and not is_past(at, now, plan.empty_pause)
    ranges = [] if is_down or is_early else plan.ranges(windows, _WINDOWS_PER_RUN)
    requests = tuple(
        Request(radar=plan.radar, first=first, last=last)
        for first, last in ranges[: plan.runs_at_once]
    )
    rest = plan.ranges(windows - windows_of(requests, plan))
    return EmptyWindows(ranges=tuple(rest), requested_at=now if requests else at), requests


def empty_windows(listing: Listing, plan: Plan, now: datetime) -> set[datetime]:
    """Closed windows that lie wholly in spans of which it is sure what they hold.

    They are empty if nothing else is known of them.
    """
    spans = ((plan.window_from(first), last) for first, last in sure_spans(listing))
    return {w for w in plan.windows_in(spans) if plan.is_closed(w, now) and plan.includes(w)}


def sure_spans(listing: Listing) -> tuple[Span, ...]:
    """Spans in which what is not listed does not exist: only there is a window closed as empty."""
    return listing.covered
