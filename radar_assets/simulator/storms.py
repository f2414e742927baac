"""A synthetic atmosphere: convective cells and stratiform rain that live, move and die.

The weather is a pure function of seed, place and time. The globe is cut into tiles and time into
slots; every tile gives birth to one storm system per slot, so there are always storms around a
radar, and radars whose coverage overlaps see the same ones. Positions are metres east and north of
a site on a plane by latitude and longitude differences.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import product

import numpy as np

from radar_assets.radar.arrays import Floats

CLEAR_AIR = -30.0
"""dBZ where there is no echo"""

_METRES_PER_DEGREE = 111_195.0
_TILE = 1.5  # degrees
_SLOT = 2400.0  # seconds
_LONGEST_LIFE = 9000.0  # seconds
_TILE_MARGIN = 5.0  # degrees of latitude: range, drift and size of what a radar can see
_EXTENT = 2.4  # radii at which the strongest cell has faded to the noise
_WAVELENGTHS = (34_000.0, 19_000.0, 11_000.0, 6_500.0, 4_000.0)
_REFERENCE_COSINE = math.cos(math.radians(32))


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

    def offset(self, latitude: float, longitude: float, now: float) -> tuple[float, float]:
        """Metres east and north of a site at a moment (Unix seconds)."""
        scale = _METRES_PER_DEGREE * math.cos(math.radians(latitude))
        east = (self.longitude - longitude) * scale + self.motion[0] * (now - self.born)
        north = (self.latitude - latitude) * _METRES_PER_DEGREE
        return east, north + self.motion[1] * (now - self.born)


@dataclass(frozen=True)
class Weather:
    """The synthetic atmosphere."""

    seed: int = 0
    wind: tuple[float, float] = (13.0, 5.0)
    """steering wind in m/s towards east and north, with which storms move"""

    def scene(self, latitude: float, longitude: float, time: datetime) -> Scene:
        """Return the weather around a site at a moment."""
        now = time.timestamp()
        growing = [cell for cell in self._cells(latitude, longitude, now) if cell.growth(now) > 0]
        patches = tuple(_Patch.of(cell, latitude, longitude, now) for cell in growing)
        return Scene(patches, _Texture.of(self, latitude, longitude, now))

    def winds(self, height: Floats) -> tuple[Floats, Floats]:
        """Wind in m/s towards east and north at heights in metres; it grows and veers aloft."""
        speed = np.float32(0.5) + height * np.float32(2.5e-4)
        turn = (height - np.float32(2000)) * np.float32(6e-5)
        cosine, sine = np.cos(turn), np.sin(turn)
        east, north = self.wind
        return speed * (east * cosine + north * sine), speed * (north * cosine - east * sine)

    def _cells(self, latitude: float, longitude: float, now: float) -> list[Cell]:
        margin = _TILE_MARGIN / math.cos(math.radians(latitude))
        rows = _steps(latitude - _TILE_MARGIN, latitude + _TILE_MARGIN, _TILE)
        columns = _steps(longitude - margin, longitude + margin, _TILE)
        slots = _steps(now - _LONGEST_LIFE, now, _SLOT)
        births = product(rows, columns, slots)
        return [cell for birth in births for cell in _system(self.seed, self.wind, *birth)]


@dataclass(frozen=True)
class Scene:
    """The weather around a site at one moment."""

    patches: tuple[_Patch, ...]
    texture: _Texture

    def reflectivity(self, x: Floats, y: Floats, z: Floats) -> Floats:
        """Reflectivity in dBZ at points: metres east, north and above sea level, broadcast."""
        x, y, ripple = self.texture.distort(x, y)
        found = np.full(np.broadcast_shapes(x.shape, z.shape), CLEAR_AIR, np.float32)
        for patch in self.patches:
            np.maximum(found, patch.reflectivity(x, y, z), out=found)
        return found + ripple

    def sweep(self, azimuth: Floats, distance: Floats, height: Floats) -> Floats:
        """Reflectivity in dBZ of a sweep, shape (rays, gates), computed only near cells.

        `azimuth` is (rays,) degrees clockwise from north, evenly spaced over the circle;
        `distance` and `height` are (gates,) metres over ground and above sea level.
        """
        angle = np.radians(azimuth, dtype=np.float32)[:, None]
        x, y, ripple = self.texture.distort(np.sin(angle) * distance, np.cos(angle) * distance)
        found = np.full(x.shape, CLEAR_AIR, np.float32)
        for patch in self.patches:
            gates = patch.gates(distance, height)
            for rays in patch.rays(len(azimuth)) if gates.stop > gates.start else ():
                window = found[rays, gates]
                echo = patch.reflectivity(x[rays, gates], y[rays, gates], height[gates])
                np.maximum(window, echo, out=window)
        return found + ripple


@dataclass(frozen=True)
class _Patch:
    """A cell at one moment, in metres around a site."""

    x: float
    y: float
    strength: float
    """dB above clear air in the core"""
    cell: Cell

    @classmethod
    def of(cls, cell: Cell, latitude: float, longitude: float, now: float) -> _Patch:
        x, y = cell.offset(latitude, longitude, now)
        return cls(x, y, (cell.peak - CLEAR_AIR) * cell.growth(now), cell)

    @property
    def radius(self) -> float:
        return _EXTENT * self.cell.radii[0] + sum(_WAVELENGTHS) * _Texture.SHIFT

    def reflectivity(self, x: Floats, y: Floats, z: Floats) -> Floats:
        cosine, sine = math.cos(self.cell.axis), math.sin(self.cell.axis)
        along, across = self.cell.radii
        east, north = x - np.float32(self.x), y - np.float32(self.y)
        u = east * (cosine / along) + north * (sine / along)
        v = north * (cosine / across) - east * (sine / across)
        core: Floats = np.exp((u * u + v * v) * np.float32(-0.5))
        return core * (self._profile(z) * np.float32(self.strength)) + np.float32(CLEAR_AIR)

    def gates(self, distance: Floats, height: Floats) -> slice:
        """Gates of a sweep that the patch covers."""
        away = math.hypot(self.x, self.y)
        low, high = np.searchsorted(distance, (away - self.radius, away + self.radius))
        return slice(int(low), min(int(high), int(np.searchsorted(height, self.cell.top))))

    def rays(self, count: int) -> list[slice]:
        """Rays of a sweep that the patch covers: one slice, or two across north."""
        away = math.hypot(self.x, self.y)
        if away <= self.radius:
            return [slice(0, count)]
        half = math.asin(self.radius / away)
        middle = math.atan2(self.x, self.y)
        turn = count / math.tau
        first, last = math.floor((middle - half) * turn), math.ceil((middle + half) * turn) + 1
        first, last = first % count, first % count + min(last - first, count)
        return [slice(first, min(last, count)), slice(0, max(0, last - count))]

    def _profile(self, z: Floats) -> Floats:
        core, top = self.cell.core_height, self.cell.top
        below = (core - z) / np.float32(core)
        above = (z - core) / np.float32(top - core)
        faded = np.where(z < core, 0.08 * below * below, above * above)
        profile: Floats = np.maximum(1 - faded, 0).astype(np.float32)
        return profile


@dataclass(frozen=True)
class _Texture:
    """Waves that drift with the wind and bend the outlines of cells."""

    SHIFT = 0.1
    """displacement as a share of the wavelength"""

    waves: tuple[tuple[float, float, float, float], ...]
    """radians per metre east and north, phase, metres of displacement"""

    @classmethod
    def of(cls, weather: Weather, latitude: float, longitude: float, now: float) -> _Texture:
        """Waves in phase with those of every other site."""
        stretch = _REFERENCE_COSINE / math.cos(math.radians(latitude))
        x = longitude * _METRES_PER_DEGREE * _REFERENCE_COSINE - weather.wind[0] * now
        y = latitude * _METRES_PER_DEGREE - weather.wind[1] * now
        directions = np.random.default_rng([weather.seed, 1]).uniform(0, math.tau, (5, 2))
        waves = []
        for length, (direction, phase) in zip(_WAVELENGTHS, directions.tolist(), strict=True):
            kx, ky = math.tau / length * np.array((math.cos(direction), math.sin(direction)))
            here = (kx * x + ky * y + phase) % math.tau
            waves.append((float(kx * stretch), float(ky), float(here), length * cls.SHIFT))
        return cls(tuple(waves))

    def distort(self, x: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
        """Displace points; return east and north in metres and a ripple in dB."""
        east, north = np.zeros((2, *np.broadcast_shapes(x.shape, y.shape)), np.float32)
        for kx, ky, phase, shift in self.waves:
            angle = x * np.float32(kx) + y * np.float32(ky) + np.float32(phase)
            east += np.sin(angle) * np.float32(shift)
            north += np.cos(angle) * np.float32(shift)
        return x + east, y + north, (east - north) * np.float32(5e-4)


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


@lru_cache(maxsize=4096)
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
