"""Files beside a PNG that say where it is: GDAL and what is built on it open it as a map.

The world file (.pgw) has the affine transform of pixel centres, as GIS programs have read it for
decades; GDAL's auxiliary file (.png.aux.xml) has the transform of pixel edges and the coordinate
system. Both follow from the grid alone.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import PurePath
from typing import TypeVar
from xml.sax.saxutils import escape

from pyproj import CRS

from radar_assets.maps.grid import WGS84, Grid

AnyPath = TypeVar("AnyPath", bound=PurePath)


def beside(path: AnyPath) -> tuple[AnyPath, ...]:
    """Paths of the files beside a map file: two of a PNG, none of another file."""
    if path.suffix != ".png":
        return ()
    return path.with_suffix(".pgw"), path.with_name(f"{path.name}.aux.xml")


def encode(grid: Grid) -> tuple[bytes, bytes]:
    """Contents of the files beside the PNG of a grid, in the order of `beside`."""
    return _world_file(grid).encode(), _auxiliary(grid).encode()


def _world_file(grid: Grid) -> str:
    """Pixel width, two rotations, negative pixel height, and the first pixel's centre."""
    x, y = grid.west + grid.pixel / 2, grid.north - grid.pixel / 2
    return "".join(f"{float(number)!r}\n" for number in (grid.pixel, 0, 0, -grid.pixel, x, y))


def _auxiliary(grid: Grid) -> str:
    """The coordinate system as WKT, its axes in the order of the transform, and the transform."""
    axes = "2,1" if grid.crs == WGS84 else "1,2"
    numbers = (grid.west, grid.pixel, 0, grid.north, 0, -grid.pixel)
    transform = ", ".join(repr(float(number)) for number in numbers)
    return (
        "<PAMDataset>\n"
        f'  <SRS dataAxisToSRSAxisMapping="{axes}">{escape(_wkt(grid.crs))}</SRS>\n'
        f"  <GeoTransform>{transform}</GeoTransform>\n"
        "</PAMDataset>\n"
    )


@lru_cache
def _wkt(crs: str) -> str:
    return CRS.from_user_input(crs).to_wkt("WKT1_GDAL")
