"""Rain that falls between two rasters of rain rate, with its motion.

The time between two rasters is cut into steps in which rain moves by about a pixel. At each step
the first raster is carried forward and the second one backward along the motion (semi-Lagrangian),
and both are averaged by their nearness in time. Fast cells so leave a track instead of beads.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from radar_assets.accumulation.motion import Motion, Rates, motion
from radar_assets.accumulation.opencv import opencv
from radar_assets.accumulation.sums import rounded
from radar_assets.errors import ProductError
from radar_assets.maps.raster import Raster
from radar_assets.radar.arrays import Floats, Mask

_TILE = 64  # pixels a side that are worked on at once
_CELL = 16  # pixels a side of which it is known whether it rains
_STRIDE = 3.0  # pixels that rain moves in a step, at most
_MARGIN = 2  # pixels beyond a displacement that interpolation may reach


def interval(
    before: Raster | None, after: Raster, minutes: float, *, is_moving: bool = True
) -> Floats:
    """Rain in mm that fell in the `minutes` between two rasters of rain rate in mm/h.

    Returns shape (height, width): multiples of 1/1024 mm, NaN exactly where `after` has nodata; no
    rain is 0. Where `before` has nodata, or is None, the rate of `after` held all the time.
    `is_moving` says whether the motion of the rain is followed. Raises `ProductError` for rasters
    of different grids.
    """
    newest = after.values
    if before is None:
        return rounded(np.maximum(newest, 0) * np.float32(minutes / 60))
    if before.grid != after.grid:
        raise ProductError(
            f"rain cannot be summed over maps of {before.grid} and {after.grid}; make both again"
        )
    pair = _Pair(Rates.of(before.values), Rates.of(newest))
    mean = pair.mean()
    if is_moving and pair.rains.any():
        pair.follow(motion(pair.before, pair.after, after.grid.step, minutes * 60), mean)
    return rounded(mean * np.float32(minutes / 60))


@dataclass(frozen=True, eq=False)
class _Pair:
    """Two rasters of rain rate."""

    before: Rates
    after: Rates

    @cached_property
    def rains(self) -> Mask:
        """Cells of pixels in which it rains before or after."""
        return _any((self.before.rate > 0) | (self.after.rate > 0))

    @property
    def has_gaps(self) -> Mask:
        """Cells of pixels that hold nodata, or touch the edge."""
        gaps = _any((self.before.known * self.after.known) == 0)
        gaps[[0, -1]] = gaps[:, [0, -1]] = True
        return gaps

    def mean(self) -> Floats:
        """Mean rate without motion: NaN as the second one, and the second where the first is."""
        mean = (self.before.rate + self.after.rate) * np.float32(0.5)
        np.copyto(mean, self.after.rate, where=self.before.known == 0)
        mean[self.after.known == 0] = np.nan
        return mean

    def follow(self, moved: Motion, mean: Floats) -> None:
        """Put the mean along the motion into `mean`, tile by tile, wherever rain may pass."""
        reach = math.ceil((moved.longest + _MARGIN) / _CELL)
        wet, holed = _grown(self.rains, reach), _grown(self.has_gaps, reach)
        cells = _TILE // _CELL
        for row in range(0, wet.shape[0], cells):
            for column in range(0, wet.shape[1], cells):
                part = slice(row, row + cells), slice(column, column + cells)
                if wet[part].any():
                    self._follow(moved, mean, part, has_gaps=bool(holed[part].any()))

    def _follow(
        self, moved: Motion, mean: Floats, part: tuple[slice, slice], *, has_gaps: bool
    ) -> None:
        rows, columns = (slice(each.start * _CELL, each.stop * _CELL) for each in part)
        tile = mean[rows, columns]
        y, x = (np.asarray(axis) for axis in np.indices(tile.shape, np.float32))
        x, y = x + np.float32(columns.start), y + np.float32(rows.start)
        east, south = np.moveaxis(moved.at(x, y), 2, 0).copy()
        steps = max(1, math.ceil(float(np.hypot(east, south).max()) / _STRIDE))
        total, weight = np.zeros_like(tile), np.zeros_like(tile)
        stride = east / np.float32(steps), south / np.float32(steps)
        shares = (np.arange(steps) + 0.5) / steps
        for rates, first, nearness in (
            (self.before, -shares[0], 1 - shares),
            (self.after, 1 - shares[0], shares),
        ):
            place = x + east * np.float32(first), y + south * np.float32(first)
            for near in nearness.tolist():
                _add(rates.rate, place, near, total)
                if has_gaps:
                    _add(rates.known, place, near, weight)
                for axis, moved_on in zip(place, stride, strict=True):
                    np.subtract(axis, moved_on, out=axis)
        if has_gaps:
            enough = (weight > np.float32(0.01)) & ~np.isnan(tile)
            np.divide(total, weight, out=tile, where=enough)
        else:
            tile[:] = total / np.float32(steps)


def _add(values: Floats, place: tuple[Floats, Floats], factor: float, total: Floats) -> None:
    """Add `factor` times the values at columns and rows, bilinear and 0 beyond the edge."""
    cv2 = opencv()
    taken = cv2.remap(values, *place, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    cv2.scaleAdd(taken, factor, total, dst=total)


def _any(mask: Mask) -> Mask:
    """Whether any pixel of a cell is set."""
    height, width = mask.shape
    rows = np.logical_or.reduceat(mask, np.arange(0, height, _CELL), axis=0)
    return np.logical_or.reduceat(rows, np.arange(0, width, _CELL), axis=1)


def _grown(mask: Mask, cells: int) -> NDArray[np.uint8]:
    """Cells of which one within some cells is set."""
    cv2 = opencv()
    size = 2 * cells + 1
    grown: NDArray[np.uint8] = cv2.dilate(mask.astype(np.uint8), np.ones((size, size), np.uint8))
    return grown
