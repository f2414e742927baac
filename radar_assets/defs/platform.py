"""Where the platform keeps and finds things, as one Dagster resource."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path, PurePosixPath

import dagster as dg
from filelock import FileLock
from pydantic import Field

from radar_assets.ingest.archive.leftovers import sweep
from radar_assets.ingest.sources.registry import load_network
from radar_assets.ingest.sources.servers import Servers
from radar_assets.settings import Environment, Network
from radar_assets.stages.capacity import workers


class Platform(dg.ConfigurableResource["Platform"]):
    """Folders, network and public address that assets and sensors share."""

    data_root: str = Field(description="Folder of all files the platform makes.")
    network_file: str | None = Field(
        default=None, description="Network file (TOML); the packaged one when absent."
    )
    public_url: str | None = Field(
        default=None, description="Base URL under which the products folder is served."
    )

    @classmethod
    def of(cls, environment: Environment) -> Platform:
        """Make the resource that the process environment describes."""
        return cls(
            data_root=str(environment.data_root),
            network_file=str(environment.network_file) if environment.network_file else None,
            public_url=environment.public_url,
        )

    @property
    def network(self) -> Network:
        """The radar network."""
        return _network(self.network_file)

    @property
    def servers(self) -> Servers:
        """The network's sources, one object for all threads of this process."""
        return _servers(self.network_file, self.root)

    @property
    def root(self) -> Path:
        """Data root."""
        return Path(self.data_root)

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

    @property
    def products(self) -> Path:
        """Folder of map files, which `public_url` publishes."""
        return self.root / "products"

    @property
    def quicklooks(self) -> Path:
        """Folder of annotated pictures for people."""
        return self.root / "quicklooks"

    @property
    def thumbnails(self) -> Path:
        """Folder of small pictures for the UI."""
        return self.root / "thumbnails"

    def pictures(self, path: Path) -> tuple[Path, Path, Path]:
        """A product's file, its thumbnail and its quicklook, whether they are there or not."""
        inside = path.relative_to(self.products)
        return path, self.thumbnails / inside, self.quicklooks / inside

    def path(self, relative: PurePosixPath) -> Path:
        """Absolute path of a path below the data root."""
        return self.root / relative

    def relative(self, path: Path) -> str:
        """Path below the data root, as records keep it."""
        return path.relative_to(self.root).as_posix()

    def lock(self, name: str) -> FileLock:
        """Lock that one process at a time can hold; the system frees it when the process is killed.

        That of a radar, by its name, lets its holder work on the radar's windows.
        """
        folder = self.root / "locks"
        folder.mkdir(parents=True, exist_ok=True)
        return FileLock(folder / f"{name}.lock")

    def sweep(self, radar: str) -> None:
        """Remove what killed processes left of a radar; only for the holder of its lock."""
        sweep(
            radar,
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
        return datetime.now(UTC)


@cache
def _network(file: str | None) -> Network:
    return load_network(Path(file) if file else None)


@cache
def _servers(file: str | None, root: Path) -> Servers:
    return Servers(_network(file), root)
