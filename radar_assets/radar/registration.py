"""The range grid of a volume, and where the gates of a field lie on it.

Coded distances are whole metres and the middle of a gate lies at half ones: all sums are of
integers, in half metres, and so exact.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radar_assets.radar.bufr import AnySweep


@dataclass(frozen=True)
class RangeGrid:
    """Gates of one size, in whole metres."""

    first_gate: int
    """where the first gate starts"""
    gate_size: int
    gates: int

    @classmethod
    def spanning(cls, sweeps: Collection[AnySweep], gate_size: int) -> RangeGrid:
        """Grid from where the first of the sweeps starts to where the farthest one ends."""
        start, end = min(sweep.first_gate for sweep in sweeps), max(map(reach, sweeps))
        return cls(start, gate_size, _gates_to(end - start, gate_size))

    def gates_of(self, sweeps: Collection[AnySweep]) -> int:
        """How many gates of the grid lie before the end of the farthest of some sweeps."""
        return _gates_to(max(map(reach, sweeps)) - self.first_gate, self.gate_size)

    def register(
        self, own: AnySweep, centred_on: AnySweep | None = None
    ) -> tuple[slice, NDArray[np.intp]]:
        """Gates of the grid that a sweep covers, and its own gate nearest to each of them.

        The sweep starts where it says, or lies around the middle of another one.
        """
        twice_start = 2 * own.first_gate
        if centred_on is not None:
            surplus = centred_on.gates - own.gates
            twice_start = 2 * centred_on.first_gate + surplus * centred_on.gate_size
        twice_centres = 2 * self.first_gate + (2 * np.arange(self.gates) + 1) * self.gate_size
        nearest: NDArray[np.intp] = (twice_centres - twice_start) // (2 * own.gate_size)
        first, stop = np.searchsorted(nearest, (0, own.gates))
        return slice(int(first), int(stop)), nearest[first:stop]


def reach(sweep: AnySweep) -> int:
    """Distance in metres at which a sweep's last gate ends."""
    return sweep.first_gate + sweep.gates * sweep.gate_size


def _gates_to(length: int, gate_size: int) -> int:
    return -(-length // gate_size)
