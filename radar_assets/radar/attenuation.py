"""How much of its power a beam has lost on the way, by the differential phase.

Rain delays horizontal polarization more than vertical one and takes power from both; at C band the
two are nearly proportional, so that path-integrated attenuation in dB is a coefficient times the
differential phase that rain has added up to a gate (Bringi et al. 1990, J. Atmos. Oceanic Technol.
7, 829-840). Unlike correction by reflectivity itself, nothing is fed back: errors do not grow.

Phase that propagation adds never decreases along a ray. The fit to what was measured is the
non-decreasing one of least squares, isotonic regression: it keeps the steps of storms, and humps
that backscatter leaves in the phase are averaged with what is behind them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from radar_assets.radar.arrays import Floats, Mask
from radar_assets.radar.phase import unwrap

SMOOTHING = 3_000.0
"""metres along the ray over which phase is averaged before the fit"""
NOISY = 15.0
"""degrees; standard deviation of phase from gate to gate beyond which it is not that of rain"""
FILLED = 0.3
"""share of the gates around one that have a phase, at least"""
BEGINNING = 3_000.0
"""metres with phase at the beginning of each ray that show the phase before any rain"""
BAND = 10.0
"""degrees by which that of a ray may differ from that of most"""
MEMORY = 15_000.0
"""metres behind the last known phase over which it counts"""


def added_phase(phase: Floats, gate_size: float) -> Floats:
    """Differential phase in degrees that weather has added up to each gate.

    `phase` is one sweep as measured, in degrees, finite where there is weather; shape (rays,
    gates). The result never decreases along a ray, and is NaN where no phase is known nearby.
    """
    mean, known = _averaged(unwrap(phase), gate_size)
    added = np.zeros(phase.shape, np.float32)
    for ray in np.flatnonzero(known.any(axis=1)):
        added[ray, known[ray]] = _rising(mean[ray, known[ray]])
    added -= _before_rain(mean, known, gate_size)[:, None]
    added[~known] = 0
    added = np.maximum.accumulate(np.maximum(added, 0), axis=1)
    added[_lost(known, round(MEMORY / gate_size))] = np.nan
    return added


def _rising(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Non-decreasing fit of least squares."""
    from scipy.optimize import isotonic_regression  # noqa: PLC0415

    fitted: NDArray[np.float64] = isotonic_regression(values).x
    return fitted


def _averaged(phase: Floats, gate_size: float) -> tuple[NDArray[np.float64], Mask]:
    """Mean phase around each gate, and where it is that of rain."""
    valued = np.isfinite(phase)
    values = np.where(valued, phase, 0).astype(np.float64)
    pairs = np.zeros_like(valued)
    pairs[:, 1:] = valued[:, 1:] & valued[:, :-1]
    steps = np.where(pairs, np.diff(values, axis=1, prepend=0), 0)
    share, total = _around(valued, gate_size), _around(values, gate_size)
    of_pairs, squares = _around(pairs, gate_size), _around(steps**2, gate_size)
    mean = np.divide(total, share, out=np.zeros_like(total), where=share > 0)
    noise = np.divide(squares, 2 * of_pairs, out=np.full_like(total, np.inf), where=of_pairs > 1e-6)
    return mean, valued & (share >= FILLED) & (noise <= NOISY**2)


def _around(values: NDArray[np.float64] | Mask, gate_size: float) -> NDArray[np.float64]:
    from scipy.ndimage import uniform_filter1d  # noqa: PLC0415

    span = max(round(SMOOTHING / gate_size) | 1, 3)
    found: NDArray[np.float64] = uniform_filter1d(
        values.astype(np.float64), span, axis=1, mode="constant"
    )
    return found


def _before_rain(mean: NDArray[np.float64], known: Mask, gate_size: float) -> NDArray[np.float64]:
    """Phase of each ray before any rain: that of its beginning, near that of most rays."""
    first = known & (np.cumsum(known, axis=1) <= max(round(BEGINNING / gate_size), 1))
    rays = first.any(axis=1)
    if not rays.any():
        return np.zeros(len(mean))
    own = np.zeros(len(mean))
    own[rays] = np.nanmedian(np.where(first, mean, np.nan)[rays], axis=1)
    usual = np.median(own[rays])
    return np.where(rays, np.clip(own, usual - BAND, usual + BAND), usual)


def _lost(known: Mask, memory: int) -> Mask:
    """Gates farther behind the last known phase than that counts; none before the first."""
    gates = np.arange(known.shape[1])
    last = np.maximum.accumulate(np.where(known, gates, -1), axis=1)
    lost: Mask = (last >= 0) & (gates - last > memory)
    return lost
