"""Parts: regions merged by the votes on the folds between them, the clearest first.

What is merged votes as one from then on, so that many weak votes of small regions add up.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from radar_assets.radar.unfolding.regions import Votes
from radar_assets.radar.unfolding.scan import Indices

_STRICTER = 4.0
"""ratio of the margins that two rounds of merging ask for"""
_LEAST = 1.0
"""margin of votes below which nothing is merged"""


def merge(votes: Votes, count: int) -> tuple[Indices, Indices]:
    """Merge regions; return the number of the part that each belongs to, and its fold there."""
    parts = np.arange(count)
    folds = np.zeros(count, dtype=np.int64)
    limit = np.inf
    while True:
        votes = counted(votes, count)
        first, second, steps, margins = _decided(votes, count)
        clearest = margins.max(initial=0)
        if clearest < _LEAST:
            return parts, folds
        limit = max(_LEAST, min(limit, clearest) / _STRICTER)
        chosen = margins >= limit
        joined, moved = _joined(
            first[chosen], second[chosen], steps[chosen], margins[chosen], count
        )
        folds = folds + moved[parts]
        parts = joined[parts]
        votes = Votes(
            joined[votes.first],
            joined[votes.second],
            votes.folds + moved[votes.first] - moved[votes.second],
            votes.weights,
        )


def counted(votes: Votes, count: int) -> Votes:
    """Votes with one entry for each two different regions, the lower one first, and each fold."""
    apart = votes.first != votes.second
    first, second, folds = votes.first[apart], votes.second[apart], votes.folds[apart]
    swapped = first > second
    low, high = np.where(swapped, second, first), np.where(swapped, first, second)
    folds = np.where(swapped, -folds, folds)
    lowest = int(folds.min(initial=0))
    span = int(folds.max(initial=0)) - lowest + 1
    keys, entry = np.unique((low * count + high) * span + folds - lowest, return_inverse=True)
    weights = weighed(entry, votes.weights[apart], keys.size)
    pairs, steps = np.divmod(keys, span)
    return Votes(pairs // count, pairs % count, steps + lowest, weights)


def agreement(votes: Votes, folds: Indices) -> NDArray[np.float64]:
    """Share of the votes on each region that its fold agrees with; 1 where there are none."""
    broken = votes.folds != folds[votes.second] - folds[votes.first]
    against, total = (
        sum(weighed(end, weights, folds.size) for end in (votes.first, votes.second))
        for weights in (votes.weights * broken, votes.weights)
    )
    share: NDArray[np.float64] = 1 - against / np.maximum(total, 1e-9)
    return share


def weighed(index: Indices, weights: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Sums of weights by index, from 0 up to `count`."""
    sums: NDArray[np.float64] = np.bincount(index, weights, minlength=count).astype(np.float64)
    return sums


def _decided(votes: Votes, count: int) -> tuple[Indices, Indices, Indices, NDArray[np.float64]]:
    """For each two regions the fold with most votes, and by how much it outweighs all others."""
    pairs = votes.first * count + votes.second
    order = np.lexsort((votes.weights, pairs))
    last = np.flatnonzero(np.diff(pairs[order], append=-1))
    best = order[last]
    passed = np.cumsum(votes.weights[order])[last]
    margins = 2 * votes.weights[best] - np.diff(passed, prepend=0)
    return votes.first[best], votes.second[best], votes.folds[best], margins


def _joined(
    first: Indices, second: Indices, steps: Indices, margins: NDArray[np.float64], count: int
) -> tuple[Indices, Indices]:
    """Join each part with the one that it has the greatest margin with (Boruvka's algorithm).

    Returns the new part of each, and the folds by which it moves.
    """
    rank = np.empty(margins.size, dtype=np.int64)
    rank[np.argsort(margins, kind="stable")] = np.arange(margins.size)
    source, target = np.concatenate([first, second]), np.concatenate([second, first])
    rise, rank = np.concatenate([-steps, steps]), np.concatenate([rank, rank])
    order = np.lexsort((rank, source))
    best = order[np.flatnonzero(np.diff(source[order], append=-1))]
    parents, moved = np.arange(count), np.zeros(count, dtype=np.int64)
    parents[source[best]], moved[source[best]] = target[best], rise[best]
    # the greatest margin of a tree was chosen from both of its ends: the lower one is the root
    roots = (parents[parents] == np.arange(count)) & (np.arange(count) <= parents)
    parents[roots], moved[roots] = np.flatnonzero(roots), 0
    while (parents[parents] != parents).any():
        moved = moved + moved[parents]
        parents = parents[parents]
    return parents, moved
