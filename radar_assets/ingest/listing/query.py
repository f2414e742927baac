"""What lies on a radar's sources: asking one after the other until every hour is listed."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from datetime import timedelta

from radar_assets.errors import RadarAssetsError
from radar_assets.ingest.listing.memory import CachedClient, Memory
from radar_assets.ingest.listing.model import Fault, Listing, Span, hours_of
from radar_assets.ingest.listing.walk import list_radar
from radar_assets.ingest.sources.servers import Servers

_LONGEST = timedelta(seconds=50)
"""after which a look gives up even the hour that it is listing; Dagster ends a tick after 60 s"""


def survey(
    servers: Servers,
    radar: str,
    spans: Iterable[Span],
    budget: timedelta | None = None,
    memory: Memory | None = None,
) -> Listing:
    """List a radar's files of some spans, in their order; hours that a source lacks, on the next.

    Never raises for a source: what kept one from answering is among the faults. When the time
    `budget` is used up, the remaining hours are not covered; of it, each source gets a half at
    least, and an hour. Waiting for a connection is part of it. An hour that was begun may take
    up to twice the budget, 50 s at most in all, of which each source gets its share. With a
    `memory` of earlier looks, folders that have been quiet are not listed again.
    """
    wanted = servers.network.radar(radar).fields
    rest = [hour for span in spans for hour in hours_of(*span)]
    limits = None if budget is None else _Limits(budget, len(servers.ranked(radar)))
    parts: list[Listing] = []
    for name in servers.ranked(radar) if rest else ():
        until = limits.of_next() if limits else (None, None)
        parts.append(_ask(servers, name, radar, rest, until, memory=memory or Memory()))
        rest = [hour for hour in rest if hour not in parts[-1].covered]
        if not rest:
            break
    if memory:
        memory.forget()
    return Listing(
        files=tuple(
            file
            for part in parts
            for file in part.files
            if wanted is None or file.name.field in wanted
        ),
        ignored=tuple(item for part in parts for item in part.ignored),
        faults=tuple(fault for part in parts for fault in part.faults),
        covered=tuple(hour for part in parts for hour in part.covered),
    )


class _Limits:
    """Monotonic times by which some sources, asked one after the other, are to be done."""

    def __init__(self, budget: timedelta, sources: int) -> None:
        self._left = sources
        self._half = budget.total_seconds() / 2
        started = time.monotonic()
        self._end = started + 2 * self._half
        self._last = started + min(2 * budget, _LONGEST).total_seconds()

    def of_next(self) -> tuple[float, float]:
        """When the next source begins its last hour, and when it gives that up."""
        now = time.monotonic()
        self._end = max(self._end, now + self._half)
        last = now + (self._last - now) / self._left
        self._left -= 1
        return min(self._end, last), last


def _ask(
    servers: Servers,
    name: str,
    radar: str,
    hours: Sequence[Span],
    until: tuple[float | None, float | None],
    *,
    memory: Memory,
) -> Listing:
    end = until[0]
    patience = None if end is None else end - time.monotonic()
    try:
        with servers.listing(name, patience) as lease:
            return list_radar(CachedClient(lease, memory), radar, hours, *until)
    except RadarAssetsError as error:
        return Listing(faults=(Fault.of(error, name),))
