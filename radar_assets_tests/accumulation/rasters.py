"""Rasters of rain rate that tests sum up: what moves over a plane, on the lattice."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from radar_assets.maps.description import Description
from radar_assets.maps.grid import MapGrid
from radar_assets.maps.palettes import palette
from radar_assets.maps.raster import Raster

NOON = datetime(2025, 11, 18, 12, tzinfo=UTC)
ABOUT = Description(
    name="ARGENTINA",
    time=NOON,
    product="RAIN",
    title="Rain rate",
    units="mm/h",
    field="DBZH",
    filtered=True,
    sites={},
    sources={},
)
LEAST = 0.1
"""mm/h below which there is no echo"""


def raster(values: np.ndarray, zoom: int = 7, column: int = 10_400) -> Raster:
    """A raster of rain rate in the latitudes of Cordoba."""
    height, width = values.shape
    row = 151 << zoom
    grid = MapGrid(zoom=zoom, column=column, row=row, width=width, height=height, crs="EPSG:3857")
    return Raster(values.astype(np.float32), grid, palette("rain"), ABOUT)


def cells(shape: tuple[int, int], *places: tuple[float, float], radius: float) -> np.ndarray:
    """Normal cells of 50 mm/h at columns and rows; undetect where there is no echo."""
    rows, columns = np.indices(shape)
    values = np.zeros(shape)
    for column, row in places:
        values += 50 * np.exp(-((columns - column) ** 2 + (rows - row) ** 2) / 2 / radius**2)
    return np.where(values < LEAST, -np.inf, values)


def dry(shape: tuple[int, int]) -> np.ndarray:
    return np.full(shape, -np.inf, np.float32)


def amount_of(values: np.ndarray, minutes: float = 10) -> float:
    """Rain of a raster that holds for some minutes, mm times pixels."""
    return float(values[np.isfinite(values)].sum()) * minutes / 60
