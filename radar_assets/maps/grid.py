"""Grids of pixels, north up, and the lattice of which maps are windows.

The lattice is the pyramid of web maps: at a zoom, 256·2^zoom pixels span the world, in metres of
Mercator (EPSG:3857) or in degrees from -180 and +90 (EPSG:4326). Every map is a window of it, so
maps of several radars or times need no resampling, and four pixels of one zoom are exactly one of
the zoom below.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from pyproj import Geod, Transformer

from radar_assets.errors import ProductError
from radar_assets.radar.volume import Site

MAX_PIXELS = 1 << 25
"""most pixels of a map: 5792 a side"""
ZOOMS_BELOW = 4
"""zooms below that of a map at which its edges are edges of pixels, too"""
ALIGNMENT = 1 << ZOOMS_BELOW
"""pixels of which edges of windows are multiples"""

ZOOM = 8
"""zoom of maps where none is chosen: pixels of 611 m of Mercator, 524 m of ground at 31 degrees"""
CRS = "EPSG:3857"
"""coordinate system of maps where none is chosen: metres of Mercator"""
WGS84 = "EPSG:4326"
"""coordinate system of maps in degrees"""

_GEOD = Geod(ellps="WGS84")
_HALF_WORLD = {CRS: math.pi * 6_378_137.0, WGS84: 180.0}
_NORTH = {CRS: math.pi * 6_378_137.0, WGS84: 90.0}
"""upper edge of the lattice"""
_DEGREE = 111_195.0
"""metres of a degree of latitude, on the mean sphere"""


@dataclass(frozen=True, kw_only=True)
class Grid(ABC):
    """A north-up grid of square pixels; lengths in units of its coordinate system."""

    width: int
    height: int
    crs: str

    @property
    @abstractmethod
    def west(self) -> float:
        """Left edge of the first column."""

    @property
    @abstractmethod
    def north(self) -> float:
        """Upper edge of the first row."""

    @property
    @abstractmethod
    def pixel(self) -> float:
        """Width and height of a pixel."""

    @property
    @abstractmethod
    def step(self) -> float:
        """Metres on the ground that the height of a pixel spans in the middle."""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.height, self.width

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east and north edge."""
        south, east = self.north - self.height * self.pixel, self.west + self.width * self.pixel
        return self.west, south, east, self.north

    def columns(self) -> NDArray[np.float64]:
        """Centres of the columns, west to east, shape (width,)."""
        return self.west + (np.arange(self.width, dtype=np.float64) + 0.5) * self.pixel

    def rows(self) -> NDArray[np.float64]:
        """Centres of the rows, north to south, shape (height,)."""
        return self.north - (np.arange(self.height, dtype=np.float64) + 0.5) * self.pixel


@dataclass(frozen=True, kw_only=True)
class MapGrid(Grid):
    """A window of the lattice; `column` and `row` count its pixels from the north-west corner."""

    zoom: int
    column: int
    row: int

    @property
    def west(self) -> float:
        """Left edge of the first column."""
        return self.column * self.pixel - _HALF_WORLD[self.crs]

    @property
    def north(self) -> float:
        """Upper edge of the first row."""
        return _NORTH[self.crs] - self.row * self.pixel

    @property
    def pixel(self) -> float:
        """Width and height of a pixel."""
        return pixel_size(self.zoom, self.crs)

    @property
    def step(self) -> float:
        """Metres on the ground that the height of a pixel spans in the middle."""
        if self.crs == WGS84:
            return self.pixel * _DEGREE
        _, south, _, north = self.bounds_wgs84
        return self.pixel * math.cos(math.radians((south + north) / 2))

    @property
    def bounds_wgs84(self) -> tuple[float, float, float, float]:
        """West, south, east and north edge in degrees."""
        west, south, east, north = self.bounds
        (left, right), (low, high) = transformer(self.crs, WGS84).transform(
            (west, east), (south, north)
        )
        return left, low, right, high

    @property
    def coarser(self) -> MapGrid:
        """The same window one zoom below, where a pixel is four of these.

        Raises `ProductError` where an edge lies within a pixel of that zoom.
        """
        if any(edge % 2 for edge in (self.column, self.row, self.width, self.height)):
            raise ProductError(f"a map of {self} is no map of zoom {self.zoom - 1}, too")
        return replace(
            self,
            zoom=self.zoom - 1,
            column=self.column // 2,
            row=self.row // 2,
            width=self.width // 2,
            height=self.height // 2,
        )

    def window(self, part: MapGrid) -> tuple[slice, slice]:
        """Rows and columns of this grid that another one covers.

        Raises `ProductError` unless both have one zoom and system and this grid holds the other.
        """
        self._check_lattice(part)
        row, column = part.row - self.row, part.column - self.column
        if not (0 <= column <= self.width - part.width and 0 <= row <= self.height - part.height):
            raise ProductError(f"a map of {part} is no part of the map of {self}; make both again")
        return slice(row, row + part.height), slice(column, column + part.width)

    def _check_lattice(self, other: MapGrid) -> None:
        if (other.zoom, other.crs) != (self.zoom, self.crs):
            raise ProductError(f"a map of {other} is no part of the map of {self}; make both again")

    def common(self, other: MapGrid) -> MapGrid | None:
        """Window that two grids share; None where they share none.

        Raises `ProductError` unless both have one zoom and system.
        """
        self._check_lattice(other)
        column, row = max(self.column, other.column), max(self.row, other.row)
        width = min(self.column + self.width, other.column + other.width) - column
        height = min(self.row + self.height, other.row + other.height) - row
        if min(width, height) <= 0:
            return None
        return replace(self, column=column, row=row, width=width, height=height)

    def __str__(self) -> str:
        return (
            f"{self.width} x {self.height} pixels of zoom {self.zoom} in {self.crs}, "
            f"from column {self.column} and row {self.row} on"
        )


def pixel_size(zoom: int, crs: str = CRS) -> float:
    """Width of a pixel of the lattice, in units of the coordinate system."""
    return 2 * _HALF_WORLD[crs] / (256 << zoom)


def map_grid(site: Site, max_range: float, zoom: int = ZOOM, crs: str = CRS) -> MapGrid:
    """Smallest aligned window of the lattice that covers the circle of a range around a site.

    `max_range` is in metres on the ground. Raises `ProductError` for more than `MAX_PIXELS`.
    """
    azimuth = np.arange(360.0)
    longitude, latitude, _ = _GEOD.fwd(
        np.full_like(azimuth, site.longitude),
        np.full_like(azimuth, site.latitude),
        azimuth,
        np.full_like(azimuth, max_range),
    )
    x, y = transformer(WGS84, crs).transform(longitude, latitude)
    block = pixel_size(zoom, crs) * ALIGNMENT
    left, right = (x + _HALF_WORLD[crs]) / block, (_NORTH[crs] - y) / block
    first_column, last_column = math.floor(left.min()), math.ceil(left.max())
    first_row, last_row = math.floor(right.min()), math.ceil(right.max())
    return _sized(
        MapGrid(
            zoom=zoom,
            column=first_column * ALIGNMENT,
            row=first_row * ALIGNMENT,
            width=(last_column - first_column) * ALIGNMENT,
            height=(last_row - first_row) * ALIGNMENT,
            crs=crs,
        )
    )


def covering(grids: Iterable[MapGrid]) -> MapGrid:
    """Smallest grid of which all of the given ones are windows.

    Raises `ProductError` when they are not of one zoom and coordinate system.
    """
    parts = list(grids)
    column, row = min(part.column for part in parts), min(part.row for part in parts)
    whole = MapGrid(
        zoom=parts[0].zoom,
        column=column,
        row=row,
        width=max(part.column + part.width for part in parts) - column,
        height=max(part.row + part.height for part in parts) - row,
        crs=parts[0].crs,
    )
    for part in parts:
        whole.window(part)
    return _sized(whole)


def window_at(west: float, north: float, pixel: float, shape: tuple[int, int], crs: str) -> MapGrid:
    """Window of the lattice that has an upper left corner, a pixel size and a shape.

    Raises `ProductError` where the lattice has no such window.
    """
    zoom = round(math.log2(2 * _HALF_WORLD[crs] / 256 / pixel))
    exact = pixel_size(zoom, crs)
    column, row = (west + _HALF_WORLD[crs]) / exact, (_NORTH[crs] - north) / exact
    height, width = shape
    grid = MapGrid(
        zoom=zoom, column=round(column), row=round(row), width=width, height=height, crs=crs
    )
    drift = max(abs(column - grid.column), abs(row - grid.row), abs(pixel / exact - 1) * width)
    if drift > 1e-3:
        raise ProductError(f"its pixels of {pixel:g} in {crs} are no window of the lattice of maps")
    return grid


@lru_cache
def transformer(source: str, target: str) -> Transformer:
    """PROJ's way from one coordinate system to another, east or longitude first."""
    return Transformer.from_crs(source, target, always_xy=True)


def _sized(grid: MapGrid) -> MapGrid:
    if grid.width * grid.height > MAX_PIXELS:
        raise ProductError(f"a map of {grid} has more than {MAX_PIXELS} pixels; take a lower zoom")
    return grid
