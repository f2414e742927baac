"""A platform of two radars that overlap and their composite, below a folder of a test."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any

import dagster as dg

from radar_assets.defs.assets import owner_assets
from radar_assets.defs.keys import asset_key
from radar_assets.defs.metadata import rows_of
from radar_assets.defs.partitions import range_tags
from radar_assets.defs.records import newest
from radar_assets.maps import cog
from radar_assets.maps.raster import Raster
from radar_assets.radar import cfradial
from radar_assets.radar.names import VolumeId
from radar_assets.radar.volume import Site
from radar_assets.stages import stage, stages_of
from radar_assets.stages.base.workspace import Workspace
from radar_assets_tests.defs.platforms import at as today
from radar_assets_tests.defs.platforms import key
from radar_assets_tests.volumes import Formula, constant, make_volume

WEST, EAST = "RMA1", "RMA2"
SITES = {WEST: Site(-31.0, -64.0, 0.0), EAST: Site(-31.0, -62.9, 0.0)}
"""105 km apart"""
COMPOSITE = "CENTRE"


def network_text(
    *, zoom: int = 7, settings: str = "", composite: str = "", products: str = ""
) -> str:
    """A network file of two radars, whose maps are coarse, and of their composite."""
    radars = "".join(
        f"""
[radars.{name}]
sources = ["server"]
latitude = {site.latitude}
longitude = {site.longitude}
altitude = 0.0
products = [{products or '"COLMAX", "RAIN"'}]
"""
        for name, site in SITES.items()
    )
    return f"""
[settings]
zoom = {zoom}
start = 2025-11-18T00:00:00Z
{settings}
[sources.server]
url = "nowhere"
{radars}
[composites.{COMPOSITE}]
title = "Centre"
max_range = 120_000
{composite}
"""


def at(time: str | datetime) -> datetime:
    """A moment, or a time of the day of tests."""
    return time if isinstance(time, datetime) else today(time)


class Country:
    """Two radars whose volumes are put onto the disk, and their composite."""

    def __init__(self, folder: Path, **changes: Any) -> None:
        self.network_file = folder / "network.toml"
        self.network_file.write_text(network_text(**changes), "utf-8")
        self.instance = dg.DagsterInstance.ephemeral()
        self.workspace = Workspace(root=folder / "data", network_file=self.network_file)

    def put(
        self,
        radar: str,
        time: str | datetime,
        dbz: float | Formula,
        *,
        gates: int = 280,
        volume: str = "01",
    ) -> VolumeId:
        """Store a volume of so many gates of 360 m; it is not drawn yet."""
        formula = constant(dbz) if isinstance(dbz, float | int) else dbz
        made = make_volume({"DBZH": formula}, site=SITES[radar], gates=gates)
        identity = VolumeId(radar, "0315", volume, at(time))
        first = made.sweeps[0]
        sweep = dataclasses.replace(first, start=at(time), end=at(time) + timedelta(seconds=14))
        made = dataclasses.replace(made, id=identity, sweeps=(sweep,), sources={})
        path = self.workspace.path(identity.netcdf_path)
        path.parent.mkdir(parents=True, exist_ok=True)
        cfradial.write(made, path)
        return identity

    def run(
        self,
        owner: str,
        first: str | datetime,
        last: str | datetime | None = None,
        stages: Sequence[str] = (),
        tags: Mapping[str, str] | None = None,
        **chosen: Any,
    ) -> dg.ExecuteInProcessResult:
        """Materialize stages of windows; of a radar its GeoTIFFs, of the composite all."""
        of_radar = ("geotiff",)
        of_composite = [item.name for item in stages_of(self.workspace.network, COMPOSITE)]
        names = stages or (of_radar if owner in SITES else of_composite)
        return dg.materialize(
            [owner_assets(self.workspace.network, owner)],
            selection=[asset_key(owner, name) for name in names],
            instance=self.instance,
            resources={"workspace": self.workspace},
            tags={**range_tags(at(first), at(last or first)), **(tags or {})},
            run_config={"ops": {owner: {"config": chosen}}},
            raise_on_error=False,
        )

    def compose(self, first: str, last: str | None = None) -> dg.ExecuteInProcessResult:
        """Draw both radars' maps and compose them."""
        for radar in SITES:
            assert self.run(radar, first, last).success
        return self.run(COMPOSITE, first, last, ["composite"])

    def rows(self, time: str, name: str = "composite", owner: str = COMPOSITE) -> dict[str, Any]:
        """Rows of the newest record of a window, by product."""
        record = newest(self.instance, asset_key(owner, name), [key(time)])[key(time)]
        table = stage(name).row.table
        return {row["product"]: row for row in rows_of(record.metadata, table)}

    def raster(self, product: str, time: str, name: str = "composite") -> Raster:
        """A map of the composite."""
        return self.stored(self.rows(time, name)[product]["path"])

    def radar_raster(self, radar: str, product: str, time: str, zoom: int | None = None) -> Raster:
        """A map of a radar."""
        return cog.read(self._path(self.rows(time, "geotiff", radar)[product]["path"]), zoom)

    def stored(self, path: str) -> Raster:
        """The map that a row names."""
        return cog.read(self._path(path))

    def _path(self, path: str) -> Path:
        return self.workspace.path(PurePosixPath(path))
