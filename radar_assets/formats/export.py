"""Writing volumes and maps in formats of others."""

from __future__ import annotations

from pathlib import Path

from radar_assets.errors import SettingsError
from radar_assets.formats import cf, cfradial2, odim, odim_map
from radar_assets.maps.raster import Raster
from radar_assets.radar.volume import Volume
from radar_assets.settings import Network
from radar_assets.settings.types import ExportFormat

SUFFIXES = {ExportFormat.CFRADIAL2: "cfradial2.nc", ExportFormat.ODIM: "odim.h5"}
"""endings of the names of exported volumes"""
MAP_SUFFIXES = {ExportFormat.CF: ".nc", ExportFormat.ODIM: ".h5"}
"""suffixes of exported maps"""


def export(volume: Volume, path: Path, kind: ExportFormat, network: Network) -> None:
    """Write a volume to a file that nobody reads yet; errors are those of `cfradial.write`.

    Raises `SettingsError` for a format of maps.
    """
    if kind not in SUFFIXES:
        raise SettingsError(f"a volume cannot be {kind}: take {' or '.join(SUFFIXES)}")
    if kind is ExportFormat.CFRADIAL2:
        cfradial2.write(volume, path)
        return
    odim.write(volume, path, odim_source(volume.id.radar, network))


def export_map(raster: Raster, path: Path, kind: ExportFormat, network: Network) -> None:
    """Write a map to a file that nobody reads yet.

    Raises `SettingsError` for a format of volumes, and `OSError` or `RuntimeError` where the file
    cannot be written.
    """
    if kind not in MAP_SUFFIXES:
        raise SettingsError(f"a map cannot be {kind}: take {' or '.join(MAP_SUFFIXES)}")
    if kind is ExportFormat.CF:
        cf.write(raster, path)
        return
    name = raster.about.name
    of_composite = odim.source_of_composite(name, network.title(name))
    source = of_composite if raster.about.site is None else odim_source(name, network)
    odim_map.write(raster, path, source)


def odim_source(name: str, network: Network) -> str:
    """What `what/source` of ODIM files says of a radar."""
    radar = network.radars.get(name)
    title, node = (radar.title, radar.odim_node) if radar else ("", None)
    return odim.source_of(name, title, node)
