"""Unfolding radial velocity: the multiple of twice the Nyquist velocity that each gate lacks.

A sweep is cut into regions of similar velocity; folds lie between regions only. The mean step over
a border tells how many folds lie between its two regions. The clearest borders are believed first
(a spanning tree of the regions), until all that is connected hangs together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radar_assets.radar.arrays import Floats
from radar_assets.radar.objects import label_sweep

_INTERVALS = 3
"""slices of the Nyquist interval that regions are made of"""
_AGREEMENT = 0.6
"""length of the mean of unit vectors, a fold being a whole turn; about a third in noise"""
_REACH = 100
"""gates or rays without a value over which two regions still are neighbours"""

Indices = NDArray[np.int64]


@dataclass(frozen=True)
class _Borders:
    """Pairs of regions that meet, the first of the lower number, and what their gates tell."""

    first: Indices
    second: Indices
    folds: Indices
    """by which the second region is to be unfolded if the first one is right"""
    clarity: NDArray[np.float64]
    """how much the folds can be believed"""


def dealias(velocity: Floats, nyquist: float) -> Floats:
    """Unfold one sweep of radial velocity, shape (rays, gates) over a whole turn, both in m/s.

    Every result differs from the measured value by a multiple of 2*nyquist. Noise stays as it is;
    of all else that hangs together, the median gate does.
    """
    calm = _is_calm(velocity, nyquist)
    if not calm.any():
        return velocity
    regions = _regions(velocity, calm, nyquist)
    sizes = np.bincount(regions[calm])
    folds = _unfold(_borders(velocity, calm, regions, nyquist), sizes)
    unfolded = velocity + (2 * nyquist * folds[regions]).astype(np.float32)
    return np.where(calm, unfolded, velocity)


def _is_calm(velocity: Floats, nyquist: float) -> NDArray[np.bool_]:
    """Whether the velocities around a gate agree, folds aside; noise has no fold to be found."""
    from scipy.ndimage import uniform_filter  # noqa: PLC0415

    valued = np.isfinite(velocity)
    angle = np.where(valued, velocity, 0) * np.float32(np.pi / nyquist)
    east, north, weight = (
        uniform_filter(part * valued, 3, output=np.float32, mode=("wrap", "constant"))
        for part in (np.cos(angle), np.sin(angle), np.float32(1))
    )
    agree: NDArray[np.bool_] = np.hypot(east, north) > _AGREEMENT * weight
    return valued & agree


def _regions(velocity: Floats, valued: NDArray[np.bool_], nyquist: float) -> Indices:
    """Numbers of the regions of similar velocity, from 0; anything where there is no value."""
    share = np.where(valued, velocity, 0) / (2 * nyquist) + 0.5
    interval = np.clip(share * _INTERVALS, 0, _INTERVALS - 1).astype(np.int8)
    regions = np.zeros(velocity.shape, dtype=np.int64)
    total = 0
    for value in range(_INTERVALS):
        labels, count = label_sweep(valued & (interval == value))
        regions = np.where(labels > 0, labels - 1 + total, regions)
        total += count
    return regions


def _borders(
    velocity: Floats, valued: NDArray[np.bool_], regions: Indices, nyquist: float
) -> _Borders:
    near, far, gap = _neighbours(valued)
    numbers, values = regions.ravel(), velocity.ravel()
    apart = numbers[near] != numbers[far]
    near, far, gap = near[apart], far[apart], gap[apart]
    swapped = numbers[near] > numbers[far]
    near, far = np.where(swapped, far, near), np.where(swapped, near, far)
    count = int(numbers.max()) + 1
    pairs, border = np.unique(numbers[near] * count + numbers[far], return_inverse=True)
    weights = 1 / gap
    total = np.bincount(border, weights, minlength=pairs.size)
    steps = np.bincount(border, weights * (values[near] - values[far]), minlength=pairs.size)
    mean = steps / total / (2 * nyquist)
    folds = np.rint(mean).astype(np.int64)
    return _Borders(
        pairs // count, pairs % count, folds, total * (1 - 1.99 * np.abs(mean - folds)) ** 2
    )


def _neighbours(valued: NDArray[np.bool_]) -> tuple[Indices, Indices, Indices]:
    """Flat indices of gates that follow each other along or across the rays, and their distance."""
    rays, gates = valued.shape
    near, far = _followers(valued)
    ring = np.concatenate([valued, valued[:_REACH]]).T
    left, right = _followers(ring)
    once = left % ring.shape[1] < rays
    left, right = left[once], right[once]
    across = [
        place % ring.shape[1] % rays * gates + place // ring.shape[1] for place in (left, right)
    ]
    return (
        np.concatenate([near, across[0]]),
        np.concatenate([far, across[1]]),
        np.concatenate([far - near, right - left]),
    )


def _followers(valued: NDArray[np.bool_]) -> tuple[Indices, Indices]:
    """Flat indices of places with a value and of the next one in their row, if it is in reach."""
    width = valued.shape[1]
    places = np.flatnonzero(valued)
    near, far = places[:-1], places[1:]
    related = (near // width == far // width) & (far - near <= _REACH)
    return near[related], far[related]


def _unfold(borders: _Borders, sizes: Indices) -> Indices:
    """Fold of each region; `sizes` are their gates."""
    # imported here, for it takes half a second and most commands do without
    from scipy.sparse import coo_array  # noqa: PLC0415
    from scipy.sparse.csgraph import (  # noqa: PLC0415
        breadth_first_order,
        connected_components,
        minimum_spanning_tree,
    )

    count = sizes.size
    shape = (count + 1, count + 1)
    doubt = 1 / borders.clarity
    graph = coo_array((doubt, (borders.first, borders.second)), shape=shape).tocsr()
    _, parts = connected_components(graph, directed=False)
    # a further node hangs all parts together; it comes last, and its part is only its own
    roots = np.unique(parts[:count], return_index=True)[1]
    trunk = coo_array((np.ones(roots.size), (roots, np.full(roots.size, count))), shape=shape)
    order, origins = breadth_first_order(
        minimum_spanning_tree(graph) + trunk, count, directed=False
    )
    steps = dict(
        zip(
            zip(borders.first.tolist(), borders.second.tolist(), strict=True),
            borders.folds.tolist(),
            strict=True,
        )
    )
    folds = np.zeros(count + 1, dtype=np.int64)
    for node in order[1:].tolist():
        origin = int(origins[node])
        folds[node] = folds[origin] + steps.get((origin, node), 0) - steps.get((node, origin), 0)
    unfolded: Indices = folds[:count] - _middle(folds[:count], sizes, parts)[parts[:count]]
    return unfolded


def _middle(folds: Indices, sizes: Indices, parts: Indices) -> Indices:
    """Median fold of the gates of each part."""
    parts = parts[: folds.size]
    order = np.lexsort((folds, parts))
    passed = np.cumsum(sizes[order])
    ends = np.flatnonzero(np.diff(parts[order], append=-1))
    half = (np.concatenate([[0], passed[ends][:-1]]) + passed[ends]) / 2
    middle: Indices = folds[order][np.searchsorted(passed, half)]
    return middle
