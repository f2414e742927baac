"""The gates of KDP, whose files are coded in two ways.

KDP is the slope of the phase over some 6 km. Its sweeps are shorter by that length, and their
values lie around the middle of the other fields' sweeps. In most files so does undetect. In files
of 2018 undetect lies as in the other fields from the first gate on, half that length before the
values it belongs to: there are values where the phase has none, and none where it has some. The
headers of both are alike; only the phase shows which of the two a file is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radar_assets.radar.bufr import NODATA, AnySweep

CENTRED = "around the middle of the other fields' sweeps"
REMASKED = f"values {CENTRED}, undetect from their first gate on"

_CLEARLY = 10
"""how many times more values must contradict one registration of undetect than the other"""
_SAMPLE = 4
"""of so many rays one is compared"""
_SHARE = 0.02
"""of the values, that must contradict it"""


@dataclass(frozen=True)
class Pair:
    """A sweep of KDP, and that of a field with undetect wherever the phase has it."""

    own: AnySweep
    other: AnySweep

    @property
    def lag(self) -> int:
        """Gate of the other field at which the values of KDP begin."""
        return (self.other.gates - self.own.gates) // 2

    @property
    def is_comparable(self) -> bool:
        """Whether the gates of both are of one size, and KDP has fewer."""
        same_rays = self.own.rays == self.other.rays
        return same_rays and self.own.gate_size == self.other.gate_size and self.lag > 0

    def contradictions(self) -> NDArray[np.int64]:
        """Values of KDP; those where the other has none; and those if undetect begins early."""
        own, other = self.own.values[::_SAMPLE], self.other.values[::_SAMPLE]
        rows, columns = np.nonzero(np.isfinite(own))
        centred, early = other[rows, columns + self.lag], other[rows, columns]
        kept = np.isfinite(centred), np.isfinite(early)
        return np.array([len(rows), *(len(rows) - np.count_nonzero(has) for has in kept)])

    def remasked(self) -> NDArray[np.float32]:
        """Values of KDP with undetect where its values are.

        Behind the last gate of KDP that is undetect of the other field. What was coded as undetect
        and is not so is nodata: its value is lost.
        """
        values, gates, lag = self.own.values, self.own.gates, self.lag
        mask = np.hstack([values, self.other.values[:, gates:]])[:, lag : lag + gates]
        known = np.where(np.isfinite(values), values, NODATA)
        return np.where(np.isfinite(mask), known, mask)


def is_masked_early(pairs: Iterable[Pair]) -> bool:
    """Whether undetect of KDP begins at the first gate of the other field, as the data show it."""
    found = [pair.contradictions() for pair in pairs if pair.is_comparable]
    values, centred, early = np.sum(found, axis=0) if found else (0, 0, 0)
    return bool(centred > _CLEARLY * early and centred > _SHARE * values)
