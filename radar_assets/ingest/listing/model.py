"""What a listing found: files, what is no BUFR file, and what could not be listed or understood."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from radar_assets.errors import RadarAssetsError, SourceBusy
from radar_assets.ingest.sources.client import RemoteFile

Span = tuple[datetime, datetime]
"""first moment, and the moment after the last"""

_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Ignored:
    """What is no BUFR file in the folder of its volume, and why."""

    path: str
    reason: str
    time: datetime | None = None
    """of the volume's folder that it lies in; None beside such folders"""


@dataclass(frozen=True)
class SourceFault:
    """What a source did not list or deliver, and why."""

    source: str
    error: RadarAssetsError
    span: Span | None = None
    """the hour or volume that it concerns; None: the source, from there on"""
    is_unclear: bool = False
    """whether an answer was not understood: there may be more than was listed"""

    @classmethod
    def of(
        cls,
        error: RadarAssetsError,
        source: str,
        span: Span | None = None,
        *,
        is_unclear: bool = False,
    ) -> SourceFault:
        """Make the fault of an error of a source."""
        return cls(source, error, span, is_unclear)

    @property
    def message(self) -> str:
        """The source, and what went wrong."""
        return f"{self.source}: {self.error}"

    @property
    def is_busy(self) -> bool:
        """Whether all allowed connections were in use, which says nothing about the source."""
        return isinstance(self.error, SourceBusy)


@dataclass(frozen=True)
class Listing:
    """What was found; `covered` are spans of which everything was listed and understood."""

    files: tuple[RemoteFile, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    faults: tuple[SourceFault, ...] = ()
    covered: tuple[Span, ...] = ()

    def is_sure(self, first: datetime, last: datetime) -> bool:
        """Whether all of [first, last) was listed and understood: what is not there is absent."""
        return any(span[0] <= first and last <= span[1] for span in self.covered)

    def within(self, first: datetime, last: datetime) -> Listing:
        """The part that concerns volumes of [first, last)."""
        return Listing(
            files=tuple(file for file in self.files if first <= file.name.id.time < last),
            ignored=tuple(i for i in self.ignored if i.time and first <= i.time < last),
            faults=tuple(
                f for f in self.faults if not f.span or (f.span[0] < last and first < f.span[1])
            ),
            covered=tuple(span for span in self.covered if span[0] <= first and last <= span[1]),
        )


def hours_of(first: datetime, last: datetime) -> Iterator[Span]:
    """A span cut at full hours."""
    first, last = first.astimezone(UTC), last.astimezone(UTC)
    while first < last:
        end = min(first.replace(minute=0, second=0, microsecond=0) + _HOUR, last)
        yield first, end
        first = end


def without(spans: Iterable[Span], holes: Iterable[Span]) -> tuple[Span, ...]:
    """Spans with other spans cut out of them."""
    rest = list(spans)
    for start, end in holes:
        pieces = ((first, last, start, end) for first, last in rest)
        rest = [piece for parts in pieces for piece in _cut(*parts)]
    return tuple(rest)


def _cut(first: datetime, last: datetime, start: datetime, end: datetime) -> Iterator[Span]:
    if end <= first or last <= start:
        yield first, last
        return
    if first < start:
        yield first, start
    if end < last:
        yield end, last
