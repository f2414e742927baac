"""How alike velocities beside the mean wind are, by their distance.

They are taken for a random field with an exponential covariance, as in kriging: the mean square of
differences is 2*s^2*(1 - exp(-d/L)). Height counts many times over, for the air is layered.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SPREAD = 6.0
"""s in m/s: how far velocities lie from the mean wind"""
RELATED = 80_000.0
"""L in metres"""
UPWARD = 40.0
"""metres along the ground over which velocities change as they do over one metre of height"""


def likeness(distance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Correlation of velocities at distances in metres."""
    return np.exp(-distance / RELATED)


def unlikeness(distance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean square of the differences of velocities at distances in metres, in m2/s2."""
    difference: NDArray[np.float64] = 2 * SPREAD**2 * (1 - likeness(distance))
    return difference
