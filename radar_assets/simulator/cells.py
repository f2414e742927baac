"""Cells of rain, and the storm systems in which they are born, by tiles and slots."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np

METRES_PER_DEGREE = 111_195.0

_TILE = 1.5  # degrees
_SLOT = 2400.0  # seconds
_LONGEST_LIFE = 9000.0  # seconds


def cosine(latitude: float) -> float:
    """Length of a degree of longitude as a share of one at the equator."""
    return math.cos(math.radians(latitude))


@dataclass(frozen=True)
class Cell:
    """One patch of rain: an elliptic core with a height profile and a life cycle."""

    born: float
    """Unix seconds"""
    life: float
    """seconds"""
    latitude: float
    """degrees, at birth"""
    longitude: float
    motion: tuple[float, float]
    """m/s towards east and north"""
    peak: float
    """dBZ in the core at maturity"""
    radii: tuple[float, float]
    """metres along and across the long axis"""
    axis: float
    """radians of the long axis from east, anticlockwise"""
    core_height: float
    """metres above sea level"""
    top: float
    """metres above sea level"""

    def growth(self, now: float) -> float:
        """Strength at a moment of the life cycle, 0 (not born, dead) to 1 (mature)."""
        age = (now - self.born) / self.life
        return math.sqrt(math.sin(math.pi * age)) if 0 < age < 1 else 0.0

    def place(self, now: float) -> tuple[float, float]:
        """Latitude and longitude in degrees at a moment (Unix seconds)."""
        east, north = (speed * (now - self.born) / METRES_PER_DEGREE for speed in self.motion)
        return self.latitude + north, self.longitude + east / cosine(self.latitude)


def cells_between(
    seed: int,
    wind: tuple[float, float],
    latitudes: tuple[float, float],
    longitudes: tuple[float, float],
    now: float,
) -> list[Cell]:
    """Cells that were born between two latitudes and longitudes and may be alive (Unix seconds)."""
    rows, columns = _steps(*latitudes, _TILE), _steps(*longitudes, _TILE)
    births = product(rows, columns, _steps(now - _LONGEST_LIFE, now, _SLOT))
    return [cell for birth in births for cell in _system(seed, wind, *birth)]


def _steps(low: float, high: float, size: float) -> range:
    return range(math.floor(low / size), math.floor(high / size) + 1)


@dataclass(frozen=True)
class _Birth:
    """Where, when and in which wind a storm system is born."""

    time: float
    latitude: float
    longitude: float
    wind: tuple[float, float]
    axis: float


@lru_cache(maxsize=16384)
def _system(
    seed: int, wind: tuple[float, float], row: int, column: int, slot: int
) -> tuple[Cell, ...]:
    """Return the storm system that is born in a tile and a slot: a line of cells and their rain."""
    rng = np.random.default_rng([seed, row & 0xFFFF, column & 0xFFFF, slot])
    place = (row + rng.random()) * _TILE, (column + rng.random()) * _TILE
    birth = _Birth(slot * _SLOT, *place, wind, float(rng.uniform(0, math.pi)))
    along = np.arange(int(rng.integers(1, 6))) * rng.uniform(0.11, 0.2)
    cells = [_convective(rng, birth, degrees) for degrees in along.tolist()]
    return (*cells, _stratiform(rng, birth))


def _convective(rng: np.random.Generator, birth: _Birth, along: float) -> Cell:
    radius = rng.uniform(4_500, 11_000)
    return Cell(
        born=birth.time + rng.uniform(0, _SLOT),
        life=rng.uniform(2400, 5400),
        latitude=birth.latitude + along * math.sin(birth.axis) + rng.normal(0, 0.04),
        longitude=birth.longitude + along * math.cos(birth.axis) + rng.normal(0, 0.04),
        motion=(birth.wind[0] + rng.normal(0, 1.2), birth.wind[1] + rng.normal(0, 1.2)),
        peak=rng.uniform(45, 64),
        radii=(radius * rng.uniform(1, 1.7), radius),
        axis=rng.uniform(0, math.pi),
        core_height=rng.uniform(4000, 6000),
        top=rng.uniform(9000, 15500),
    )


def _stratiform(rng: np.random.Generator, birth: _Birth) -> Cell:
    radius = rng.uniform(16_000, 36_000)
    return Cell(
        born=birth.time,
        life=rng.uniform(5400, _LONGEST_LIFE - _SLOT),
        latitude=birth.latitude - 0.01 * birth.wind[1],
        longitude=birth.longitude - 0.01 * birth.wind[0],
        motion=birth.wind,
        peak=rng.uniform(18, 31),
        radii=(radius * rng.uniform(1, 2), radius),
        axis=birth.axis,
        core_height=3800.0,
        top=rng.uniform(8000, 10500),
    )
