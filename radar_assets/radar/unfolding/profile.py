"""A wind profile fitted to velocities whose folds are known, more and more of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from radar_assets.radar.unfolding.cells import Cells
from radar_assets.radar.unfolding.likeness import SPREAD
from radar_assets.radar.unfolding.wind import COMMON, SHEAR, Wind

_KNOWN = 8.0
"""m/s by which the wind that angles agree with may be wrong"""
_ALIKE = 4
"""cells that say the same, since they lie next to each other"""


class Profile:
    """The wind's components by layer, estimated by least squares.

    It begins as a wind that the angles agree with; layers differ by `SHEAR`.
    """

    def __init__(self, wind: Wind) -> None:
        """Begin with a wind, as far as it can be trusted."""
        self.layers = wind.east.size
        link = np.diff(np.eye(self.layers), axis=0) / SHEAR
        known = wind.trust.astype(np.float64) / _KNOWN**2
        inverse = link.T @ link + np.diag(known + 1 / COMMON**2)
        self._normal = np.kron(np.eye(2), inverse)
        self._pull = np.concatenate([wind.east * known, wind.north * known])
        self._wind = np.linalg.solve(self._normal, self._pull)

    def seen(self, cells: Cells) -> NDArray[np.float64]:
        """Radial velocity of the wind in all cells, m/s."""
        east, north = self._wind.reshape(2, -1)[:, cells.layer]
        velocity: NDArray[np.float64] = cells.beam[0] * east + cells.beam[1] * north
        return velocity

    def learn(self, cells: Cells, chosen: slice, velocity: NDArray[np.float64]) -> None:
        """Take in the velocities of some cells, those far from the wind with less weight."""
        beams = self._beams(cells, chosen)
        wind = self._wind
        for _ in range(2):
            weighted = self._weights(cells, chosen, velocity - beams @ wind)[:, None] * beams
            normal = self._normal + weighted.T @ beams
            pull = self._pull + weighted.T @ velocity
            wind = np.linalg.solve(normal, pull)
        self._normal, self._pull, self._wind = normal, pull, wind

    def lack(self, cells: Cells, chosen: slice) -> float:
        """What a part lacks in m/s, if the wind may change to suit it: c in v + c = wind."""
        beams = self._beams(cells, chosen)
        lack = beams @ self._wind - cells.velocity[chosen]
        offset = float(np.median(lack))
        for _ in range(2):
            weights = self._weights(cells, chosen, lack - offset)
            weighted = weights[:, None] * beams
            sides = np.stack([weighted.sum(axis=0), weighted.T @ lack], axis=1)
            inner = np.linalg.solve(self._normal + weighted.T @ beams, sides)
            free = weights.sum() - sides[:, 0] @ inner[:, 0]
            offset = float((weights @ lack - sides[:, 0] @ inner[:, 1]) / free)
        return offset

    def _weights(
        self, cells: Cells, chosen: slice, rest: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        moving = cells.weight[chosen] * ~cells.still[chosen]
        weights: NDArray[np.float64] = moving / (SPREAD**2 + rest**2) / _ALIKE
        return weights

    def _beams(self, cells: Cells, chosen: slice) -> NDArray[np.float64]:
        layer = cells.layer[chosen]
        beams = np.zeros((layer.size, 2 * self.layers))
        rows = np.arange(layer.size)
        beams[rows, layer], beams[rows, layer + self.layers] = cells.beam[:, chosen]
        return beams
