"""Walking a radar's folders on a source."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import groupby
from pathlib import PurePosixPath
from typing import NoReturn

from radar_assets.errors import (
    BadName,
    RadarAssetsError,
    RemoteFileMissing,
    SourceError,
    SourceUnreachable,
    TooManyEntries,
)
from radar_assets.ingest.listing.model import Fault, Ignored, Listing, Span
from radar_assets.ingest.sources.client import MAX_ENTRIES, Entry, RemoteFile, SourceClient
from radar_assets.logs import Component, logger
from radar_assets.radar.names import BufrName

_VOLUME_FOLDER = re.compile(r"[0-5][0-9][0-5][0-9]")


def list_radar(
    source: SourceClient,
    radar: str,
    hours: Iterable[Span],
    end: float | None = None,
    last: float | None = None,
) -> Listing:
    """List a radar's files of some hours, or parts of hours, until a monotonic time.

    No hour but the first is begun after `end`; one that is not listed by `last` is a fault. An
    hour that cannot be listed is a fault and not covered; folders that are not there are empty,
    unless the folder above shows them. A source without a folder of the radar, or that does not
    answer, is a fault and ends the listing. Never raises the errors of `SourceClient`.
    """
    walk = _Walk(source, radar, end, end if last is None else last)
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


def find_files(source: SourceClient, names: Iterable[BufrName]) -> list[RemoteFile]:
    """Those of some files that a source has; lists only the folders of their volumes.

    Raises the errors of `SourceClient`.
    """
    wanted = set(names)
    folders = {name.remote_path.parent: name.id.time for name in wanted}
    found = [
        item
        for folder, moment in folders.items()
        for item in _volume(source, folder, _entries(source, folder), moment)
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
        self.faults: list[Fault] = []
        self.covered: list[Span] = []
        self._has_root = False

    @property
    def is_sure(self) -> bool:
        """Whether the radar's folder is there; without it, an empty hour says nothing."""
        return self._has_root or bool(self.files or self.ignored)

    def run(self, hours: Iterable[Span]) -> None:
        """Raises the errors of `SourceClient` when the source itself does not answer."""
        for day, spans in groupby(hours, lambda span: span[0].date()):
            self._day(self.root / day.strftime("%Y/%m/%d"), list(spans))
        if not self.is_sure:
            self._probe()

    def _day(self, folder: PurePosixPath, spans: list[Span]) -> None:
        present = None
        if len(spans) > 1:
            faults = len(self.faults)
            with self._blamed(spans):
                present = _present(self.source, folder)
            if len(self.faults) > faults:
                return
        for span in spans:
            self._check_time()
            with self._blamed([span]):
                self._hour(folder, span, present)

    def _hour(self, day: PurePosixPath, span: Span, present: Mapping[str, bool] | None) -> None:
        found: list[RemoteFile | Ignored] = []
        folder = day / f"{span[0]:%H}"
        for entry in _entries_of_hour(self.source, folder, present):
            if not (entry.is_folder and _VOLUME_FOLDER.fullmatch(entry.name)):
                found.append(_ignored(folder, entry.name, "not the folder of a volume"))
                continue
            minute, second = int(entry.name[:2]), int(entry.name[2:])
            moment = span[0].replace(minute=minute, second=second, microsecond=0)
            if span[0] <= moment < span[1]:
                self._check_hour(span)
                volume = folder / entry.name
                found += _volume(self.source, volume, _shown(self.source, volume), moment)
        self.files += [item for item in found if isinstance(item, RemoteFile)]
        self.ignored += [item for item in found if isinstance(item, Ignored)]
        self.covered.append(span)

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
            self._stop()

    def _check_hour(self, span: Span) -> None:
        """Give an hour up that takes so long that others would never be listed."""
        if self.last is not None and time.monotonic() > self.last:
            error = SourceUnreachable(f"answers too slowly to list {span[0]:%Y-%m-%d %H} h")
            self.faults.append(Fault.of(error, self.source.name, span))
            self._stop()

    def _stop(self) -> NoReturn:
        if self.covered and not self.is_sure:
            self._probe()
        raise SourceUnreachable("answers slowly; the rest is left for the next look")

    def _is_late(self) -> bool:
        return self.end is not None and time.monotonic() > self.end


def _volume(
    source: SourceClient, folder: PurePosixPath, entries: Iterable[Entry], moment: datetime
) -> Iterator[RemoteFile | Ignored]:
    """What the folder of a volume holds."""
    for entry in entries:
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
            yield RemoteFile(name, entry.size, entry.modified_at, source.name)


def _present(source: SourceClient, folder: PurePosixPath) -> dict[str, bool]:
    """Names in a folder, and which of them are folders."""
    return {entry.name: entry.is_folder for entry in _entries(source, folder)}


def _entries_of_hour(
    source: SourceClient, folder: PurePosixPath, present: Mapping[str, bool] | None
) -> list[Entry]:
    """Entries of an hour's folder; `present` is what the day is known to show."""
    if present is None:
        try:
            return _listed(source, folder)
        except RemoteFileMissing:
            present = _present(source, folder.parent)
    if present.get(folder.name):
        return _shown(source, folder)
    return _entries(source, folder) if folder.name in present else []


def _shown(source: SourceClient, folder: PurePosixPath) -> list[Entry]:
    """Entries of a folder that the folder above shows.

    Servers say of what they do not let read that it is missing.
    """
    try:
        return _listed(source, folder)
    except RemoteFileMissing:
        raise SourceError(
            f"{source.url} shows {folder} but does not list it; check its permissions"
        ) from None


def _entries(source: SourceClient, folder: PurePosixPath) -> list[Entry]:
    """Entries of a folder; none when it is absent."""
    try:
        return _listed(source, folder)
    except RemoteFileMissing:
        return []


def _listed(source: SourceClient, folder: PurePosixPath) -> list[Entry]:
    entries = source.list_folder(folder)
    logger(Component.INGEST).debug(
        "listed", server=source.name, path=str(folder), entries=len(entries)
    )
    if len(entries) > MAX_ENTRIES:
        raise TooManyEntries(f"{folder} on {source.url} has more than {MAX_ENTRIES} entries")
    return entries


def _ignored(
    folder: PurePosixPath, name: str, reason: str, moment: datetime | None = None
) -> Ignored:
    return Ignored(f"{folder}/{ascii(name[:120])[1:-1]}", reason, moment)
