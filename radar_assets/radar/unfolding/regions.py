"""Regions of like velocity, and what gates that face each other say of the folds between them.

Folds lie between regions only. What is cut is the rest of velocity beside the wind, averaged over
neighbours as an angle: noise makes few regions, and none of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radar_assets.radar.arrays import Floats, Mask
from radar_assets.radar.objects import label_sweep
from radar_assets.radar.unfolding.likeness import UPWARD, unlikeness
from radar_assets.radar.unfolding.scan import Indices, Scan

TURN = np.float32(2 * np.pi)
_INTERVALS = 3
"""slices of a turn that regions are made of"""
_COHERENT = 0.5
"""length of the mean unit vector of a gate's neighbours from which on they agree"""
_COHERENT_NEAR = 0.5
"""share of the neighbours of a coherent bin that are coherent"""
_SUPPORT = 0.25
"""share of a gate's neighbours that have a value"""
_REACH = (10, 10)
"""rays and bins without a value over which two regions still are neighbours"""
_ABOVE = 0.3
"""weight of two gates above each other, beside two gates next to each other"""


@dataclass(frozen=True, eq=False)
class Regions:
    """A sweep's velocity beside the wind as an angle, averaged, and cut into regions."""

    angle: Floats
    """radians, from -pi to pi, shape (rays, gates)"""
    coherence: Floats
    """of the neighbours' angles, from 0 to 1"""
    coherent: Mask
    """gates whose neighbours agree, folds aside; all that regions are made of"""
    number: NDArray[np.int32]
    """of a gate's region, from `first` on; `first` where there is none"""
    first: int
    count: int


@dataclass(frozen=True, eq=False)
class Votes:
    """By weight, that region `second` has so many folds more than region `first`."""

    first: Indices
    second: Indices
    folds: Indices
    weights: NDArray[np.float64]

    @classmethod
    def joined(cls, several: Sequence[Votes]) -> Votes:
        """Several sets of votes as one."""
        return cls(
            np.concatenate([votes.first for votes in several]),
            np.concatenate([votes.second for votes in several]),
            np.concatenate([votes.folds for votes in several]),
            np.concatenate([votes.weights for votes in several]),
        )


def regions_of(scan: Scan, wind: Floats, first: int) -> Regions:
    """Cut a sweep into regions, numbered from `first` on."""
    turned = np.exp(wind * np.complex64(-1j * np.pi / scan.nyquist))
    total = scan.summed(scan.angles * turned)
    count = scan.neighbours
    coherence = np.abs(total) / np.maximum(count, 1)
    enough = _SUPPORT * scan.whole * scan.gates_per_bin
    coherent = (scan.count > 0) & (count > enough) & (coherence > _COHERENT)
    near = scan.summed((scan.count > 0).astype(np.float32))
    coherent &= scan.summed(coherent.astype(np.float32)) > _COHERENT_NEAR * near
    mean = np.angle(total)
    number, regions = _number(mean, coherent)
    return Regions(mean, coherence, coherent, number + first, first, regions)


def _number(angle: Floats, coherent: Mask) -> tuple[NDArray[np.int32], int]:
    share = angle / TURN + np.float32(0.5)
    interval = np.clip(share * _INTERVALS, 0, _INTERVALS - 1).astype(np.int8)
    interval[~coherent] = -1
    numbers = np.zeros(angle.shape, dtype=np.int32)
    total = 0
    for value in range(_INTERVALS):
        labels, count = label_sweep(interval == value)
        np.add(labels, total - 1, out=numbers, where=labels > 0)
        total += count
    return numbers, total


def beside(regions: Regions) -> Votes:
    """What gates of a sweep say that follow each other along the rays or across them."""
    near, far, gap = _neighbours(regions.coherent)
    numbers, angle = regions.number.ravel().astype(np.int64), regions.angle.ravel()
    apart = numbers[near] != numbers[far]
    near, far, gap = near[apart], far[apart], gap[apart]
    return _votes(
        numbers[near],
        numbers[far],
        angle[near] - angle[far],
        1 / gap,
    )


def above(lower: Scan, upper: Scan, low: Regions, high: Regions) -> Votes:
    """What moving gates of two sweeps say that lie above each other; the sweeps fold alike."""
    grid = lower.grid
    # neighbours were averaged: every second ray says it all
    rows = np.arange(0, grid.rays, 2)
    gates = np.arange(0, grid.gates)
    over = upper.grid.gates_at(grid.ground_distances()[gates])
    gates, over = gates[over >= 0], over[over >= 0]
    below = np.ix_(rows, gates)
    beyond = np.ix_(upper.grid.rows_at(grid.azimuths()[rows]), over)
    both = (low.coherent & lower.moving)[below] & (high.coherent & upper.moving)[beyond]
    apart = UPWARD * np.abs(upper.heights[over] - lower.heights[gates])
    blur = np.exp(-unlikeness(apart) * (np.pi / lower.nyquist) ** 2 / 2)
    return _votes(
        low.number[below][both].astype(np.int64),
        high.number[beyond][both].astype(np.int64),
        low.angle[below][both] - high.angle[beyond][both],
        np.broadcast_to(_ABOVE * blur, both.shape)[both],
    )


def _votes(first: Indices, second: Indices, steps: Floats, weights: NDArray[np.float64]) -> Votes:
    """Votes of pairs of gates, by the angle of the first one less that of the second one."""
    turns = steps / TURN
    folds = np.rint(turns)
    clear = 1 - 2 * np.abs(turns - folds)
    return Votes(first, second, folds.astype(np.int64), weights * clear**2)


def _neighbours(coherent: Mask) -> tuple[Indices, Indices, Indices]:
    """Flat indices of gates that follow each other along or across the rays, and their distance."""
    rays, gates = coherent.shape
    near, far = _followers(coherent, _REACH[1])
    ring = np.concatenate([coherent, coherent[: _REACH[0]]]).T
    left, right = _followers(ring, _REACH[0])
    once = left % ring.shape[1] < rays
    left, right = left[once], right[once]
    across = [at % ring.shape[1] % rays * gates + at // ring.shape[1] for at in (left, right)]
    return (
        np.concatenate([near, across[0]]),
        np.concatenate([far, across[1]]),
        np.concatenate([far - near, right - left]),
    )


def _followers(mask: Mask, reach: int) -> tuple[Indices, Indices]:
    """Flat indices of true elements and of the next one in their row, if it is in reach."""
    width = mask.shape[1]
    at = np.flatnonzero(mask)
    near, far = at[:-1], at[1:]
    related = (near // width == far // width) & (far - near <= reach)
    return near[related], far[related]
