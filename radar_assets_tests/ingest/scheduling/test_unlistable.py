"""Hours that cannot be listed, as data: state and listing -> state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from radar_assets.ingest.listing.model import Listing, SourceFault
from radar_assets.ingest.scheduling.plan import Plan
from radar_assets.ingest.scheduling.unlistable import UnlistableHours
from radar_assets_tests.ingest.tree import utc

NOW = utc("2025-11-18T12:30")
START = utc("2025-11-18T00:00")
PLAN = Plan("RMA1", START)


def hour(number: int) -> datetime:
    return START + timedelta(hours=number)


def span(first: int, last: int | None = None) -> tuple[datetime, datetime]:
    return hour(first), hour(first + 1 if last is None else last)


def state(*spans: tuple[datetime, datetime], tried: datetime | None = None) -> UnlistableHours:
    return UnlistableHours(spans=spans, tried_at=tried)


def listing(covered: tuple[int, ...] = (), failed: tuple[int, ...] = ()) -> Listing:
    return Listing(
        covered=tuple(map(span, covered)),
        faults=tuple(
            SourceFault("here: denied", "AccessDenied", span(number)) for number in failed
        ),
    )


@dataclass(frozen=True)
class Case:
    what: str
    before: UnlistableHours
    listing: Listing
    after: UnlistableHours
    due: tuple[int, ...] = ()
    kept: tuple[int, ...] = ()


MIDDLE = hour(3) + timedelta(minutes=20), hour(3) + timedelta(minutes=30)
PART = Listing(
    covered=((hour(3), MIDDLE[0]), (MIDDLE[1], hour(4))),
    faults=(SourceFault("here: unclear", "SourceError", MIDDLE),),
)
"""all of an hour but one window"""

CASES = [
    Case("nothing was listed", state(span(3)), Listing(), state(span(3))),
    Case("an hour fails", state(), listing((2, 4), (3,)), state(span(3))),
    Case("neighbours are one span", state(), listing((), (3, 4, 6)), state(span(3, 5), span(6))),
    Case("an hour is listed", state(span(3, 6)), listing((4,)), state(span(3), span(5))),
    Case(
        "a failure goes to the end", state(span(3, 5)), listing((), (3,)), state(span(4), span(3))
    ),
    Case("another source listed the hour", state(), listing((3,), (3,)), state()),
    Case("an hour fails in part", state(), PART, state(span(3))),
    Case("an hour fails in part again", state(span(3)), PART, state(span(3), tried=NOW), due=(3,)),
    Case(
        "an hour waits for its requests", state(span(3)), listing((3,)), state(span(3)), kept=(3,)
    ),
    Case(
        "a due hour was tried",
        state(span(3)),
        listing((2,), (3,)),
        state(span(3), tried=NOW),
        due=(3,),
    ),
    Case("a due hour was listed", state(span(3)), listing((3,)), state(tried=NOW), due=(3,)),
    Case("a due hour had no turn", state(span(3)), listing((2,)), state(span(3)), due=(3,)),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.what)
def test_cases(case: Case) -> None:
    due, kept = map(hour, case.due), set(map(hour, case.kept))
    assert case.before.after(case.listing, NOW, due=[*due], kept=kept) == case.after


@pytest.mark.parametrize(
    ("before", "limit", "due"),
    [
        (state(span(3, 6), span(1)), 6, [3, 4, 5, 1]),
        (state(span(3, 6), span(1)), 2, [3, 4]),
        (state(span(3)), -1, []),
        (state(span(10, 13)), 6, [10]),
        (state(span(3), tried=NOW - timedelta(minutes=9)), 6, []),
        (state(span(3), tried=NOW - timedelta(minutes=10)), 6, [3]),
        (state(span(3), tried=NOW + timedelta(days=9)), 6, [3]),
    ],
)
def test_past_hours_are_tried_again_in_their_order(
    before: UnlistableHours, limit: int, due: list[int]
) -> None:
    assert before.due(PLAN, NOW, limit) == [hour(number) for number in due]
