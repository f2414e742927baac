"""Rasters as transparent palette PNGs that say where they are."""

from __future__ import annotations

import json
from io import BytesIO

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from radar_assets.maps.raster import Raster

THUMBNAIL = 120
"""longest side of a thumbnail in pixels"""

_BACKGROUND = "#f2f2f2"


def encode(raster: Raster) -> bytes:
    """Write a raster as a PNG of 255 colours and one transparent index.

    Text chunks hold the coordinate system, the edges (west, south, east, north) in it and in
    degrees, and the raster's tags. The same raster gives the same bytes.
    """
    stream = BytesIO()
    _image(raster).save(stream, "PNG", transparency=0, compress_level=1, pnginfo=_text(raster))
    return stream.getvalue()


def thumbnail(raster: Raster) -> bytes:
    """Write a raster as a small opaque PNG, at most `THUMBNAIL` pixels wide and high."""
    image = _image(raster)
    small = image.resize(_within(image.size, THUMBNAIL), Image.Resampling.NEAREST)
    small.info["transparency"] = 0
    background = Image.new("RGBA", small.size, _BACKGROUND)
    stream = BytesIO()
    opaque = Image.alpha_composite(background, small.convert("RGBA")).convert("RGB")
    opaque.quantize(64).save(stream, "PNG", optimize=True)
    return stream.getvalue()


def _image(raster: Raster) -> Image.Image:
    image = Image.fromarray(raster.palette.indices(raster.values))
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
