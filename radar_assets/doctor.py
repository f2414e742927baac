"""What would go wrong: a look at the software, the settings, the disk and the sources."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath
from urllib.error import HTTPError
from urllib.request import urlopen

from radar_assets.ingest.sources.servers import Servers, open_source
from radar_assets.products import choose, product
from radar_assets.radar.errors import RadarAssetsError, SourceError
from radar_assets.settings import Environment, Network, Source, load_network

_GIGABYTE = 1 << 30
_PATIENCE = 5
"""seconds that a server may take to answer"""
_SPACE = 5 * _GIGABYTE


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; `advice` says what to do where it is not well."""

    subject: str
    detail: str
    advice: str | None = None

    @property
    def is_well(self) -> bool:
        """Whether nothing needs to be done."""
        return self.advice is None


def examine(environment: Environment) -> Iterator[Finding]:
    """Look at everything the platform needs; never raises for what it finds."""
    yield _python()
    yield _look("GDAL", _gdal, "reinstall rasterio from its binary wheel")
    yield _look(
        "data folder",
        partial(_disk, environment.data_root),
        "let RADAR_ASSETS_DATA name a writable folder with at least 5 GB free",
    )
    yield _look(
        "Dagster instance",
        _dagster,
        "let DAGSTER_HOME name a folder, and copy radar_assets/dagster.yaml into it",
    )
    yield _look(
        "public URL",
        partial(_published, environment.public_url),
        "serve the products folder there, or correct RADAR_ASSETS_PUBLIC_URL",
    )
    try:
        network = load_network(environment.network_file)
    except RadarAssetsError as error:
        yield Finding("network file", str(error), "correct it, or RADAR_ASSETS_NETWORK")
        return
    shown = environment.network_file or "the packaged example (RADAR_ASSETS_NETWORK is not set)"
    yield _look("network file", partial(_network, network, str(shown)), "correct it")
    servers = Servers(network, environment.data_root)
    for name, radars in _used(network).items():
        yield _source(name, radars, servers)


def _source(name: str, radars: set[str], servers: Servers) -> Finding:
    found = _look(
        f"source {name}",
        partial(_reach, name, servers.network.sources[name], radars),
        "check its url and login in the network file",
    )
    known = servers.health(name).describe()
    return replace(found, detail=f"{found.detail}; so far {known}") if known else found


def _look(subject: str, look: Callable[[], str], advice: str) -> Finding:
    try:
        return Finding(subject, look())
    except (RadarAssetsError, ImportError, OSError, ValueError) as error:
        return Finding(subject, str(error), advice)


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    is_old = sys.version_info < (3, 11)
    return Finding("Python", version, "install Python 3.11 or newer" if is_old else None)


def _gdal() -> str:
    import rasterio  # noqa: PLC0415
    from rasterio.drivers import raster_driver_extensions  # noqa: PLC0415

    if "tif" not in raster_driver_extensions():
        raise ImportError("GDAL has no GeoTIFF driver")
    return str(rasterio.__gdal_version__)


def _disk(root: Path) -> str:
    folder = next(path for path in (root, *root.parents) if path.exists())
    probe = folder / ".radar_assets_probe"
    probe.touch()
    probe.unlink()
    free = shutil.disk_usage(folder).free
    if free < _SPACE:
        raise OSError(f"{root}: only {free / _GIGABYTE:.1f} GB free")
    return f"{root}, {free / _GIGABYTE:.0f} GB free"


def _dagster() -> str:
    from radar_assets.defs.instance import instance  # noqa: PLC0415

    with instance() as opened:
        return str(opened.root_directory)


def _published(url: str | None) -> str:
    if url is None:
        return "not set: the UI shows file names instead of pictures"
    with suppress(HTTPError):  # an answer all the same
        urlopen(url, timeout=_PATIENCE).close()  # noqa: S310
    return url


def _used(network: Network) -> dict[str, set[str]]:
    """Names of the radars of each source."""
    used: dict[str, set[str]] = {}
    for name, radar in network.radars.items():
        for source in radar.sources:
            used.setdefault(source, set()).add(name)
    return used


def _network(network: Network, shown: str) -> str:
    for radar in network.radars.values():
        for name in (*(radar.products or ()), *network.settings.quicklooks):
            product(name)
        choose(radar.parameters)
    return f"{shown}, {len(network.radars)} radars"


def _reach(name: str, source: Source, radars: set[str]) -> str:
    with open_source(name, source) as opened:
        found = radars & {entry.name for entry in opened.list_folder(PurePosixPath())}
        if not found:
            raise SourceError(f"{opened.url} has no folder of any of the radars it is to have")
        return f"{opened.url}, folders of {len(found)} of {len(radars)} radars"
