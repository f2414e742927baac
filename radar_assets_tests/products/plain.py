"""Products of volumes that quality control leaves as they are."""

from __future__ import annotations

import numpy as np

from radar_assets.maps.layer import Polar
from radar_assets.products import choose, product
from radar_assets.radar.volume import Volume
from radar_assets_tests.volumes import Formula

NO_CONTROL = {
    "interference": False,
    "min_reflectivity": -40,
    "min_rhohv": 0,
    "max_zdr": 20,
    "max_width": 1,
    "min_score": 0,
    "biological": False,
    "keep_rhohv": 1,
    "clutter": False,
    "min_object": 0,
    "min_object_rhohv": 0,
}


def plain(name: str, volume: Volume, **parameters: object) -> Polar:
    """A product by its parameters, without quality control."""
    return product(name).layer(volume, choose({name: parameters, "QC": NO_CONTROL})).polar


def steps(*values: float) -> Formula:
    """A field of one value per sweep."""
    return lambda i, azimuth, r: np.full((azimuth.size, r.size), values[i])
