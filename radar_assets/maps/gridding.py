"""Drawing polar arrays on a map: for each pixel of its grid, the gate above the pixel's centre.

The way of a pixel is map -> azimuthal equidistant at the site (WGS84) -> azimuth and ground
distance -> slant range (4/3 earth) -> row and gate. Maps are in EPSG:3857 (metres of Mercator) or
EPSG:4326 (degrees). PROJ is asked on a small lattice of Chebyshev nodes only; the projection is so
smooth that the polynomial through them is exact to micrometres.
"""

from __future__ import annotations

import hashlib
import math
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray
from pyproj import Geod, Transformer

from radar_assets.files import replacing
from radar_assets.radar.geometry import PolarGrid
from radar_assets.radar.volume import Site

MAX_PIXELS = 1 << 25
"""most pixels of a map: 5792 a side, 480 km in steps of 83 m"""

CRS = "EPSG:3857"
"""coordinate system of maps where none is chosen"""
_WGS84 = "EPSG:4326"

_GEOD = Geod(ellps="WGS84")
_NODES = 16
_FORMAT = 2
"""part of the names of cached tables; grows when their content changes"""


@dataclass(frozen=True)
class MapGrid:
    """A north-up grid; all lengths but `step` in units of its coordinate system."""

    west: float
    """left edge of the first column"""
    north: float
    """upper edge of the first row"""
    pixel: float
    """width of a pixel"""
    pixel_height: float
    step: float
    """metres on the ground that a pixel spans at the site"""
    width: int
    height: int
    crs: str

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east and north edge."""
        return (
            self.west,
            self.north - self.height * self.pixel_height,
            self.west + self.width * self.pixel,
            self.north,
        )

    @property
    def bounds_wgs84(self) -> tuple[float, float, float, float]:
        """West, south, east and north edge in degrees."""
        west, south, east, north = self.bounds
        (left, right), (low, high) = _between(self.crs, _WGS84).transform(
            (west, east), (south, north)
        )
        return left, low, right, high

    def columns(self) -> NDArray[np.float64]:
        """Centres of the columns, west to east, shape (width,)."""
        return self.west + (np.arange(self.width, dtype=np.float64) + 0.5) * self.pixel

    def rows(self) -> NDArray[np.float64]:
        """Centres of the rows, north to south, shape (height,)."""
        return self.north - (np.arange(self.height, dtype=np.float64) + 0.5) * self.pixel_height


def map_grid(site: Site, reach: float, step: float, crs: str = CRS) -> MapGrid:
    """Smallest grid around a site that covers the circle of radius `reach`.

    `reach` and `step`, the pixel size, are metres on the ground; the pixel size holds at the site,
    which is the centre of a pixel.
    """
    pixel, pixel_height = _pixel(site, step, crs)
    to_map = _between(_WGS84, crs)
    x, y = to_map.transform(site.longitude, site.latitude)
    azimuth = np.arange(360.0)
    longitude, latitude, _ = _GEOD.fwd(
        np.full_like(azimuth, site.longitude),
        np.full_like(azimuth, site.latitude),
        azimuth,
        np.full_like(azimuth, reach),
    )
    xs, ys = to_map.transform(longitude, latitude)
    left, right = (math.ceil(length / pixel) for length in (x - xs.min(), xs.max() - x))
    below, above = (math.ceil(length / pixel_height) for length in (y - ys.min(), ys.max() - y))
    return MapGrid(
        west=x - (left + 0.5) * pixel,
        north=y + (above + 0.5) * pixel_height,
        pixel=pixel,
        pixel_height=pixel_height,
        step=step,
        width=left + right + 1,
        height=below + above + 1,
        crs=crs,
    )


def _pixel(site: Site, step: float, crs: str) -> tuple[float, float]:
    """Width and height of a pixel that spans `step` metres of ground at a site.

    Square in Mercator, whose scale is 1/cos(latitude); in degrees by the radii of the ellipsoid.
    """
    if crs == CRS:
        size = step / math.cos(math.radians(site.latitude))
        return size, size
    east, north = (
        _GEOD.fwd(site.longitude, site.latitude, azimuth, step)[:2] for azimuth in (90, 0)
    )
    return east[0] - site.longitude, north[1] - site.latitude


@dataclass(frozen=True, eq=False)
class Gridding:
    """A map grid and, for each of its pixels, the flat index of the gate above its centre."""

    grid: MapGrid
    index: NDArray[np.int32]
    """shape (height, width), into an array of shape (rays, gates); -1 outside the sweep"""

    def take(self, polar: NDArray[Any], fill: float) -> NDArray[Any]:
        """Draw an array of shape (rays, gates), rows from north; `fill` lies outside the sweep."""
        # index -1 is the last element
        return np.append(polar, polar.dtype.type(fill))[self.index]


@lru_cache(maxsize=8)
def gridding(
    site: Site, polar: PolarGrid, step: float, cache: Path | None = None, crs: str = CRS
) -> Gridding:
    """Index table of a sweep geometry at a site, for pixels of `step` metres on the ground.

    Tables are kept in memory and, where `cache` names a folder, as .npy files in it, named by a
    hash of everything they depend on. A file that cannot be used is made anew.
    """
    grid = map_grid(site, polar.reach, step, crs)
    if cache is None:
        return Gridding(grid, index_table(site, polar, grid))
    place = (site.latitude, site.longitude)
    key = hashlib.sha256(repr((_FORMAT, place, polar, grid)).encode()).hexdigest()
    path = cache / f"{key[:32]}.npy"
    index = _load(path, grid, polar)
    if index is None:
        index = index_table(site, polar, grid)
        _store(path, index)
    return Gridding(grid, index)


def index_table(site: Site, polar: PolarGrid, grid: MapGrid) -> NDArray[np.int32]:
    """Flat index of the gate above each pixel's centre, shape (height, width); -1 for none."""
    east, north = equidistant(site, grid)
    gate = polar.gates_at(np.hypot(east, north))
    row = polar.rows_at(np.degrees(np.arctan2(east, north)))
    return np.where(gate < 0, np.int32(-1), row * np.int32(polar.gates) + gate)


def equidistant(site: Site, grid: MapGrid) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Pixel centres as metres east and north of the site, each of shape (height, width).

    The coordinates are azimuthal equidistant: they keep azimuth and distance from the site.
    """
    nodes = chebyshev.chebpts1(_NODES)
    west, south, east, north = grid.bounds
    x_nodes = west + (nodes + 1) / 2 * (east - west)
    y_nodes = south + (nodes + 1) / 2 * (north - south)
    exact = _to_equidistant(site, grid.crs).transform(*np.meshgrid(x_nodes, y_nodes))
    along_x = _interpolation(nodes, (grid.columns() - west) / (east - west) * 2 - 1)
    along_y = _interpolation(nodes, (grid.rows() - south) / (north - south) * 2 - 1)
    first, second = ((along_y @ values @ along_x.T).astype(np.float32) for values in exact)
    return first, second


def _interpolation(nodes: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Matrix that takes values at Chebyshev nodes to values at points, both within [-1, 1]."""
    degree = len(nodes) - 1
    return np.asarray(
        chebyshev.chebvander(points, degree) @ np.linalg.inv(chebyshev.chebvander(nodes, degree))
    )


def _load(path: Path, grid: MapGrid, polar: PolarGrid) -> NDArray[np.int32] | None:
    try:
        index = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    shaped = index.dtype == np.int32 and index.shape == (grid.height, grid.width)
    valid = shaped and index.min() >= -1 and index.max() < polar.rays * polar.gates
    return index if valid else None


def _store(path: Path, index: NDArray[np.int32]) -> None:
    """Keep a table for other processes; a folder that cannot be written costs only time."""
    with suppress(OSError), replacing(path) as temporary, temporary.open("wb") as stream:
        np.save(stream, index)


def _to_equidistant(site: Site, crs: str) -> Transformer:
    local = f"+proj=aeqd +lat_0={site.latitude} +lon_0={site.longitude} +datum=WGS84 +units=m"
    return Transformer.from_crs(crs, local, always_xy=True)


@lru_cache
def _between(source: str, target: str) -> Transformer:
    return Transformer.from_crs(source, target, always_xy=True)
