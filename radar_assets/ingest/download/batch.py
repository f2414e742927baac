"""Fetching files of one source, several at a time, for as long as it answers."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import PurePosixPath
from typing import Protocol

from radar_assets.errors import RadarAssetsError, SourceBusy, SourceError
from radar_assets.ingest.download.one_file import Download
from radar_assets.ingest.sources.client import RemoteFile, SourceClient
from radar_assets.ingest.sources.network_sources import NetworkSources, not_tried
from radar_assets.ingest.sources.pool import DOWN, Lease
from radar_assets.radar.names import BufrName

Fetched = Download | RadarAssetsError
"""a stored file, or why there is none"""

Outcomes = dict[BufrName, Fetched]

_PATIENT_FOR = 3
"""files in a row that a source may fail to send before the next ones are tried only once each"""


class Fetch(Protocol):
    """Fetches one file."""

    def __call__(self, source: SourceClient, remote: RemoteFile, *, is_patient: bool) -> Download:
        """Fetch it; retry after pauses if it `is_patient`."""


class Batch:
    """Files of one source of a radar, each for `fetch`.

    While the source answers, every file is tried, whatever happened to those before it.
    """

    def __init__(
        self,
        sources: NetworkSources,
        source: str,
        radar: str,
        files: Iterable[RemoteFile],
        fetch: Fetch,
    ) -> None:
        self._sources, self._source, self._radar, self._fetch = sources, source, radar, fetch
        self._files = list(files)
        self._pending = deque(self._files)
        self._outcomes: Outcomes = {}
        self._outage: SourceError | None = None
        """why the source is not asked any further"""
        self._failures = 0
        """files in a row that the source failed to send"""

    def run(self) -> Outcomes:
        """Fetch over one connection, waiting for it, and over others that are free.

        An error that ends the work is the outcome of all files without another.
        """
        if not self._files:
            return {}
        try:
            self._sources.check(self._source)
            with self._sources.fetching(self._source) as lease:
                self._share(lease)
        except RadarAssetsError as error:
            for file in self._files:
                self._outcomes.setdefault(file.name, error)
        self._note_speed()
        return self._outcomes

    def _share(self, lease: Lease) -> None:
        helpers = min(self._sources.connections(self._source), len(self._files)) - 1
        with ThreadPoolExecutor(max(1, helpers)) as threads:
            running = [threads.submit(self._help, lease) for _ in range(helpers)]
            try:
                self._work(lease)
            finally:
                self._pending.clear()  # helpers end after their file, also when this is killed
                lease.answered.set()
        for helper in running:
            helper.result()

    def _help(self, first: Lease) -> None:
        """Work over another connection, if there is one and the server grants it.

        It starts once the first one has answered: the server may grant fewer than allowed here.
        """
        first.answered.wait()
        if not self._pending:
            return
        with suppress(SourceBusy), self._sources.fetching(self._source, patience=0) as lease:
            if lease.is_known or self._answers(lease):
                self._work(lease, is_helper=True)

    def _work(self, lease: Lease, *, is_helper: bool = False) -> None:
        while not (is_helper and lease.is_wanted):
            remote = self._next()
            if remote is None:
                return
            self._outcomes[remote.name] = self._outcome(lease, remote)

    def _next(self) -> RemoteFile | None:
        try:
            return self._pending.popleft()
        except IndexError:
            return None

    def _outcome(self, lease: Lease, remote: RemoteFile) -> Fetched:
        if self._outage:
            return not_tried(self._outage)
        try:
            is_patient = self._failures < _PATIENT_FOR
            download = self._fetch(lease, remote, is_patient=is_patient)
        except DOWN as error:
            self._check_after(lease, error)
            return error
        except RadarAssetsError as error:
            return error
        self._failures = 0
        return download

    def _check_after(self, lease: Lease, error: SourceError) -> None:
        """Stop using the source if it does not answer after an error."""
        self._failures += 1
        if not self._answers(lease):
            self._sources.failed(self._source, error)
            self._outage = error

    def _answers(self, lease: Lease) -> bool:
        with suppress(RadarAssetsError):
            lease.list_folder(PurePosixPath(self._radar))
        return lease.failure is None and lease.has_answered and not lease.is_over

    def _note_speed(self) -> None:
        brought = [file for file in self._outcomes.values() if isinstance(file, Download)]
        seconds = sum(file.seconds for file in brought)
        if seconds and not self._outage:
            size = sum(file.bytes_downloaded for file in brought)
            self._sources.answered(self._source, speed=size / seconds)
