"""What is wrong with a radar: calibration, attenuation by rain, a sector that it cannot see."""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

import numpy as np

from radar_assets.radar.arrays import Floats, Mask, Reals

_CALIBRATION = 1.0  # dB, standard deviation
_WIDTHS = (6.0, 25.0)  # degrees of a sector
_DISTANCES = (8_000.0, 40_000.0)  # metres to what blocks it
_HEIGHTS = (0.6, 1.6)  # degrees of elevation to which it reaches


@dataclass(frozen=True)
class Sector:
    """A part of the horizon behind which a radar sees nothing."""

    first: float
    """degrees clockwise from north"""
    width: float
    """degrees"""
    distance: float
    """metres to what blocks the beam"""
    top: float
    """degrees of elevation; higher beams pass"""

    def hides(self, azimuth: Floats, distance: Reals, elevation: float) -> Mask:
        """Which gates of a sweep are hidden, shape (rays, gates); degrees and metres."""
        turned = (azimuth.reshape(-1, 1) - self.first) % 360 < self.width
        is_low = elevation < self.top
        return np.asarray(turned & (distance > self.distance) & is_low)


@dataclass(frozen=True)
class Flaws:
    """By what a radar's reflectivity differs from the truth, besides noise; none by default."""

    calibration: float = 0.0
    """dB that it measures too much"""
    attenuation: float = 0.0
    """dB of reflectivity lost per degree of differential phase, both ways; about 0.08 at C band"""
    blocked: Sector | None = None


C_BAND = 0.08
"""dB per degree (Bringi et al. 1990, J. Atmos. Oceanic Technol. 7, 829-840)"""


def flaws_of(radar: str, seed: int = 0) -> Flaws:
    """Draw the flaws that a radar has all the time; the same arguments give the same ones."""
    rng = np.random.default_rng([seed, crc32(radar.encode()), crc32(b"flaws")])
    blocked = Sector(
        first=float(rng.uniform(0, 360)),
        width=float(rng.uniform(*_WIDTHS)),
        distance=float(rng.uniform(*_DISTANCES)),
        top=float(rng.uniform(*_HEIGHTS)),
    )
    return Flaws(float(rng.normal(0, _CALIBRATION)), C_BAND, blocked)
