"""Composites: maps of several radars become one, by the quality of each at every pixel."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from radar_assets.maps.grid import MapGrid
from radar_assets.maps.raster import Raster


class Composed(StrEnum):
    """How a composite chooses among the radars that measured at a pixel."""

    BEST = "best"
    """the one of the highest quality"""
    MAXIMUM = "maximum"
    """the greatest value: a radar that sees less of a column never hides what another sees"""


@dataclass(frozen=True, eq=False)
class Part:
    """What one volume contributes to a composite."""

    raster: Raster
    quality: NDArray[np.float32]
    """on the raster's grid: 0 where it does not count, up to 100"""
    source: int
    """class of its radar, from 1 on"""


@dataclass(frozen=True, eq=False)
class Mosaic:
    """Values of a composite, and which radar measured best."""

    values: NDArray[np.float32]
    """shape (height, width): NaN where no radar measured, -inf where those that did met no echo"""
    quality: NDArray[np.float32]
    """of the best measurement, 0 for none"""
    source: NDArray[np.uint8]
    """class of the radar that measured best, 0 for none"""


def compose(parts: Iterable[Part], grid: MapGrid, rule: Composed) -> Mosaic:
    """Lay parts over each other on a grid of their zoom; what lies outside of it is dropped.

    A measurement prevails over nodata, undetect like an echo. Parts are taken one at a time: an
    iterator needs the memory of one. Raises `ProductError` for a part of another zoom or system.
    """
    mosaic = Mosaic(
        values=np.full(grid.shape, np.nan, np.float32),
        quality=np.zeros(grid.shape, np.float32),
        source=np.zeros(grid.shape, np.uint8),
    )
    for part in parts:
        _lay(mosaic, part, grid, rule)
    return mosaic


def _lay(mosaic: Mosaic, part: Part, grid: MapGrid, rule: Composed) -> None:
    common = grid.common(part.raster.grid)
    if common is None:
        return
    own, whole = part.raster.grid.window(common), grid.window(common)
    values, quality = part.raster.values[own], part.quality[own]
    counts = ~np.isnan(values) & (quality > 0)
    best = mosaic.quality[whole]
    is_better = counts & (quality > best)
    taken = mosaic.values[whole]
    if rule is Composed.MAXIMUM:
        np.fmax(taken, values, out=taken, where=counts)
    else:
        np.copyto(taken, values, where=is_better)
    np.copyto(best, quality, where=is_better)
    np.copyto(mosaic.source[whole], np.uint8(part.source), where=is_better)
