"""Writing a layer as a map file: the one entry for the command line and the platform."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from radar_assets.errors import ProductError
from radar_assets.files import write_bytes
from radar_assets.maps import cog, png
from radar_assets.maps.gridding import CRS, Gridding, gridding
from radar_assets.maps.layer import Layer

Encoder = Callable[[Layer, Gridding], bytes]

ENCODERS: Mapping[str, Encoder] = MappingProxyType({"png": png.encode, "tif": cog.encode})
"""Writers by the suffix of their files."""

SUFFIXES: Mapping[str, str] = MappingProxyType({"png": "png", "geotiff": "tif"})
"""File suffix of each map format."""


@dataclass(frozen=True)
class Rendered:
    """A map file that was written."""

    path: Path
    size_bytes: int
    width: int
    height: int
    crs: str
    bounds: tuple[float, float, float, float]
    """west, south, east and north edge in units of `crs`"""
    bounds_wgs84: tuple[float, float, float, float]
    """the same in degrees"""


def render(
    layer: Layer,
    path: Path,
    *,
    step: float = 500.0,
    crs: str = CRS,
    cache: Path | None = None,
    scratch: Path | None = None,
) -> Rendered:
    """Write a layer to `path`, in the format that its suffix (.png or .tif) names.

    `step` is the pixel size in metres on the ground at the site, `crs` EPSG:3857 or EPSG:4326;
    `cache` is a folder for index tables, `scratch` one for unfinished files. Raises `ProductError`
    for another suffix.
    """
    encode = ENCODERS.get(path.suffix.removeprefix("."))
    if encode is None:
        raise ProductError(f"{path.name}: maps are written as {' or '.join(ENCODERS)}")
    drawn = gridding(layer.site, layer.polar.grid, step, cache, crs)
    data = encode(layer, drawn)
    write_bytes(path, data, scratch)
    grid = drawn.grid
    return Rendered(
        path, len(data), grid.width, grid.height, grid.crs, grid.bounds, grid.bounds_wgs84
    )
