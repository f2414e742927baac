"""One window of a folder of BUFR files, through a radar's assets or as plain calls."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import dagster as dg

from radar_assets.defs.assets import owner_assets
from radar_assets.defs.partitions import range_tags
from radar_assets.ingest.times import window_of
from radar_assets.maps import quicklook
from radar_assets.maps.gridding import map_raster, site_raster
from radar_assets.maps.render import render
from radar_assets.products import applicable
from radar_assets.radar import cfradial
from radar_assets.radar.names import BufrName
from radar_assets.settings import load_network, process_environment
from radar_assets.stages.base.workspace import Workspace
from radar_assets.stages.building import build_volume, read_parts

RADARS = 18

_HEAD = """
[settings]
start = 2018-01-01T00:00:00Z
[sources.folder]
url = "{source}"
"""
_RADAR = """
[radars.{name}]
sources = ["folder"]
latitude = {radar.latitude}
longitude = {radar.longitude}
"""


@dataclass(frozen=True)
class Place:
    """A radar's window, and the folder in which it is processed."""

    folder: Path
    source: Path
    radar: str
    time: datetime
    """a moment of the window"""

    @property
    def workspace(self) -> Workspace:
        """A platform of 18 radars with the default settings."""
        self.folder.mkdir(parents=True, exist_ok=True)
        network = self.folder / "network.toml"
        known = list(load_network().radars.items())[:RADARS]
        radars = [_RADAR.format(name=name, radar=radar) for name, radar in known]
        network.write_text("".join([_HEAD.format(source=self.source), *radars]), "utf-8")
        return Workspace(root=self.folder / "data", network_file=network)

    @property
    def environment(self) -> dict[str, str]:
        """Environment of processes of this platform."""
        home = self.folder / "dagster"
        home.mkdir(parents=True, exist_ok=True)
        return process_environment(
            DAGSTER_HOME=home,
            RADAR_ASSETS_DATA=self.workspace.root,
            RADAR_ASSETS_NETWORK=self.folder / "network.toml",
        )

    @property
    def window(self) -> datetime:
        """Start of the window."""
        return window_of(self.time, self.workspace.network.settings.window)

    def run(self) -> None:
        """Materialize all assets of the window in this process."""
        workspace = self.workspace
        with dg.DagsterInstance.ephemeral() as instance:
            result = dg.materialize(
                [owner_assets(workspace.network, self.radar)],
                instance=instance,
                resources={"workspace": workspace},
                tags=range_tags(self.window, self.window),
            )
        assert result.success

    def call(self) -> None:
        """The same volumes, maps and quicklooks without Dagster, sources and records."""
        workspace = self.workspace
        network, day = workspace.network, self.source / self.radar / self.time.strftime("%Y/%m/%d")
        groups: dict[str, list[Path]] = {}
        for path in sorted(day.rglob("*.BUFR")):
            identity = BufrName.parse(path.name).id
            if window_of(identity.time, network.settings.window) == self.window:
                groups.setdefault(str(identity), []).append(path)
        for paths in groups.values():
            volume = build_volume(network, read_parts(paths))
            cfradial.write(volume, workspace.root / "volume.nc", workspace.scratch)
            for item in applicable(volume):
                layer = item.layer(volume)
                for suffix in ("png", "tif"):
                    render(map_raster(layer), workspace.root / f"map.{suffix}", workspace.scratch)
                if item.name in network.settings.quicklooks:
                    quicklook.encode(site_raster(layer))
