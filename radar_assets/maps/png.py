"""Layers as transparent palette PNGs that say where they are."""

from __future__ import annotations

import json
import math
from io import BytesIO
from pathlib import Path

from PIL import Image, UnidentifiedImageError
from PIL.PngImagePlugin import PngInfo

from radar_assets.errors import ProductError
from radar_assets.maps.gridding import MAX_PIXELS, Gridding, MapGrid
from radar_assets.maps.layer import Layer

THUMBNAIL = 120
"""longest side of a thumbnail in pixels"""

_BACKGROUND = "#f2f2f2"


def encode(layer: Layer, gridding: Gridding) -> bytes:
    """Draw a layer as a PNG of 255 colours and one transparent index.

    Text chunks hold the coordinate system, the edges (west, south, east, north) in it and in
    degrees, and the layer's tags. The same layer gives the same bytes.
    """
    palette = layer.palette
    image = Image.fromarray(gridding.take(palette.indices(layer.polar.values), fill=0))
    image.putpalette(palette.rgb.tobytes())
    stream = BytesIO()
    text = _text(layer, gridding.grid)
    image.save(stream, "PNG", transparency=0, compress_level=1, pnginfo=text)
    return stream.getvalue()


def thumbnail(path: Path) -> bytes:
    """Return a map PNG as a small opaque picture, at most `THUMBNAIL` pixels wide and high.

    Raises `ProductError` for what is no such map, or announces more pixels than a map has.
    """
    try:
        return _small(path)
    except (UnidentifiedImageError, Image.DecompressionBombError, ValueError, SyntaxError) as error:
        raise ProductError(f"{path.name} is no PNG map ({error}); make it again") from error


def _small(path: Path) -> bytes:
    with Image.open(path, formats=["PNG"]) as image:
        if math.prod(image.size) > MAX_PIXELS:
            raise ValueError(f"it announces {image.width} x {image.height} pixels")
        small = image.resize(_within(image.size, THUMBNAIL), Image.Resampling.NEAREST)
        picture = Image.alpha_composite(
            Image.new("RGBA", small.size, _BACKGROUND), small.convert("RGBA")
        )
    stream = BytesIO()
    picture.convert("RGB").quantize(64).save(stream, "PNG", optimize=True)
    return stream.getvalue()


def _within(size: tuple[int, int], limit: int) -> tuple[int, int]:
    factor = max(*size, limit) / limit
    return max(1, round(size[0] / factor)), max(1, round(size[1] / factor))


def _text(layer: Layer, grid: MapGrid) -> PngInfo:
    palette = layer.palette
    entries = {
        "crs": grid.crs,
        "bounds": json.dumps(grid.bounds),
        "bounds_wgs84": json.dumps(grid.bounds_wgs84),
        "step": f"{grid.step:g}",
        "palette": palette.name,
        "vmin": f"{palette.vmin:g}",
        "vmax": f"{palette.vmax:g}",
        **layer.tags(),
    }
    info = PngInfo()
    for key, value in entries.items():
        info.add_text(key, value)
    return info
