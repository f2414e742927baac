"""Where a radar beam goes: the 4/3-earth model, and the gates of a sweep in its terms.

Formulas: Doviak and Zrnić, Doppler Radar and Weather Observations, 2nd ed., eq. 2.28. Refraction
bends the beam as if it were straight over an earth of 4/3 the radius. Heights are above the
antenna, distances along the ground at sea level.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radar_assets.radar.arrays import Reals
from radar_assets.radar.volume import Volume

EARTH_RADIUS = 6_371_000.0
"""metres, mean radius of the sphere"""
EFFECTIVE_RADIUS = EARTH_RADIUS * 4 / 3
"""metres, radius of the sphere over which beams are straight"""

T = TypeVar("T", bound=np.generic)


def beam_height(slant_range: ArrayLike, elevation: float) -> NDArray[np.float64]:
    """Height in metres above the antenna, at a distance in metres along a beam.

    `elevation` is in degrees; the result has the shape of `slant_range`.
    """
    r = np.asarray(slant_range, dtype=np.float64)
    rise = 2 * r * EFFECTIVE_RADIUS * math.sin(math.radians(elevation))
    height: NDArray[np.float64] = np.sqrt(r**2 + EFFECTIVE_RADIUS**2 + rise) - EFFECTIVE_RADIUS
    return height


def ground_distance(slant_range: ArrayLike, elevation: float) -> NDArray[np.float64]:
    """Metres along the ground to the point below the beam, at a distance in metres along it."""
    across = np.asarray(slant_range, dtype=np.float64) * math.cos(math.radians(elevation))
    angle = np.arcsin(across / (EFFECTIVE_RADIUS + beam_height(slant_range, elevation)))
    return np.asarray(EFFECTIVE_RADIUS * angle)


def slant_range(ground: Reals, elevation: float) -> Reals:
    """Metres along the beam to the point above a distance in metres along the ground.

    Inverse of `ground_distance`: r = R' sin(phi)/cos(theta + phi) with phi = s/R'. The beam never
    comes above distances where theta + phi reaches a right angle: the result is infinite there.
    """
    phi = ground / EFFECTIVE_RADIUS
    cosine = np.maximum(np.cos(math.radians(elevation) + phi), 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(EFFECTIVE_RADIUS * np.sin(phi) / cosine)


def height_above(ground: ArrayLike, elevation: ArrayLike) -> NDArray[np.float64]:
    """Metres from the antenna's level up to a beam, at a distance in metres along the ground.

    Both arguments, the elevation in degrees, may be arrays that broadcast. h = R'(cos(theta) /
    cos(theta + phi) - 1) with phi = s/R'; infinite where the beam never comes.
    """
    phi = np.asarray(ground, dtype=np.float64) / EFFECTIVE_RADIUS
    theta = np.radians(np.asarray(elevation, dtype=np.float64))
    cosine = np.maximum(np.cos(theta + phi), 0)
    with np.errstate(divide="ignore"):
        return np.asarray(EFFECTIVE_RADIUS * (np.cos(theta) / cosine - 1))


@dataclass(frozen=True)
class PolarGrid:
    """The gates of one sweep as rows clockwise from north, whichever ray came first.

    The centre azimuth of row i is (i + row_centre)*360/rays degrees.
    """

    elevation: float
    """degrees"""
    rays: int
    gates: int
    first_gate: float
    """range in metres where the first gate starts"""
    gate_size: float
    """metres"""
    row_centre: float = 0.5

    @classmethod
    def of_sweep(cls, volume: Volume, index: int) -> PolarGrid:
        """Grid of a volume's sweep."""
        sweep = volume.sweeps[index]
        return cls(
            sweep.elevation,
            sweep.rays,
            sweep.gates,
            volume.first_gate,
            volume.gate_size,
            volume.row_centre,
        )

    @property
    def reach(self) -> float:
        """Ground distance in metres to the end of the last gate."""
        end = self.first_gate + self.gates * self.gate_size
        return float(ground_distance(end, self.elevation))

    def azimuths(self) -> NDArray[np.float64]:
        """Azimuths of the row centres in degrees, shape (rays,)."""
        return (np.arange(self.rays, dtype=np.float64) + self.row_centre) * (360 / self.rays) % 360

    def ground_distances(self) -> NDArray[np.float64]:
        """Ground distances of the gate centres in metres, shape (gates,)."""
        centres = self.first_gate + (np.arange(self.gates, dtype=np.float64) + 0.5) * self.gate_size
        return ground_distance(centres, self.elevation)

    def rows_at(self, azimuth: Reals) -> NDArray[np.int32]:
        """Rows nearest to azimuths in degrees, same shape."""
        turns = azimuth * (self.rays / 360) + (0.5 - self.row_centre)
        row: NDArray[np.int32] = np.floor(turns).astype(np.int32)
        row %= self.rays
        return row

    def gates_at(self, ground: Reals) -> NDArray[np.int32]:
        """Gates above ground distances in metres, same shape; -1 where the sweep has none."""
        gate = (slant_range(ground, self.elevation) - self.first_gate) / self.gate_size
        inside = (gate >= 0) & (gate < self.gates)
        index: NDArray[np.int32] = np.where(inside, gate, -1).astype(np.int32)
        return index


def north_first(volume: Volume, field: str, index: int) -> NDArray[np.float32]:
    """One sweep of a field on its `PolarGrid`, shape (rays, gates): rows clockwise from north."""
    return turned_north(volume.sweep_values(field, index), volume, index)


def turned_north(values: NDArray[T], volume: Volume, index: int) -> NDArray[T]:
    """Rows of a sweep, which lie in acquisition order, clockwise from north."""
    return np.roll(values, volume.sweeps[index].first_ray, axis=0)
