"""Connected objects on a sweep."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_TOUCHING = np.ones((3, 3), dtype=np.int8)
"""gates that share a side or a corner are connected"""


def label_sweep(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int32], int]:
    """Number the connected objects of one sweep from 1, and count them; 0 lies outside.

    `mask`, of shape (rays, gates), is a whole turn: its last ray lies beside its first one.
    """
    # imported here, for it takes half a second and most commands do without
    from scipy.ndimage import label  # noqa: PLC0415
    from scipy.sparse import coo_array  # noqa: PLC0415
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    labels, count = label(mask, _TOUCHING, output=np.int32)
    seam = _seam(labels[0], labels[-1])
    if seam.size == 0:
        return labels, count
    joints = np.ones(seam.shape[1], dtype=np.int8)
    graph = coo_array((joints, (seam[0], seam[1])), shape=(count + 1, count + 1))
    joined, numbers = connected_components(graph, directed=False)
    return numbers.astype(np.int32)[labels], joined - 1


def _seam(first: NDArray[np.int32], last: NDArray[np.int32]) -> NDArray[np.int32]:
    """Pairs of labels that touch where the first and the last ray meet, shape (2, pairs)."""
    neighbours = ((first, last), (first[1:], last[:-1]), (first[:-1], last[1:]))
    pairs = np.concatenate([np.stack(pair) for pair in neighbours], axis=1)
    return pairs[:, (pairs > 0).all(axis=0)]
