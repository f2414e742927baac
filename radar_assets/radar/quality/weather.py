"""How much an echo is like weather, by fuzzy logic, and which echo is insects or birds.

The score is the weighted mean of the memberships of all features that are known, as Gourley et al.
(2007, J. Atmos. Oceanic Technol. 24, 1439-1451) and Dufton and Collier (2015, Atmos. Meas. Tech. 8,
3985-4000) form it at C band:

- mean correlation rises to weather from 0.8 to 0.9, between the classes of biological scatterers
  and of rain with hail of Park et al. (2009, Weather and Forecasting 24, 730-748, table 1);
- standard deviations of differential phase from 10 to 15 degrees and of differential reflectivity
  from 1.2 to 2.4 dB, and the mean square difference of reflectivity from 20 to 40 dB squared fall
  from weather to clutter (Hubbert, Dixon and Ellis 2009, J. Atmos. Oceanic Technol. 26, 1181-1197).

Correlation counts as much as the rest together, the other three count alike; a volume of
reflectivity alone has the last one only.
"""

from __future__ import annotations

import numpy as np

from radar_assets.radar.arrays import Floats, Mask
from radar_assets.radar.quality.features import Features

ROUGH = 30.0
"""dB squared; reflectivity of clutter differs more from gate to gate"""

_MEMBERSHIPS = (
    ("mean_rhohv", 0.8, 0.9, 3),
    ("phase_spread", 15.0, 10.0, 1),
    ("zdr_spread", 2.4, 1.2, 1),
    ("roughness", 40.0, 20.0, 1),
)
"""feature, value of no weather, value of weather, weight"""

_DROPS = (1.42, 6.67e-2, 4.85e-4)
"""dB of differential reflectivity that drops of a reflectivity in dBZ do not exceed: the bound
f3(Z) of Park et al. (2009) between their big drops and all else, a polynomial"""
_MARGIN = 1.0
"""dB above it at which their membership ends, too, and that a calibration may be wrong by"""
_INSECT_RHOHV, _INSECT_ZDR = 0.83, 2.0
"""correlation that biological scatterers of Park et al. (2009) do not reach, and dB from which
their differential reflectivity is theirs entirely"""


def score(features: Features) -> Floats:
    """Likeness to weather from 0 to 1, shape (gates,); 1 where nothing is known."""
    total, weights = np.zeros((2, features.size), np.float32)
    for name, other, weather, weight in _MEMBERSHIPS:
        values: Floats | None = getattr(features, name)
        if values is None:
            continue
        membership = np.clip((values - np.float32(other)) * np.float32(1 / (weather - other)), 0, 1)
        known = np.isfinite(values)
        membership[~known] = 0
        total += membership * np.float32(weight)
        weights += known * np.float32(weight)
    return np.divide(total, weights, out=np.ones_like(total), where=weights > 0)


def is_biological(features: Features, weakest_weather: float) -> Mask:
    """Whether echo below some reflectivity in dBZ is flatter than drops are.

    It is, where its differential reflectivity exceeds that of drops of its reflectivity, or is high
    without the correlation of drops.
    """
    reflectivity, zdr, rhohv = features.reflectivity, features.mean_zdr, features.mean_rhohv
    if reflectivity is None or zdr is None:
        return np.zeros(features.size, dtype=np.bool_)
    a, b, c = (np.float32(value) for value in _DROPS)
    positive = np.maximum(reflectivity, 0)
    flat = zdr > a + positive * (b + positive * c) + np.float32(_MARGIN)
    if rhohv is not None:
        flat |= (rhohv < _INSECT_RHOHV) & (zdr > _INSECT_ZDR)
    found: Mask = flat & (reflectivity < weakest_weather)
    return found
