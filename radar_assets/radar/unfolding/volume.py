"""Unfolding the velocities of a whole volume."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from radar_assets.radar.arrays import Floats, Mask
from radar_assets.radar.memo import per_volume
from radar_assets.radar.unfolding.anchoring import anchor
from radar_assets.radar.unfolding.cells import cells_of
from radar_assets.radar.unfolding.merging import agreement, counted, merge
from radar_assets.radar.unfolding.regions import (
    TURN,
    Regions,
    Votes,
    above,
    beside,
    regions_of,
)
from radar_assets.radar.unfolding.scan import FIELD, Indices, Scan
from radar_assets.radar.unfolding.wind import wind_of
from radar_assets.radar.volume import Volume

ROUNDING = 1.01
"""measured speeds may exceed a true Nyquist velocity by a rounding"""
_NEXT = 4.0
"""degrees between two sweeps of which one says something of the other"""
_SURE = 0.8
"""probability that a part's fold is right"""
_AGREED = 0.95
"""share of the votes on a region that agree with its fold"""
_ODDS = 4.0
"""logarithm of the odds of a gate's fold"""
_FARTHEST = 0.75
"""of the Nyquist velocity: from its neighbours' mean to a gate that belongs to them"""


@dataclass(frozen=True, eq=False)
class Unfolded:
    """Velocities of a volume, each a multiple of twice its Nyquist velocity from the measured."""

    values: Floats
    """shape of the volume's fields"""
    sure: Mask
    """gates whose fold can be relied on"""
    sweeps: frozenset[int]
    """indices of the sweeps that were unfolded; the others are as measured"""


@per_volume
def unfold(volume: Volume) -> Unfolded:
    """Unfold sweeps, except vertical ones, whose Nyquist velocity is known and plausible."""
    values = volume.fields[FIELD].copy()
    sure = np.isfinite(values)
    scans = [Scan.of(volume, index) for index in _unfoldable(volume)]
    for scan, (found, certain) in zip(scans, _unfolded(scans), strict=True):
        rows, columns = volume.sweep_slice(scan.index), slice(scan.velocity.shape[1])
        turn = -volume.sweeps[scan.index].first_ray
        measured = values[rows, columns]
        valued = np.isfinite(measured)
        values[rows, columns] = np.where(valued, np.roll(found, turn, axis=0), measured)
        sure[rows, columns] = np.roll(certain, turn, axis=0)
    return Unfolded(values, sure, frozenset(scan.index for scan in scans))


def _unfoldable(volume: Volume) -> list[int]:
    """Sweeps that can be unfolded, by elevation."""
    unfoldable = [
        index
        for index, nyquist in enumerate(volume.nyquist_velocity)
        if not volume.sweeps[index].is_vertical
        and 0 < _fastest(volume.sweep_values(FIELD, index)) <= ROUNDING * nyquist
    ]
    return sorted(unfoldable, key=lambda index: volume.sweeps[index].elevation)


def _fastest(values: Floats) -> float:
    return float(np.abs(values).max(where=np.isfinite(values), initial=0))


def _unfolded(scans: Sequence[Scan]) -> list[tuple[Floats, Mask]]:
    """Velocities of sweeps, rows from north, and where their folds are sure."""
    if not scans:
        return []
    wind = wind_of(scans)
    winds = [wind.along(scan) for scan in scans]
    regions, count = [], 0
    for scan, seen in zip(scans, winds, strict=True):
        regions.append(regions_of(scan, seen, count))
        count += regions[-1].count
    votes = counted(Votes.joined(list(_votes(scans, regions))), count)
    parts, folds = merge(votes, count)
    trust = np.zeros(count)
    if count:
        cells = cells_of(scans, winds, regions, parts, folds)
        anchors = anchor(cells, wind)
        part = np.searchsorted(cells.parts, parts)
        folds, trust = folds + anchors.folds[part], anchors.trust[part]
    sure = (trust > _SURE) & (agreement(votes, folds) > _AGREED)
    return [
        _gates(scan, seen, one, folds, sure)
        for scan, seen, one in zip(scans, winds, regions, strict=True)
    ]


def _votes(scans: Sequence[Scan], regions: Sequence[Regions]) -> Iterator[Votes]:
    for one in regions:
        yield beside(one)
    for (lower, low), (upper, high) in pairwise(zip(scans, regions, strict=True)):
        near = upper.grid.elevation - lower.grid.elevation < _NEXT
        if near and lower.nyquist == upper.nyquist:
            yield above(lower, upper, low, high)


def _gates(
    scan: Scan, wind: Floats, regions: Regions, folds: Indices, sure: Mask
) -> tuple[Floats, Mask]:
    """Fold every gate to the mean of its neighbours, which are of known folds.

    A gate's odds against the next fold are those of a normal distribution of which the coherence
    of the neighbours gives the width: ln(odds) = pi^2 (1 - a)/(-ln R), a being the gate's distance
    from the mean as a share of the Nyquist velocity.
    """
    if not regions.count:
        return scan.velocity, np.zeros_like(scan.valued)
    nyquist = np.float32(scan.nyquist)
    turns = regions.angle + TURN * folds[regions.number].astype(np.float32)
    rest = np.where(regions.coherent, turns * (nyquist / np.float32(np.pi)), np.float32(0))
    near = scan.summed(rest) / np.maximum(scan.summed(regions.coherent.astype(np.float32)), 1)
    local = wind + np.where(regions.coherent, rest, near)
    mean = scan.at_gates(local)
    found = scan.velocity + 2 * nyquist * np.rint((mean - scan.velocity) / (2 * nyquist))
    away = np.abs(found - mean) / nyquist
    blur = -np.log(np.maximum(regions.coherence, np.float32(1e-3))) / np.float32(np.pi**2)
    limit = np.minimum(_FARTHEST, 1 - _ODDS * blur)
    whole = regions.coherent & sure[regions.number] & ~_torn(scan, rest, regions.coherent)
    # ground, or echo that moves at a multiple of twice the Nyquist velocity
    whole &= scan.moving | (np.abs(local) < nyquist)
    limit[~whole] = 0
    return found, scan.valued & (away < scan.at_gates(limit))


def _torn(scan: Scan, rest: Floats, coherent: Mask) -> Mask:
    """Bins with neighbours that still differ by more than the Nyquist velocity."""
    torn = np.zeros(coherent.shape, np.float32)
    for axis in (0, 1):
        jumps = (np.abs(np.diff(rest, axis=axis)) > scan.nyquist) & _both(coherent, axis)
        edge = [slice(None), slice(None)]
        for edge[axis] in (slice(1, None), slice(None, -1)):
            torn[tuple(edge)] += jumps
    return scan.summed(torn) > 0


def _both(mask: Mask, axis: int) -> Mask:
    """Whether an element and the next one along an axis are true."""
    return np.delete(mask, -1, axis) & np.delete(mask, 0, axis)
