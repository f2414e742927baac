"""Statistics over stretches of rays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Gates = NDArray[np.intp]


class Stretches:
    """Stretches of rays, of gates in the order of ray and range."""

    def __init__(self, begins: NDArray[np.bool_]) -> None:
        self.number = np.cumsum(begins) - 1
        """stretch of each gate"""
        self.count = np.bincount(self.number)
        """gates of each stretch"""
        self._ends = np.cumsum(self.count)

    def first(self, values: Gates) -> Gates:
        """Value of the first gate of each stretch."""
        found: Gates = values[self._ends - self.count]
        return found

    def last(self, values: Gates) -> Gates:
        """Value of the last gate of each stretch."""
        return values[self._ends - 1]

    def mean(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Mean of the finite values in each stretch; NaN without any."""
        finite = np.isfinite(values)
        total, number = (
            np.bincount(self.number[finite], weights, self.count.size)
            for weights in (values[finite], None)
        )
        unknown = np.full(total.shape, np.nan)
        found: NDArray[np.float64] = np.divide(total, number, out=unknown, where=number > 0)
        return found

    def drift(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Variance of the values in each stretch without what is independent from gate to gate.

        The latter is half the mean square of successive differences (von Neumann 1941, Ann. Math.
        Statist. 12, 367-395).
        """
        variance = self.mean((values - self.mean(values)[self.number]) ** 2)
        within = np.diff(self.number, prepend=-1) == 0
        difference = np.where(within, np.diff(values, prepend=0.0), np.nan)
        drift: NDArray[np.float64] = np.maximum(variance - self.mean(difference**2) / 2, 0)
        return drift
