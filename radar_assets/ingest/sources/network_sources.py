"""The sources of a network: their order, and connections to them within their limits."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import fmean

from radar_assets import settings
from radar_assets.errors import SourceError
from radar_assets.ingest.sources.client import SourceClient
from radar_assets.ingest.sources.health import Health, HealthFile, SourceChoice, ranked
from radar_assets.ingest.sources.pace import Pace
from radar_assets.ingest.sources.pool import GrantRecord, Lease, Pool
from radar_assets.ingest.sources.registry import open_source, source_settings
from radar_assets.ingest.sources.slots import Purpose, Slots
from radar_assets.logs import Component, logger

_RETRY_AFTER = 30.0
"""seconds for which a process does not download from a source that failed"""

_LIMIT_VALID = 1.0
"""seconds for which the limit that another process may have found is not read again"""
_UNLIMITED = 4
"""connections to a source that does not limit them"""


@dataclass(frozen=True)
class _Outage:
    """The error with which a source failed, and its time by the monotonic clock."""

    error: SourceError
    at: float


class NetworkSources:
    """Connections to a network's sources, and the health of each; threads may share it.

    Processes with the same data root keep the limits on connections and rates together. When all
    connections are in use, a caller waits up to `patience` seconds for one. Raises
    `SettingsError` when the settings of a source are wrong.
    """

    def __init__(self, network: settings.Network, data_root: Path, patience: float = 300.0) -> None:
        self.network = network
        self._patience = patience
        self._settings = source_settings(network)
        self._health = {
            name: HealthFile(data_root / "sources" / name / "health.json", source.url)
            for name, source in self._settings.items()
        }
        self._pools = {
            name: self._pool(name, data_root / "sources" / name) for name in self._settings
        }
        self._outages: dict[str, _Outage] = {}
        self._limits: dict[str, tuple[float, int | None]] = {}

    def ranked(self, radar: str) -> list[str]:
        """Names of a radar's sources, in the order in which to try them."""
        candidates = [
            SourceChoice(name, self.network.sources[name].priority, self.health(name))
            for name in self.network.radar(radar).sources
        ]
        return ranked(candidates, _now())

    def connections(self, name: str) -> int:
        """Number of connections to use at a time."""
        return self._settings[name].connection_limit or _UNLIMITED

    def health(self, name: str) -> Health:
        """The health of a source, shared by all processes."""
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
        """Raise the error with which a source failed for this process, while its backoff lasts."""
        outage = self._outages.get(name)
        if outage is None:
            return
        is_recent = time.monotonic() - outage.at < _RETRY_AFTER
        if is_recent or self.health(name).is_penalised(_now()):
            raise not_tried(outage.error)

    def failed(self, name: str, error: SourceError) -> None:
        """Note that a source failed."""
        self._outages[name] = _Outage(error, time.monotonic())
        self._health[name].update(lambda known: known.failed(error.code, _now()))

    def answered(
        self, name: str, *, listing: float | None = None, speed: float | None = None
    ) -> None:
        """Note that a source answered, and the measurements, if any; see `Health`."""
        self._outages.pop(name, None)
        self._health[name].update(
            lambda known: known.answered(_now(), listing=listing, speed=speed)
        )

    def list_otherwise(self, name: str) -> None:
        """List a source by its other command, because its usual listing hides entries."""
        self._health[name].update(lambda known: known.model_copy(update={"hides_entries": True}))
        self._pools[name].close()
        logger(Component.INGEST).warning("listing hides entries", server=name)

    def close(self) -> None:
        """End all connections that are idle; the next use connects anew."""
        for pool in self._pools.values():
            pool.close()

    def _pool(self, name: str, folder: Path) -> Pool:
        source = self._settings[name]
        pace = Pace(source.max_rate, folder / "pace")
        slots = Slots(folder, source.connection_limit, partial(self._granted, name))
        record = GrantRecord(
            partial(self._note_limit, name),
            lambda: self.health(name).has_accepted_login(_now()),
        )
        return Pool(name, partial(self._open, name, pace), slots, record)

    def _open(self, name: str, pace: Pace) -> SourceClient:
        source = self._settings[name]
        if self.health(name).hides_entries:
            source = source.listed_otherwise()
        return open_source(name, source, pace)

    def _granted(self, name: str) -> int | None:
        """Connections that a source allows, read at most a second ago."""
        read_at, limit = self._limits.get(name, (0.0, None))
        now = time.monotonic()
        if now - read_at > _LIMIT_VALID or not read_at:
            limit = self.health(name).limit(_now())
            self._limits[name] = now, limit
        return limit

    def _note_limit(self, name: str, granted: int) -> None:
        self._health[name].update(lambda known: known.refused_more_than(granted, _now()))
        self._limits.pop(name, None)
        logger(Component.INGEST).warning("connection limit", server=name, granted=granted)

    def _lent(
        self, name: str, purpose: Purpose, patience: float | None
    ) -> AbstractContextManager[Lease]:
        return self._pools[name].lend(purpose, self._patience if patience is None else patience)


def not_tried(error: SourceError) -> SourceError:
    """The error of a file that is not tried any more, because its source failed before."""
    other = error.with_message(f"not tried, because before: {error}")
    other.attempts = 0
    return other


def _now() -> datetime:
    return datetime.now(UTC)
