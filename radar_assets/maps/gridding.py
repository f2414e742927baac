"""From polar arrays to rasters: for each pixel of a grid, the gate above the pixel's centre.

The way of a pixel is map -> azimuthal equidistant at the site (WGS84) -> azimuth and ground
distance -> slant range (4/3 earth) -> row and gate. Maps are in EPSG:3857 (metres of Mercator) or
EPSG:4326 (degrees). PROJ is asked on a small lattice of Chebyshev nodes only; the projection is so
smooth that the polynomial through them is exact to micrometres.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray

from radar_assets.files import replacing
from radar_assets.maps.grid import (
    CRS,
    MapGrid,
    equidistant_crs,
    map_grid,
    site_grid,
    transformer,
)
from radar_assets.maps.layer import Layer
from radar_assets.maps.raster import Raster
from radar_assets.radar.arrays import Floats, Reals
from radar_assets.radar.geometry import PolarGrid
from radar_assets.radar.volume import Site

SITE_SIZE = 1000
"""pixels per side of a square around a site"""

_NODES = 16
_FORMAT = 2
"""part of the names of cached tables; grows when their content changes"""


@dataclass(frozen=True, eq=False)
class Gridding:
    """A grid and, for each of its pixels, the flat index of the gate above its centre."""

    grid: MapGrid
    index: NDArray[np.int32]
    """shape (height, width), into an array of shape (rays, gates); -1 outside the sweep"""

    def take(self, polar: NDArray[Any], fill: float) -> NDArray[Any]:
        """Draw an array of shape (rays, gates), rows from north; `fill` lies outside the sweep."""
        # index -1 is the last element
        return np.append(polar, polar.dtype.type(fill))[self.index]


def rasterize(layer: Layer, table: Gridding) -> Raster:
    """Draw a layer on the grid of an index table made for its site and polar grid."""
    values = layer.polar.values
    fill = 0 if values.dtype == np.uint8 else np.nan
    return Raster(table.take(values, fill), table.grid, layer.palette, layer.about)


def map_raster(
    layer: Layer, *, step: float = 500.0, crs: str = CRS, cache: Path | None = None
) -> Raster:
    """Draw a layer on its map: arguments are those of `gridding`."""
    return rasterize(layer, gridding(layer.site, layer.polar.grid, step, cache, crs))


def site_raster(layer: Layer) -> Raster:
    """Draw a layer on a square around its site, where distances and azimuths are true."""
    return rasterize(layer, site_gridding(layer.site, layer.polar.grid))


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
    position = (site.latitude, site.longitude)
    key = hashlib.sha256(repr((_FORMAT, position, polar, grid)).encode()).hexdigest()
    path = cache / f"{key[:32]}.npy"
    index = _load(path, grid, polar)
    if index is None:
        index = index_table(site, polar, grid)
        _store(path, index)
    return Gridding(grid, index)


def site_gridding(site: Site, polar: PolarGrid) -> Gridding:
    """Index table of a sweep geometry for the square of `SITE_SIZE` pixels around a site."""
    grid = site_grid(site, polar.reach, SITE_SIZE)
    return Gridding(grid, _site_table(polar, grid.north, grid.width))


def index_table(site: Site, polar: PolarGrid, grid: MapGrid) -> NDArray[np.int32]:
    """Flat index of the gate above each pixel's centre, shape (height, width); -1 for none."""
    return _gates_above(polar, *equidistant(site, grid))


def equidistant(site: Site, grid: MapGrid) -> tuple[Floats, Floats]:
    """Pixel centres as metres east and north of the site, each of shape (height, width).

    The coordinates are azimuthal equidistant: they keep azimuth and distance from the site.
    """
    nodes = chebyshev.chebpts1(_NODES)
    west, south, east, north = grid.bounds
    x_nodes = west + (nodes + 1) / 2 * (east - west)
    y_nodes = south + (nodes + 1) / 2 * (north - south)
    to_site = transformer(grid.crs, equidistant_crs(site))
    exact = to_site.transform(*np.meshgrid(x_nodes, y_nodes))
    along_x = _interpolation(nodes, (grid.columns() - west) / (east - west) * 2 - 1)
    along_y = _interpolation(nodes, (grid.rows() - south) / (north - south) * 2 - 1)
    first, second = ((along_y @ values @ along_x.T).astype(np.float32) for values in exact)
    return first, second


@lru_cache(maxsize=8)
def _site_table(polar: PolarGrid, half: float, size: int) -> NDArray[np.int32]:
    """Index table of a square of `size` pixels a side, its edges `half` metres from the site."""
    centres = ((np.arange(size, dtype=np.float32) + 0.5) * 2 / size - 1) * np.float32(half)
    return _gates_above(polar, *np.meshgrid(centres, -centres))


def _gates_above(polar: PolarGrid, east: Reals, north: Reals) -> NDArray[np.int32]:
    """Flat index of the gate above each point in metres from the site; -1 for none."""
    gate = polar.gates_at(np.hypot(east, north))
    row = polar.rows_at(np.degrees(np.arctan2(east, north)))
    return np.where(gate < 0, np.int32(-1), row * np.int32(polar.gates) + gate)


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
    shaped = index.dtype == np.int32 and index.shape == grid.shape
    valid = shaped and index.min() >= -1 and index.max() < polar.rays * polar.gates
    return index if valid else None


def _store(path: Path, index: NDArray[np.int32]) -> None:
    """Keep a table for other processes; a folder that cannot be written costs only time."""
    with suppress(OSError), replacing(path) as temporary, temporary.open("wb") as stream:
        np.save(stream, index)
