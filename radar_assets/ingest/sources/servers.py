"""The sources of a network: which to ask first, and connections to them within their limits."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import fmean
from urllib.parse import unquote, urlsplit

from radar_assets import settings
from radar_assets.errors import SourceError
from radar_assets.ingest.sources.folder import FolderSource
from radar_assets.ingest.sources.ftp import FtpSource
from radar_assets.ingest.sources.health import Candidate, Health, HealthFile, ranked
from radar_assets.ingest.sources.pace import Pace
from radar_assets.ingest.sources.pool import Lease, Pool
from radar_assets.ingest.sources.slots import Purpose, Slots
from radar_assets.ingest.sources.source import Source

_RESPITE = 30.0
"""seconds for which a process does not fetch from a source that it found down"""


@dataclass(frozen=True)
class _Loss:
    """That a source was found down, by this process, and when by its monotonic clock."""

    error: SourceError
    at: float


class Servers:
    """Lends connections to a network's sources and notes how they serve; threads may share it.

    Processes that use the same data root keep the limits on connections together. While all that
    there may be are in use, `patience` seconds are waited for one.
    """

    def __init__(self, network: settings.Network, data_root: Path, patience: float = 300.0) -> None:
        self.network = network
        self._patience = patience
        self._pools: dict[str, Pool] = {}
        self._health: dict[str, HealthFile] = {}
        for name, source in network.sources.items():
            folder = data_root / "sources" / name
            self._pools[name] = _pool(name, source, folder)
            self._health[name] = HealthFile(folder / "health.json", source.url)
        self._losses: dict[str, _Loss] = {}

    def ranked(self, radar: str) -> list[str]:
        """Names of a radar's sources, the one to ask first at the beginning."""
        candidates = [
            Candidate(name, self.network.sources[name].priority, self.health(name))
            for name in self.network.radar(radar).sources
        ]
        return ranked(candidates, _now())

    def health(self, name: str) -> Health:
        """What all processes know of a source."""
        return self._health[name].read()

    @contextmanager
    def listing(self, name: str, patience: float | None = None) -> Iterator[Lease]:
        """A connection to list folders over; raises `SourceBusy` when none becomes free."""
        with self._lent(name, "listing", patience) as lease:
            try:
                yield lease
            finally:
                if lease.failure:
                    self.failed(name, lease.failure)
                elif lease.has_answered:
                    seconds = fmean(lease.answers) if lease.answers else None
                    self.answered(name, listing=seconds)

    def fetching(self, name: str, patience: float | None = None) -> AbstractContextManager[Lease]:
        """A connection to fetch files over; raises `SourceBusy` when none becomes free."""
        return self._lent(name, "fetching", patience)

    def check(self, name: str) -> None:
        """Raise the error of a source that this process found down, if it is not back as yet."""
        loss = self._losses.get(name)
        if loss is None:
            return
        is_recent = time.monotonic() - loss.at < _RESPITE
        if is_recent or self.health(name).is_penalised(_now()):
            raise not_tried(loss.error)

    def failed(self, name: str, error: SourceError) -> None:
        """Note that a source is down."""
        self._losses[name] = _Loss(error, time.monotonic())
        self._health[name].update(lambda known: known.failed(error.code, _now()))

    def answered(
        self, name: str, *, listing: float | None = None, speed: float | None = None
    ) -> None:
        """Note that a source serves, and perhaps how fast; see `Health`."""
        self._losses.pop(name, None)
        self._health[name].update(
            lambda known: known.answered(_now(), listing=listing, speed=speed)
        )

    def close(self) -> None:
        """End all connections that are idle; the next use connects anew."""
        for pool in self._pools.values():
            pool.close()

    def _lent(
        self, name: str, purpose: Purpose, patience: float | None
    ) -> AbstractContextManager[Lease]:
        return self._pools[name].lend(purpose, self._patience if patience is None else patience)


def open_source(name: str, source: settings.Source) -> Source:
    """Make the source that a URL calls for; it connects at its first use."""
    if _is_server(source):
        return FtpSource(name, source)
    address = urlsplit(source.url)
    folder = unquote(address.path) if address.scheme else source.url
    return FolderSource(name, Path(folder), Pace.of(source))


def not_tried(error: SourceError) -> SourceError:
    """The error of what is not asked of a source any more because of an earlier error."""
    other = error.with_message(f"not tried, because before: {error}")
    other.attempts = 0
    return other


def _is_server(source: settings.Source) -> bool:
    return urlsplit(source.url).scheme in ("ftp", "ftps")


def _pool(name: str, source: settings.Source, folder: Path) -> Pool:
    limit = source.max_connections if _is_server(source) else None
    return Pool(name, partial(open_source, name, source), Slots(folder, limit))


def _now() -> datetime:
    return datetime.now(UTC)
