"""Rasters as transparent palette PNGs that say where they are."""

from __future__ import annotations

import json
from io import BytesIO

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from radar_assets.maps.palettes import NODATA
from radar_assets.maps.raster import Raster

THUMBNAIL = 120
"""longest side of a thumbnail in pixels"""

_BACKGROUND = "#f2f2f2"
_ALPHA = bytes([0, *[255] * (NODATA - 1), 0])


def encode(raster: Raster) -> bytes:
    """Write a raster as a PNG of 253 colours and two transparent indices.

    Index 0 is what has no echo, or no colour; index `palettes.NODATA` is what was not measured, so
    that a program that reads indices can show it. Text chunks hold the coordinate system, the
    edges (west, south, east, north) in it and in degrees, and the raster's tags. The same raster
    gives the same bytes.
    """
    stream = BytesIO()
    _image(raster).save(stream, "PNG", transparency=_ALPHA, compress_level=1, pnginfo=_text(raster))
    return stream.getvalue()


def thumbnail(raster: Raster) -> bytes:
    """Write a raster as a small opaque PNG, at most `THUMBNAIL` pixels wide and high."""
    image = _image(raster)
    small = image.resize(_within(image.size, THUMBNAIL), Image.Resampling.NEAREST)
    small.info["transparency"] = _ALPHA
    background = Image.new("RGBA", small.size, _BACKGROUND)
    stream = BytesIO()
    opaque = Image.alpha_composite(background, small.convert("RGBA")).convert("RGB")
    opaque.quantize(64).save(stream, "PNG", optimize=True)
    return stream.getvalue()


def _image(raster: Raster) -> Image.Image:
    indices = raster.palette.indices(raster.values)
    is_nodata = raster.values == 0 if raster.has_classes else np.isnan(raster.values)
    indices[is_nodata] = NODATA
    image = Image.fromarray(indices)
    image.putpalette(raster.palette.rgb.tobytes())
    return image


def _within(size: tuple[int, int], limit: int) -> tuple[int, int]:
    factor = max(*size, limit) / limit
    return max(1, round(size[0] / factor)), max(1, round(size[1] / factor))


def _text(raster: Raster) -> PngInfo:
    grid, palette = raster.grid, raster.palette
    entries = {
        "crs": grid.crs,
        "bounds": json.dumps(grid.bounds),
        "bounds_wgs84": json.dumps(grid.bounds_wgs84),
        "zoom": str(grid.zoom),
        "palette": palette.name,
        "vmin": f"{palette.vmin:g}",
        "vmax": f"{palette.vmax:g}",
        **raster.about.tags(),
    }
    info = PngInfo()
    for key, value in entries.items():
        info.add_text(key, value)
    return info
