"""One sweep of velocity as unfolding sees it: angles in bins of a few gates, rows from north."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from radar_assets.radar.arrays import Floats, Mask
from radar_assets.radar.geometry import PolarGrid, beam_height, north_first
from radar_assets.radar.volume import Volume

Complexes = NDArray[np.complex64]
Indices = NDArray[np.int64]

FIELD = "VRAD"
_BIN = 300.0
"""metres that a bin is long at least"""
_STILL = 0.5
"""m/s; slower echo may be the ground"""

S = TypeVar("S", bound=np.generic)
T = TypeVar("T", np.float32, np.complex64)


@dataclass(frozen=True, eq=False)
class Scan:
    """The velocities of a sweep as angles, pi*v/nyquist, which do not depend on folds."""

    index: int
    """of the sweep in its volume"""
    grid: PolarGrid
    """of the bins"""
    nyquist: float
    """m/s"""
    velocity: Floats
    """m/s, shape (rays, gates), rows clockwise from north; 0 where there is none"""
    valued: Mask
    """gates with a value"""
    angles: Complexes
    """sums of the unit vectors of the gates of a bin, shape (rays, bins)"""
    count: Floats
    """gates with a value by bin"""
    slow: Floats
    """gates that hardly move by bin"""
    gates_per_bin: int
    """the last bin may have fewer"""

    @classmethod
    def of(cls, volume: Volume, index: int) -> Scan:
        """The velocities of a volume's sweep, whose Nyquist velocity is known."""
        values = north_first(volume, FIELD, index)
        valued = np.isfinite(values)
        velocity = np.where(valued, values, np.float32(0))
        nyquist = volume.nyquist_velocity[index]
        angle = velocity * np.float32(np.pi / nyquist)
        unit = np.zeros(angle.shape, np.complex64)
        np.cos(angle, out=unit.real, where=valued)
        np.sin(angle, out=unit.imag, where=valued)
        gates = _gates_per_bin(volume)
        count = _binned(valued.astype(np.float32), gates)
        grid = PolarGrid.of_sweep(volume, index)
        return cls(
            index=index,
            grid=replace(grid, gate_size=grid.gate_size * gates, gates=count.shape[1]),
            nyquist=nyquist,
            velocity=velocity,
            valued=valued,
            angles=_binned(unit, gates),
            count=count,
            slow=_binned((valued & (np.abs(velocity) < _STILL)).astype(np.float32), gates),
            gates_per_bin=gates,
        )

    @property
    def level(self) -> float:
        """Part of a wind along the azimuth that a beam measures."""
        return float(np.cos(np.radians(self.grid.elevation)))

    @cached_property
    def heights(self) -> NDArray[np.float64]:
        """Metres of the bins above the antenna."""
        grid = self.grid
        ranges = grid.first_gate + (np.arange(grid.gates) + 0.5) * grid.gate_size
        return beam_height(ranges, grid.elevation)

    @cached_property
    def moving(self) -> Mask:
        """Bins with values, and with neighbours that are not mostly still, as the ground is."""
        return (self.count > 0) & (2 * self.summed(self.slow) < self.neighbours)

    @cached_property
    def neighbours(self) -> Floats:
        """Weight of the gates with a value around a bin."""
        return self.summed(self.count)

    @property
    def half_width(self) -> int:
        """Neighbours of a bin before it and after it along the ray."""
        return 2 if self.gates_per_bin == 1 else 1

    @property
    def whole(self) -> int:
        """Sum of the weights of a bin and its neighbours."""
        return 4 * (2 * self.half_width + 1)

    def summed(self, bins: NDArray[T]) -> NDArray[T]:
        """Sum over a bin and its neighbours: weights 1, 2, 1 across the rays, alike along them."""
        along = bins.copy()
        for shift in range(1, self.half_width + 1):
            along[:, shift:] += bins[:, :-shift]
            along[:, :-shift] += bins[:, shift:]
        across = 2 * along
        across[1:] += along[:-1]
        across[:-1] += along[1:]
        across[0] += along[-1]
        across[-1] += along[0]
        return across

    def at_gates(self, bins: NDArray[S]) -> NDArray[S]:
        """Values of bins at all of their gates."""
        return np.repeat(bins, self.gates_per_bin, axis=1)[:, : self.velocity.shape[1]]


def _gates_per_bin(volume: Volume) -> int:
    return max(1, math.ceil(_BIN / volume.gate_size))


def _binned(values: NDArray[T], gates: int) -> NDArray[T]:
    """Sums over so many gates each along the rays."""
    total = values[:, ::gates].copy()
    for gate in range(1, gates):
        part = values[:, gate::gates]
        total[:, : part.shape[1]] += part
    return total
