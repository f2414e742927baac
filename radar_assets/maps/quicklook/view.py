"""The map of a quicklook: a square, north up, in the coordinates of the raster that it shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radar_assets.maps.grid import WGS84, Grid, transformer
from radar_assets.maps.raster import Raster
from radar_assets.maps.site_grid import SiteGrid


@dataclass(frozen=True)
class View:
    """A square map around a raster, whose longer side fills it."""

    crs: str
    """in PROJ's words; lengths without other units are in its units"""
    west: float
    """left edge"""
    north: float
    """upper edge"""
    pixel: float
    """width and height of a pixel"""
    step: float
    """metres on the ground that a pixel spans"""
    size: int
    """pixels per side"""
    sites: tuple[tuple[float, float], ...]
    """positions of radars"""
    max_range: float | None
    """metres on the ground to which the radar in the middle measures; None where none is there"""

    @classmethod
    def of(cls, raster: Raster[Grid], size: int) -> View:
        """The map of a raster, with `size` pixels per side."""
        grid = raster.grid
        scale = max(grid.shape) / size
        sites = raster.about.sites.values()
        to_map = transformer(WGS84, grid.crs)
        max_range = grid.max_range if isinstance(grid, SiteGrid) else None
        return cls(
            crs=grid.crs,
            west=grid.west - (size * scale - grid.width) / 2 * grid.pixel,
            north=grid.north + (size * scale - grid.height) / 2 * grid.pixel,
            pixel=grid.pixel * scale,
            step=grid.step * scale,
            size=size,
            sites=((0.0, 0.0),)
            if max_range
            else tuple(to_map.transform(site.longitude, site.latitude) for site in sites),
            max_range=max_range,
        )

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east and north edge."""
        if self.max_range is not None:  # the site is the origin
            return self.west, self.west, self.north, self.north
        east = self.west + self.size * self.pixel
        return self.west, self.north - self.size * self.pixel, east, self.north

    def project(self, degrees: NDArray[np.float64]) -> NDArray[np.float64]:
        """Pixel coordinates of points (longitude, latitude), shape (points, 2).

        They run from 0 at the left and upper edge to `size` at the right and lower edge.
        """
        x, y = transformer(WGS84, self.crs).transform(degrees[:, 0], degrees[:, 1])
        return self.at(np.asarray(x), np.asarray(y))

    def at(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        """Pixel coordinates of points in the map's own coordinates, shape (points, 2)."""
        return np.stack([x - self.west, self.north - y], axis=-1) / self.pixel

    def towards(self, azimuth: float, distance: float) -> tuple[float, float]:
        """Pixel coordinates of a point by azimuth in degrees and distance from the origin."""
        angle = np.radians(azimuth)
        x, y = self.at(distance * np.sin(angle), distance * np.cos(angle))
        return float(x), float(y)

    def draw(self, raster: Raster[Grid], pixels: NDArray[Any], fill: int) -> NDArray[Any]:
        """Pixels of a raster on its map, shape (size, size); `fill` lies where it has none."""
        rows = _nearest(raster.grid.height, max(raster.grid.shape), self.size)
        columns = _nearest(raster.grid.width, max(raster.grid.shape), self.size)
        # index -1 is the last element
        framed = np.pad(pixels, ((0, 1), (0, 1)), constant_values=fill)
        return framed[np.ix_(rows, columns)]


def _nearest(count: int, longest: int, size: int) -> NDArray[np.intp]:
    """For each of `size` pixels across `longest` ones, the nearest of `count` in their middle.

    -1 for those beyond either end.
    """
    centres = (np.arange(size) + 0.5) * (longest / size) - (longest - count) / 2
    index = np.floor(centres).astype(np.intp)
    return np.where((index >= 0) & (index < count), index, -1)
