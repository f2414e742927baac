"""The map of a quicklook: a square around the site, north up, azimuthal equidistant (WGS84).

Seen from the site, distances and azimuths are true: a range ring is a circle.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer

from radar_assets.radar.geometry import PolarGrid
from radar_assets.radar.volume import Site

_MARGIN = 1.06
"""half side of the map, as a multiple of the reach"""


@dataclass(frozen=True)
class View:
    """A square map with the site in its middle."""

    site: Site
    reach: float
    """metres on the ground to which the radar sees"""
    size: int
    """pixels per side"""

    @property
    def half(self) -> float:
        """Metres from the site to an edge."""
        return self.reach * _MARGIN

    @property
    def pixel(self) -> float:
        """Metres per pixel."""
        return 2 * self.half / self.size

    @property
    def crs(self) -> str:
        """Coordinate system in PROJ's words; the site is its origin."""
        site = self.site
        return f"+proj=aeqd +lat_0={site.latitude} +lon_0={site.longitude} +datum=WGS84 +units=m"

    def project(self, degrees: NDArray[np.float64]) -> NDArray[np.float64]:
        """Pixel coordinates of places (longitude, latitude), shape (points, 2).

        They run from 0 at the left and upper edge to `size` at the right and lower edge.
        """
        east, north = _projection(self.crs).transform(degrees[:, 0], degrees[:, 1])
        return self.at(np.asarray(east), np.asarray(north))

    def at(self, east: NDArray[np.float64], north: NDArray[np.float64]) -> NDArray[np.float64]:
        """Pixel coordinates of points in metres east and north of the site, shape (points, 2)."""
        return np.stack([self.half + east, self.half - north], axis=-1) / self.pixel

    def towards(self, azimuth: float, distance: float) -> tuple[float, float]:
        """Pixel coordinates of a point by azimuth in degrees and distance in metres."""
        angle = np.radians(azimuth)
        x, y = self.at(distance * np.sin(angle), distance * np.cos(angle))
        return float(x), float(y)

    def draw(self, polar: NDArray[np.uint16], grid: PolarGrid, fill: int) -> NDArray[np.uint16]:
        """Draw an array of shape (rays, gates); `fill` lies where it has no gate."""
        # index -1 is the last element
        return np.append(polar, polar.dtype.type(fill))[_index_table(grid, self.half, self.size)]


@lru_cache(maxsize=8)
def _index_table(grid: PolarGrid, half: float, size: int) -> NDArray[np.int32]:
    """Flat index of the gate above each pixel's centre, shape (size, size); -1 for none."""
    centres = ((np.arange(size, dtype=np.float32) + 0.5) * 2 / size - 1) * np.float32(half)
    east, north = np.meshgrid(centres, -centres)
    gate = grid.gates_at(np.hypot(east, north))
    row = grid.rows_at(np.degrees(np.arctan2(east, north)))
    return np.where(gate < 0, np.int32(-1), row * np.int32(grid.gates) + gate)


@lru_cache(maxsize=8)
def _projection(crs: str) -> Transformer:
    return Transformer.from_crs("EPSG:4326", crs, always_xy=True)
