"""What would go wrong: a look at the software, the settings, the disk and the sources."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

from radar_assets.ingest.survey import open_source
from radar_assets.products import product
from radar_assets.radar.errors import RadarAssetsError
from radar_assets.settings import Environment, Network, Source, load_network

_GIGABYTE = 1 << 30
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
    shown = environment.public_url or "not set: the UI shows file names instead of pictures"
    yield Finding("public URL", shown)
    try:
        network = load_network(environment.network_file)
    except RadarAssetsError as error:
        yield Finding("network file", str(error), "correct it, or RADAR_ASSETS_NETWORK")
        return
    yield _look("network file", partial(_network, network), "correct it")
    for name in _used(network):
        yield _look(
            f"source {name}",
            partial(_reach, name, network.sources[name]),
            "check url, username_env and password_env in the network file",
        )


def _look(subject: str, look: Callable[[], str], advice: str) -> Finding:
    try:
        return Finding(subject, look())
    except (RadarAssetsError, ImportError, OSError) as error:
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


def _used(network: Network) -> list[str]:
    return sorted({name for radar in network.radars.values() for name in radar.sources})


def _network(network: Network) -> str:
    for radar in network.radars.values():
        for name in radar.products or ():
            product(name)
    return f"{len(network.radars)} radars"


def _reach(name: str, source: Source) -> str:
    with open_source(name, source) as opened:
        return f"{opened.url}, {len(opened.list_folder(PurePosixPath()))} entries"
