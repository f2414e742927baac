"""Sums of rain over hours, and the time that is missing in them.

Amounts are multiples of 1/1024 mm: 32-bit floats add them without rounding up to 16 m of
water, so that a sum does not depend on how it was put together. An hour is made of the amounts of
its windows, three hours of three hours, six of two threes, a day of four sixes.

Nothing is filled in: a sum is the rain of the time that is known, beside the share that is not. It
has a value where at most one sixth of its time is missing; the amount divided by the known share
estimates the whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from radar_assets.errors import ProductError
from radar_assets.radar.arrays import Floats

HOURS = (1, 3, 6, 24)
"""lengths of sums"""
MAX_MISSING = 1 / 6
"""largest share of missing time of a sum with a value"""
PER_MILLIMETRE = 1024
"""steps of amounts"""

_PARTS = {3: 1, 6: 3, 24: 6}  # hours -> hours of the sums that it is made of
_TOLERANCE = 1e-6


def rounded(amount: Floats) -> Floats:
    """Amounts in mm as multiples of 1/1024 mm; NaN stays."""
    per = np.float32(PER_MILLIMETRE)
    return np.asarray(np.rint(amount * per) / per, dtype=np.float32)


@dataclass(frozen=True, eq=False)
class Amount:
    """Rain of a span of windows, as far as it is known."""

    rain: Floats
    """mm that fell in the known windows, shape (height, width), never NaN"""
    missing: NDArray[np.uint16]
    """windows that are not known, of the same shape"""
    windows: int
    """of the span"""

    @property
    def share(self) -> Floats:
        """Missing time as a share of the span, 0 to 1."""
        return np.divide(self.missing, self.windows, dtype=np.float32)

    @property
    def values(self) -> Floats:
        """The sum in mm; NaN where more than `MAX_MISSING` of its time is missing."""
        is_enough = self.missing <= np.uint16(MAX_MISSING * self.windows + _TOLERANCE)
        return np.where(is_enough, self.rain, np.float32(np.nan))

    @classmethod
    def read(cls, values: Floats, share: Floats, windows: int) -> Amount | None:
        """The amount of which `values` and `share` were written.

        None if a pixel without a value has time that is known: what fell in it was not written.
        """
        if np.count_nonzero(np.isnan(values)) > np.count_nonzero(share >= 1):
            return None
        missing = (share * np.float32(windows) + np.float32(0.5)).astype(np.uint16)
        return cls(np.fmax(values, np.float32(0)), missing, windows)


class Stored(Protocol):
    """What was made for earlier windows; a window or sum is named by its end."""

    def piece(self, end: datetime) -> Floats | None:
        """Rain of one window as `interval` returns it; None for a missing window."""

    def total(self, hours: int, end: datetime) -> tuple[Floats, Floats] | None:
        """`values` and `share` of a sum's amount; None where there is none."""


def accumulate(pieces: Iterable[Floats | None], shape: tuple[int, int]) -> Amount:
    """Add the rain of windows, each as `interval` returns it; None is a missing window."""
    rain, missing, windows = np.zeros(shape, np.float32), np.zeros(shape, np.uint16), 0
    known = np.empty(shape, np.float32)
    for piece in pieces:
        windows += 1
        if piece is None:
            missing += np.uint16(1)
            continue
        missing += np.isnan(piece)
        rain += np.fmax(piece, 0, out=known)
    return Amount(rain, missing, windows)


def joined(parts: Iterable[Amount]) -> Amount:
    """Add the amounts of spans that follow each other."""
    first, *others = parts
    rain, missing, windows = first.rain.copy(), first.missing.copy(), first.windows
    for part in others:
        rain += part.rain
        missing += part.missing
        windows += part.windows
    return Amount(rain, missing, windows)


def total(
    hours: int, end: datetime, window: timedelta, stored: Stored, shape: tuple[int, int]
) -> Amount:
    """Rain of the `hours` (1, 3, 6 or 24) that end at a time.

    Made of as few stored rasters as exactly possible: of the next shorter sums where they are
    stored and lost nothing, and of their parts where not; the result is the same. Raises
    `ProductError` where an hour is no whole number of windows.
    """
    if hours in _PARTS:
        return joined(_parts(hours, end, window, stored, shape))
    count, rest = divmod(timedelta(hours=hours), window)
    if rest:
        raise ProductError(f"windows of {window} do not make an hour; sums of rain need them to")
    return accumulate((stored.piece(end - index * window) for index in range(count)), shape)


def _parts(
    hours: int, end: datetime, window: timedelta, stored: Stored, shape: tuple[int, int]
) -> Iterator[Amount]:
    length = _PARTS[hours]
    for index in range(hours // length):
        until = end - index * timedelta(hours=length)
        found = stored.total(length, until)
        amount = Amount.read(*found, timedelta(hours=length) // window) if found else None
        yield amount or total(length, until, window, stored, shape)
