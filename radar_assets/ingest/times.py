"""Moments: windows, hours, and how far away they are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def window_of(moment: datetime, length: timedelta) -> datetime:
    """Start of the window that holds a moment; windows divide the hour."""
    return moment - (moment - _EPOCH) % length


def hour_of(moment: datetime) -> datetime:
    """The full hour before a moment."""
    return moment.replace(minute=0, second=0, microsecond=0)


def is_past(moment: datetime, now: datetime, pause: timedelta) -> bool:
    """Whether a moment is at least `pause` away from now, on either side."""
    return abs(now - moment) >= pause
