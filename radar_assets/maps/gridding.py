"""From polar arrays to rasters: for each pixel of a grid, the gate above the pixel's centre.

A product of maxima shows the greatest of that gate and of those whose centres lie in the pixel, so
that no gate is lost where several share a pixel.

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
from typing import Any, Generic
from zipfile import BadZipFile

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray

from radar_assets.files import replacing
from radar_assets.maps.grid import CRS, ZOOM, Grid, MapGrid, map_grid, transformer
from radar_assets.maps.layer import Layer
from radar_assets.maps.raster import AnyGrid_co, Raster
from radar_assets.maps.reduction import Reduction
from radar_assets.maps.site_grid import SiteGrid, equidistant_crs, site_grid
from radar_assets.radar.arrays import Floats, Reals
from radar_assets.radar.geometry import PolarGrid
from radar_assets.radar.volume import Site

SITE_SIZE = 1000
"""pixels per side of a square around a site"""

_NODES = 16
_FORMAT = 3
"""part of the names of cached tables; grows when their content changes"""


@dataclass(frozen=True, eq=False)
class Gridding(Generic[AnyGrid_co]):
    """A grid, the gate above the centre of each of its pixels, and the pixel below each gate."""

    grid: AnyGrid_co
    index: NDArray[np.int32]
    """flat index into an array of shape (rays, gates), shape (height, width); -1 outside the
    sweep"""
    pixel: NDArray[np.int32]
    """flat index into an array of shape (height, width) of the pixel that holds the centre of each
    gate, shape (rays * gates,)"""

    def take(self, polar: NDArray[Any], fill: float) -> NDArray[Any]:
        """Draw an array of shape (rays, gates), rows from north; `fill` lies outside the sweep."""
        # index -1 is the last element
        return np.append(polar, polar.dtype.type(fill))[self.index]

    def greatest(self, polar: NDArray[np.float32]) -> NDArray[np.float32]:
        """Draw the greatest value above each pixel: of the gate of `take` and those centred in it.

        An echo is greater than undetect, which is greater than nodata.
        """
        drawn: NDArray[np.float32] = self.take(polar, np.nan)
        np.fmax.at(drawn.reshape(-1), self.pixel, polar.reshape(-1))
        return drawn


def rasterize(layer: Layer, table: Gridding[AnyGrid_co]) -> Raster[AnyGrid_co]:
    """Draw a layer on the grid of an index table made for its site and polar grid."""
    values = layer.polar.values
    if layer.about.reduction is Reduction.MAXIMUM:
        drawn = table.greatest(values)
    else:
        drawn = table.take(values, 0 if values.dtype == np.uint8 else np.nan)
    return Raster(drawn, table.grid, layer.palette, layer.about)


def map_raster(
    layer: Layer, *, zoom: int = ZOOM, crs: str = CRS, cache: Path | None = None
) -> Raster:
    """Draw a layer on its map: arguments are those of `gridding`."""
    return rasterize(layer, gridding(layer.site, layer.polar.grid, zoom, cache, crs))


def site_raster(layer: Layer) -> Raster[SiteGrid]:
    """Draw a layer on a square around its site, where distances and azimuths are true."""
    return rasterize(layer, site_gridding(layer.site, layer.polar.grid))


@lru_cache(maxsize=8)
def gridding(
    site: Site, polar: PolarGrid, zoom: int = ZOOM, cache: Path | None = None, crs: str = CRS
) -> Gridding:
    """Index table of a sweep geometry at a site, for the pixels of a zoom of the lattice.

    Tables are kept in memory and, where `cache` names a folder, as .npz files in it, named by a
    hash of everything they depend on. A file that cannot be used is made anew.
    """
    grid = map_grid(site, polar.reach, zoom, crs)
    if cache is None:
        return _table(site, polar, grid)
    position = (site.latitude, site.longitude)
    key = hashlib.sha256(repr((_FORMAT, position, polar, grid)).encode()).hexdigest()
    path = cache / f"{key[:32]}.npz"
    table = _load(path, grid, polar)
    if table is None:
        table = _table(site, polar, grid)
        _store(path, table)
    return table


def site_gridding(site: Site, polar: PolarGrid) -> Gridding[SiteGrid]:
    """Index table of a sweep geometry for the square of `SITE_SIZE` pixels around a site."""
    grid = site_grid(site, polar.reach, SITE_SIZE)
    return Gridding(grid, *_site_table(polar, grid.max_range, grid.width))


def _table(site: Site, polar: PolarGrid, grid: MapGrid) -> Gridding:
    return Gridding(grid, index_table(site, polar, grid), pixel_table(site, polar, grid))


def index_table(site: Site, polar: PolarGrid, grid: MapGrid) -> NDArray[np.int32]:
    """Flat index of the gate above each pixel's centre, shape (height, width); -1 for none."""
    return _gates_above(polar, *equidistant(site, grid))


def pixel_table(site: Site, polar: PolarGrid, grid: MapGrid) -> NDArray[np.int32]:
    """Flat index of the pixel that holds each gate's centre, shape (rays * gates,).

    `grid` covers the sweep.
    """
    to_map = transformer(equidistant_crs(site), grid.crs)
    return _pixels_below(grid, *to_map.transform(*_centres(polar)))


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
def _site_table(
    polar: PolarGrid, max_range: float, size: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Tables of a square of `size` pixels a side around any site."""
    grid = SiteGrid(width=size, height=size, crs="", max_range=max_range)
    centres = grid.columns().astype(np.float32)
    index = _gates_above(polar, *np.meshgrid(centres, -centres))
    return index, _pixels_below(grid, *_centres(polar))


def _centres(polar: PolarGrid) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Centres of gates as metres east and north of the site, each of shape (rays * gates,)."""
    azimuth = np.radians(polar.azimuths())[:, None]
    distance = polar.ground_distances()
    return (np.sin(azimuth) * distance).ravel(), (np.cos(azimuth) * distance).ravel()


def _pixels_below(grid: Grid, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int32]:
    """Flat index of the pixel that holds each point of a grid."""
    column = np.floor((x - grid.west) / grid.pixel).astype(np.int32)
    row = np.floor((grid.north - y) / grid.pixel).astype(np.int32)
    return row * np.int32(grid.width) + column


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


def _load(path: Path, grid: MapGrid, polar: PolarGrid) -> Gridding | None:
    try:
        with np.load(path, allow_pickle=False) as stored:
            index, pixel = stored["index"], stored["pixel"]
    except (OSError, ValueError, TypeError, EOFError, KeyError, BadZipFile):
        return None
    gates = polar.rays * polar.gates
    is_sound = _holds(index, grid.shape, range(-1, gates)) and _holds(
        pixel, (gates,), range(grid.width * grid.height)
    )
    return Gridding(grid, index, pixel) if is_sound else None


def _holds(table: NDArray[Any], shape: tuple[int, ...], allowed: range) -> bool:
    """Whether a table has a shape and holds nothing but indices that are allowed."""
    is_shaped = table.dtype == np.int32 and table.shape == shape
    return is_shaped and table.min() >= allowed.start and table.max() < allowed.stop


def _store(path: Path, table: Gridding) -> None:
    """Keep a table for other processes; a folder that cannot be written costs only time."""
    with suppress(OSError), replacing(path) as temporary, temporary.open("wb") as stream:
        np.savez(stream, index=table.index, pixel=table.pixel)
