"""Downloading many files, from other sources where one fails."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from radar_assets.errors import FileTooLarge, RadarAssetsError, StorageError
from radar_assets.ingest.download.batch import Batch, Fetch, Fetched, Outcomes
from radar_assets.ingest.download.one_file import Download, Retries, fetch_file, find_file
from radar_assets.ingest.listing.model import SourceFault
from radar_assets.ingest.listing.walk import find_files
from radar_assets.ingest.sources.client import RemoteFile, SourceClient
from radar_assets.ingest.sources.network_sources import NetworkSources

_LOCAL = (StorageError, FileTooLarge)
"""errors that another source does not change"""
_PATIENT = Retries()
_ONCE = Retries(attempts=1)


@dataclass(frozen=True)
class FetchResult:
    """Outcomes of some files, in their order, and why other sources replaced a source."""

    outcomes: tuple[Fetched, ...]
    faults: tuple[SourceFault, ...] = ()


def fetch_many(
    sources: NetworkSources,
    radar: str,
    remotes: Sequence[RemoteFile],
    root: Path,
    partials: Path,
    *,
    retries: Retries = _PATIENT,
    on_bytes: Callable[[int], None] | None = None,
) -> FetchResult:
    """Fetch files of a radar below the data root `root`; files stored already need no source.

    A file that its own source fails to deliver is searched on the radar's other sources, by rank,
    and fetched where it has the same size; if none has it, the first error remains. A source that
    is down gets no further requests; after several failures in a row each file is tried once.
    """
    rules = sources.network.settings

    def fetch(source: SourceClient, remote: RemoteFile, *, is_patient: bool) -> Download:
        return fetch_file(
            source,
            remote,
            root / remote.name.path,
            partials,
            retries if is_patient else _ONCE,
            min_free=rules.min_free,
            compress=rules.compress_bufr,
            on_bytes=on_bytes,
        )

    outcomes = _stored(remotes, root)
    absent = [file for file in remotes if file.name not in outcomes]
    for source in dict.fromkeys(file.server for file in absent):
        files = [file for file in absent if file.server == source]
        outcomes |= Batch(sources, source, radar, files, fetch).run()
    faults = _replace(outcomes, sources, radar, absent, fetch)
    return FetchResult(tuple(outcomes[file.name] for file in remotes), faults)


def _stored(remotes: Iterable[RemoteFile], root: Path) -> Outcomes:
    found: Outcomes = {}
    for remote in remotes:
        with suppress(StorageError):
            if stored := find_file(remote, root / remote.name.path):
                found[remote.name] = stored
    return found


def _replace(
    outcomes: Outcomes,
    sources: NetworkSources,
    radar: str,
    remotes: Sequence[RemoteFile],
    fetch: Fetch,
) -> tuple[SourceFault, ...]:
    """Replace errors by downloads from other sources; the faults say why each source failed."""
    faults: dict[str, SourceFault] = {}
    for source in sources.ranked(radar):
        pending = {
            file.name: (file, error)
            for file in remotes
            if file.server != source
            and isinstance(error := outcomes[file.name], RadarAssetsError)
            and not isinstance(error, _LOCAL)
        }
        found = _found(sources, source, [file for file, _ in pending.values()])
        for name, outcome in Batch(sources, source, radar, found, fetch).run().items():
            if isinstance(outcome, Download):
                outcomes[name], (file, error) = outcome, pending[name]
                faults.setdefault(file.server, SourceFault.of(error, file.server))
    return tuple(faults.values())


def _found(sources: NetworkSources, source: str, files: Sequence[RemoteFile]) -> list[RemoteFile]:
    """The same files on another source, as far as it has them and answers."""
    sizes = {file.name: file.size for file in files}
    if not sizes:
        return []
    try:
        sources.check(source)
        with sources.listing(source) as lease:
            found = find_files(lease, sizes)
    except RadarAssetsError:
        return []
    return [file for file in found if file.size == sizes[file.name]]
