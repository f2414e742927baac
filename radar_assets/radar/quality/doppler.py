"""What velocities say: echo that stands still, and echo whose velocities are noise."""

from __future__ import annotations

import numpy as np

from radar_assets.radar.arrays import Mask
from radar_assets.radar.quality.features import Features

STILL_SHARE = 0.8
"""of the gates around one that do not move, in clutter, whose spectrum is as narrow as the turning
antenna allows (Doviak and Zrnic 1993, Doppler Radar and Weather Observations, section 3.6). Where
weather does not move on average, its turbulence still does."""
RANDOM = 0.25
"""times the Nyquist velocity; standard deviation of velocities from which they are random: those of
noise, spread over the whole interval, have 0.41 by their folded differences, and those of weather
of half the width of noise 0.1"""


def is_still(features: Features) -> Mask:
    """Whether nothing around a gate moves."""
    share = features.stillness
    return _none(features) if share is None else share >= STILL_SHARE


def is_noise(features: Features, max_width: float) -> Mask:
    """Whether velocities are random and wider than a multiple of the Nyquist velocity.

    A white spectrum is 1/sqrt(3) = 0.577 times the Nyquist velocity wide; that of weather is as
    wide as a real one in m/s, whatever the Nyquist velocity.
    """
    width, spread = features.field("WRAD"), features.velocity_spread
    if width is None or spread is None:
        return _none(features)
    return (width > max_width * features.scan.nyquist) & ~(spread < RANDOM)


def _none(features: Features) -> Mask:
    return np.zeros(features.size, dtype=np.bool_)
