"""A product's field on polar coordinates, with all that is needed to draw and describe it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radar_assets.maps.description import Description
from radar_assets.maps.palettes import Palette
from radar_assets.radar.geometry import PolarGrid
from radar_assets.radar.names import VolumeId
from radar_assets.radar.volume import Site


@dataclasses.dataclass(frozen=True, eq=False)
class Polar:
    """What a product computes from volumes."""

    values: NDArray[Any]
    """shape (rays, gates), rows clockwise from north: float32 with NaN for nodata and -inf for
    undetect, or uint8 classes with 0 for what is not covered"""
    grid: PolarGrid
    """where the gates of `values` are"""
    field: str
    """name of the measured field that the values come from"""
    elevations: tuple[float, ...]
    """degrees, of the sweeps that took part"""
    parameters: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    """what the values depend on besides the product's parameters"""
    done: tuple[str, ...] = ()
    """what was done to get the values, in a few words each, where parameters do not say it"""
    span: float | None = None
    """colours are to reach from -span to span; None: as far as the palette does"""

    def on(self, cells: PolarGrid) -> NDArray[Any]:
        """Values at the cells of another grid around the same site, shape (rays, gates).

        Each cell has the gate nearest in azimuth and ground distance; nodata, or class 0, where
        there is none.
        """
        fill = self.values.dtype.type(0 if self.values.dtype == np.uint8 else np.nan)
        rows = self.grid.rows_at(cells.azimuths())
        gates = self.grid.gates_at(cells.ground_distances())
        return np.where(gates < 0, fill, self.values[rows][:, gates])


@dataclasses.dataclass(frozen=True, eq=False)
class Layer:
    """A computed product of a radar, not yet on a map."""

    polar: Polar
    id: VolumeId
    """the volume that it is made for"""
    site: Site
    palette: Palette
    about: Description
