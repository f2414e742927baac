"""Grids of pixels, north up: windows of a map, and squares around a site."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from pyproj import Geod, Transformer

from radar_assets.errors import ProductError
from radar_assets.radar.volume import Site

MAX_PIXELS = 1 << 25
"""most pixels of a map: 5792 a side, 480 km in steps of 83 m"""

CRS = "EPSG:3857"
"""coordinate system of maps where none is chosen: metres of Mercator"""
WGS84 = "EPSG:4326"
"""coordinate system of maps in degrees"""

_GEOD = Geod(ellps="WGS84")
_MARGIN = 1.06
"""half side of a square around a site, as a multiple of the range"""
_TOLERANCE = 1e-3
"""pixels by which edges of windows of one lattice may differ"""


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
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.height, self.width

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
        (left, right), (low, high) = transformer(self.crs, WGS84).transform(
            (west, east), (south, north)
        )
        return left, low, right, high

    def columns(self) -> NDArray[np.float64]:
        """Centres of the columns, west to east, shape (width,)."""
        return self.west + (np.arange(self.width, dtype=np.float64) + 0.5) * self.pixel

    def rows(self) -> NDArray[np.float64]:
        """Centres of the rows, north to south, shape (height,)."""
        return self.north - (np.arange(self.height, dtype=np.float64) + 0.5) * self.pixel_height

    def window(self, part: MapGrid) -> tuple[slice, slice]:
        """Rows and columns of this grid that another one covers.

        Raises `ProductError` unless the pixels of both are the same and this grid holds them all.
        """
        right = (part.west - self.west) / self.pixel
        down = (self.north - part.north) / self.pixel_height
        column, row = round(right), round(down)
        fits = 0 <= column <= self.width - part.width and 0 <= row <= self.height - part.height
        drift = max(
            abs(right - column),
            abs(down - row),
            abs(part.pixel / self.pixel - 1) * part.width,
            abs(part.pixel_height / self.pixel_height - 1) * part.height,
        )
        if not fits or drift > _TOLERANCE or part.crs != self.crs:
            raise ProductError(
                f"a map of {part.width} x {part.height} pixels in {part.crs} is no part of the "
                f"map of {self.width} x {self.height} pixels in {self.crs}; make both again"
            )
        return slice(row, row + part.height), slice(column, column + part.width)


@dataclass(frozen=True)
class SiteGrid(MapGrid):
    """A square around a site, azimuthal equidistant (WGS84), in metres from the site.

    Distances and azimuths from the site are true: a range ring is a circle.
    """

    max_range: float
    """metres on the ground to which the radar measures"""

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east and north edge: all as far from the site."""
        return self.west, self.west, self.north, self.north


def map_grid(site: Site, max_range: float, step: float, crs: str = CRS) -> MapGrid:
    """Smallest grid around a site that covers the circle of radius `max_range`.

    `max_range` and `step`, the pixel size, are metres on the ground; the pixel size holds at the
    site, which is the centre of a pixel.
    """
    pixel, pixel_height = _pixel(site, step, crs)
    to_map = transformer(WGS84, crs)
    x, y = to_map.transform(site.longitude, site.latitude)
    azimuth = np.arange(360.0)
    longitude, latitude, _ = _GEOD.fwd(
        np.full_like(azimuth, site.longitude),
        np.full_like(azimuth, site.latitude),
        azimuth,
        np.full_like(azimuth, max_range),
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


def site_grid(site: Site, max_range: float, size: int) -> SiteGrid:
    """Square of `size` pixels a side around a site, a little wider than its range in metres."""
    half = max_range * _MARGIN
    pixel = 2 * half / size
    return SiteGrid(
        west=-half,
        north=half,
        pixel=pixel,
        pixel_height=pixel,
        step=pixel,
        width=size,
        height=size,
        crs=equidistant_crs(site),
        max_range=max_range,
    )


def covering(grids: Iterable[MapGrid]) -> MapGrid:
    """Smallest grid of which all of the given ones, windows of one lattice, are windows.

    Raises `ProductError` when their pixels are not those of one lattice.
    """
    parts = list(grids)
    first = parts[0]
    west, north = min(part.west for part in parts), max(part.north for part in parts)
    east, south = max(part.bounds[2] for part in parts), min(part.bounds[1] for part in parts)
    whole = MapGrid(
        west=west,
        north=north,
        pixel=first.pixel,
        pixel_height=first.pixel_height,
        step=first.step,
        width=round((east - west) / first.pixel),
        height=round((north - south) / first.pixel_height),
        crs=first.crs,
    )
    for part in parts:
        whole.window(part)
    return whole


def ground_step(grid: MapGrid, latitude: float, longitude: float) -> float:
    """Metres on the ground that a pixel spans at a point in degrees; inverse of `map_grid`."""
    if grid.crs == CRS:
        return grid.pixel * math.cos(math.radians(latitude))
    _, _, distance = _GEOD.inv(longitude, latitude, longitude, latitude + grid.pixel_height)
    return float(distance)


def equidistant_crs(site: Site) -> str:
    """Azimuthal equidistant coordinates around a site, in PROJ's words."""
    return f"+proj=aeqd +lat_0={site.latitude} +lon_0={site.longitude} +datum=WGS84 +units=m"


@lru_cache
def transformer(source: str, target: str) -> Transformer:
    """PROJ's way from one coordinate system to another, east or longitude first."""
    return Transformer.from_crs(source, target, always_xy=True)


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
