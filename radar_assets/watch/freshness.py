"""Whether each radar still sends, by the time of its newest good file and its cadence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from radar_assets.errors.texts import in_units


class FeedState(StrEnum):
    """State of a radar's feed."""

    FRESH = "fresh"
    STALE = "stale"
    UNREACHABLE = "unreachable"
    """it is stale, and none of its sources answers: the radar may well be sending"""
    UNSEEN = "unseen"
    """no volume has arrived yet"""
    ENDED = "ended"
    """its windows have ended; nothing is due"""


@dataclass(frozen=True)
class Feed:
    """A radar's feed at a moment."""

    radar: str
    state: FeedState
    newest: datetime | None
    """time of the newest volume with a good file"""
    cadence: timedelta
    """expected time from volume to volume"""
    detail: str = ""
    """what is wrong, in words"""

    @property
    def is_well(self) -> bool:
        """Whether nothing is wrong."""
        return self.state in (FeedState.FRESH, FeedState.ENDED)


def feed_of(
    radar: str,
    *,
    newest: datetime | None,
    now: datetime,
    cadence: timedelta,
    missed: int,
    end: datetime | None = None,
    is_reachable: bool = True,
) -> Feed:
    """The feed of a radar: stale when more than `missed` volumes are missing, or times are odd.

    A file is good when it is whole and holds what its name says; others make no feed fresh.
    """
    if end and now >= end:
        return Feed(radar, FeedState.ENDED, newest, cadence)
    if newest is not None and abs(now - newest) <= missed * cadence:
        return Feed(radar, FeedState.FRESH, newest, cadence)
    silent = FeedState.UNSEEN if newest is None else FeedState.STALE
    state = silent if is_reachable else FeedState.UNREACHABLE
    return Feed(radar, state, newest, cadence, _detail(newest, now, is_reachable=is_reachable))


def _detail(newest: datetime | None, now: datetime, *, is_reachable: bool) -> str:
    reason = "" if is_reachable else "; none of its sources answers"
    if newest is None:
        return f"no volume has arrived yet{reason}"
    age = in_units(abs(now - newest))
    relation = "old" if newest < now else "in the future: a clock is wrong"
    return f"the newest volume is of {newest:%Y-%m-%dT%H:%M:%SZ}, {age} {relation}{reason}"
