"""The folder of a demonstration: its network file, its Dagster home, its processes' environment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path

from pyproj import Geod

from radar_assets.errors import SettingsError
from radar_assets.settings import Network, Radar, load_network, process_environment
from radar_assets.simulator.scan import SCANS, Site

_HEAD = """\
# The network of a demonstration: simulated radars on a local FTP server.

[settings]
settle_after = "5s"
incomplete_after = "5min"
late_horizon = "2h"
attribution = "Simulated weather"

[sources.simulator]
url = "{url}"
"""
_RADAR = """
[radars.{name}]
title = "{radar.title}, simulated"
sources = ["simulator"]
latitude = {radar.latitude}
longitude = {radar.longitude}
altitude = {radar.altitude}
start = {start:%Y-%m-%dT%H:%M:%SZ}
{end}live = true
poll_seconds = 10
"""
_COMPOSITE = """
[composites.SINARAME]
title = "Simulated radars"
live = true
"""
_STRATEGY = """
[strategies.{scan.strategy}.{scan.volume}]
fields = {fields}
nyquist_velocity = [{scan.nyquist_velocity}]
"""

_FIRST = "RMA4"
"""radar of a demonstration of one; others are those nearest to it"""


@dataclass(frozen=True)
class Home:
    """Where a demonstration keeps its files."""

    folder: Path

    @property
    def server(self) -> Path:
        """Folder that the FTP server shows."""
        return self.folder / "server"

    @property
    def data(self) -> Path:
        """Data root of the platform."""
        return self.folder / "data"

    @property
    def dagster(self) -> Path:
        """DAGSTER_HOME."""
        return self.folder / "dagster"

    @property
    def network(self) -> Path:
        """Network file."""
        return self.folder / "network.toml"

    def prepare(self) -> None:
        """Make the folders and the settings of the Dagster instance."""
        for folder in (self.server / "L2", self.data / "products", self.dagster):
            folder.mkdir(parents=True, exist_ok=True)
        settings = files("radar_assets") / "dagster.yaml"
        (self.dagster / "dagster.yaml").write_bytes(settings.read_bytes())

    def environment(self, public_url: str) -> dict[str, str]:
        """Environment of the platform's processes."""
        return process_environment(
            DAGSTER_HOME=self.dagster,
            RADAR_ASSETS_DATA=self.data,
            RADAR_ASSETS_NETWORK=self.network,
            RADAR_ASSETS_PUBLIC_URL=public_url,
        )

    def write_network(
        self, radars: Sequence[str], url: str, start: datetime, end: datetime | None = None
    ) -> Network:
        """Write the network file; return the network that it describes."""
        known = load_network().radars
        closing = f"end = {end:%Y-%m-%dT%H:%M:%SZ}\n" if end else ""
        parts = [
            _HEAD.format(url=url),
            *(_RADAR.format(name=r, radar=known[r], start=start, end=closing) for r in radars),
            _COMPOSITE,
            *(_STRATEGY.format(scan=s, fields=list(s.fields)) for s in SCANS.values()),
        ]
        self.network.write_text("".join(parts), encoding="utf-8")
        return load_network(self.network)


def simulated(number: int) -> dict[str, Radar]:
    """Radars of the packaged network with a known altitude, by name: neighbours that overlap."""
    known = {
        name: radar for name, radar in load_network().radars.items() if radar.altitude is not None
    }
    names = sorted(known, key=lambda name: _distance(known[_FIRST], known[name]))
    if not 0 < number <= len(names):
        raise SettingsError(f"from 1 to {len(names)} radars can be simulated, not {number}")
    return {name: known[name] for name in names[:number]}


def _distance(one: Radar, other: Radar) -> float:
    """Metres on the ground between two radars."""
    ends = (one.longitude, one.latitude, other.longitude, other.latitude)
    return float(Geod(ellps="WGS84").inv(*ends)[2])


def sites(number: int) -> tuple[Site, ...]:
    """Sites of that many simulated radars."""
    return tuple(
        Site(name, radar.latitude, radar.longitude, radar.altitude or 0.0)
        for name, radar in simulated(number).items()
    )
