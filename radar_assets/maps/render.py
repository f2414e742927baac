"""Writing a raster as a map file, in the format that the file's suffix names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from radar_assets.errors import ProductError
from radar_assets.files import write_bytes
from radar_assets.maps import cog, png, sidecars
from radar_assets.maps.raster import Raster

Encoder = Callable[[Raster], bytes]

ENCODERS: Mapping[str, Encoder] = MappingProxyType({"png": png.encode, "tif": cog.encode})
"""writers by the suffix of their files"""

SUFFIXES: Mapping[str, str] = MappingProxyType({"png": "png", "geotiff": "tif"})
"""file suffix of each map format"""


def render(raster: Raster, path: Path, scratch: Path | None = None) -> int:
    """Write a raster to `path`, in the format that its suffix (.png or .tif) names.

    Beside a PNG, its `sidecars` are written first. `scratch` is a folder for unfinished files.
    Returns the size of the map file in bytes. Raises `ProductError` for another suffix.
    """
    encode = ENCODERS.get(path.suffix.removeprefix("."))
    if encode is None:
        raise ProductError(f"{path.name}: maps are written as {' or '.join(ENCODERS)}")
    data = encode(raster)
    if path.suffix == ".png":
        contents = sidecars.encode(raster.grid)
        for beside, content in zip(sidecars.beside(path), contents, strict=True):
            write_bytes(beside, content, scratch)
    write_bytes(path, data, scratch)
    return len(data)
