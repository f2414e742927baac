"""What the column above a place holds, by looking at every sweep, ray and gate in turn.

Shares nothing with the code under test: the 4/3 earth is plane geometry around its centre.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np

from radar_assets.maps.layer import Polar
from radar_assets.radar.volume import Sweep, Volume

RADIUS = 4 / 3 * 6_371_000


@dataclass(frozen=True)
class Sample:
    """What one sweep shows of a place."""

    elevation: float
    height: float
    """metres above the antenna"""
    value: float


def position(slant: float, elevation: float) -> tuple[float, float]:
    """Ground distance and height in metres of a point on a beam."""
    angle = math.radians(elevation)
    across, up = slant * math.cos(angle), RADIUS + slant * math.sin(angle)
    return RADIUS * math.atan2(across, up), math.hypot(across, up) - RADIUS


def height_at(distance: float, elevation: float) -> float:
    """Height of a beam above a place, by bisection."""
    near, far = 0.0, 2_000_000.0
    for _ in range(80):
        middle = (near + far) / 2
        if position(middle, elevation)[0] < distance:
            near = middle
        else:
            far = middle
    return position(near, elevation)[1]


def column(volume: Volume, field: str, azimuth: float, distance: float) -> list[Sample]:
    """Samples above a place, the lowest first; sweeps that do not reach it give none."""
    samples = []
    for index, sweep in enumerate(volume.sweeps):
        gate = _gate_at(volume, sweep, distance)
        if gate is not None:
            ray = _ray_at(volume, sweep, azimuth)
            value = float(volume.sweep_values(field, index)[ray, gate])
            height = height_at(distance, sweep.elevation)
            samples.append(Sample(sweep.elevation, height, value))
    return sorted(samples, key=lambda sample: sample.elevation)


def some_cells(volume: Volume, polar: Polar, count: int, seed: int = 5):
    """Random cells of a product: row, gate, azimuth and ground distance of its centre."""
    rays, gates = polar.values.shape
    generator = np.random.default_rng(seed)
    lowest = min(sweep.elevation for sweep in volume.sweeps)
    for row, gate in zip(
        generator.integers(rays, size=count), generator.integers(gates, size=count), strict=True
    ):
        slant = volume.first_gate + (gate + 0.5) * volume.gate_size
        # a hair clockwise, so that no two rays are equally near
        azimuth = (row + volume.row_centre) * 360 / rays + 1e-6
        yield row, gate, azimuth, position(slant, lowest)[0]


def _gate_at(volume: Volume, sweep: Sweep, distance: float) -> int | None:
    """Nearest gate in ground distance; None beyond either end."""
    start, size = volume.first_gate, volume.gate_size
    edges = (
        position(start, sweep.elevation)[0],
        position(start + sweep.gates * size, sweep.elevation)[0],
    )
    if not edges[0] <= distance < edges[1]:
        return None
    centres = _centres(start, size, sweep.gates, sweep.elevation)
    return min(range(sweep.gates), key=lambda gate: abs(centres[gate] - distance))


@cache
def _centres(start: float, size: float, gates: int, elevation: float) -> list[float]:
    return [position(start + (k + 0.5) * size, elevation)[0] for k in range(gates)]


def _ray_at(volume: Volume, sweep: Sweep, azimuth: float) -> int:
    """Nearest ray in azimuth, in acquisition order."""

    def apart(ray: int) -> float:
        row = (sweep.first_ray + ray) % sweep.rays
        turn = (row + volume.row_centre) * 360 / sweep.rays - azimuth
        return abs((turn + 180) % 360 - 180)

    return min(range(sweep.rays), key=apart)
