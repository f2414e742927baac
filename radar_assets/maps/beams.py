"""How well a radar sees each pixel of a map: an index from 0 to 100, by its beam alone."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from radar_assets.maps.grid import MapGrid
from radar_assets.maps.gridding import equidistant
from radar_assets.radar.geometry import height_above
from radar_assets.radar.volume import Site

LENGTH = 150_000.0
"""metres along the ground at which distance alone lowers quality to 1/e"""
HEIGHT = 5_000.0
"""metres above the antenna at which the height of the beam alone does"""
HALF_LIFE = timedelta(minutes=20)
"""age that halves quality"""

_STEP = 500.0
"""metres between distances for which quality is computed; between them it is interpolated"""


@lru_cache(maxsize=32)
def beam_quality(
    site: Site, grid: MapGrid, elevation: float, first: float, last: float
) -> NDArray[np.float32]:
    """Quality of a beam at an elevation in degrees, shape of the grid; not to be changed.

    100 exp(-(d/`LENGTH`)²) exp(-(h/`HEIGHT`)²) at distance d and height h, from `first` to `last`
    metres along the ground, and 0 elsewhere. The form is that by which the mosaics of Zhang et al.
    (2011, Bulletin of the American Meteorological Society 92, 1321-1338) weigh radars: a beam
    widens with distance, and passes over what is low.
    """
    distance = np.hypot(*equidistant(site, grid))
    table = np.arange(0, last + 2 * _STEP, _STEP)
    height = height_above(table, elevation)
    quality = 100 * np.exp(-((table / LENGTH) ** 2) - (height / HEIGHT) ** 2)
    counts = (distance >= first) & (distance <= last)
    return np.where(counts, np.interp(distance, table, quality), 0).astype(np.float32)


def ageing(age: timedelta) -> float:
    """Factor of the quality of what was measured so long before the time of a map."""
    return float(0.5 ** (max(age, timedelta()) / HALF_LIFE))
