"""CAPPI: reflectivity at one height above sea level."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from radar_assets.maps.layer import Polar
from radar_assets.products import Parameters, Product
from radar_assets.radar.arrays import Floats
from radar_assets.radar.columns import columns, reflectivity
from radar_assets.radar.fields import REFLECTIVITY
from radar_assets.radar.volume import Volume


class ConstantAltitude(Parameters):
    """Parameters of CAPPI."""

    height: float = Field(3000.0, ge=0, le=20_000, description="metres above mean sea level")
    interpolation: Literal["linear", "nearest"] = Field(
        "linear", description="between the beams below and above: linear in dBZ, or the nearer one"
    )


def constant_altitude(volume: Volume, parameters: ConstantAltitude) -> Polar:
    """Reflectivity at a height, from the beams that pass below and above it.

    Nodata below the lowest beam and above the highest one. Where one of the two beams has no value
    to interpolate with, the nearer one counts.
    """
    found = columns(volume, reflectivity(volume))
    height = parameters.height - volume.site.altitude
    below, above, share = _around(found.heights, height)
    cells = np.arange(found.grid.gates)
    lower, upper = found.values[below, :, cells].T, found.values[above, :, cells].T
    values = np.where(share < 0.5, lower, upper)
    if parameters.interpolation == "linear":
        both = np.isfinite(lower) & np.isfinite(upper)
        between = np.broadcast_to(share, both.shape)[both]
        values[both] = lower[both] * (1 - between) + upper[both] * between
    values[:, np.isnan(share)] = np.nan
    return Polar(
        values=values,
        grid=found.grid,
        field=found.field,
        elevations=found.elevations,
    )


def _around(
    heights: NDArray[np.float64], height: float
) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats]:
    """Beams below and above a height in each cell, and where between them it is, from 0 to 1.

    The share is NaN where there is no beam on one of the sides.
    """
    under = np.where(heights <= height, heights, -np.inf)
    over = np.where(heights > height, heights, np.inf)
    below, above = under.argmax(axis=0), over.argmin(axis=0)
    low, high = under.max(axis=0), over.min(axis=0)
    share = np.full(low.shape, np.nan, dtype=np.float32)
    inside = np.isfinite(high - low)
    share[inside] = (height - low[inside]) / (high - low)[inside]
    return below, above, share


PRODUCTS = (
    Product(
        name="CAPPI",
        title="Reflectivity at constant altitude",
        field=REFLECTIVITY[0],
        units="dBZ",
        palette="reflectivity",
        compute=constant_altitude,
        requires=(REFLECTIVITY,),
        filtered=True,
        parameters=ConstantAltitude,
        least_sweeps=2,
    ),
)
