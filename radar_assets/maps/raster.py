"""The raster: values on a grid of pixels, which every encoder takes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Generic

import numpy as np
from numpy.typing import NDArray
from typing_extensions import TypeVar

from radar_assets.errors import ProductError
from radar_assets.maps.description import Description
from radar_assets.maps.grid import Grid, MapGrid
from radar_assets.maps.palettes import Palette
from radar_assets.maps.reduction import halved

AnyGrid_co = TypeVar("AnyGrid_co", bound=Grid, covariant=True, default=MapGrid)


@dataclass(frozen=True, eq=False)
class Raster(Generic[AnyGrid_co]):
    """A product on a grid: a window of the lattice of maps where no other kind is named."""

    values: NDArray[Any]
    """shape (height, width), rows from the north: float32 with NaN for nodata and -inf for
    undetect, or uint8 classes with 0 for what is not covered"""
    grid: AnyGrid_co
    """where the pixels of `values` are"""
    palette: Palette
    about: Description

    @property
    def has_classes(self) -> bool:
        """Whether the values are classes."""
        return bool(self.values.dtype == np.uint8)


def at_zoom(raster: Raster, zoom: int) -> Raster:
    """The same map at its zoom or one below, by the product's reduction.

    Raises `ProductError` for a zoom above, and one so far below that an edge lies within a pixel.
    """
    if zoom > raster.grid.zoom:
        raise ProductError(f"a map of zoom {raster.grid.zoom} has no zoom {zoom}; make it again")
    while raster.grid.zoom > zoom:
        values = halved(raster.values, raster.about.reduction)
        raster = replace(raster, values=values, grid=raster.grid.coarser)
    return raster
