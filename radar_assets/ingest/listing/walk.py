"""Walking a radar's folders on a source."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import PurePosixPath
from typing import NoReturn

from radar_assets.errors import RadarAssetsError, SourceError, SourceUnreachable
from radar_assets.ingest.listing.folders import (
    capped,
    day_folder,
    hour_folder,
    ignored,
    listed_or_none,
    shown,
    unclear,
    volume_folder,
)
from radar_assets.ingest.listing.model import Ignored, Listing, SourceFault, Span, without
from radar_assets.ingest.sources.client import Entry, RemoteFile, SourceClient
from radar_assets.radar.names import BufrName

_VOLUME = re.compile(r"[0-5][0-9][0-5][0-9]", re.ASCII)
_SECOND = timedelta(seconds=1)


def list_radar(
    source: SourceClient,
    radar: str,
    hours: Iterable[Span],
    end: float | None = None,
    last: float | None = None,
) -> Listing:
    """List a radar's files of some hours, or parts of hours, until a monotonic time.

    No hour but the first is begun after `end`; one that is not listed by `last` is a fault. An
    hour that cannot be listed is a fault and not covered; nor is a volume of which something was
    not understood. Folders that are not there are empty, unless the folder above shows them. A
    source without a folder of the radar, or that does not answer, is a fault and ends the listing.
    Never raises the errors of `SourceClient`.
    """
    walk = _Walk(source, radar, end, end if last is None else last)
    try:
        walk.run(hours)
    except RadarAssetsError as error:
        walk.faults.append(SourceFault.of(error, source.name))
    holes = [fault.span for fault in walk.faults if fault.is_unclear and fault.span]
    return Listing(
        files=tuple(sorted(walk.files, key=lambda file: (file.name.id.time, str(file.name)))),
        ignored=tuple(walk.ignored),
        faults=tuple(walk.faults),
        covered=without(walk.covered, holes) if walk.is_radar_there else (),
    )


def find_files(source: SourceClient, names: Iterable[BufrName]) -> list[RemoteFile]:
    """Those of some files that a source has; lists only the folders of their volumes.

    Raises the errors of `SourceClient`.
    """
    wanted = set(names)
    folders = {name.remote_path.parent: name.id.time for name in wanted}
    found = [
        item
        for folder, moment in folders.items()
        for item in volume_folder(source, folder, listed_or_none(source, folder), moment)
    ]
    return [item for item in found if isinstance(item, RemoteFile) and item.name in wanted]


class _Walk:
    """Lists hours one by one; what an hour has counts only when it was listed to its end."""

    def __init__(
        self, source: SourceClient, radar: str, end: float | None, last: float | None
    ) -> None:
        self.source, self.root, self.end, self.last = source, PurePosixPath(radar), end, last
        self.files: list[RemoteFile] = []
        self.ignored: list[Ignored] = []
        self.faults: list[SourceFault] = []
        self.covered: list[Span] = []
        self._has_root = False

    @property
    def is_radar_there(self) -> bool:
        """Whether the radar has a folder; without it, an empty hour says nothing."""
        return self._has_root or bool(self.files or self.ignored)

    def run(self, hours: Iterable[Span]) -> None:
        """Raises the errors of `SourceClient` when the source itself does not answer."""
        for day, spans in groupby(hours, lambda span: span[0].date()):
            self._day(self.root / day.strftime("%Y/%m/%d"), list(spans))
        if not self.is_radar_there:
            self._probe()

    def _day(self, folder: PurePosixPath, spans: list[Span]) -> None:
        present = None
        if len(spans) > 1:
            faults = len(self.faults)
            with self._faults_of(spans):
                present = day_folder(self.source, folder)
            if len(self.faults) > faults:
                return
        for span in spans:
            self._check_time()
            with self._faults_of([span]):
                self._hour(folder, span, present)

    def _hour(self, day: PurePosixPath, span: Span, present: Mapping[str, Entry] | None) -> None:
        folder = day / f"{span[0]:%H}"
        found: list[RemoteFile | Ignored | SourceFault] = []
        strays: list[Ignored] = []
        for entry in hour_folder(self.source, folder, present):
            is_volume = bool(_VOLUME.fullmatch(entry.name))
            if entry.fault and (is_volume or not entry.name):
                found += self._unclear(folder, entry, span)
            elif not (entry.is_folder and is_volume):
                strays.append(ignored(folder, entry.name, "not the folder of a volume"))
            elif span[0] <= (moment := _moment(span, entry.name)) < span[1]:
                self._check_hour(span)
                entries = shown(self.source, folder / entry.name)
                found += volume_folder(self.source, folder / entry.name, entries, moment)
        found += capped(folder, strays)
        self.files += [item for item in found if isinstance(item, RemoteFile)]
        self.ignored += [item for item in found if isinstance(item, Ignored)]
        self.faults += [item for item in found if isinstance(item, SourceFault)]
        self.covered.append(span)

    def _unclear(self, folder: PurePosixPath, entry: Entry, span: Span) -> Iterator[SourceFault]:
        """The fault of a volume's entry, or of a line that may be any volume's."""
        moment = _moment(span, entry.name) if entry.name else span[0]
        if span[0] <= moment < span[1]:
            concerned = (moment, moment + _SECOND) if entry.name else span
            error = unclear(self.source, folder, entry)
            yield SourceFault.of(error, self.source.name, concerned, is_unclear=True)

    @contextmanager
    def _faults_of(self, spans: Sequence[Span]) -> Iterator[None]:
        """Make an error a fault of some hours, unless the source itself turns out to be down."""
        try:
            yield
        except SourceError as error:
            if self._is_late():
                raise
            self._probe()
            self.faults += [SourceFault.of(error, self.source.name, span) for span in spans]

    def _probe(self) -> None:
        self.source.list_folder(self.root)
        self._has_root = True

    def _check_time(self) -> None:
        if self._is_late() and (self.covered or self.faults):
            self._stop()

    def _check_hour(self, span: Span) -> None:
        """Give up an hour that takes so long that others would never be listed."""
        if self.last is not None and time.monotonic() > self.last:
            error = SourceUnreachable(f"answers too slowly to list {span[0]:%Y-%m-%d %H} h")
            self.faults.append(SourceFault.of(error, self.source.name, span))
            self._stop()

    def _stop(self) -> NoReturn:
        if self.covered and not self.is_radar_there:
            self._probe()
        raise SourceUnreachable("answers slowly; the rest is listed at the next poll")

    def _is_late(self) -> bool:
        return self.end is not None and time.monotonic() > self.end


def _moment(hour: Span, folder: str) -> datetime:
    """Time of the volume in a folder MMSS of an hour."""
    return hour[0].replace(minute=int(folder[:2]), second=int(folder[2:]), microsecond=0)
