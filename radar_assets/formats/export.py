"""Writing a volume in a format of others."""

from __future__ import annotations

from pathlib import Path

from radar_assets.formats import cfradial2, odim
from radar_assets.radar.volume import Volume
from radar_assets.settings import Network
from radar_assets.settings.types import ExportFormat

SUFFIXES = {ExportFormat.CFRADIAL2: "cfradial2.nc", ExportFormat.ODIM: "odim.h5"}
"""endings of the names of exported files"""


def export(volume: Volume, path: Path, kind: ExportFormat, network: Network) -> None:
    """Write a volume to a file that nobody reads yet; errors are those of `cfradial.write`."""
    if kind is ExportFormat.CFRADIAL2:
        cfradial2.write(volume, path)
        return
    odim.write(volume, path, odim_source(volume.id.radar, network))


def odim_source(name: str, network: Network) -> str:
    """What `what/source` of ODIM files says of a radar."""
    radar = network.radars.get(name)
    title, node = (radar.title, radar.odim_node) if radar else ("", None)
    return odim.source_of(name, title, node)
