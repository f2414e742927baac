"""When a composite's windows are due: a table of records, clock and decision."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest

from radar_assets.ingest.scheduling.arrivals import ArrivalRules
from radar_assets.ingest.scheduling.composites import (
    CompositeCursor,
    CompositeDecision,
    decide_composite,
    first_window,
)
from radar_assets.ingest.scheduling.plan import Plan
from radar_assets.ingest.scheduling.requests import RunOutcome
from radar_assets_tests.ingest.tree import utc

AFTER = timedelta(minutes=8)
PLAN = Plan("NORTH", utc("2025-11-18T00:00"), arrival=ArrivalRules(incomplete_after=AFTER))
W = utc("2025-11-18T12:00")
LIVE = frozenset({"RMA1", "RMA2"})
BOTH = {"RMA1": "a", "RMA2": "b"}


def window(number: int) -> datetime:
    return W + number * PLAN.window


def decide(
    versions: Mapping[datetime, Mapping[str, str]],
    minutes: float,
    cursor: CompositeCursor | None = None,
    outcomes: Mapping[str, RunOutcome] | None = None,
    **changes: object,
) -> CompositeDecision:
    """Decide so many minutes after the first window's start."""
    known = {"reach": 1, "live": LIVE} | changes
    return decide_composite(
        cursor or CompositeCursor(),
        versions,
        W + timedelta(minutes=minutes),
        PLAN,
        outcomes=outcomes or {},
        **known,  # type: ignore[arg-type]
    )


def asked(decision: CompositeDecision) -> list[tuple[int, int]]:
    """First and last window of each request, as numbers."""
    return [((r.first - W) // PLAN.window, (r.last - W) // PLAN.window) for r in decision.requests]


def composed(decision: CompositeDecision) -> dict[str, RunOutcome]:
    return {request.run_key: "success" for request in decision.cursor.requests.open}


@pytest.mark.parametrize(
    ("versions", "minutes", "live", "due"),
    [
        ({}, 60, LIVE, []),
        ({0: {}}, 60, LIVE, []),
        ({0: BOTH}, 9.9, LIVE, []),
        ({0: BOTH}, 10, LIVE, [(0, 0)]),
        ({0: {"RMA1": "a"}}, 10, LIVE, []),
        ({0: {"RMA1": "a"}}, 17.9, LIVE, []),
        ({0: {"RMA1": "a"}}, 18, LIVE, [(0, 0)]),
        ({0: {"RMA1": "a"}}, 10, frozenset({"RMA1"}), [(0, 0)]),
        ({0: {"RMA1": "a"}}, 10, frozenset(), [(0, 0)]),
        ({0: {**BOTH, "RMA3": "c"}}, 10, LIVE, [(0, 0)]),
        ({0: BOTH, 1: BOTH, 3: BOTH}, 40, LIVE, [(0, 1), (3, 3)]),
        ({0: BOTH, 1: {"RMA1": "a"}}, 15, LIVE, [(0, 0)]),
        ({-73: BOTH, 0: BOTH}, 10, LIVE, [(0, 0)]),  # before the composite's start
    ],
)
def test_a_window_is_due_when_all_live_radars_are_recorded_or_it_is_overdue(
    versions: Mapping[int, Mapping[str, str]],
    minutes: float,
    live: frozenset[str],
    due: list[tuple[int, int]],
) -> None:
    known = {window(number): found for number, found in versions.items()}
    assert asked(decide(known, minutes, live=live)) == due


def test_what_is_composed_is_not_asked_for_again() -> None:
    first = decide({W: BOTH}, 11)
    while_it_runs = decide({W: BOTH}, 12, first.cursor, {first.requests[0].run_key: "active"})
    assert asked(while_it_runs) == []
    later = decide({W: BOTH}, 13, while_it_runs.cursor, composed(first))
    assert asked(later) == []
    assert later.cursor.requests.open == ()
    assert asked(decide({W: BOTH}, 600, later.cursor)) == []


def test_a_late_radar_makes_its_window_and_those_that_reach_back_to_it_again() -> None:
    versions = {window(n): {"RMA1": "a"} for n in range(4)}
    first = decide(versions, 60)
    assert asked(first) == [(0, 3)]
    late = {**versions, window(1): BOTH}
    again = decide(late, 70, first.cursor, composed(first))
    assert asked(again) == [(1, 2)]


def test_changes_before_a_window_closes_are_composed_together_and_later_ones_at_once() -> None:
    first = decide({W: {"RMA1": "a", "RMA2": "b"}}, 11)
    changed = {W: {"RMA1": "a", "RMA2": "z"}}
    during = decide(changed, 12, first.cursor, {first.requests[0].run_key: "active"})
    assert asked(during) == []
    before = decide(changed, 17, during.cursor, composed(first))
    assert asked(before) == []
    closed = decide(changed, 18, before.cursor)
    assert asked(closed) == [(0, 0)]
    assert closed.requests[0].run_key != first.requests[0].run_key
    late = decide({W: {"RMA1": "y", "RMA2": "z"}}, 19, closed.cursor, composed(closed))
    assert asked(late) == [(0, 0)]


def test_a_failed_run_is_tried_again_with_pauses() -> None:
    first = decide({W: BOTH}, 11)
    failed = decide({W: BOTH}, 12, first.cursor, {first.requests[0].run_key: "failure"})
    assert asked(failed) == []
    again = decide({W: BOTH}, 15, failed.cursor, {first.requests[0].run_key: "failure"})
    assert [request.attempt for request in again.requests] == [2]


def test_a_request_whose_run_never_came_is_made_again_under_its_key() -> None:
    first = decide({W: BOTH}, 11)
    again = decide({W: BOTH}, 12, first.cursor)
    assert [r.run_key for r in again.requests] == [r.run_key for r in first.requests]


def test_what_was_missed_without_the_sensor_is_made_up_for() -> None:
    first = decide({W: BOTH}, 11)
    idle = decide({W: BOTH}, 26 * 60, first.cursor, composed(first))
    three_days = 3 * 24 * 60
    now = W + timedelta(minutes=three_days)
    frontier = idle.cursor.frontier(PLAN, now)
    assert frontier <= window(1)
    assert first_window(idle.cursor, PLAN, now, 1) == frontier - PLAN.window
    back = decide({W: BOTH, window(1): BOTH}, three_days, idle.cursor)
    assert asked(back) == [(1, 1)]


def test_an_old_backlog_is_not_searched_for_ever() -> None:
    fresh = CompositeCursor()
    now = W + timedelta(days=30)
    assert fresh.frontier(PLAN, now) == now - timedelta(hours=24)
    stuck = decide({W: BOTH}, 11).cursor
    assert stuck.frontier(PLAN, now) >= now - timedelta(days=7)


def test_a_cursor_is_stored_as_text() -> None:
    cursor = decide({W: BOTH}, 11).cursor
    assert CompositeCursor.from_json(cursor.to_json()) == cursor
    for broken in (None, "", "{", "[]", '{"windows": 1}'):
        assert CompositeCursor.from_json(broken) == CompositeCursor()
