"""Means and texture over the neighbourhood of the gates of a sweep: three rays by nine gates.

A sweep is cut into blocks of three gates along the ray, and sums are taken over the blocks around
each: a gate is at most one gate beside the centre of its neighbourhood.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from radar_assets.radar.arrays import Floats, Mask

BLOCK = 3
"""gates"""
PAIRS = 4
"""pairs of gates that a texture needs"""

_LOWEST = np.float32(-1e3)
"""instead of nodata and undetect, where these are to be multiplied by zero"""

Number = TypeVar("Number", np.float32, np.uint8)
Value = TypeVar("Value", np.float32, np.bool_)


class Neighbourhood:
    """What is around the gates of `echo`, whose rays close a circle."""

    def __init__(self, echo: Mask) -> None:
        rays, gates = echo.shape
        self.places = np.flatnonzero(echo)
        """index of each gate of the echo in the flat arrays of the sweep"""
        ray, gate = np.divmod(self.places, gates)
        blocks = -(-gates // BLOCK)
        self._block = ray * blocks + gate // BLOCK
        self._shape = BLOCK, rays, blocks
        self._echo = self._cut(echo, fill=False)

    def mean(self, field: Floats, among: Mask | None = None) -> Floats:
        """Mean of the values of some gates, else those of the echo, by gate; NaN without any."""
        values = self._cut(field, fill=np.nan)
        valid = np.isfinite(values)
        valid &= self._echo if among is None else self._cut(among, fill=False)
        total = (np.fmax(values, _LOWEST) * valid).sum(axis=0)
        return self._divided(total, _number(valid), 1)

    def texture(self, field: Floats, period: float = np.inf) -> Floats:
        """Mean square difference of neighbouring gates of the echo, by gate.

        NaN where there are fewer than `PAIRS` of them. A field that repeats itself, such as a
        phase, has a period, and differences within half of it.
        """
        values = self._cut(field, fill=np.nan)
        valid = np.isfinite(values)
        valid &= self._echo
        pairs = valid[1:] & valid[:-1]
        np.fmax(values, _LOWEST, out=values)
        difference = values[1:] - values[:-1]
        difference *= pairs
        if np.isfinite(period):
            difference -= np.float32(period) * np.rint(difference * np.float32(1 / period))
        difference *= difference
        number = pairs.view(np.uint8)
        return self._divided(difference[0] + difference[1], number[0] + number[1], PAIRS)

    def share(self, flags: Mask) -> Floats:
        """Share of the gates of the echo that are set, by gate."""
        found = self._cut(flags, fill=False) & self._echo
        return self._divided(_number(found).astype(np.float32), _number(self._echo), 1)

    def _cut(self, values: NDArray[Value], fill: float) -> NDArray[Value]:
        """First, second and third gates of all blocks, shape (BLOCK, rays, blocks)."""
        cut = np.empty(self._shape, values.dtype)
        for offset in range(BLOCK):
            part = values[:, offset::BLOCK]
            cut[offset, :, : part.shape[1]] = part
            cut[offset, :, part.shape[1] :] = fill
        return cut

    def _divided(self, total: Floats, number: NDArray[np.uint8], least: int) -> Floats:
        """Quotient of two sums over neighbourhoods, by gate; NaN where there are too few values."""
        count = _around(number)
        unknown = np.full(total.shape, np.nan, np.float32)
        quotient = np.divide(_around(total), count, out=unknown, where=count >= least)
        found: Floats = quotient.ravel()[self._block]
        return found


def _number(flags: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Number of flags of each block."""
    number: NDArray[np.uint8] = flags.view(np.uint8).sum(axis=0, dtype=np.uint8)
    return number


def _around(values: NDArray[Number]) -> NDArray[Number]:
    """Sum over three rays and three blocks."""
    framed = np.zeros((values.shape[0] + 2, values.shape[1] + 2), values.dtype)
    framed[1:-1, 1:-1] = values
    framed[0], framed[-1] = framed[-2], framed[1]
    across = framed[:-2] + framed[1:-1]
    across += framed[2:]
    total: NDArray[Number] = across[:, :-2] + across[:, 1:-1]
    total += across[:, 2:]
    return total
