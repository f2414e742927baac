"""What a look at a source found: files, what is no BUFR file, and what could not be listed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from radar_assets.errors import RadarAssetsError, SourceBusy
from radar_assets.ingest.sources.client import RemoteFile

Span = tuple[datetime, datetime]
"""first moment, and the moment after the last"""

_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Ignored:
    """What is no BUFR file in its right place, and why."""

    path: str
    reason: str
    time: datetime | None = None
    """of the volume's folder that it lies in; None beside such folders"""


@dataclass(frozen=True)
class Fault:
    """What could not be listed, and why; `error_type` is the name of the error's class."""

    message: str
    error_type: str
    span: Span | None = None
    """the hour that it concerns; None: the source, from there on"""

    @classmethod
    def of(cls, error: RadarAssetsError, source: str, span: Span | None = None) -> Fault:
        """The fault that an error of a source is."""
        return cls(f"{source}: {error}", type(error).__name__, span)

    @property
    def is_busy(self) -> bool:
        """Whether there was only no connection to be had, which says nothing about the source."""
        return self.error_type == SourceBusy.__name__


@dataclass(frozen=True)
class Listing:
    """What was found; `covered` are the spans that were walked to the end without a fault."""

    files: tuple[RemoteFile, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    faults: tuple[Fault, ...] = ()
    covered: tuple[Span, ...] = ()

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
