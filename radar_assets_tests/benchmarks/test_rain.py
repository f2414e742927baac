"""Rain of a window and the sums that end with it, on a country at zoom 7."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from radar_assets.accumulation.intervals import interval
from radar_assets.accumulation.sums import HOURS, total
from radar_assets.maps.raster import Raster
from radar_assets_tests.accumulation.rasters import NOON, raster

SHAPE = (1700, 4000)
STORMS = 40
WINDOW = timedelta(minutes=10)
COUNT = 6 + 3 + 2 + 4
"""rasters that all sums are made of"""


@dataclass
class Memory:
    """Windows and sums of which all are alike."""

    amount: np.ndarray
    share: np.ndarray

    def piece(self, end: datetime) -> np.ndarray:
        return self.amount

    def total(self, hours: int, end: datetime) -> tuple[np.ndarray, np.ndarray]:
        return self.amount, self.share


@pytest.fixture(scope="module")
def rain() -> tuple[Raster, Raster]:
    """Forty clusters of cells over a country, 12 km apart in two windows; a quarter is nodata."""
    rng = np.random.default_rng(0)
    field = np.full(SHAPE, -np.inf, np.float32)
    rows, columns = np.indices((160, 160))
    for _ in range(STORMS):
        storm = np.zeros((160, 160))
        for row, column, radius, peak in rng.uniform((40, 40, 3, 5), (120, 120, 12, 80), (8, 4)):
            distance = (rows - row) ** 2 + (columns - column) ** 2
            storm = np.maximum(storm, peak * np.exp(-distance / 2 / radius**2))
        top, left = rng.integers(0, np.subtract(SHAPE, 160))
        part = field[top : top + 160, left : left + 160]
        np.maximum(part, np.where(storm < 0.1, -np.inf, storm), out=part)
    after = np.roll(field, (4, 12), axis=(0, 1))
    field[:, :1000] = after[:, :1000] = np.nan
    return raster(field), raster(after)


@pytest.mark.benchmark(group="all sums of rain of a window, of a country")
def test_sums(benchmark: BenchmarkFixture, rain: tuple[Raster, Raster]):
    piece = interval(*rain, 10)
    memory = Memory(np.nan_to_num(piece), np.zeros(SHAPE, np.float32))

    def make():
        interval(*rain, 10)
        for hours in HOURS:
            amount = total(hours, NOON, WINDOW, memory, SHAPE)
            assert amount.values.shape == amount.share.shape

    benchmark(make)


@pytest.mark.benchmark(group="all sums of rain of a window, of a country")
def test_sums_floor(benchmark: BenchmarkFixture, rain: tuple[Raster, Raster]):
    piece = np.nan_to_num(interval(*rain, 10, is_moving=False))

    def add():
        whole = np.zeros(SHAPE, np.float32)
        for _ in range(COUNT):
            whole += piece

    benchmark(add)
