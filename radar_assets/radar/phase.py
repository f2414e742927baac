"""Unwrapping differential phase: the whole turns that each gate lacks."""

from __future__ import annotations

import numpy as np

from radar_assets.radar.arrays import Floats, Mask

TURN = 360.0
"""degrees"""
_START = 10
"""gates with a value at the beginning of each ray that give the phase of the radar itself"""
_MEMORY = 0.2
"""weight of a gate in the running mean of its ray that the next gate is held against"""


def unwrap(phase: Floats) -> Floats:
    """Unwrap one sweep of differential phase in degrees, shape (rays, gates).

    Every result differs from the measured value by whole turns. A ray begins near the phase that
    the radar has before any rain; each gate then lies within half a turn of those before it.
    """
    valued = np.isfinite(phase)
    if not valued.any():
        return phase
    unwrapped = phase.copy()
    mean = np.full(phase.shape[0], _system_phase(phase, valued), dtype=np.float32)
    for gate in np.flatnonzero(valued.any(axis=0)):
        rays = valued[:, gate]
        before, measured = mean[rays], phase[rays, gate]
        value = measured + np.float32(TURN) * np.rint((before - measured) / np.float32(TURN))
        unwrapped[rays, gate] = value
        mean[rays] = before + np.float32(_MEMORY) * (value - before)
    return unwrapped


def _system_phase(phase: Floats, valued: Mask) -> float:
    """Mean direction of the first gates of all rays, from 0 to 360 degrees."""
    first = valued & (np.cumsum(valued, axis=1) <= _START)
    angles = np.radians(phase[first])
    return float(np.degrees(np.arctan2(np.sin(angles).mean(), np.cos(angles).mean())) % TURN)
