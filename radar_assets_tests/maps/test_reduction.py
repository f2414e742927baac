"""Several values that become one."""

import numpy as np
import pytest

from radar_assets.maps.reduction import Reduction, halved

N, U = np.nan, -np.inf
BLOCKS = [
    # four pixels from the upper left; nearest, mean, maximum
    ((1, 2, 3, 6), (1, 3, 6)),
    ((N, N, N, N), (N, N, N)),
    ((U, U, U, U), (U, U, U)),
    ((N, U, N, N), (N, U, U)),
    ((U, N, 4, N), (U, 2, 4)),
    ((N, U, U, 6), (N, 2, 6)),
    ((5, N, N, N), (5, 5, 5)),
    ((-3, U, -5, N), (-3, -8 / 3, -3)),
]


@pytest.mark.parametrize(("reduction", "index"), [("nearest", 0), ("mean", 1), ("maximum", 2)])
def test_four_pixels_become_one(reduction, index):
    whole = np.empty((4, 8), np.float32)
    expected = np.empty((2, 4), np.float32)
    for number, (block, results) in enumerate(BLOCKS):
        row, column = divmod(number, 4)
        whole[2 * row : 2 * row + 2, 2 * column : 2 * column + 2] = np.reshape(block, (2, 2))
        expected[row, column] = results[index]
    reduced = halved(whole, Reduction(reduction))
    assert reduced.dtype == np.float32
    np.testing.assert_array_equal(reduced, expected)


def test_classes_are_not_mixed():
    classes = np.array([[1, 2], [3, 3]], np.uint8)
    assert halved(classes, Reduction.NEAREST).tolist() == [[1]]
