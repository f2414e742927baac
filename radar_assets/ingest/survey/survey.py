"""What lies on the sources: opening them and walking a radar's folders."""

from __future__ import annotations

import re
import time
from collections.abc import Container, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from radar_assets import settings
from radar_assets.ingest.folder import FolderSource
from radar_assets.ingest.ftp import FtpSource
from radar_assets.ingest.source import MAX_ENTRIES, Entry, RemoteFile, Source
from radar_assets.radar.errors import (
    BadName,
    RadarAssetsError,
    RemoteFileMissing,
    SourceError,
    SourceUnreachable,
)
from radar_assets.radar.names import BufrName

Span = tuple[datetime, datetime]
"""first moment, and the moment after the last"""

_HOUR = timedelta(hours=1)
_VOLUME_FOLDER = re.compile(r"[0-5][0-9][0-5][0-9]")


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


def open_source(name: str, source: settings.Source) -> Source:
    """Make the source that a URL calls for; it connects at its first use."""
    address = urlsplit(source.url)
    if address.scheme in ("ftp", "ftps"):
        return FtpSource(name, source)
    return FolderSource(name, Path(unquote(address.path) if address.scheme else source.url))


def survey(
    network: settings.Network, radar: str, spans: Iterable[Span], budget: timedelta | None = None
) -> Listing:
    """List a radar's files of some spans, in their order; hours that a source lacks, on the next.

    Never raises for a source: what kept one from answering is among the faults. When the time
    `budget` is used up, the remaining hours are not covered; of it, each source gets a half at
    least, and an hour.
    """
    wanted = network.radar(radar).fields
    rest = [hour for span in spans for hour in hours_of(*span)]
    end = None if budget is None else time.monotonic() + budget.total_seconds()
    parts: list[Listing] = []
    for name in network.radar(radar).sources if rest else ():
        if end is not None and budget is not None:
            end = max(end, time.monotonic() + budget.total_seconds() / 2)
        parts.append(_open_and_list(name, network.sources[name], radar, rest, end))
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


def hours_of(first: datetime, last: datetime) -> Iterator[Span]:
    """A span cut at full hours."""
    first, last = first.astimezone(UTC), last.astimezone(UTC)
    while first < last:
        end = min(first.replace(minute=0, second=0, microsecond=0) + _HOUR, last)
        yield first, end
        first = end


def list_radar(
    source: Source, radar: str, hours: Iterable[Span], end: float | None = None
) -> Listing:
    """List a radar's files of some hours, or parts of hours, until a monotonic time.

    An hour that cannot be listed is a fault and not covered; folders that are not there are
    empty. A source without a folder of the radar, or that does not answer, is a fault and ends
    the listing. Never raises the errors of `Source`.
    """
    walk = _Walk(source, radar, end)
    try:
        walk.run(hours)
    except RadarAssetsError as error:
        walk.faults.append(Fault.of(error, source.name))
    return Listing(
        files=tuple(sorted(walk.files, key=lambda file: (file.name.id.time, str(file.name)))),
        ignored=tuple(walk.ignored),
        faults=tuple(walk.faults),
        covered=tuple(walk.covered) if walk.is_sure else (),
    )


def _open_and_list(
    name: str, source: settings.Source, radar: str, hours: Iterable[Span], end: float | None
) -> Listing:
    try:
        with open_source(name, source) as opened:
            return list_radar(opened, radar, hours, end)
    except RadarAssetsError as error:
        return Listing(faults=(Fault.of(error, name),))


class _Walk:
    """Lists hours one by one; what an hour has counts only when it was listed to its end."""

    def __init__(self, source: Source, radar: str, end: float | None) -> None:
        self.source, self.root, self.end = source, PurePosixPath(radar), end
        self.files: list[RemoteFile] = []
        self.ignored: list[Ignored] = []
        self.faults: list[Fault] = []
        self.covered: list[Span] = []
        self._has_root = False

    @property
    def is_sure(self) -> bool:
        """Whether the radar's folder is there; without it, an empty hour says nothing."""
        return self._has_root or bool(self.files or self.ignored)

    def run(self, hours: Iterable[Span]) -> None:
        """Raises the errors of `Source` when the source itself does not answer (any longer)."""
        for day, spans in groupby(hours, lambda span: span[0].date()):
            self._day(self.root / day.strftime("%Y/%m/%d"), list(spans))
        if not self.is_sure:
            self._probe()

    def _day(self, folder: PurePosixPath, spans: list[Span]) -> None:
        present = {f"{span[0]:%H}" for span in spans}
        if len(spans) > 1:
            faults = len(self.faults)
            with self._blamed(spans):
                present = {entry.name for entry in self._list(folder)}
            if len(self.faults) > faults:
                return
        for span in spans:
            self._check_time()
            with self._blamed([span]):
                self._hour(folder, span, present)

    def _hour(self, folder: PurePosixPath, span: Span, present: Container[str]) -> None:
        found: list[RemoteFile | Ignored] = []
        hour = f"{span[0]:%H}"
        for entry in self._list(folder / hour) if hour in present else ():
            if not (entry.is_folder and _VOLUME_FOLDER.fullmatch(entry.name)):
                found.append(_ignored(folder / hour, entry.name, "not the folder of a volume"))
                continue
            minute, second = int(entry.name[:2]), int(entry.name[2:])
            moment = span[0].replace(minute=minute, second=second, microsecond=0)
            if span[0] <= moment < span[1]:
                found += self._volume(folder / hour / entry.name, moment)
        self.files += [item for item in found if isinstance(item, RemoteFile)]
        self.ignored += [item for item in found if isinstance(item, Ignored)]
        self.covered.append(span)

    def _volume(self, folder: PurePosixPath, moment: datetime) -> Iterator[RemoteFile | Ignored]:
        for entry in self._list(folder):
            try:
                name = BufrName.parse(entry.name)
            except BadName:
                yield _ignored(folder, entry.name, "not the name of a BUFR file", moment)
                continue
            if entry.is_folder:
                yield _ignored(folder, entry.name, "a folder", moment)
            elif name.remote_path != folder / entry.name:
                yield _ignored(folder, entry.name, "belongs to another radar or time", moment)
            else:
                yield RemoteFile(name, entry.size, entry.modified_at, self.source.name)

    @contextmanager
    def _blamed(self, spans: Sequence[Span]) -> Iterator[None]:
        """Make an error a fault of some hours, unless the source itself turns out to be down."""
        try:
            yield
        except SourceError as error:
            if self._is_late():
                raise
            self._probe()
            self.faults += [Fault.of(error, self.source.name, span) for span in spans]

    def _probe(self) -> None:
        self.source.list_folder(self.root)
        self._has_root = True

    def _check_time(self) -> None:
        if self._is_late() and (self.covered or self.faults):
            if not self.is_sure:
                self._probe()
            raise SourceUnreachable("answers slowly; the rest is left for the next look")

    def _is_late(self) -> bool:
        return self.end is not None and time.monotonic() > self.end

    def _list(self, folder: PurePosixPath) -> list[Entry]:
        """Entries of a folder; none when it is absent."""
        try:
            entries = self.source.list_folder(folder)
        except RemoteFileMissing:
            return []
        if len(entries) > MAX_ENTRIES:
            raise SourceError(f"{folder} on {self.source.url} has more than {MAX_ENTRIES} entries")
        return entries


def _ignored(
    folder: PurePosixPath, name: str, reason: str, moment: datetime | None = None
) -> Ignored:
    return Ignored(f"{folder}/{ascii(name[:120])[1:-1]}", reason, moment)
