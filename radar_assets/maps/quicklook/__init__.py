"""Quicklooks: pictures of a raster for people, with all that is needed to read them.

A quicklook is a map under coast, borders and provinces, with title, times, legend and origin of
the data. A raster around a site has range rings, too. Where a radar measured and met no echo, the
map is grey; where none measured, white.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, timedelta, timezone, tzinfo
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.ImageDraw import Draw, ImageDraw
from PIL.PngImagePlugin import PngInfo

from radar_assets.maps.description import Description
from radar_assets.maps.grid import Grid
from radar_assets.maps.quicklook import captions
from radar_assets.maps.quicklook.backdrop import backdrop
from radar_assets.maps.quicklook.legend import draw_keys, draw_legend
from radar_assets.maps.quicklook.lettering import INK, PALE, write
from radar_assets.maps.quicklook.view import View
from radar_assets.maps.raster import Raster

SIZE = (1200, 1148)
"""width and height of a quicklook in pixels"""
MAP = (20, 92, 1020, 1092)
"""left, upper, right and lower edge of its map"""

_LEGEND = 1044
"""left edge"""
_NOT_MEASURED, _NO_ECHO = 0, 1
_GREYS = ("#ffffff", "#d0d5d8")
"""colours of the map where the palette has none: not measured, and no echo"""


@dataclass(frozen=True)
class Notes:
    """What a quicklook says that its raster does not know."""

    place: str = ""
    """name of the radar's place"""
    zone: tzinfo = timezone(timedelta(hours=-3))
    """of the local time"""
    attribution: str = "Data: SINARAME"
    """origin of the data; that of the map has its own line"""


def encode(raster: Raster[Grid], notes: Notes | None = None) -> bytes:
    """Draw a raster as an annotated PNG of `SIZE`.

    Text chunks hold the coordinate system of the map, its edges in it (west, south, east, north)
    and in pixels (left, upper, right, lower), and the raster's tags. The same raster and notes
    give the same bytes.
    """
    view = View.of(raster, size=MAP[2] - MAP[0])
    shades = _shades(raster, view)
    picture = Image.new("RGB", SIZE, "white")
    picture.paste(_map(raster, view, shades), MAP[:2])
    draw = Draw(picture)
    draw.rectangle((MAP[0] - 1, MAP[1] - 1, MAP[2], MAP[3]), outline=INK)
    _write(draw, raster.about, notes or Notes(), view)
    draw_legend(picture, raster.palette, left=_LEGEND, top=128, height=860)
    draw_keys(draw, _keys(raster, shades), left=_LEGEND, top=1022)
    stream = BytesIO()
    picture.save(stream, "PNG", compress_level=3, pnginfo=_text(raster, view))
    return stream.getvalue()


def _shades(raster: Raster[Grid], view: View) -> NDArray[np.uint16]:
    """Index of each pixel's colour: that of a grey, or of the palette's colour plus one."""
    values = raster.values
    index = raster.palette.indices(values).astype(np.uint16) + _NO_ECHO
    index[values == 0 if raster.has_classes else np.isnan(values)] = _NOT_MEASURED
    return view.draw(raster, index, fill=_NOT_MEASURED)


def _map(raster: Raster[Grid], view: View, shades: NDArray[np.uint16]) -> Image.Image:
    greys = np.array([list(bytes.fromhex(grey[1:])) for grey in _GREYS], dtype=np.uint8)
    picture = Image.fromarray(np.concatenate([greys, raster.palette.rgb[1:]])[shades])
    lines = backdrop(view)
    picture.paste(lines, mask=lines)
    return picture


def _write(draw: ImageDraw, about: Description, notes: Notes, view: View) -> None:
    left, right = MAP[0], SIZE[0] - MAP[0]
    whole, most, rest = right - left, 740, 400
    write(draw, (left, 34), captions.title(about, notes.place), 28, width=most, bold=True)
    write(draw, (left, 60), captions.subtitle(about), 20, width=most)
    write(draw, (left, 82), captions.details(about), 15, width=whole, fill=PALE)
    utc, local = (captions.moment(about.time, zone) for zone in (UTC, notes.zone))
    write(draw, (right, 34), utc, 22, width=rest, bold=True, anchor="rs")
    write(draw, (right, 60), local, 20, width=rest, anchor="rs")
    write(draw, (left, 1114), captions.origin(about, view), 14, width=whole, fill=PALE)
    write(draw, (left, 1136), notes.attribution, 14, width=whole, fill=PALE)


def _keys(raster: Raster[Grid], shades: NDArray[np.uint16]) -> list[tuple[str, str]]:
    """The greys that the map shows, and what they mean."""
    nothing = "none of these" if raster.palette.labels else "no echo"
    is_cut = raster.about.filtered and not raster.has_classes
    blank = "not measured\nor removed" if is_cut else "not measured"
    meanings = {_NO_ECHO: nothing, _NOT_MEASURED: blank}
    return [(_GREYS[shade], text) for shade, text in meanings.items() if (shades == shade).any()]


def _text(raster: Raster[Grid], view: View) -> PngInfo:
    entries = {
        "crs": view.crs,
        "bounds": json.dumps(view.bounds),
        "pixels": json.dumps(MAP),
        "palette": raster.palette.name,
        **raster.about.tags(),
    }
    info = PngInfo()
    for key, value in entries.items():
        info.add_text(key, value)
    return info
