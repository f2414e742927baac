"""VILD: mean density of water in the column up to the echo top; high values suggest hail."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from radar_assets.maps.layer import Polar
from radar_assets.maps.reduction import Reduction
from radar_assets.products import Product
from radar_assets.products.vil import Liquid, column_water
from radar_assets.radar.columns import columns, echo_top, reflectivity
from radar_assets.radar.fields import REFLECTIVITY
from radar_assets.radar.volume import Volume


class Density(Liquid):
    """Parameters of VILD."""

    threshold: float = Field(18.0, ge=0, le=70, description="dBZ of the echo top")
    beam_width: float = Field(1.0, gt=0, le=5, description="degrees")


def density(volume: Volume, parameters: Density) -> Polar:
    """VIL over the height of the echo top above the antenna, in g/m3.

    Amburn and Wolf 1997, Weather and Forecasting 12, 473-478. Undetect: no water, or no echo top.
    """
    found = columns(volume, reflectivity(volume))
    water = column_water(found, parameters.max_reflectivity)
    top, _ = echo_top(found, parameters.threshold, parameters.beam_width)
    values = np.where(np.isnan(water) | np.isnan(top), np.float32(np.nan), np.float32(-np.inf))
    there = np.isfinite(water) & np.isfinite(top)
    values[there] = 1000 * water[there] / top[there]
    return Polar(values, found.grid, found.field, found.elevations)


PRODUCTS = (
    Product(
        name="VILD",
        title="Density of vertically integrated liquid",
        field=REFLECTIVITY[0],
        units="g/m3",
        palette="vil_density",
        reduction=Reduction.MAXIMUM,
        compute=density,
        requires=(REFLECTIVITY,),
        filtered=True,
        parameters=Density,
        least_sweeps=2,
    ),
)
