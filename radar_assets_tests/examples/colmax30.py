"""COLMAX30: the highest reflectivity above a point within half an hour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from radar_assets.maps.layer import Polar
from radar_assets.products import Product, WindowsInput
from radar_assets.products.colmax import Maximum, maximum
from radar_assets.radar.fields import REFLECTIVITY
from radar_assets.radar.volume import Volume


def half_hour(volumes: Sequence[Volume], parameters: Maximum) -> Polar:
    """Maximum over the volumes of three windows, on the grid of the newest one."""
    *earlier, newest = (maximum(volume, parameters) for volume in volumes)
    values = newest.values
    for polar in earlier:
        values = np.fmax(values, polar.on(newest.grid))
    return replace(newest, values=values)


PRODUCTS = (
    Product(
        name="COLMAX30",
        title="Column maximum of reflectivity, 30 minutes",
        field=REFLECTIVITY[0],
        units="dBZ",
        palette="colmax",
        compute=half_hour,
        requires=(REFLECTIVITY,),
        filtered=True,
        parameters=Maximum,
        takes=WindowsInput(windows_back=2),
    ),
)
