"""The wind profile under which velocities agree best, whatever their folds.

A velocity is an angle, pi*v/nyquist, which does not depend on its fold. Sought is the wind of each
layer under which the angles of all azimuths, sweeps and Nyquist velocities agree best: a velocity-
azimuth display (Browning and Wexler 1968) of angles. Among all profiles, the best is the one whose
layers agree most while the wind changes little from one to the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from radar_assets.radar.arrays import Floats
from radar_assets.radar.unfolding.scan import Complexes, Indices, Scan

LAYER = 250.0
"""metres"""
SHEAR = 2.5
"""m/s by which the wind may well change from one layer to the next"""
COMMON = 25.0
"""m/s, a common wind: of winds that explain the angles alike, the slower are the likelier"""
_HIGHEST = 15_000.0
"""metres above the antenna; the wind above counts as that below"""
_FASTEST = 50.0
"""m/s"""
_SECTOR = 6
"""rays that count as one direction"""
_STEEPEST = 45.0
"""degrees; steeper beams measure little of the wind"""
_FEW = 20
"""gates of a sector at which it counts by half"""
_SURE = 3.0
"""sectors by which a wind must be better than all others to be believed by half"""
_RIDGE = 5.0
"""sectors that hold a wind where it is"""


@dataclass(frozen=True, eq=False)
class Wind:
    """Wind by layers of `LAYER` above the antenna; weaker than it is where it is uncertain."""

    east: Floats
    """m/s toward the east, shape (layers,)"""
    north: Floats
    trust: Floats
    """from 0 to 1"""

    def along(self, scan: Scan) -> Floats:
        """Radial velocity in the bins of a sweep, m/s."""
        place = scan.heights / LAYER - 0.5
        layers = np.arange(self.east.size)
        azimuths = np.radians(scan.grid.azimuths())
        east, north = (
            np.interp(place, layers, part).astype(np.float32) * np.float32(scan.level)
            for part in (self.east, self.north)
        )
        sine, cosine = (wave(azimuths).astype(np.float32) for wave in (np.sin, np.cos))
        return np.outer(sine, east) + np.outer(cosine, north)


def layer_of(heights: NDArray[np.float64]) -> Indices:
    """Number of the layer that heights in metres lie in."""
    return (np.minimum(heights, _HIGHEST) // LAYER).astype(np.int64)


def wind_of(scans: Sequence[Scan]) -> Wind:
    """The wind profile of some sweeps."""
    layers = 1 + max(int(layer_of(scan.heights)[-1]) for scan in scans)
    level = [scan for scan in scans if scan.grid.elevation < _STEEPEST]
    step = float(np.clip(min(scan.nyquist for scan in scans) / 3, 1.0, 3.0))
    axis = _axis(step)
    score = np.zeros((layers, axis.size**2), np.float32)
    means = [_sector_means(scan, layers) for scan in level]
    for scan, mean in zip(level, means, strict=True):
        turns = _turns(
            scan.grid.rays, scan.grid.row_centre, round(scan.level, 2), scan.nyquist, step
        )
        score += np.concatenate([mean.real, mean.imag], axis=1) @ turns
    nyquist = min(scan.nyquist for scan in scans)
    best = _best(score.reshape(layers, axis.size, axis.size), axis, nyquist)
    return _refined(level, means, best)


def _axis(step: float) -> Floats:
    half = int(_FASTEST / step)
    return (np.arange(-half, half + 1) * step).astype(np.float32)


def _sector_means(scan: Scan, layers: int) -> Complexes:
    """Mean unit vectors of the angles by layer and sector, nearer to 0 for fewer gates."""
    inside, starts = np.unique(layer_of(scan.heights), return_index=True)
    sectors = np.arange(0, scan.grid.rays, _SECTOR)
    angles, count = (
        np.add.reduceat(np.add.reduceat(part, sectors, axis=0), starts, axis=1).T
        for part in (scan.angles * scan.moving, scan.count * scan.moving)
    )
    means = np.zeros((layers, sectors.size), np.complex64)
    means[inside] = angles / (count + _FEW)
    return means


@lru_cache(maxsize=16)
def _turns(rays: int, row_centre: float, level: float, nyquist: float, step: float) -> Floats:
    """Unit vectors of all winds in all sectors, shape (2 * sectors, winds)."""
    axis = _axis(step)
    sine, cosine = _sector_bearings(rays, row_centre).astype(np.float32)
    angle = np.float32(np.pi / nyquist * level) * (
        sine[:, None, None] * axis[:, None] + cosine[:, None, None] * axis
    ).reshape(sine.size, -1)
    return np.concatenate([np.cos(angle), np.sin(angle)])


def _sector_bearings(rays: int, row_centre: float) -> NDArray[np.float64]:
    """Sine and cosine of the azimuths of the sectors, shape (2, sectors)."""
    first = np.arange(0, rays, _SECTOR)
    last = np.minimum(first + _SECTOR, rays) - 1
    azimuth = np.radians(((first + last) / 2 + row_centre) * 360 / rays)
    return np.stack([np.sin(azimuth), np.cos(azimuth)])


def _best(score: Floats, axis: Floats, nyquist: float) -> Wind:
    """The wind of each layer in the best of all profiles, to a step of `axis`."""
    speed = np.hypot(axis[:, None], axis)
    score = score - ((speed / COMMON) ** 2).astype(np.float32)
    step = float(axis[1] - axis[0])
    whole = score + _passed_on(score, step) + _passed_on(score[::-1], step)[::-1]
    flat = whole.reshape(score.shape[0], -1)
    best = flat.argmax(axis=1)
    row, column = np.divmod(best, axis.size)
    east, north = axis[row], axis[column]
    away = (axis[:, None] - east[:, None, None]) ** 2 + (axis - north[:, None, None]) ** 2
    other = np.where(away > nyquist**2, whole, -np.inf).reshape(flat.shape).max(axis=1)
    margin = flat[np.arange(best.size), best] - other
    return Wind(east, north, margin / (margin + np.float32(_SURE)))


def _passed_on(score: Floats, step: float) -> Floats:
    """For each layer, what the best profiles through the layers before it are worth, by wind."""
    passed = np.zeros_like(score)
    for layer in range(1, score.shape[0]):
        passed[layer] = _spread(_spread(passed[layer - 1] + score[layer - 1], step).T, step).T
    return passed


def _spread(score: Floats, step: float) -> Floats:
    """The best of each row and those near it, less what the change is unlikely."""
    best = score.copy()
    for shift in range(1, int(2.5 * SHEAR / step) + 1):
        cost = np.float32((shift * step / SHEAR) ** 2)
        np.maximum(best[shift:], score[:-shift] - cost, out=best[shift:])
        np.maximum(best[:-shift], score[shift:] - cost, out=best[:-shift])
    return best


def _refined(scans: Sequence[Scan], means: Sequence[Complexes], wind: Wind) -> Wind:
    """Move each layer's wind by least squares; weaken it by its trust and by what it explains."""
    layers = wind.east.size
    normal, pull = np.tile(np.eye(2) * _RIDGE, (layers, 1, 1)), np.zeros((layers, 2))
    whole, explained = np.full(layers, 1e-6), np.zeros(layers)
    for scan, mean in zip(scans, means, strict=True):
        beams = _sector_bearings(scan.grid.rays, scan.grid.row_centre) * scan.level
        seen = np.stack([wind.east, wind.north], axis=1) @ beams
        rest = np.angle(mean * np.exp(-1j * np.pi / scan.nyquist * seen))
        weight = np.abs(mean)
        whole += weight.sum(axis=1)
        explained += (weight * np.cos(rest)).sum(axis=1)
        normal += np.einsum("ls,is,js->lij", weight, beams, beams)
        pull += np.einsum("ls,is->li", weight * rest * scan.nyquist / np.pi, beams)
    trust = wind.trust * np.clip(2 * explained / whole - 0.6, 0, 1)
    moved = np.linalg.solve(normal, pull[..., None])[..., 0]
    east, north = (trust * (part + moved[:, i]) for i, part in enumerate((wind.east, wind.north)))
    return Wind(*(part.astype(np.float32) for part in (east, north, trust)))
