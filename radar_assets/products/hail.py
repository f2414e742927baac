"""POH: probability of hail on the ground, from strong echo high above the freezing level."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from radar_assets.maps.composing import Composed
from radar_assets.maps.layer import Polar
from radar_assets.maps.reduction import Reduction
from radar_assets.products import Parameters, Product
from radar_assets.radar.arrays import Floats
from radar_assets.radar.columns import columns, echo_top, reflectivity
from radar_assets.radar.fields import REFLECTIVITY
from radar_assets.radar.volume import Volume

NEVER, SURELY = 1.65, 5.8
"""kilometres that 45 dBZ reaches above the freezing level without hail, and surely with it"""


class Hail(Parameters):
    """Parameters of POH."""

    freezing_level: float = Field(4000.0, ge=0, le=6000, description="metres above mean sea level")
    beam_width: float = Field(1.0, gt=0, le=5, description="degrees")


def probability(depth: Floats) -> Floats:
    """Percentage by the kilometres that 45 dBZ reaches above the freezing level.

    The criterion of Waldvogel et al. 1979 (Journal of Applied Meteorology 18, 1521-1525) with the
    cubic of Foote et al. 2005 (16th Conference on Planned and Inadvertent Weather Modification).
    """
    share = -1.20231 + 1.00184 * depth - 0.17018 * depth**2 + 0.01086 * depth**3
    percent = np.select([depth <= NEVER, depth < SURELY], [0, 100 * share], 100)
    return np.asarray(np.minimum(percent, 100), dtype=np.float32)


def hail(volume: Volume, parameters: Hail) -> Polar:
    """Probability of hail in percent; undetect where no echo reaches 45 dBZ."""
    found = columns(volume, reflectivity(volume))
    values, _ = echo_top(found, 45.0, parameters.beam_width)
    strong = np.isfinite(values)
    above = values[strong] + volume.site.altitude - parameters.freezing_level
    values[strong] = probability((above / 1000).astype(np.float32))
    return Polar(values, found.grid, found.field, found.elevations)


PRODUCTS = (
    Product(
        name="POH",
        title="Probability of hail",
        field=REFLECTIVITY[0],
        units="%",
        palette="hail",
        reduction=Reduction.MAXIMUM,
        composed=Composed.BEST,
        compute=hail,
        requires=(REFLECTIVITY,),
        filtered=True,
        parameters=Hail,
        least_sweeps=2,
    ),
)
