"""Listing a radar's sources, one after the other, until every hour is listed."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta

from radar_assets.errors import RadarAssetsError
from radar_assets.ingest.listing.cache import CachedClient, ListingCache
from radar_assets.ingest.listing.model import Listing, SourceFault, Span, hours_of, without
from radar_assets.ingest.listing.walk import list_radar
from radar_assets.ingest.sources.client import RemoteFile
from radar_assets.ingest.sources.network_sources import NetworkSources
from radar_assets.radar.names import BufrName

_LONGEST = timedelta(seconds=50)
"""after which even the hour being listed is given up; Dagster ends a tick after 60 s"""


def list_files(
    sources: NetworkSources,
    radar: str,
    spans: Iterable[Span],
    budget: timedelta | None = None,
    cache: ListingCache | None = None,
) -> Listing:
    """List a radar's files of some spans, in their order.

    Hours that a source does not cover are listed on the next; nothing that is unclear on one counts
    as absent, unless another shows files there that the first does not. Never raises for a source:
    why one did not answer is among the faults. When the time `budget` is used up, the remaining
    hours are not covered; each source gets at least half of it, and an hour. Waiting for a
    connection counts. An hour that was begun may take up to twice the budget, 50 s at most in all,
    shared by the sources. With a `cache` of earlier polls, unchanged folders are not listed again.
    """
    wanted = sources.network.radar(radar).fields
    rest = [hour for span in spans for hour in hours_of(*span)]
    limits = None if budget is None else _Limits(budget, len(sources.ranked(radar)))
    parts: list[Listing] = []
    for name in sources.ranked(radar) if rest else ():
        until = limits.of_next() if limits else (None, None)
        parts.append(_list_source(sources, name, radar, rest, until, cache=cache or ListingCache()))
        rest = [hour for hour in rest if hour not in parts[-1].covered]
        if not rest:
            break
    if cache:
        cache.forget()
    return _merged(parts, wanted)


def _merged(parts: Sequence[Listing], fields: Collection[str] | None) -> Listing:
    """One listing of what sources showed; a file of several is that of the first."""
    files: dict[BufrName, RemoteFile] = {}
    for file in (file for part in parts for file in part.files):
        if fields is None or file.name.field in fields:
            files.setdefault(file.name, file)
    faults = tuple(fault for part in parts for fault in part.faults)
    holes = [
        fault.span
        for part in parts
        for fault in part.faults
        if fault.is_unclear and fault.span and not _is_elsewhere(fault.span, part, parts)
    ]
    return Listing(
        files=tuple(files.values()),
        ignored=tuple(item for part in parts for item in part.ignored),
        faults=faults,
        covered=without((hour for part in parts for hour in part.covered), holes),
    )


def _is_elsewhere(span: Span, unclear: Listing, parts: Iterable[Listing]) -> bool:
    """Whether other sources show files of a span that the one where it is unclear does not."""
    first, last = span
    known = {file.name for file in unclear.within(first, last).files}
    others = {file.name for part in parts for file in part.within(first, last).files}
    return bool(others - known)


class _Limits:
    """Monotonic times by which some sources, asked one after the other, are to be done."""

    def __init__(self, budget: timedelta, sources: int) -> None:
        self._remaining = sources
        self._half = budget.total_seconds() / 2
        started = time.monotonic()
        self._end = started + 2 * self._half
        self._last = started + min(2 * budget, _LONGEST).total_seconds()

    def of_next(self) -> tuple[float, float]:
        """When the next source begins its last hour, and when it gives that up."""
        now = time.monotonic()
        self._end = max(self._end, now + self._half)
        last = now + (self._last - now) / self._remaining
        self._remaining -= 1
        return min(self._end, last), last


def _list_source(
    sources: NetworkSources,
    name: str,
    radar: str,
    hours: Sequence[Span],
    until: tuple[float | None, float | None],
    *,
    cache: ListingCache,
) -> Listing:
    end = until[0]
    patience = None if end is None else end - time.monotonic()
    try:
        with sources.listing(name, patience) as lease:
            return list_radar(CachedClient(lease, cache), radar, hours, *until)
    except RadarAssetsError as error:
        return Listing(faults=(SourceFault.of(error, name),))
