"""A product's field on polar coordinates, with all that is needed to draw and describe it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

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


@dataclasses.dataclass(frozen=True, eq=False)
class Layer:
    """A computed product of a radar, not yet on a map."""

    polar: Polar
    id: VolumeId
    """the volume that it is made for"""
    site: Site
    palette: Palette
    about: Description
