"""What single folders of a radar hold, and which of it belongs there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import PurePosixPath

from radar_assets.errors import (
    BadName,
    ListingUnclear,
    RemoteFileMissing,
    SourceError,
    TooManyEntries,
)
from radar_assets.ingest.listing.model import Ignored, SourceFault
from radar_assets.ingest.sources.client import MAX_ENTRIES, Entry, RemoteFile, SourceClient
from radar_assets.logs import Component, logger
from radar_assets.radar.names import BufrName

MOST_IGNORED = 20
"""names of a folder that are ignored by name; the others are only counted"""

_SECOND = timedelta(seconds=1)


def volume_folder(
    source: SourceClient, folder: PurePosixPath, entries: Iterable[Entry], moment: datetime
) -> list[RemoteFile | Ignored | SourceFault]:
    """What the folder of a volume holds."""
    items = [*_in_volume(source, folder, entries, moment)]
    strays = [item for item in items if isinstance(item, Ignored)]
    rest = [item for item in items if not isinstance(item, Ignored)]
    return [*rest, *capped(folder, strays, moment)]


def capped(
    folder: PurePosixPath, strays: list[Ignored], moment: datetime | None = None
) -> list[Ignored]:
    """The first names that do not belong into a folder, and how many more there are."""
    more = len(strays) - MOST_IGNORED
    if more <= 0:
        return strays
    reason = f"a folder with {more} more names that do not belong there"
    return [*strays[:MOST_IGNORED], Ignored(str(folder), reason, moment)]


def hour_folder(
    source: SourceClient, folder: PurePosixPath, present: Mapping[str, Entry] | None
) -> list[Entry]:
    """Entries of an hour's folder; `present` is what the day is known to show, by name.

    Raises the errors of `SourceClient`, and `ListingUnclear`.
    """
    if present is None:
        try:
            return listed(source, folder)
        except RemoteFileMissing:
            present = day_folder(source, folder.parent)
    entry = present.get(folder.name)
    if entry is None and "" in present:
        raise unclear(source, folder.parent, present[""])
    if entry is None:
        return []
    if entry.fault:
        raise unclear(source, folder.parent, entry)
    return shown(source, folder) if entry.is_folder else listed_or_none(source, folder)


def day_folder(source: SourceClient, folder: PurePosixPath) -> dict[str, Entry]:
    """Entries of a day's folder by name; what was not understood is under the empty one."""
    return {entry.name: entry for entry in listed_or_none(source, folder)}


def shown(source: SourceClient, folder: PurePosixPath) -> list[Entry]:
    """Entries of a folder that the folder above shows.

    Servers answer that folders which may not be read are missing.
    """
    try:
        return listed(source, folder)
    except RemoteFileMissing:
        raise SourceError(
            f"{source.url} shows {folder} but does not list it; check its permissions"
        ) from None


def listed_or_none(source: SourceClient, folder: PurePosixPath) -> list[Entry]:
    """Entries of a folder; none when it is absent."""
    try:
        return listed(source, folder)
    except RemoteFileMissing:
        return []


def listed(source: SourceClient, folder: PurePosixPath) -> list[Entry]:
    """Entries of a folder; raises `TooManyEntries`."""
    entries = source.list_folder(folder)
    logger(Component.INGEST).debug(
        "listed", server=source.name, path=str(folder), entries=len(entries)
    )
    if len(entries) > MAX_ENTRIES:
        raise TooManyEntries(f"{folder} on {source.url} has more than {MAX_ENTRIES} entries")
    return entries


def unclear(source: SourceClient, folder: PurePosixPath, entry: Entry) -> ListingUnclear:
    """The error of an entry of which it is not known what it is."""
    where = f"{folder}/{ascii(entry.name[:120])[1:-1]}" if entry.name else str(folder)
    return ListingUnclear(f"{where} on {source.url} is unclear: {entry.fault}")


def ignored(
    folder: PurePosixPath, name: str, reason: str, moment: datetime | None = None
) -> Ignored:
    """A name that does not belong into a folder."""
    return Ignored(f"{folder}/{ascii(name[:120])[1:-1]}", reason, moment)


def _in_volume(
    source: SourceClient, folder: PurePosixPath, entries: Iterable[Entry], moment: datetime
) -> Iterator[RemoteFile | Ignored | SourceFault]:
    found: set[BufrName] = set()
    for entry in entries:
        name = _name(entry)
        if entry.fault and (name or not entry.name):
            error, span = unclear(source, folder, entry), (moment, moment + _SECOND)
            yield SourceFault.of(error, source.name, span, is_unclear=True)
        elif name is None:
            yield ignored(folder, entry.name, "not the name of a BUFR file", moment)
        elif entry.is_folder:
            yield ignored(folder, entry.name, "a folder", moment)
        elif name.remote_path.parent != folder:
            yield ignored(folder, entry.name, "of another radar or time", moment)
        elif name in found:
            yield ignored(folder, entry.name, "the same file under another spelling", moment)
        else:
            found.add(name)
            spelling = "" if str(name) == entry.name else entry.name
            yield RemoteFile(name, entry.size, entry.modified_at, source.name, spelling)


def _name(entry: Entry) -> BufrName | None:
    try:
        return BufrName.parse(entry.name)
    except BadName:
        return None
