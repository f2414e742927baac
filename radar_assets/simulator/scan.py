"""What a radar measures of the synthetic weather: one volume, field by field, as it is coded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from radar_assets.radar.arrays import Floats
from radar_assets.radar.bufr.field import NODATA, UNDETECT, Field, FieldSweep
from radar_assets.radar.geometry import beam_height, ground_distance
from radar_assets.simulator.flaws import Flaws
from radar_assets.simulator.measure import MEASURES, Beams, kdp_gates
from radar_assets.simulator.storms import CLEAR_AIR, Weather

RAYS = 360

_CLUTTER_RANGE = 30_000.0  # metres
_KDP_OFFSET = 3000  # metres, as coded for sweeps without gaps
_KDP_LEAST = 15  # dBZ above which KDP is estimated
_LEAST_AT_1_KM = -38  # dBZ that exceed the noise
_HILL_FADING = 25  # dB of clutter lost per degree of elevation
_PAUSE = 1  # seconds between sweeps
_SOUND = Flaws()


@dataclass(frozen=True)
class Site:
    """A radar and its position: degrees, and metres above sea level."""

    radar: str
    latitude: float
    longitude: float
    altitude: float


@dataclass(frozen=True)
class Scan:
    """One volume of a scan strategy: its geometry, fields and pace."""

    strategy: str
    volume: str
    fields: tuple[str, ...]
    elevations: tuple[float, ...]
    """degrees"""
    gates: tuple[int, ...]
    """number of gates of each sweep"""
    sweep_seconds: int
    gate_size: int = 360
    """metres"""
    first_gate: int = 1770
    """metres to the start of the first gate"""
    nyquist_velocity: float = 33.1
    """m/s"""

    def start_of(self, sweep: int) -> timedelta:
        """Time from the first ray of the volume to the first of a sweep."""
        return timedelta(seconds=(self.sweep_seconds + _PAUSE) * sweep)

    @property
    def duration(self) -> timedelta:
        """Time from the first ray to the last."""
        return self.start_of(len(self.elevations)) - timedelta(seconds=_PAUSE)

    def coarser(self, factor: int) -> Scan:
        """Return the same coverage with gates `factor` times as long."""
        gates = tuple(-(-count // factor) for count in self.gates)
        return replace(self, gates=gates, gate_size=self.gate_size * factor)


REFLECTIVITY_SCAN = Scan(
    "0315",
    "01",
    ("DBZH", "DBZV", "ZDR", "RHOHV", "PHIDP", "KDP"),
    (
        *(0.53, 0.92, 1.32, 1.85, 2.33, 3.12, 4.0, 5.05),
        *(6.37, 7.95, 9.89, 12.35, 15.42, 19.78, 29.71),
    ),
    (*(653,) * 7, 487, 465, 367, 298, 242, 187, 134, 107),
    sweep_seconds=15,
)
DOPPLER_SCAN = Scan(
    "0315",
    "02",
    ("VRAD", "WRAD"),
    (0.53, 0.92, 1.32, 1.8, 19.95),
    (320,) * 5,
    sweep_seconds=17,
)
SCANS: Mapping[tuple[str, str], Scan] = MappingProxyType(
    {(scan.strategy, scan.volume): scan for scan in (REFLECTIVITY_SCAN, DOPPLER_SCAN)}
)
"""Known scans by strategy and volume."""


def scan_volume(
    site: Site,
    scan: Scan,
    time: datetime,
    weather: Weather,
    *,
    seed: int = 0,
    flaws: Flaws = _SOUND,
) -> dict[str, Field]:
    """Scan the weather from a site; return the fields by name.

    `time` is the start of the first sweep, aware and in whole seconds. The same arguments give the
    same values. Gates without echo are `UNDETECT`, as are those that something hides; the rays that
    some sweeps miss at their seam are `NODATA`.
    """
    key = (seed, crc32(site.radar.encode()), int(time.timestamp()), int(scan.volume))
    azimuth = int(np.random.default_rng(key).integers(RAYS))
    sweeps: dict[str, list[FieldSweep]] = {name: [] for name in scan.fields}
    for index in range(len(scan.elevations)):
        turn = _Turn(site, scan, index, time + scan.start_of(index), azimuth, (*key, index), flaws)
        for name, sweep in turn.measure(weather).items():
            sweeps[name].append(sweep)
        azimuth = (azimuth + 2 + turn.missing.size) % RAYS
    return {name: _field(site, name, time, measured) for name, measured in sweeps.items()}


def _field(site: Site, name: str, time: datetime, sweeps: list[FieldSweep]) -> Field:
    latitude, longitude = round(site.latitude, 5), round(site.longitude, 5)
    altitude = float(round(site.altitude))
    return Field(site.radar, name, time, latitude, longitude, altitude, tuple(sweeps))


@dataclass(frozen=True)
class _Turn:
    """One turn of the antenna."""

    site: Site
    scan: Scan
    index: int
    start: datetime
    first_azimuth: int
    key: tuple[int, ...]
    """seed of the sweep"""
    flaws: Flaws

    @property
    def missing(self) -> NDArray[np.intp]:
        """Rows that are not radiated."""
        count = np.random.default_rng(self.key).integers(4)
        return (self.first_azimuth + 1 + np.arange(count)) % RAYS

    def measure(self, weather: Weather) -> dict[str, FieldSweep]:
        """Return the sweep of each field."""
        distance = self.scan.first_gate + (0.5 + self._gates) * self.scan.gate_size
        beams = self._beams(weather, distance)
        power = beams.reflectivity - np.float32(self.flaws.calibration)
        seen = power > 20 * np.log10(distance / 1000) + _LEAST_AT_1_KM
        if self.flaws.blocked is not None:
            seen &= ~self.flaws.blocked.hides(beams.azimuth, distance, beams.elevation)
        return {name: self._sweep(name, beams, seen) for name in self.scan.fields}

    @property
    def _gates(self) -> NDArray[np.float64]:
        return np.arange(self.scan.gates[self.index], dtype=np.float64)

    def _beams(self, weather: Weather, distance: NDArray[np.float64]) -> Beams:
        elevation, site = self.scan.elevations[self.index], self.site
        azimuth = np.arange(0.5, RAYS, dtype=np.float32)
        height = (site.altitude + beam_height(distance, elevation)).astype(np.float32)
        ground = ground_distance(distance, elevation).astype(np.float32)
        scene = weather.scene(site.latitude, site.longitude, self.start)
        rain = scene.sweep(azimuth, ground, height)
        hills = _hills(site.radar, self.scan.first_gate, self.scan.gate_size, rain.shape[1])
        hills = hills - np.float32(_HILL_FADING * elevation)
        truth = np.maximum(rain, hills)
        return Beams(
            elevation,
            self.scan.gate_size,
            self.scan.nyquist_velocity,
            azimuth[:, None],
            height,
            weather,
            truth,
            clutter=hills > rain,
            noise=self._noise("truth", truth.shape),
            flaws=self.flaws,
        )

    def _sweep(self, name: str, beams: Beams, seen: NDArray[np.bool_]) -> FieldSweep:
        first_gate = self.scan.first_gate
        values = MEASURES[name](beams, self._noise(name, seen.shape))
        if name == "KDP":
            inner = kdp_gates(seen.shape[1], beams.gate_size)
            seen = (seen & (beams.reflectivity > _KDP_LEAST))[:, inner]
            first_gate += 0 if self.missing.size else _KDP_OFFSET
        values = np.where(seen, values, UNDETECT)
        values[self.missing] = NODATA
        return FieldSweep(
            self.start,
            self.start + timedelta(seconds=self.scan.sweep_seconds),
            beams.elevation,
            beams.gate_size,
            first_gate,
            float(self.first_azimuth),
            values,
        )

    def _noise(self, name: str, shape: tuple[int, ...]) -> Floats:
        rng = np.random.default_rng((*self.key, crc32(name.encode())))
        return rng.standard_normal(shape, np.float32)


@lru_cache(maxsize=32)
def _hills(radar: str, first_gate: int, gate_size: int, gates: int) -> Floats:
    """Ground clutter around a radar in dBZ at the horizon, shape (rays, gates)."""
    distance = first_gate + np.arange(gates, dtype=np.float32) * gate_size
    near = int(np.searchsorted(distance, _CLUTTER_RANGE))
    rng = np.random.default_rng(crc32(radar.encode()))
    strength = 8 * rng.standard_normal((near, RAYS), np.float32).T
    hilly = rng.random((near, RAYS), np.float32).T < 0.12
    hills = np.full((RAYS, gates), CLEAR_AIR, np.float32)
    hills[:, :near][hilly] = (55 - distance[:near] * np.float32(1.2e-3) + strength)[hilly]
    return hills
