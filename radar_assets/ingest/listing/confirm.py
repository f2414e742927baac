"""Confirming that a window is empty, by a second command, before it is closed."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from radar_assets.errors import (
    BadName,
    ListingUnclear,
    RadarAssetsError,
    RemoteFileMissing,
    SourceError,
)
from radar_assets.ingest.listing.model import Listing, SourceFault, Span, hours_of, without
from radar_assets.ingest.sources.client import SourceClient
from radar_assets.ingest.sources.network_sources import NetworkSources
from radar_assets.radar.names import BufrName

_VOLUME = re.compile(r"[0-5][0-9][0-5][0-9]", re.ASCII)


def confirm_empty(
    sources: NetworkSources, radar: str, listing: Listing, spans: Iterable[Span]
) -> Listing:
    """Ask in another way about spans of a listing that are sure and have no files.

    Returns the listing without those spans in `covered` that are not confirmed, and with a fault
    for each. A source whose first answer turns out to be incomplete is listed in the other way
    from then on. Never raises for a source.
    """
    empty = [span for span in spans if listing.is_sure(*span) and not listing.within(*span).files]
    if not empty:
        return listing
    faults = _ask_sources(sources, radar, empty)
    holes = [fault.span for fault in faults if fault.span]
    return replace(
        listing,
        faults=(*listing.faults, *faults),
        covered=without(listing.covered, holes),
    )


def _ask_sources(sources: NetworkSources, radar: str, spans: list[Span]) -> list[SourceFault]:
    """Faults of spans that are not confirmed; the first source that answers decides."""
    fields = sources.network.radar(radar).fields
    faults: list[SourceFault] = []
    for name in sources.ranked(radar):
        try:
            with sources.listing(name) as lease:
                faults = [*_Confirmation(lease, radar, fields).ask(spans)]
        except RadarAssetsError as error:
            faults = [SourceFault.of(error, name, span) for span in spans]
            continue
        if any(fault.is_unclear for fault in faults):
            sources.list_otherwise(name)
        break
    return faults


@dataclass
class _Confirmation:
    """The second question, folder by folder; a folder is asked for once."""

    source: SourceClient
    radar: str
    fields: Collection[str] | None
    _names: dict[PurePosixPath, frozenset[str]] = field(default_factory=dict)

    def ask(self, spans: Iterable[Span]) -> Iterator[SourceFault]:
        """Faults of spans in which there is something, or of which that is not known.

        Raises the errors of `SourceClient` when the source does not answer.
        """
        root = PurePosixPath(self.radar)
        self._names[root] = frozenset(self.source.list_names(root))
        for span in spans:
            try:
                found = next(self._files(span), None)
            except SourceError as error:
                self.source.list_names(root)
                yield SourceFault.of(error, self.source.name, span)
                continue
            if found:
                yield self._hidden(found, span)

    def _hidden(self, path: PurePosixPath, span: Span) -> SourceFault:
        error = ListingUnclear(
            f"{path} on {self.source.url} is shown by one command and hidden by another"
        )
        return SourceFault.of(error, self.source.name, span, is_unclear=self._can_be_read(path))

    def _can_be_read(self, path: PurePosixPath) -> bool:
        """Whether a file can be fetched: it is no link to nowhere."""
        try:
            with closing(self.source.fetch(path).blocks) as blocks:
                next(blocks, b"")
        except SourceError:
            return False
        return True

    def _files(self, span: Span) -> Iterator[PurePosixPath]:
        """Files of a span that the radar's fields include."""
        for first, last in hours_of(*span):
            hour = PurePosixPath(self.radar) / first.strftime("%Y/%m/%d/%H")
            for name in self._names_in(hour):
                if not _VOLUME.fullmatch(name):
                    continue
                moment = first.replace(minute=int(name[:2]), second=int(name[2:]), microsecond=0)
                if first <= moment < last:
                    yield from self._files_in(hour / name)

    def _files_in(self, volume: PurePosixPath) -> Iterator[PurePosixPath]:
        for text in self._names_in(volume):
            try:
                name = BufrName.parse(text)
            except BadName:
                continue
            is_wanted = self.fields is None or name.field in self.fields
            if is_wanted and name.remote_path.parent == volume:
                yield volume / text

    def _names_in(self, folder: PurePosixPath) -> frozenset[str]:
        """Names in a folder; none where it is surely absent."""
        known = self._names.get(folder)
        if known is None:
            above = self._names.get(folder.parent)
            is_absent = above is not None and folder.name not in above
            known = frozenset() if is_absent else self._asked(folder)
            self._names[folder] = known
        return known

    def _asked(self, folder: PurePosixPath) -> frozenset[str]:
        try:
            return frozenset(self.source.list_names(folder))
        except RemoteFileMissing:
            if folder.name in self._names_in(folder.parent):
                raise ListingUnclear(
                    f"{folder} on {self.source.url} is shown by the folder above and not there"
                ) from None
            return frozenset()
