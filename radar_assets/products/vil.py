"""VIL: water in the column above a point."""

from __future__ import annotations

import math

import numpy as np
from pydantic import Field

from radar_assets.maps.composing import Composed
from radar_assets.maps.layer import Polar
from radar_assets.maps.reduction import Reduction
from radar_assets.products import Parameters, Product
from radar_assets.radar.arrays import Floats
from radar_assets.radar.columns import Columns, columns, reflectivity
from radar_assets.radar.fields import REFLECTIVITY
from radar_assets.radar.volume import Volume


class Liquid(Parameters):
    """Parameters of VIL."""

    max_reflectivity: float = Field(
        56.0, ge=0, le=100, description="dBZ; what is above counts as hail, not as water"
    )


def layer_water(below: Floats, above: Floats, depth: Floats) -> Floats:
    """Water in kg/m2 between two beams: 3.44e-6 ((Z1 + Z2)/2)^(4/7) dh.

    Z in mm6/m3, dh in metres (Greene and Clark 1972, Monthly Weather Review 100, 548-552).
    """
    mean = (below + above) / np.float32(2)
    wet = mean > 0  # few are, and powers are slow
    mean[wet] **= np.float32(4 / 7)
    return np.float32(3.44e-6) * mean * depth


def column_water(found: Columns, max_reflectivity: float) -> Floats:
    """Water between the lowest and the highest beam in kg/m2, shape (rays, gates).

    A layer counts where both its beams were measured. Undetect: no water; nodata: no layer.
    """
    linear = np.exp(np.minimum(found.values, max_reflectivity) * np.float32(math.log(10) / 10))
    shape = linear.shape[1:]
    total, counts = np.zeros(shape, np.float32), np.zeros(shape, np.bool_)
    below, floor = np.full(shape, np.nan, np.float32), np.zeros(shape[1])
    for above, heights in zip(linear, found.heights, strict=True):
        water = layer_water(below, above, (heights - floor).astype(np.float32))
        measured = ~np.isnan(water)
        total[measured] += water[measured]
        counts |= measured
        reached = np.isfinite(heights)
        below[:, reached], floor[reached] = above[:, reached], heights[reached]
    total[total == 0] = -np.inf
    total[~counts] = np.nan
    return total


def vil(volume: Volume, parameters: Liquid) -> Polar:
    """Vertically integrated liquid in kg/m2."""
    found = columns(volume, reflectivity(volume))
    water = column_water(found, parameters.max_reflectivity)
    return Polar(water, found.grid, found.field, found.elevations)


PRODUCTS = (
    Product(
        name="VIL",
        title="Vertically integrated liquid",
        field=REFLECTIVITY[0],
        units="kg/m2",
        palette="vil",
        reduction=Reduction.MAXIMUM,
        composed=Composed.BEST,
        compute=vil,
        requires=(REFLECTIVITY,),
        filtered=True,
        parameters=Liquid,
        least_sweeps=2,
    ),
)
