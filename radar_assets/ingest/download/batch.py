"""Fetching files of one source, several at a time, for as long as asking it is of use."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import PurePosixPath
from typing import Protocol

from radar_assets.errors import RadarAssetsError, SourceBusy, SourceError
from radar_assets.ingest.download.one_file import Download
from radar_assets.ingest.sources.pool import DOWN, Lease
from radar_assets.ingest.sources.servers import Servers, not_tried
from radar_assets.ingest.sources.source import RemoteFile, Source
from radar_assets.radar.names import BufrName

Fetched = Download | RadarAssetsError
"""a file that is here now, or why it is not"""

Outcomes = dict[BufrName, Fetched]

_PATIENT_FOR = 3
"""files in a row that a source may fail to send before the next ones are tried only once each"""
_LOOK = 0.02
"""seconds between looks whether the first connection serves"""


class Fetch(Protocol):
    """What brings a file here."""

    def __call__(self, source: Source, remote: RemoteFile, *, is_patient: bool) -> Download:
        """Fetch it; where that fails, try again after pauses if it `is_patient`."""


class Batch:
    """Files of one source of a radar, each to be brought by `fetch`.

    No file is left untried while the source answers, whatever became of those before it.
    """

    def __init__(
        self,
        servers: Servers,
        source: str,
        radar: str,
        files: Iterable[RemoteFile],
        fetch: Fetch,
    ) -> None:
        self._servers, self._source, self._radar, self._fetch = servers, source, radar, fetch
        self._files = list(files)
        self._owed = deque(self._files)
        self._outcomes: Outcomes = {}
        self._lost: SourceError | None = None
        """why the source is not asked any further"""
        self._failures = 0
        """files in a row that the source failed to send"""

    def run(self) -> Outcomes:
        """Fetch over one connection, which is waited for, and over those that are free besides.

        An error that ends the work is the outcome of the files that have no other.
        """
        if not self._files:
            return {}
        try:
            self._servers.check(self._source)
            with self._servers.fetching(self._source) as lease:
                self._share(lease)
        except RadarAssetsError as error:
            for file in self._files:
                self._outcomes.setdefault(file.name, error)
        self._note_speed()
        return self._outcomes

    def _share(self, lease: Lease) -> None:
        most = self._servers.network.sources[self._source].max_connections
        helpers = min(most, len(self._files)) - 1
        with ThreadPoolExecutor(max(1, helpers)) as threads:
            running = [threads.submit(self._help, lease) for _ in range(helpers)]
            try:
                self._work(lease)
            finally:
                self._owed.clear()  # helpers end after their present file, also when this is killed
        for helper in running:
            helper.result()

    def _help(self, first: Lease) -> None:
        """Work over another connection, if there is one and the server grants it.

        The first one has precedence: the server may grant fewer than are hoped for.
        """
        while not first.has_answered:
            if not self._owed:
                return
            time.sleep(_LOOK)
        with suppress(SourceBusy), self._servers.fetching(self._source, patience=0) as lease:
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
            return self._owed.popleft()
        except IndexError:
            return None

    def _outcome(self, lease: Lease, remote: RemoteFile) -> Fetched:
        if self._lost:
            return not_tried(self._lost)
        try:
            is_patient = self._failures < _PATIENT_FOR
            download = self._fetch(lease, remote, is_patient=is_patient)
        except DOWN as error:
            self._doubt(lease, error)
            return error
        except RadarAssetsError as error:
            return error
        self._failures = 0
        return download

    def _doubt(self, lease: Lease, error: SourceError) -> None:
        """Ask the source no further if it does not answer after an error."""
        self._failures += 1
        if not self._answers(lease):
            self._servers.failed(self._source, error)
            self._lost = error

    def _answers(self, lease: Lease) -> bool:
        with suppress(RadarAssetsError):
            lease.list_folder(PurePosixPath(self._radar))
        return lease.failure is None

    def _note_speed(self) -> None:
        brought = [file for file in self._outcomes.values() if isinstance(file, Download)]
        seconds = sum(file.seconds for file in brought)
        if seconds and not self._lost:
            size = sum(file.bytes_downloaded for file in brought)
            self._servers.answered(self._source, speed=size / seconds)
