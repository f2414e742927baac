"""What lies on the sources: opening them and walking a radar's folders."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from radar_assets import settings
from radar_assets.ingest.folder import FolderSource
from radar_assets.ingest.ftp import FtpSource
from radar_assets.ingest.source import MAX_ENTRIES, Entry, RemoteFile, Source
from radar_assets.radar.errors import BadName, RadarAssetsError, RemoteFileMissing, SettingsError
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
class Listing:
    """What was found; `covered` are the spans that were walked to the end without a fault."""

    files: tuple[RemoteFile, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    faults: tuple[str, ...] = ()
    covered: tuple[Span, ...] = ()

    def within(self, first: datetime, last: datetime) -> Listing:
        """The part that concerns volumes of [first, last)."""
        return Listing(
            files=tuple(file for file in self.files if first <= file.name.id.time < last),
            ignored=tuple(i for i in self.ignored if i.time and first <= i.time < last),
            faults=self.faults,
            covered=tuple(span for span in self.covered if span[0] <= first and last <= span[1]),
        )


def open_source(name: str, source: settings.Source) -> Source:
    """Make the source that a URL calls for; it connects at its first use."""
    address = urlsplit(source.url)
    if address.username or address.password:
        raise SettingsError(
            f"the URL of source {name} holds credentials; "
            "name environment variables with username_env and password_env instead"
        )
    if address.scheme in ("ftp", "ftps"):
        if not address.hostname:
            raise SettingsError(f"the URL of source {name} names no host")
        return FtpSource(name, source)
    if address.scheme == "file":
        return FolderSource(name, Path(unquote(address.path)))
    if "://" in source.url:
        raise SettingsError(f"source {name} must be ftp://, ftps:// or a folder")
    return FolderSource(name, Path(source.url))


def survey(network: settings.Network, radar: str, spans: Iterable[Span]) -> Listing:
    """List a radar's files of some spans on the first of its sources that answers.

    Never raises for a source: what kept one from answering is among the faults.
    """
    wanted = network.radar(radar).fields
    faults: list[str] = []
    for name in network.radar(radar).sources:
        try:
            with open_source(name, network.sources[name]) as source:
                parts = [list_radar(source, radar, *span) for span in spans]
        except RadarAssetsError as error:
            faults.append(f"{name}: {error}")
            continue
        return Listing(
            files=tuple(
                file
                for part in parts
                for file in part.files
                if wanted is None or file.name.field in wanted
            ),
            ignored=tuple(item for part in parts for item in part.ignored),
            faults=(*faults, *(fault for part in parts for fault in part.faults)),
            covered=tuple(span for part in parts for span in part.covered),
        )
    return Listing(faults=tuple(faults))


def list_radar(source: Source, radar: str, first: datetime, last: datetime) -> Listing:
    """List the files of a radar whose names hold a time in [first, last).

    Folders that are not there are empty; only a radar without any folder is a fault. Raises the
    errors of `Source` otherwise.
    """
    walk = _Walk(source, radar, first.astimezone(UTC), last.astimezone(UTC))
    walk.run()
    return Listing(
        files=tuple(sorted(walk.files, key=lambda file: (file.name.id.time, str(file.name)))),
        ignored=tuple(walk.ignored),
        faults=tuple(walk.faults),
        covered=tuple(walk.covered),
    )


class _Walk:
    def __init__(self, source: Source, radar: str, first: datetime, last: datetime) -> None:
        self.source, self.radar, self.first, self.last = source, radar, first, last
        self.files: list[RemoteFile] = []
        self.ignored: list[Ignored] = []
        self.faults: list[str] = []
        self.covered: list[Span] = []

    def run(self) -> None:
        root = PurePosixPath(self.radar)
        for day, hours in groupby(_hours(self.first, self.last), lambda hour: hour.date()):
            self._day(root / day.strftime("%Y/%m/%d"), list(hours))
        if not self.files and not self.ignored and self._entries(root) is None:
            self.faults.append(f"no folder {root} on {self.source.url}")
            self.covered.clear()

    def _day(self, folder: PurePosixPath, hours: list[datetime]) -> None:
        names = {f"{hour:%H}" for hour in hours}
        present = names if len(hours) == 1 else {entry.name for entry in self._list(folder)}
        for hour in hours:
            faults = len(self.faults)
            if f"{hour:%H}" in present:
                self._hour(folder / f"{hour:%H}", hour)
            if len(self.faults) == faults:
                self.covered.append((max(hour, self.first), min(hour + _HOUR, self.last)))

    def _hour(self, folder: PurePosixPath, hour: datetime) -> None:
        for entry in self._list(folder):
            if not (entry.is_folder and _VOLUME_FOLDER.fullmatch(entry.name)):
                self._ignore(folder, entry.name, "not the folder of a volume")
                continue
            time = hour.replace(minute=int(entry.name[:2]), second=int(entry.name[2:]))
            if self.first <= time < self.last:
                self._volume(folder / entry.name, time)

    def _volume(self, folder: PurePosixPath, time: datetime) -> None:
        for entry in self._list(folder):
            try:
                name = BufrName.parse(entry.name)
            except BadName:
                self._ignore(folder, entry.name, "not the name of a BUFR file", time)
                continue
            if entry.is_folder:
                self._ignore(folder, entry.name, "a folder", time)
            elif name.remote_path != folder / entry.name:
                self._ignore(folder, entry.name, "belongs to another radar or time", time)
            else:
                self.files.append(RemoteFile(name, entry.size, entry.modified_at, self.source.name))

    def _list(self, folder: PurePosixPath) -> list[Entry]:
        """Entries of a folder; none when it is absent or too full to be trusted."""
        entries = self._entries(folder) or []
        if len(entries) <= MAX_ENTRIES:
            return entries
        self.faults.append(f"{folder} on {self.source.url} has more than {MAX_ENTRIES} entries")
        return []

    def _entries(self, folder: PurePosixPath) -> list[Entry] | None:
        try:
            return self.source.list_folder(folder)
        except RemoteFileMissing:
            return None

    def _ignore(
        self, folder: PurePosixPath, name: str, reason: str, time: datetime | None = None
    ) -> None:
        self.ignored.append(Ignored(f"{folder}/{ascii(name[:120])[1:-1]}", reason, time))


def _hours(first: datetime, last: datetime) -> Iterator[datetime]:
    hour = first.replace(minute=0, second=0, microsecond=0)
    while hour < last:
        yield hour
        hour += _HOUR
