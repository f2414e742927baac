"""Real velocities folded anew: the delivered value is the truth that unfolding must find again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from radar_assets.radar.arrays import Floats, Mask
from radar_assets.radar.filters import Quality, clean
from radar_assets.radar.volume import Volume

FIELD = "VRAD"
NYQUISTS = (13.25, 8.28, 6.63, 4.42)
_GONE = ((60, 90), (200, 215), (300, 345))
"""degrees without any value"""


@dataclass(frozen=True)
class Target:
    """What must be reached at a Nyquist velocity."""

    right: float
    """of the gates shown, the share with the right fold"""
    shown: float
    """of the gates that quality control keeps, the share that is shown"""


TARGETS: Mapping[float, Target] = {
    13.25: Target(0.98, 0.90),
    8.28: Target(0.98, 0.85),
    6.63: Target(0.95, 0.70),
    4.42: Target(0.95, 0.55),
}


@dataclass(frozen=True)
class Score:
    """How a sweep was unfolded."""

    right: float
    shown: float
    kept: int
    """gates that quality control keeps"""


def delivered(volume: Volume) -> Floats:
    """Velocities as they came."""
    return volume.fields[FIELD]


def rough(volume: Volume) -> Floats:
    """Velocities with noise of 0.75 m/s, every seventh gate dropped, and sectors without any."""
    chance = np.random.default_rng(7)
    values = volume.fields[FIELD].copy()
    echo = np.isfinite(values)
    values[echo] += chance.normal(0, 0.75, int(echo.sum())).astype(np.float32)
    values[echo & (chance.random(values.shape) < 1 / 7)] = -np.inf
    azimuths = volume.azimuths()
    for low, high in _GONE:
        values[(azimuths >= low) & (azimuths < high)] = np.nan
    return values


VARIANTS: Mapping[str, Callable[[Volume], Floats]] = {"delivered": delivered, "rough": rough}


def folded(volume: Volume, truth: Floats, nyquist: float) -> Volume:
    """The volume as it would have been measured at a lower Nyquist velocity."""
    echo = np.isfinite(truth)
    turns = np.rint(np.where(echo, truth, 0) / np.float32(2 * nyquist))
    values = np.where(echo, truth - np.float32(2 * nyquist) * turns, truth)
    return replace(
        volume,
        fields={**volume.fields, FIELD: values},
        nyquist_velocity=(nyquist,) * len(volume.sweeps),
    )


def kept(volume: Volume) -> Mask:
    """Gates with a velocity after quality control."""
    return np.isfinite(clean(volume, Quality()).fields[FIELD])


def scores(volume: Volume, truth: Floats, found: Floats, counted: Mask) -> list[Score]:
    """For each sweep, how the gates that are counted were unfolded; NaN is not shown."""
    nyquist = volume.nyquist_velocity[0]
    result = []
    for index in range(len(volume.sweeps)):
        rows = volume.sweep_slice(index)
        shown = counted[rows] & np.isfinite(found[rows])
        right = np.abs(found[rows][shown] - truth[rows][shown]) < nyquist
        whole = int(counted[rows].sum())
        result.append(Score(float(right.mean()) if right.size else 1.0, shown.sum() / whole, whole))
    return result
