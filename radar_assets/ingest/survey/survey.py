"""What lies on a radar's sources: asking one after the other until every hour is listed."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from datetime import timedelta

from radar_assets.ingest.sources.servers import Servers
from radar_assets.ingest.survey.listing import Fault, Listing, Span, hours_of
from radar_assets.ingest.survey.walk import list_radar
from radar_assets.radar.errors import RadarAssetsError


def survey(
    servers: Servers, radar: str, spans: Iterable[Span], budget: timedelta | None = None
) -> Listing:
    """List a radar's files of some spans, in their order; hours that a source lacks, on the next.

    Never raises for a source: what kept one from answering is among the faults. When the time
    `budget` is used up, the remaining hours are not covered; of it, each source gets a half at
    least, and an hour. Waiting for a connection is part of it.
    """
    wanted = servers.network.radar(radar).fields
    rest = [hour for span in spans for hour in hours_of(*span)]
    end = None if budget is None else time.monotonic() + budget.total_seconds()
    parts: list[Listing] = []
    for name in servers.ranked(radar) if rest else ():
        if end is not None and budget is not None:
            end = max(end, time.monotonic() + budget.total_seconds() / 2)
        parts.append(_ask(servers, name, radar, rest, end))
        rest = [hour for hour in rest if hour not in parts[-1].covered]
        if not rest:
            break
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


def _ask(
    servers: Servers, name: str, radar: str, hours: Sequence[Span], end: float | None
) -> Listing:
    patience = None if end is None else end - time.monotonic()
    try:
        with servers.listing(name, patience) as lease:
            return list_radar(lease, radar, hours, end)
    except RadarAssetsError as error:
        return Listing(faults=(Fault.of(error, name),))
