"""What a poll found and requested, in words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from radar_assets.ingest.listing.model import Listing
from radar_assets.ingest.scheduling.arrivals import VolumeArrival
from radar_assets.ingest.scheduling.cursor import Cursor
from radar_assets.ingest.scheduling.plan import Plan
from radar_assets.ingest.scheduling.requests import Request, windows_of


def summary(
    cursor: Cursor,
    listing: Listing,
    arrivals: Iterable[VolumeArrival],
    plan: Plan,
    *,
    made: Collection[Request],
    given_up: int,
) -> str:
    """One line: counts, then faults. `cursor` is that after the poll, `made` its new requests."""
    earlier = len(cursor.requests.open) - len(made)
    counts = [
        *_count(earlier, "earlier request", " open"),
        *_count(given_up, "window", " given up after failed runs"),
    ]
    if cursor.outage.since:
        since = f"{cursor.outage.since:%Y-%m-%d %H:%M}"
        counts.insert(0, f"no source has answered since {since} UTC")
    else:
        waiting = sum(arrival.state == "waiting" for arrival in arrivals)
        requested = sum(len(windows_of([request], plan)) for request in made)
        unlistable = len(cursor.unlistable.hours)
        counts = [
            *_count(len(listing.files), "file", "", always=True),
            *_count(waiting, "volume", " waiting"),
            *_count(requested, "window", " requested", always=True),
            *counts,
            *_count(len(listing.ignored), "name", " ignored"),
            *_count(unlistable, "hour", " not listed because of faults"),
        ]
    return "; ".join([", ".join(counts), *(fault.message for fault in listing.faults)])


def _count(number: int, noun: str, rest: str, *, always: bool = False) -> Iterator[str]:
    if number or always:
        yield f"{number} {noun}{'' if number == 1 else 's'}{rest}"
