"""Writing a volume in a format of others."""

from __future__ import annotations

from pathlib import Path

from radar_assets.formats import ExportFormat, cfradial2, odim
from radar_assets.radar.volume import Volume
from radar_assets.settings import Network


def export(volume: Volume, path: Path, kind: ExportFormat, network: Network) -> None:
    """Write a volume to a file that nobody reads yet; errors are those of `cfradial.write`."""
    if kind is ExportFormat.CFRADIAL2:
        cfradial2.write(volume, path)
        return
    radar = network.radars.get(volume.id.radar)
    title, node = (radar.title, radar.odim_node) if radar else ("", None)
    odim.write(volume, path, odim.source_of(volume.id.radar, title, node))
