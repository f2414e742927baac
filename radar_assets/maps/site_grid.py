"""Squares around a site, where distances and azimuths are true."""

from __future__ import annotations

from dataclasses import dataclass

from radar_assets.maps.grid import Grid
from radar_assets.radar.volume import Site

_MARGIN = 1.06
"""half side of a square around a site, as a multiple of the range"""


@dataclass(frozen=True, kw_only=True)
class SiteGrid(Grid):
    """A square around a site, azimuthal equidistant (WGS84), in metres from the site.

    Distances and azimuths from the site are true: a range ring is a circle.
    """

    max_range: float
    """metres on the ground to which the radar measures"""

    @property
    def west(self) -> float:
        """Left edge of the first column."""
        return -self.max_range * _MARGIN

    @property
    def north(self) -> float:
        """Upper edge of the first row."""
        return self.max_range * _MARGIN

    @property
    def pixel(self) -> float:
        """Width and height of a pixel in metres."""
        return 2 * self.north / self.height

    @property
    def step(self) -> float:
        """Metres on the ground that the height of a pixel spans."""
        return self.pixel


def site_grid(site: Site, max_range: float, size: int) -> SiteGrid:
    """Square of `size` pixels a side around a site, a little wider than its range in metres."""
    return SiteGrid(width=size, height=size, crs=equidistant_crs(site), max_range=max_range)


def equidistant_crs(site: Site) -> str:
    """Azimuthal equidistant coordinates around a site, in PROJ's words."""
    return f"+proj=aeqd +lat_0={site.latitude} +lon_0={site.longitude} +datum=WGS84 +units=m"
