"""How long after it is due a composite is on disk, from the records of it and its radars."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import dagster as dg

from radar_assets.defs.keys import asset_key
from radar_assets.defs.records import records
from radar_assets.stages.base.windows import window_start

AIM = 60.0
"""seconds that 95 of 100 composites stay below"""

Moments = Mapping[datetime, list[datetime]]
"""when something was recorded, by window, in order"""


@dataclass(frozen=True)
class Composition:
    """A window of a composite that was due, and when it was recorded with all of its files."""

    window: datetime
    due: datetime
    made: datetime | None
    """None: not yet"""

    @property
    def seconds(self) -> float:
        """From one to the other."""
        assert self.made is not None
        return (self.made - self.due).total_seconds()


def compositions(
    composite: Moments,
    radars: Iterable[Moments],
    window: timedelta,
    after: timedelta,
) -> list[Composition]:
    """What was due of each window, in order.

    A window is due once it has ended and each radar has a record of it, or `after` its end; and
    then once more, if a radar was recorded since it was composed.
    """
    by_radar = list(radars)
    found = []
    for start in sorted({start for moments in by_radar for start in moments}):
        own = [moments.get(start, []) for moments in by_radar]
        end = start + window
        last = end + after
        complete = max(end, *(moments[0] for moments in own)) if all(own) else last
        due = min(complete, last)
        made = _first(composite.get(start, []), due)
        found.append(Composition(start, due, made))
        changed = any(made < moment <= last for moments in own for moment in moments) if made else 0
        if made and made < last and changed:
            found.append(Composition(start, last, _first(composite.get(start, []), last)))
    return found


def recorded(instance: dg.DagsterInstance, owner: str, stage: str) -> Moments:
    """When the windows of a radar's or composite's stage were recorded."""
    found: dict[datetime, list[datetime]] = defaultdict(list)
    for key, record in records(instance, asset_key(owner, stage)):
        found[window_start(key)].append(record.time)
    return {window: sorted(moments) for window, moments in found.items()}


def _first(moments: Iterable[datetime], since: datetime) -> datetime | None:
    return next((moment for moment in moments if moment >= since), None)
