"""The raster: values on a grid of pixels, which every encoder takes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radar_assets.maps.description import Description
from radar_assets.maps.grid import MapGrid
from radar_assets.maps.palettes import Palette


@dataclass(frozen=True, eq=False)
class Raster:
    """A product on a grid."""

    values: NDArray[Any]
    """shape (height, width), rows from the north: float32 with NaN for nodata and -inf for
    undetect, or uint8 classes with 0 for what is not covered"""
    grid: MapGrid
    """where the pixels of `values` are"""
    palette: Palette
    about: Description

    @property
    def has_classes(self) -> bool:
        """Whether the values are classes."""
        return bool(self.values.dtype == np.uint8)


def with_undetect(raster: Raster, coverage: Raster) -> Raster:
    """Give a raster that was read from a file its undetect back, by the COVERAGE of its volume.

    A GeoTIFF of values keeps nodata and undetect alike as NaN. Where the radar measured and nothing
    was removed (classes 1 and 2), a pixel without a value is one without echo. Two kinds of pixels
    stay nodata: those above which quality control removed echo (class 3), and those that `coverage`
    does not hold. A product at one height, such as CAPPI, is nodata where no beam passes, too,
    which COVERAGE does not know: its undetect stays unknown. Raises `ProductError` when the two
    maps are not windows of one lattice.
    """
    rows, columns = coverage.grid.window(raster.grid)
    is_measured = np.isin(coverage.values[rows, columns], (1, 2))
    values = np.where(np.isnan(raster.values) & is_measured, np.float32(-np.inf), raster.values)
    return replace(raster, values=values)
