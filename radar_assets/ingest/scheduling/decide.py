"""The decision of live ingest: which windows to run now. Pure, so that it is tested as data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from radar_assets.ingest.listing.model import Listing, hours_of
from radar_assets.ingest.scheduling.arrivals import Expected, VolumeArrival, assess
from radar_assets.ingest.scheduling.book import Book, Outcome, WindowSeen
from radar_assets.ingest.scheduling.cursor import Cursor, Request
from radar_assets.ingest.scheduling.plan import Plan


@dataclass(frozen=True)
class Decision:
    """Runs to request now, what to remember, and in words what was seen."""

    requests: tuple[Request, ...]
    cursor: Cursor
    summary: str
    arrivals: tuple[VolumeArrival, ...] = ()


def decide(
    cursor: Cursor,
    listing: Listing,
    now: datetime,
    plan: Plan,
    *,
    expected: Expected,
    outcomes: Mapping[str, Outcome],
) -> Decision:
    """Decide from a listing, begun at `now`, of what `hours_to_list` asked for.

    `outcomes` tells of the runs of `cursor.requests`, by run key; a request whose run is unknown
    is made again under the same key. The same arguments give the same decision. While no source
    answers nothing is requested, because it would fail.
    """
    book = Book(cursor, listing, now, plan)
    book.follow_up(cursor.requests, outcomes)
    files = [f for f in listing.files if plan.holds(plan.window_of(f.name.id.time))]
    arrivals = assess(files, expected, now, plan.arrival, cursor.pending)
    windows = _by_window(arrivals, plan)
    book.request_changed(windows)
    book.note_empty(windows)
    book.request_empty()
    summary = _summary(book, arrivals)
    return Decision(tuple(book.made), book.cursor(windows), summary, arrivals)


def _by_window(arrivals: Iterable[VolumeArrival], plan: Plan) -> dict[datetime, WindowSeen]:
    windows: dict[datetime, list[VolumeArrival]] = defaultdict(list)
    for arrival in arrivals:
        windows[plan.window_of(arrival.id.time)].append(arrival)
    return {window: WindowSeen(tuple(seen)) for window, seen in windows.items()}


def _summary(book: Book, arrivals: Iterable[VolumeArrival]) -> str:
    counts = list(_open(book) if book.down_since else _seen(book, arrivals))
    if book.down_since:
        counts.insert(0, f"no source has answered since {book.down_since:%Y-%m-%d %H:%M} UTC")
    return "; ".join([", ".join(counts), *(fault.message for fault in book.listing.faults)])


def _seen(book: Book, arrivals: Iterable[VolumeArrival]) -> Iterator[str]:
    requested = sum(1 for r in book.made for _ in book.plan.windows(r.first, r.last))
    waiting = sum(arrival.state == "waiting" for arrival in arrivals)
    barred = sum(1 for span in book.barred for _ in hours_of(*span))
    yield from _count(len(book.listing.files), "file", "", always=True)
    yield from _count(waiting, "volume", " waiting")
    yield from _count(requested, "window", " requested", always=True)
    yield from _open(book)
    yield from _count(len(book.listing.ignored), "name", " ignored")
    yield from _count(barred, "hour", " not listed because of faults")


def _open(book: Book) -> Iterator[str]:
    yield from _count(len(book.open) - len(book.made), "earlier request", " open")
    yield from _count(book.given_up, "window", " given up after failed runs")


def _count(number: int, noun: str, rest: str, *, always: bool = False) -> Iterator[str]:
    if number or always:
        yield f"{number} {noun}{'' if number == 1 else 's'}{rest}"
