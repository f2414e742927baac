"""How rain moved between two rasters: dense optical flow, and one smooth field made of it.

Optical flow is that of dense inverse search (Kroeger et al. 2016, Fast Optical Flow Using Dense
Inverse Search, ECCV), on decibels of rain rate, as Ayzel et al. (2019, Optical flow models as an
open benchmark for radar-based precipitation nowcasting, Geosci. Model Dev. 12, 1387-1402) use it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radar_assets.accumulation.opencv import opencv
from radar_assets.radar.arrays import Floats, Mask

MAX_SPEED = 40.0
"""m/s; what seems to be faster does not count"""

_FLOW_STEP = 1500.0  # metres on the ground of a pixel on which flow is sought, at least
_LEAST, _MOST = -10.0, 20.0  # dB of 1 mm/h between which rates differ
_LEVELS = 255
_COARSER = 4  # pixels of flow along a side of a pixel of the motion that is made of it
_SCALES = (12_000.0, 60_000.0)  # metres over which flow is averaged: where it rains, and beyond
_FAR = 1e-3  # weight of the larger scale
_NOTHING = 1e-6  # weight of no motion at all
_LEAST_KNOWN = 0.25  # share of a coarse pixel
_STRIDE = 4  # pixels between patches that are searched for
_SLACK = 0.15  # share of a displacement by which the way back may miss, besides a pixel


@dataclass(frozen=True, eq=False)
class Motion:
    """Displacement of rain between two rasters."""

    field: Floats
    """shape (rows, columns, 2): pixels of the rasters to the east and south, on a coarser grid"""
    factor: int
    """pixels of the rasters along a side of a pixel of `field`"""

    @property
    def longest(self) -> float:
        """Longest displacement in pixels of the rasters."""
        return math.sqrt(float((self.field**2).sum(axis=2).max()))

    def at(self, x: Floats, y: Floats) -> Floats:
        """Displacement at columns and rows of the rasters, shape (…, 2)."""
        cv2, half = opencv(), np.float32(0.5)
        column = (x + half) / np.float32(self.factor) - half
        row = (y + half) / np.float32(self.factor) - half
        found: Floats = cv2.remap(
            self.field, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        return found


@dataclass(frozen=True, eq=False)
class Rates:
    """A raster of rain rate, as motion is sought in it and interpolated along it."""

    rate: Floats
    """mm/h, shape (height, width); 0 without rain and where there is nodata"""
    known: Floats
    """1 where there is a value, 0 for nodata"""

    @classmethod
    def of(cls, values: Floats) -> Rates:
        """Of values with NaN for nodata and -inf for undetect."""
        is_missing = np.isnan(values)
        return cls(np.fmax(values, np.float32(0)), np.float32(1) - is_missing)


def motion(before: Rates, after: Rates, step: float, seconds: float) -> Motion:
    """Find how rain moved between two rasters, `seconds` apart.

    A pixel spans `step` metres on the ground. Flow is sought forward and backward; it counts where
    both agree, where it rains, and not beside nodata. Elsewhere the motion is that of the rain
    around. Where nothing is found, it is 0.
    """
    factor = 1 << max(0, math.ceil(math.log2(_FLOW_STEP / step)))
    shares = [_coarse(each.known, factor) for each in (before, after)]
    known = np.minimum(*shares) >= _LEAST_KNOWN
    images = [
        _image(_coarse(each.rate, factor), share)
        for each, share in zip((before, after), shares, strict=True)
    ]
    ways = [_flow(*images), _flow(*images[::-1])]
    most = MAX_SPEED * seconds / (step * factor)
    weights = [
        _weight(image, known, way, back, most)
        for image, way, back in zip(images, ways, ways[::-1], strict=True)
    ]
    weight = weights[0] + weights[1]
    moved = ways[0] * weights[0][..., None] - ways[1] * weights[1][..., None]
    coarse = factor * _COARSER
    field = _spread(_coarse(moved, _COARSER), _coarse(weight, _COARSER), step * coarse)
    return Motion(field * np.float32(factor), coarse)


def _coarse(values: Floats, factor: int) -> Floats:
    """Means of blocks of pixels; the last ones reach beyond the edge, where there is nothing."""
    cv2 = opencv()
    height, width = (-(-size // factor) for size in values.shape[:2])
    rows, columns = height * factor - values.shape[0], width * factor - values.shape[1]
    whole = (
        np.pad(values, ((0, rows), (0, columns), *((0, 0),) * (values.ndim - 2)))
        if rows or columns
        else values
    )
    means: Floats = cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA)
    return means


def _image(mean: Floats, share: Floats) -> NDArray[np.uint8]:
    """Mean rain rate of what is known of coarse pixels in decibels, as bytes; 0 for none."""
    known = mean / np.maximum(share, np.float32(_LEAST_KNOWN))
    level = 10 * np.log10(np.maximum(known, np.float32(10 ** (_LEAST / 10))))
    return np.rint(np.clip((level - _LEAST) / (_MOST - _LEAST), 0, 1) * _LEVELS).astype(np.uint8)


def _flow(image: NDArray[np.uint8], other: NDArray[np.uint8]) -> Floats:
    """Displacement from one image to another in their pixels, shape (rows, columns, 2)."""
    cv2 = opencv()
    least = 64  # pixels a side below which the method has no levels to search on
    below, right = (max(0, least - size) for size in image.shape)
    padded = [np.pad(each, ((0, below), (0, right))) for each in (image, other)]
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    search.setVariationalRefinementIterations(0)  # the motion is smooth, and this half of the time
    search.setPatchStride(_STRIDE)
    found: Floats = search.calc(*padded, None)[: image.shape[0], : image.shape[1]]
    return found


def _weight(
    image: NDArray[np.uint8], known: Mask, way: Floats, back: Floats, most: float
) -> Floats:
    """How much the flow at a pixel counts: by its rain, where the way back agrees."""
    cv2 = opencv()
    rows, columns = (np.arange(size, dtype=np.float32) for size in image.shape)
    returned = cv2.remap(
        back, columns + way[..., 0], rows[:, None] + way[..., 1], cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    length, missed = (cv2.magnitude(*cv2.split(each)) for each in (way, way + returned))
    counts = known & (length <= most) & (missed <= 1 + _SLACK * length)
    return np.where(counts, image / np.float32(_LEVELS), np.float32(0))


def _spread(moved: Floats, weight: Floats, step: float) -> Floats:
    """Weighted mean of flow around every pixel, by a normal window at two scales."""
    cv2 = opencv()
    stacked = np.dstack([moved, weight])
    near, far = (
        cv2.GaussianBlur(stacked, None, scale / step, borderType=cv2.BORDER_CONSTANT)
        for scale in _SCALES
    )
    total = near + np.float32(_FAR) * far
    field: Floats = total[..., :2] / (total[..., 2:] + np.float32(_NOTHING))
    return field
