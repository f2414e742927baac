"""A raster as a map file, in the format that the suffix of the file names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from radar_assets.errors import ProductError
from radar_assets.files import write_bytes
from radar_assets.maps import cog, png, sidecars
from radar_assets.maps.raster import Raster
from radar_assets.maps.sidecars import AnyPath

Encoder = Callable[[Raster], bytes]

ENCODERS: Mapping[str, Encoder] = MappingProxyType({"png": png.encode, "tif": cog.encode})
"""writers by the suffix of their files"""

SUFFIXES: Mapping[str, str] = MappingProxyType({"png": "png", "geotiff": "tif"})
"""file suffix of each map format"""


def encoded(raster: Raster, path: AnyPath) -> dict[AnyPath, bytes]:
    """Contents of a map file and of those beside it, by path; the map file comes last.

    The format is the one that the suffix of `path` (.png or .tif) names. Raises `ProductError` for
    another suffix.
    """
    encode = ENCODERS.get(path.suffix.removeprefix("."))
    if encode is None:
        raise ProductError(f"{path.name}: maps are written as {' or '.join(ENCODERS)}")
    contents = sidecars.encode(raster.grid) if path.suffix == ".png" else ()
    return {**dict(zip(sidecars.beside(path), contents, strict=True)), path: encode(raster)}


def render(raster: Raster, path: Path, scratch: Path | None = None) -> int:
    """Write a raster to `path` and the files beside it; see `encoded`.

    `scratch` is a folder for unfinished files. Returns the size of the map file in bytes.
    """
    contents = encoded(raster, path)
    for item, data in contents.items():
        write_bytes(item, data, scratch)
    return len(contents[path])
