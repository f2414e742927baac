"""An hour of simulated storms: maps every ten minutes against the rain that really fell."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest

from radar_assets.accumulation.intervals import interval
from radar_assets.accumulation.sums import accumulate
from radar_assets.products.rain import rate_by_reflectivity
from radar_assets.radar.arrays import Floats
from radar_assets.simulator.storms import Weather
from radar_assets.simulator.truth import reflectivity
from radar_assets_tests.accumulation.rasters import NOON, raster

GRID = raster(np.zeros((256, 256))).grid


def rate(weather: Weather, minute: float) -> Floats:
    """Rain rate in mm/h as a perfect radar has it; undetect below 7 dBZ."""
    dbz = reflectivity(weather, GRID, NOON + timedelta(minutes=minute), 1500)
    seen = np.where(dbz > 7, np.minimum(dbz, 53), -np.inf).astype(np.float32)
    return rate_by_reflectivity(seen, 200, 1.6)


@pytest.mark.parametrize("wind", [(13.0, 5.0), (25.0, 10.0)])
def test_the_sum_of_an_hour_is_near_what_fell(wind: tuple[float, float]):
    weather = Weather(4, wind)
    fallen = sum(np.maximum(rate(weather, minute + 1), 0) for minute in range(0, 60, 2)) / 30
    frames = [raster(rate(weather, minute)) for minute in range(0, 61, 10)]
    errors = []
    for is_moving in (True, False):
        pieces = [interval(*pair, 10, is_moving=is_moving) for pair in pairwise(frames)]
        hour = accumulate(pieces, GRID.shape).values
        assert hour.sum() == pytest.approx(fallen.sum(), rel=0.03)
        errors.append(np.abs(hour - fallen).sum() / fallen.sum())
    assert errors[0] < 0.15
    assert errors[1] > 2.5 * errors[0]
