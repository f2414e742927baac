"""Windows whose input reaches back: outdated when an earlier window changes after them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from radar_assets.ingest.scheduling.fingerprint import EMPTY, is_same
from radar_assets.ingest.scheduling.plan import Plan
from radar_assets.ingest.scheduling.requests import Request, processed

_BEFORE = -1
"""number of any run that ended before an earlier poll"""


def outdated_windows(
    done: Mapping[datetime, str], ended: Iterable[Request], plan: Plan
) -> set[datetime]:
    """Windows with files that ran before a window that their input reaches, and that has changed.

    `done` has the fingerprints of windows that were done before `ended` requests; a window has
    changed where its fingerprint is another one. Runs are in the order of their numbers.
    """
    requests = list(ended)
    numbers = dict.fromkeys(done, _BEFORE)
    numbers |= {w: r.number for r in requests for w in plan.windows(r.first, r.last)}
    contents = dict(done)
    for request in requests:
        contents |= processed(request, plan)
    return {
        later
        for request in requests
        for window, fingerprint in processed(request, plan).items()
        if not is_same(done.get(window, EMPTY), fingerprint)
        for later in plan.windows(window + plan.window, window + plan.reach * plan.window)
        if contents.get(later, EMPTY) != EMPTY and numbers[later] < request.number
    }
