"""The environment of stages: paths, clock, store, network and sources."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path, PurePosixPath

from filelock import FileLock

from radar_assets.ingest.archive.leftovers import remove_leftovers
from radar_assets.ingest.sources.network_sources import NetworkSources
from radar_assets.ingest.sources.registry import load_checked_network
from radar_assets.settings import Environment, Network
from radar_assets.stages.base.capacity import workers
from radar_assets.stages.base.store import LocalStore, Store


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Workspace:
    """What stages work with: a plain object, which a notebook makes as a run does."""

    root: Path
    """folder of all files that the platform makes"""
    network_file: Path | None = None
    """the packaged network when absent"""
    public_url: str | None = None
    """base URL under which the products folder is served"""
    clock: Callable[[], datetime] = _utc_now

    @classmethod
    def of(cls, environment: Environment) -> Workspace:
        """Make the workspace that the process environment describes."""
        return cls(environment.data_root, environment.network_file, environment.public_url)

    @property
    def network(self) -> Network:
        """The radar network; `SettingsError` when its file is wrong."""
        return _network(self.network_file)

    @property
    def sources(self) -> NetworkSources:
        """The network's sources, one object for all threads of this process."""
        return _sources(self.network_file, self.root)

    @property
    def store(self) -> Store:
        """The store of BUFR files, volumes and products; keys are paths below the root."""
        return LocalStore(self.root, self.scratch)

    @property
    def scratch(self) -> Path:
        """Folder of files being written."""
        return self.root / "tmp"

    @property
    def partial(self) -> Path:
        """Folder of downloads that were interrupted."""
        return self.root / "partial"

    @property
    def cache(self) -> Path:
        """Folder of what can be computed again."""
        return self.root / "cache"

    def path(self, relative: PurePosixPath) -> Path:
        """Absolute path of a path below the data root."""
        return self.root / relative

    def relative(self, path: Path) -> str:
        """Path below the data root, as records keep it."""
        return path.relative_to(self.root).as_posix()

    def lock(self, name: str) -> FileLock:
        """Lock that one process at a time can hold; the system frees it when the process is killed.

        That of a radar or composite, by its name, lets its holder work on the windows of it.
        """
        folder = self.root / "locks"
        folder.mkdir(parents=True, exist_ok=True)
        return FileLock(folder / f"{name}.lock")

    def clean(self, owner: str) -> None:
        """Remove temporary files of an owner's killed processes; the caller holds its lock."""
        remove_leftovers(
            owner,
            scratch=self.scratch,
            partials=self.partial,
            cache=self.cache,
            now=self.now(),
            horizon=self.network.settings.late_horizon,
        )

    def workers(self, windows: int) -> int:
        """Windows of a run to work on at the same time, by cores, memory and the network file."""
        return workers(windows, self.network.settings.workers)

    def now(self) -> datetime:
        """The present moment."""
        return self.clock()


@cache
def _network(file: Path | None) -> Network:
    return load_checked_network(file)


@cache
def _sources(file: Path | None, root: Path) -> NetworkSources:
    return NetworkSources(_network(file), root)
