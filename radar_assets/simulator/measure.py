"""How each field answers to the weather along the beams of one sweep."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from radar_assets.radar.arrays import Floats
from radar_assets.simulator.flaws import Flaws
from radar_assets.simulator.storms import CLEAR_AIR, Weather

_MELTING_LEVEL = 4000.0  # metres above sea level
_SYSTEM_PHASE = 60.0  # degrees
_PHASE_WINDOW = 6000.0  # metres over which KDP is the slope of PHIDP


@dataclass(frozen=True, eq=False)
class Beams:
    """One sweep through the weather; two-dimensional arrays are (rays, gates)."""

    elevation: float
    """degrees"""
    gate_size: int
    """metres"""
    nyquist_velocity: float
    """m/s"""
    azimuth: Floats
    """degrees, shape (rays, 1)"""
    height: Floats
    """metres above sea level, shape (gates,)"""
    weather: Weather
    truth: Floats
    """dBZ without noise"""
    clutter: NDArray[np.bool_]
    """where the echo comes from the ground"""
    noise: Floats
    """dB of the measured reflectivity"""
    flaws: Flaws

    @cached_property
    def phase(self) -> Floats:
        """Differential phase in degrees that rain adds on the way out and back."""
        gate = np.float32(self.gate_size / 1000)
        phase: Floats = np.cumsum(_true_kdp(self) * (2 * gate), axis=1, dtype=np.float32)
        return phase

    @cached_property
    def reflectivity(self) -> Floats:
        """Measured reflectivity in dBZ, with noise and flaws."""
        found = self.truth + self.noise + np.float32(self.flaws.calibration)
        if self.flaws.attenuation:
            found -= self.phase * np.float32(self.flaws.attenuation)
        return found


def kdp_gates(gates: int, gate_size: int) -> slice:
    """Gates of a ray around which a whole KDP window fits."""
    window = _window(gate_size)
    return slice(window // 2, window // 2 + gates - window)


def _window(gate_size: int) -> int:
    return round(_PHASE_WINDOW / gate_size)


def _liquid(beams: Beams) -> Floats:
    """Share of the echo that is rain, 1 below the melting layer to 0.15 above, shape (gates,)."""
    above = (beams.height - np.float32(_MELTING_LEVEL)) / 400
    return (0.15 + 0.85 / (1 + np.exp(np.clip(above, -20, 20)))).astype(np.float32)


def _melting(beams: Beams) -> Floats:
    """Closeness to the middle of the melting layer, 0 to 1, shape (gates,)."""
    away = (beams.height - np.float32(_MELTING_LEVEL)) / 300
    closeness: Floats = np.exp(-0.5 * away * away)
    return closeness


def _true_zdr(beams: Beams) -> Floats:
    drops: Floats = np.clip((beams.truth - 12) * np.float32(0.07), 0, 4)
    return drops * _liquid(beams)


def _true_kdp(beams: Beams) -> Floats:
    rain = np.where(beams.clutter, np.float32(CLEAR_AIR), beams.truth)
    slope = 0.6 * np.exp((np.minimum(rain, 58) - 42) * np.float32(0.13)) * _liquid(beams)
    return np.where(rain > 25, slope, 0).astype(np.float32)


def _dbzh(beams: Beams, _noise: Floats) -> Floats:
    return beams.reflectivity


def _dbzv(beams: Beams, noise: Floats) -> Floats:
    return beams.reflectivity - _true_zdr(beams) + 0.4 * noise


def _zdr(beams: Beams, noise: Floats) -> Floats:
    spread = np.where(beams.clutter, np.float32(3), np.float32(0.25))
    measured: Floats = np.clip(_true_zdr(beams) + spread * noise, -9.9, 9.9)
    return measured


def _rhohv(beams: Beams, noise: Floats) -> Floats:
    weak = np.clip((10 - beams.truth) * np.float32(0.004), 0, 0.1)
    lost = np.float32(0.012) + 0.07 * _melting(beams) + weak
    lost = np.where(beams.clutter, np.float32(0.45), lost) * np.abs(1 + noise)
    correlation: Floats = np.clip(1 - lost, 0.01, 1)
    return correlation


def _phidp(beams: Beams, noise: Floats) -> Floats:
    spread = np.where(beams.clutter, np.float32(60), np.float32(2))
    phase = beams.phase + np.float32(_SYSTEM_PHASE)
    turned: Floats = np.mod(phase + spread * noise, np.float32(360))
    return turned


def _kdp(beams: Beams, noise: Floats) -> Floats:
    """Slope of PHIDP over a window: shorter than other fields by the window's gates."""
    window = _window(beams.gate_size)
    total = np.cumsum(np.pad(_true_kdp(beams), ((0, 0), (1, 0))), axis=1, dtype=np.float64)
    mean = ((total[:, window + 1 :] - total[:, : -window - 1]) / (window + 1)).astype(np.float32)
    return mean + np.float32(0.15) * noise[:, : mean.shape[1]]


def _vrad(beams: Beams, noise: Floats) -> Floats:
    """Wind along the beam, away from the radar positive, folded; NaN where the estimate failed."""
    east, north = beams.weather.winds(beams.height)
    angle = np.radians(beams.azimuth)
    level = np.float32(np.cos(np.radians(beams.elevation)))
    wind = (east * np.sin(angle) + north * np.cos(angle)) * level
    moving = np.where(beams.clutter, np.float32(0), wind) + np.float32(0.6) * noise
    nyquist = np.float32(beams.nyquist_velocity)
    folded = (moving + nyquist) % (2 * nyquist) - nyquist
    return np.where(noise > 4, np.float32(np.nan), folded)


def _wrad(beams: Beams, noise: Floats) -> Floats:
    turbulence = np.clip((beams.truth - 20) * np.float32(0.09), 0, 4)
    spread = np.where(beams.clutter, np.float32(0.3), 0.8 + turbulence)
    width: Floats = np.clip(np.abs(spread * (1 + np.float32(0.3) * noise)), 0, 20)
    return width


MEASURES: Mapping[str, Callable[[Beams, Floats], Floats]] = MappingProxyType(
    {
        "DBZH": _dbzh,
        "DBZV": _dbzv,
        "ZDR": _zdr,
        "RHOHV": _rhohv,
        "PHIDP": _phidp,
        "KDP": _kdp,
        "VRAD": _vrad,
        "WRAD": _wrad,
    }
)
"""Measured values of a field, shape (rays, gates), from a sweep and standard normal noise."""
