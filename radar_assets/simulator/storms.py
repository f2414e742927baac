"""A synthetic atmosphere: convective cells and stratiform rain that live, move and die.

The weather is a pure function of seed, place and time. The globe is cut into tiles and time into
slots; every tile gives birth to one storm system per slot, so there are always storms around a
radar. It is the same whoever asks: `Weather.reflectivity` is the truth at points of the map, and
radars see it along their beams. Around an anchor, positions are metres east and north on a plane by
latitude and longitude differences.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from pyproj import Geod

from radar_assets.radar.arrays import Floats
from radar_assets.simulator.cells import METRES_PER_DEGREE, Cell, cells_between, cosine

CLEAR_AIR = -30.0
"""dBZ where there is no echo"""

_MARGIN = 5.0  # degrees of latitude: range, drift and size of what a radar can see
_DRIFT = 3.0  # degrees of latitude: drift and size alone
_EXTENT = 2.4  # radii at which the strongest cell has faded to the noise
_WAVELENGTHS = (34_000.0, 19_000.0, 11_000.0, 6_500.0, 4_000.0)
_REFERENCE_COSINE = math.cos(math.radians(32))
_BEND = 0.04  # of a distance: by which rays and the plane may differ
_REACH = 300_000.0  # metres of the rays that are kept
_KNOTS = 5  # points of a ray that its way over the plane is made of
_GEOD = Geod(ellps="WGS84")


@dataclass(frozen=True)
class Weather:
    """The synthetic atmosphere."""

    seed: int = 0
    wind: tuple[float, float] = (13.0, 5.0)
    """steering wind in m/s towards east and north, with which storms move"""

    def scene(self, latitude: float, longitude: float, time: datetime) -> Scene:
        """Return the weather around a site at a moment."""
        margin = _MARGIN / cosine(latitude)
        return self._scene(
            (latitude, longitude),
            (latitude - _MARGIN, latitude + _MARGIN),
            (longitude - margin, longitude + margin),
            time,
        )

    def reflectivity(
        self, latitude: Floats, longitude: Floats, height: float, time: datetime
    ) -> Floats:
        """Return the true reflectivity in dBZ on a grid, shape (rows, columns).

        `latitude` is (rows,) and `longitude` (columns,) in degrees, each in order; `height` is
        in metres above sea level.
        """
        rows, columns = np.asarray(latitude, np.float64), np.asarray(longitude, np.float64)
        low, high = float(rows.min()), float(rows.max())
        margin = _DRIFT / cosine(max(abs(low), abs(high)))
        anchor = (low + high) / 2, float(columns.min() + columns.max()) / 2
        scene = self._scene(
            anchor,
            (low - _DRIFT, high + _DRIFT),
            (float(columns.min()) - margin, float(columns.max()) + margin),
            time,
        )
        return scene.grid(*scene.plane(rows, columns), height)

    def winds(self, height: Floats) -> tuple[Floats, Floats]:
        """Wind in m/s towards east and north at heights in metres; it grows and veers aloft."""
        speed = np.float32(0.5) + height * np.float32(2.5e-4)
        turn = (height - np.float32(2000)) * np.float32(6e-5)
        cosines, sines = np.cos(turn), np.sin(turn)
        east, north = self.wind
        return speed * (east * cosines + north * sines), speed * (north * cosines - east * sines)

    def _scene(
        self,
        anchor: tuple[float, float],
        latitudes: tuple[float, float],
        longitudes: tuple[float, float],
        time: datetime,
    ) -> Scene:
        now = time.timestamp()
        cells = cells_between(self.seed, self.wind, latitudes, longitudes, now)
        patches = tuple(_Patch.of(cell, *anchor, now) for cell in cells if cell.growth(now) > 0)
        return Scene(*anchor, patches, _Texture.of(self, *anchor, now))


@dataclass(frozen=True)
class Scene:
    """The weather around an anchor at one moment."""

    latitude: float
    """degrees, of the anchor"""
    longitude: float
    patches: tuple[_Patch, ...]
    texture: _Texture

    def plane(
        self, latitude: NDArray[np.float64], longitude: NDArray[np.float64]
    ) -> tuple[Floats, Floats]:
        """Metres east and north of the anchor, from degrees."""
        scale = METRES_PER_DEGREE * cosine(self.latitude)
        x = (longitude - self.longitude) * scale
        y = (latitude - self.latitude) * METRES_PER_DEGREE
        return x.astype(np.float32), y.astype(np.float32)

    def rays(self, azimuth: Floats, distance: Floats) -> tuple[Floats, Floats]:
        """Metres east and north of gates at metres over ground, shape (rays, gates).

        Each ray is a geodesic of the ellipsoid, by a polynomial through points of it.
        """
        reach = max(_REACH, float(distance.max()))
        points = _geodesics(self.latitude, self.longitude, azimuth.tobytes(), reach)
        x, y = self.plane(*points)
        away = np.vander(distance.astype(np.float64) / reach, _KNOTS, increasing=True)
        ends = np.vander(np.linspace(0, 1, _KNOTS), increasing=True)
        weights = (away @ np.linalg.inv(ends)).T.astype(np.float32)
        return x @ weights, y @ weights

    def reflectivity(self, x: Floats, y: Floats, z: Floats) -> Floats:
        """Reflectivity in dBZ at points: metres east, north and above sea level, broadcast."""
        x, y, ripple = self.texture.distort(x, y)
        found = np.full(np.broadcast_shapes(x.shape, z.shape), CLEAR_AIR, np.float32)
        for patch in self.patches:
            np.maximum(found, patch.reflectivity(x, y, z), out=found)
        return found + ripple

    def grid(self, x: Floats, y: Floats, height: float) -> Floats:
        """Reflectivity in dBZ at ordered columns `x` and rows `y`, computed only near cells."""
        level = np.array(height, np.float32)
        east, north, ripple = self.texture.distort(x[None, :], y[:, None])
        found = np.full(east.shape, CLEAR_AIR, np.float32)
        for patch in self.patches:
            window = _near(y, patch.y, patch.radius), _near(x, patch.x, patch.radius)
            part = found[window]
            np.maximum(part, patch.reflectivity(east[window], north[window], level), out=part)
        return found + ripple

    def sweep(self, azimuth: Floats, distance: Floats, height: Floats) -> Floats:
        """Reflectivity in dBZ of a sweep, shape (rays, gates), computed only near cells.

        `azimuth` is (rays,) degrees clockwise from north, evenly spaced over the circle;
        `distance` and `height` are (gates,) metres over ground and above sea level.
        """
        x, y, ripple = self.texture.distort(*self.rays(azimuth, distance))
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
    """A cell at one moment, in metres around an anchor."""

    x: float
    y: float
    stretch: float
    """metres on the ground at the cell that are one to the east on the plane"""
    strength: float
    """dB above clear air in the core"""
    cell: Cell

    @classmethod
    def of(cls, cell: Cell, latitude: float, longitude: float, now: float) -> _Patch:
        here, there = cell.place(now)
        x = (there - longitude) * METRES_PER_DEGREE * cosine(latitude)
        y = (here - latitude) * METRES_PER_DEGREE
        stretch = cosine(cell.latitude) / cosine(latitude)
        return cls(x, y, stretch, (cell.peak - CLEAR_AIR) * cell.growth(now), cell)

    @property
    def radius(self) -> float:
        """Metres on the plane beyond which it has faded."""
        shift = sum(_WAVELENGTHS) * _Texture.SHIFT
        return (_EXTENT * self.cell.radii[0] + shift) / min(1.0, self.stretch)

    def reflectivity(self, x: Floats, y: Floats, z: Floats) -> Floats:
        turn, sine = math.cos(self.cell.axis), math.sin(self.cell.axis)
        along, across = self.cell.radii
        east = (x - np.float32(self.x)) * np.float32(self.stretch)
        north = y - np.float32(self.y)
        u = east * (turn / along) + north * (sine / along)
        v = north * (turn / across) - east * (sine / across)
        core: Floats = np.exp((u * u + v * v) * np.float32(-0.5))
        return core * (self._profile(z) * np.float32(self.strength)) + np.float32(CLEAR_AIR)

    def gates(self, distance: Floats, height: Floats) -> slice:
        """Gates of a sweep that the patch covers."""
        away = math.hypot(self.x, self.y)
        reach = self.radius + _BEND * away
        low, high = np.searchsorted(distance, (away - reach, away + reach))
        return slice(int(low), min(int(high), int(np.searchsorted(height, self.cell.top))))

    def rays(self, count: int) -> list[slice]:
        """Rays of a sweep that the patch covers: one slice, or two across north."""
        away = math.hypot(self.x, self.y)
        reach = self.radius + _BEND * away
        if away <= reach:
            return [slice(0, count)]
        half = math.asin(reach / away)
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
    stretch: float
    """metres of the reference to the east that are one on the plane"""

    @classmethod
    def of(cls, weather: Weather, latitude: float, longitude: float, now: float) -> _Texture:
        """Waves in phase with those around every other anchor."""
        stretch = _REFERENCE_COSINE / cosine(latitude)
        x = longitude * METRES_PER_DEGREE * _REFERENCE_COSINE - weather.wind[0] * now
        y = latitude * METRES_PER_DEGREE - weather.wind[1] * now
        directions = np.random.default_rng([weather.seed, 1]).uniform(0, math.tau, (5, 2))
        waves = []
        for length, (direction, phase) in zip(_WAVELENGTHS, directions.tolist(), strict=True):
            kx, ky = math.tau / length * np.array((math.cos(direction), math.sin(direction)))
            here = (kx * x + ky * y + phase) % math.tau
            waves.append((float(kx * stretch), float(ky), float(here), length * cls.SHIFT))
        return cls(tuple(waves), stretch)

    def distort(self, x: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
        """Displace points; return east and north in metres and a ripple in dB."""
        east, north = np.zeros((2, *np.broadcast_shapes(x.shape, y.shape)), np.float32)
        for kx, ky, phase, shift in self.waves:
            angle = x * np.float32(kx) + y * np.float32(ky) + np.float32(phase)
            east += np.sin(angle) * np.float32(shift)
            north += np.cos(angle) * np.float32(shift)
        return x + east / np.float32(self.stretch), y + north, (east - north) * np.float32(5e-4)


@lru_cache(maxsize=64)
def _geodesics(
    latitude: float, longitude: float, azimuths: bytes, reach: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Latitude and longitude of points of rays out to `reach` metres, shape (rays, points)."""
    azimuth, distance = np.frombuffer(azimuths, np.float32), np.linspace(0, reach, _KNOTS)
    turns, lengths = np.meshgrid(azimuth.astype(np.float64), distance, indexing="ij")
    start = np.full(turns.shape, longitude), np.full(turns.shape, latitude)
    longitudes, latitudes, _ = _GEOD.fwd(*start, turns, lengths)
    return np.asarray(latitudes), np.asarray(longitudes)


def _near(axis: Floats, middle: float, radius: float) -> slice:
    """Places of an ordered axis within a radius."""
    places = np.flatnonzero(np.abs(axis - middle) <= radius)
    return slice(int(places[0]), int(places[-1]) + 1) if places.size else slice(0)
