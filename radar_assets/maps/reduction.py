"""How values of several gates or pixels become one."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Reduction(StrEnum):
    """What a pixel that stands for several values shows."""

    NEAREST = "nearest"
    """one of them: a mean of decibels or classes means nothing"""
    MEAN = "mean"
    """the mean of those that were measured, undetect as 0: of quantities that add up"""
    MAXIMUM = "maximum"
    """the greatest: no peak is lost"""


def halved(values: NDArray[Any], reduction: Reduction) -> NDArray[Any]:
    """Values one zoom below: each the reduction of a block of two rows and two columns.

    `values` has an even shape (height, width), with NaN for nodata and -inf for undetect. What was
    measured prevails over nodata, an echo over undetect.
    """
    if reduction is Reduction.NEAREST:
        return values[::2, ::2].copy()
    parts = np.stack([values[i::2, j::2] for i in (0, 1) for j in (0, 1)])
    if reduction is Reduction.MAXIMUM:
        return np.asarray(np.fmax.reduce(parts))
    is_echo, measured = np.isfinite(parts), np.count_nonzero(~np.isnan(parts), axis=0)
    total = np.where(is_echo, parts, 0).sum(axis=0, dtype=np.float32)
    mean = total / np.maximum(measured, 1).astype(np.float32)
    without = np.where(measured > 0, np.float32(-np.inf), np.float32(np.nan))
    return np.where(is_echo.any(axis=0), mean, without)
