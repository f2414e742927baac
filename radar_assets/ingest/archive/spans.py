"""Spans of windows of radars, and the commands that process them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta


@dataclass(frozen=True, order=True)
class RadarSpan:
    """Windows of a radar, from the start of the first up to the end of the last."""

    radar: str
    start: datetime
    end: datetime

    @property
    def command(self) -> str:
        """The command that processes the windows."""
        first, last = (f"{time:%Y-%m-%dT%H:%M}" for time in (self.start, self.end))
        return f"radar-assets run --radar {self.radar} --from {first} --to {last}"


def joined(spans: Iterable[RadarSpan], gap: timedelta = timedelta()) -> list[RadarSpan]:
    """Spans in order, as one where they overlap or no more than `gap` lies between them."""
    result: list[RadarSpan] = []
    for span in sorted(spans):
        before = result[-1] if result else None
        if before and before.radar == span.radar and span.start - before.end <= gap:
            result[-1] = replace(before, end=max(before.end, span.end))
        else:
            result.append(span)
    return result
