"""How alike the velocities of places are: a wind by height, and what departs from it.

Velocities are taken for a Gaussian random field, as in kriging: those of a wind whose components
change with height, of weather that departs from it, and of storms that depart from that.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from radar_assets.radar.unfolding.cells import Cells

Reals = NDArray[np.float64]

WIND, WIND_HEIGHT = 15.0, 20_000.0
"""m/s of a component of the wind, and metres of height over which it becomes another one"""
WEATHER, WEATHER_LENGTH = 4.0, 60_000.0
"""m/s by which weather departs from the wind, and metres over which that changes"""
STORM, STORM_LENGTH = 3.0, 10_000.0
"""the same of storms"""
NOISE = 1.5
"""m/s; error of a cell of full weight"""


def covariance(one: Cells, other: Cells) -> Reals:
    """Covariance of the velocities of cells, without noise, shape (cells of one, of other)."""
    from scipy.spatial.distance import cdist  # noqa: PLC0415

    rise = np.abs(one.height[:, None] - other.height)
    wind = WIND**2 * np.exp(-rise / WIND_HEIGHT) * (one.beam.T @ other.beam)
    distance = cdist(one.place, other.place)
    weather = WEATHER**2 * np.exp(-distance / WEATHER_LENGTH)
    storms = STORM**2 * np.exp(-distance / STORM_LENGTH)
    total: Reals = wind + weather + storms
    return total


def variance(cells: Cells) -> Reals:
    """Variance of the velocities of cells, without noise."""
    total: Reals = WIND**2 * (cells.beam**2).sum(axis=0) + WEATHER**2 + STORM**2
    return total


def noise(cells: Cells) -> Reals:
    """Variance of the errors of cells."""
    error: Reals = NOISE**2 / cells.weight
    return error
