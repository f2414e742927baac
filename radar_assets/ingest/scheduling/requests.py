"""Requests of runs: their outcomes, and when a failed one is retried."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from pydantic import AwareDatetime

from radar_assets.ingest.scheduling.fingerprint import EMPTY, digest
from radar_assets.ingest.scheduling.part import CursorPart
from radar_assets.ingest.scheduling.plan import Plan
from radar_assets.ingest.times import is_past

RunOutcome = Literal["active", "success", "failure", "refused", "final"]
"""of a run; active: queued or running; failure: external, a retry may succeed; refused: failed for
files that a server does not give although it answers; final: failed for what the files hold"""

ATTEMPTS: Mapping[str | None, int] = {"final": 3, "refused": 12}
"""how often a run is tried that ends like this, others without limit; twelve last some hours"""
_PAUSE = timedelta(minutes=2)
"""pause before a failed run is tried again; doubles"""
_LONGEST_PAUSE = timedelta(minutes=30)
_MOST_DOUBLINGS = 10


class Request(CursorPart):
    """A contiguous range of windows to run, named by the start of its first and last window."""

    radar: str
    first: AwareDatetime
    last: AwareDatetime
    fingerprints: tuple[str, ...] = ()
    """what is to be processed, window by window; none: a range of empty windows"""
    attempt: int = 1
    number: int = 0
    """of the run that it orders, see `Requests.number`"""
    failed_at: AwareDatetime | None = None
    """when its failure was noticed; None while it runs"""

    @property
    def kind(self) -> Literal["files", "empty"]:
        """Whether the windows hold files or are to be closed as empty."""
        return "files" if self.fingerprints else "empty"

    @property
    def fingerprint(self) -> str:
        """Short digest of all that the run is to process."""
        return digest(self.fingerprints) if self.fingerprints else "empty"

    @property
    def run_key(self) -> str:
        """Key of one run; the same input requested again has another number."""
        stamps = f"{self.first:%Y%m%dT%H%MZ}/{self.last:%Y%m%dT%H%MZ}"
        return f"{self.radar}/{stamps}/{self.fingerprint}/{self.number}"


class Requests(CursorPart):
    """Requests that run or are to be retried."""

    open: tuple[Request, ...] = ()
    number: int | None = None
    """of the last run ordered; counts on from the second at which the cursor began, so that one
    that starts afresh gives no number again"""

    def numbered(self, new: Iterable[Request], now: datetime) -> tuple[Request, ...]:
        """New requests with the numbers of their runs."""
        last = self.number or int(now.timestamp())
        return tuple(
            request.model_copy(update={"number": number})
            for number, request in enumerate(new, last + 1)
        )

    def after(
        self, kept: Iterable[Request], ordered: tuple[Request, ...], now: datetime
    ) -> Requests:
        """What is open when some stay and others, with numbers, were ordered."""
        last = ordered[-1].number if ordered else self.number or int(now.timestamp())
        return Requests(open=(*kept, *ordered), number=last)


@dataclass(frozen=True)
class FollowUp:
    """Outcomes of the open requests."""

    kept: tuple[Request, ...]
    """those that run, or failed and wait"""
    repeated: tuple[Request, ...]
    """those of `kept` that are made again under their key, because their run is unknown"""
    retried: tuple[Request, ...]
    """those that failed and are tried again, without a number yet"""
    ended: tuple[Request, ...]
    """those that succeeded, or failed too often; their windows are done"""
    given_up: int
    """windows of requests that failed too often"""

    def done(self, plan: Plan) -> dict[datetime, str]:
        """Windows of the requests that ended, with the fingerprint of what was processed."""
        return {w: text for request in self.ended for w, text in processed(request, plan).items()}

    @property
    def open(self) -> tuple[Request, ...]:
        """Requests that stay open."""
        return *self.kept, *self.retried


def follow_up(
    requests: Iterable[Request],
    outcomes: Mapping[str, RunOutcome],
    plan: Plan,
    now: datetime,
    *,
    is_down: bool,
) -> FollowUp:
    """Follow requests up by the outcomes of their runs; while no source answers none is made."""
    kept: list[Request] = []
    repeated: list[Request] = []
    ended: list[Request] = []
    given_up = 0
    for request in requests:
        outcome = outcomes.get(request.run_key)
        has_failed = outcome in ("failure", "refused", "final")
        is_given_up = outcome in ATTEMPTS and request.attempt >= ATTEMPTS[outcome]
        if outcome == "success" or is_given_up:
            ended.append(request)
            given_up += len(request.fingerprints) if is_given_up else 0
            continue
        failed_at = (request.failed_at or now) if has_failed else None
        kept.append(request.model_copy(update={"failed_at": failed_at}))
        if outcome is None and not is_down:
            repeated.append(kept[-1])
    retried = () if is_down else _to_retry(kept, plan, now)
    return FollowUp(
        kept=tuple(request for request in kept if request not in retried),
        repeated=tuple(repeated),
        retried=tuple(_again(request) for request in retried),
        ended=tuple(ended),
        given_up=given_up,
    )


def free_slots(requests: Iterable[Request], plan: Plan) -> int:
    """How many more ranges of windows with files may be requested."""
    ranges = [request for request in requests if request.kind == "files"]
    return max(0, min(plan.runs_at_once - running(ranges), plan.requests_at_once - len(ranges)))


def running(requests: Iterable[Request]) -> int:
    """How many ranges of windows with files are under way."""
    return sum(r.kind == "files" and r.failed_at is None for r in requests)


def windows_of(requests: Iterable[Request], plan: Plan) -> set[datetime]:
    """Windows of requests."""
    return plan.windows_of((request.first, request.last) for request in requests)


def processed(request: Request, plan: Plan) -> dict[datetime, str]:
    """Windows of a request, with the fingerprints of what it is to process."""
    windows = list(plan.windows(request.first, request.last))
    return dict(zip(windows, request.fingerprints or [EMPTY] * len(windows), strict=True))


def _to_retry(requests: list[Request], plan: Plan, now: datetime) -> tuple[Request, ...]:
    """Failed requests whose pause is over, as many as may run at once."""
    due = [request for request in requests if _is_due(request, now)]
    free = plan.runs_at_once - running(requests)
    with_files = [request for request in due if request.kind == "files"][: max(0, free)]
    return tuple(r for r in due if r.kind == "empty" or r in with_files)


def _is_due(request: Request, now: datetime) -> bool:
    doubled = _PAUSE * 2 ** min(request.attempt - 1, _MOST_DOUBLINGS)
    pause = min(doubled, _LONGEST_PAUSE)
    return request.failed_at is not None and is_past(request.failed_at, now, pause)


def _again(request: Request) -> Request:
    return request.model_copy(update={"failed_at": None, "attempt": request.attempt + 1})
