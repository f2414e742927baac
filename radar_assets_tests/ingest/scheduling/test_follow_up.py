"""What becomes of open requests, as data: requests and outcomes of their runs -> requests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from radar_assets.ingest.scheduling.plan import Plan
from radar_assets.ingest.scheduling.requests import (
    FollowUp,
    Request,
    Requests,
    RunOutcome,
    follow_up,
    free_slots,
)
from radar_assets_tests.ingest.tree import utc

NOON = utc("2025-11-18T12:00")
NOW = utc("2025-11-18T15:00")
PLAN = Plan("RMA1", NOON, runs_at_once=2, requests_at_once=4)
MINUTE = timedelta(minutes=1)
WINDOWS = (NOON, NOON + PLAN.window)
NOTHING = FollowUp(kept=(), repeated=(), retried=(), ended=(), given_up=0)


def request(
    number: int = 7, attempt: int = 1, failed: float | None = None, kind: str = "files"
) -> Request:
    """A request of two windows that failed some minutes ago, or runs."""
    return Request(
        radar="RMA1",
        first=WINDOWS[0],
        last=WINDOWS[1],
        fingerprints=("a/b/c", "d/e/f") if kind == "files" else (),
        attempt=attempt,
        number=number,
        failed_at=None if failed is None else NOW - failed * MINUTE,
    )


RUNNING = request()
FAILED = request(failed=0)


@dataclass(frozen=True)
class Case:
    what: str
    request: Request
    outcome: RunOutcome | None
    found: FollowUp
    is_down: bool = False


def found(**changes: object) -> FollowUp:
    return FollowUp(**{**vars(NOTHING), **changes})


CASES = [
    Case("it runs", RUNNING, "active", found(kept=(RUNNING,))),
    Case("its run is unknown", RUNNING, None, found(kept=(RUNNING,), repeated=(RUNNING,))),
    Case("its run is unknown in an outage", RUNNING, None, found(kept=(RUNNING,)), is_down=True),
    Case("it succeeded", RUNNING, "success", found(ended=(RUNNING,))),
    Case(
        "it closed empty windows",
        request(kind="empty"),
        "success",
        found(ended=(request(kind="empty"),)),
    ),
    Case("it failed just now", RUNNING, "failure", found(kept=(FAILED,))),
    Case("it failed a minute ago", request(failed=1), "failure", found(kept=(request(failed=1),))),
    Case("its pause is over", request(failed=2), "failure", found(retried=(request(attempt=2),))),
    Case(
        "its pause is over in an outage",
        request(failed=2),
        "failure",
        found(kept=(request(failed=2),)),
        is_down=True,
    ),
    Case(
        "its second pause is longer",
        request(failed=3, attempt=2),
        "failure",
        found(kept=(request(failed=3, attempt=2),)),
    ),
    Case(
        "its pause is half an hour at most",
        request(failed=30, attempt=99),
        "failure",
        found(retried=(request(attempt=100),)),
    ),
    Case(
        "its files were refused",
        request(attempt=11),
        "refused",
        found(kept=(request(attempt=11, failed=0),)),
    ),
    Case(
        "its files were refused too often",
        request(attempt=12),
        "refused",
        found(ended=(request(attempt=12),), given_up=2),
    ),
    Case(
        "its files are bad",
        request(attempt=2),
        "final",
        found(kept=(request(attempt=2, failed=0),)),
    ),
    Case(
        "its files stay bad",
        request(attempt=3),
        "final",
        found(ended=(request(attempt=3),), given_up=2),
    ),
    Case("it runs after all", request(failed=1), "active", found(kept=(RUNNING,))),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.what)
def test_cases(case: Case) -> None:
    outcomes = {case.request.run_key: case.outcome} if case.outcome else {}
    assert follow_up([case.request], outcomes, PLAN, NOW, is_down=case.is_down) == case.found


@pytest.mark.parametrize(
    ("kind", "fingerprints"), [("files", ("a/b/c", "d/e/f")), ("empty", ("", ""))]
)
def test_windows_of_requests_that_ended_are_done(kind: str, fingerprints: tuple[str, ...]) -> None:
    ended = found(ended=(request(kind=kind),))
    assert ended.done(PLAN) == dict(zip(WINDOWS, fingerprints, strict=True))


@pytest.mark.parametrize(
    ("requests", "retried"),
    [
        ([request(1, failed=9), request(2, failed=9), request(3, failed=9)], [1, 2]),
        ([request(1), request(2, failed=9), request(3, failed=9)], [2]),
        ([request(1), request(2), request(3, failed=9)], []),
        ([request(1), request(2), request(3), request(4, failed=9)], []),
        ([request(1), request(2), request(3, failed=9, kind="empty")], [3]),
        ([request(1, failed=1), request(2, failed=9)], [2]),
    ],
)
def test_as_many_are_retried_as_may_run_at_once(
    requests: list[Request], retried: list[int]
) -> None:
    outcomes: dict[str, RunOutcome] = {
        item.run_key: "failure" if item.failed_at else "active" for item in requests
    }
    result = follow_up(requests, outcomes, PLAN, NOW, is_down=False)
    assert [item.number for item in result.retried] == retried
    assert [item.number for item in result.kept] == [
        item.number for item in requests if item.number not in retried
    ]


@pytest.mark.parametrize(
    ("requests", "slots"),
    [
        ([], 2),
        ([request(1)], 1),
        ([request(1, kind="empty")], 2),
        ([request(1), request(2), request(3)], 0),
        ([request(n, failed=1) for n in range(3)], 1),
        ([request(n, failed=1) for n in range(5)], 0),
    ],
)
def test_free_slots(requests: list[Request], slots: int) -> None:
    assert free_slots(requests, PLAN) == slots


@pytest.mark.parametrize(
    ("number", "now", "numbers"),
    [(41, NOW, [42, 43]), (None, datetime.fromtimestamp(90, NOW.tzinfo), [91, 92])],
)
def test_runs_are_numbered_on_and_on(number: int | None, now: datetime, numbers: list[int]) -> None:
    before = Requests(open=(RUNNING,), number=number)
    ordered = before.numbered([request(0), request(0)], now)
    assert [item.number for item in ordered] == numbers
    assert before.after([RUNNING], ordered, now) == Requests(
        open=(RUNNING, *ordered), number=numbers[-1]
    )
    assert before.after([], (), now) == Requests(number=numbers[0] - 1)
