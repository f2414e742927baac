"""The true weather on a map, to compare products and composites of simulated radars with."""

from __future__ import annotations

from datetime import datetime

import numpy as np

from radar_assets.maps.grid import WGS84, MapGrid, transformer
from radar_assets.radar.arrays import Floats
from radar_assets.simulator.storms import Weather

HEIGHTS = tuple(range(500, 15_001, 500))
"""metres above sea level at which a column is looked for its maximum"""


def reflectivity(weather: Weather, grid: MapGrid, time: datetime, height: float) -> Floats:
    """Reflectivity in dBZ at the pixels of a map at metres above sea level, (height, width)."""
    to_degrees = transformer(grid.crs, WGS84).transform
    longitude, _ = to_degrees(grid.columns(), np.full(grid.width, grid.north))
    _, latitude = to_degrees(np.full(grid.height, grid.west), grid.rows())
    return weather.reflectivity(np.asarray(latitude), np.asarray(longitude), height, time)


def column_maximum(weather: Weather, grid: MapGrid, time: datetime) -> Floats:
    """Highest reflectivity in dBZ above the pixels of a map, shape (height, width)."""
    highest = reflectivity(weather, grid, time, HEIGHTS[0])
    for height in HEIGHTS[1:]:
        np.maximum(highest, reflectivity(weather, grid, time, height), out=highest)
    return highest
