"""Quicklooks: pictures of a layer for people, with all that is needed to read them.

A quicklook is a map around the site under range rings, coast, borders and provinces, with title,
times, legend and origin of the data. Where the radar looked and met no echo, the map is grey;
where it did not look, white.
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

from radar_assets.maps.layer import Layer
from radar_assets.maps.quicklook import captions
from radar_assets.maps.quicklook.backdrop import backdrop
from radar_assets.maps.quicklook.legend import draw_keys, draw_legend
from radar_assets.maps.quicklook.lettering import INK, PALE, write
from radar_assets.maps.quicklook.view import View

SIZE = (1200, 1148)
"""width and height of a quicklook in pixels"""
MAP = (20, 92, 1020, 1092)
"""left, upper, right and lower edge of its map"""

_LEGEND = 1044
"""left edge"""
_UNSEEN, _NO_ECHO = 0, 1
_GREYS = ("#ffffff", "#d0d5d8")
"""colours of the map where the palette has none: where the radar did not look, and no echo"""


@dataclass(frozen=True)
class Notes:
    """What a quicklook says that its layer does not know."""

    place: str = ""
    """name of the radar's place"""
    zone: tzinfo = timezone(timedelta(hours=-3))
    """of the local time"""
    attribution: str = "Data: SINARAME"
    """origin of the data; that of the map is told elsewhere"""


def encode(layer: Layer, notes: Notes | None = None) -> bytes:
    """Draw a layer as an annotated PNG of `SIZE`.

    Text chunks hold the coordinate system of the map, its edges in metres (west, south, east,
    north) and in pixels (left, upper, right, lower), and the layer's tags. The same layer and
    notes give the same bytes.
    """
    view = view_of(layer)
    shades = _shades(layer, view)
    picture = Image.new("RGB", SIZE, "white")
    picture.paste(_map(layer, view, shades), MAP[:2])
    draw = Draw(picture)
    draw.rectangle((MAP[0] - 1, MAP[1] - 1, MAP[2], MAP[3]), outline=INK)
    _write(draw, layer, notes or Notes(), view)
    draw_legend(picture, layer.palette, left=_LEGEND, top=128, height=860)
    draw_keys(draw, _keys(layer, shades), left=_LEGEND, top=1022)
    stream = BytesIO()
    picture.save(stream, "PNG", compress_level=3, pnginfo=_text(layer, view))
    return stream.getvalue()


def view_of(layer: Layer) -> View:
    """The map that a layer is drawn on."""
    return View(layer.site, layer.polar.grid.reach, size=MAP[2] - MAP[0])


def _shades(layer: Layer, view: View) -> NDArray[np.uint16]:
    """Index of each pixel's colour: that of a grey, or of the palette's colour plus one."""
    values = layer.polar.values
    index = layer.palette.indices(values).astype(np.uint16) + _NO_ECHO
    index[values == 0 if _has_classes(layer) else np.isnan(values)] = _UNSEEN
    return view.draw(index, layer.polar.grid, fill=_UNSEEN)


def _has_classes(layer: Layer) -> bool:
    """Whether the values are classes, of which 0 means not covered."""
    return layer.polar.values.dtype == np.uint8


def _map(layer: Layer, view: View, shades: NDArray[np.uint16]) -> Image.Image:
    greys = np.array([list(bytes.fromhex(grey[1:])) for grey in _GREYS], dtype=np.uint8)
    picture = Image.fromarray(np.concatenate([greys, layer.palette.rgb[1:]])[shades])
    lines = backdrop(view)
    picture.paste(lines, mask=lines)
    return picture


def _write(draw: ImageDraw, layer: Layer, notes: Notes, view: View) -> None:
    left, right = MAP[0], SIZE[0] - MAP[0]
    whole, most, rest = right - left, 740, 400
    write(draw, (left, 34), captions.title(layer, notes.place), 28, width=most, bold=True)
    write(draw, (left, 60), captions.subtitle(layer), 20, width=most)
    write(draw, (left, 82), captions.details(layer), 15, width=whole, fill=PALE)
    utc, local = (captions.moment(layer.id.time, zone) for zone in (UTC, notes.zone))
    write(draw, (right, 34), utc, 22, width=rest, bold=True, anchor="rs")
    write(draw, (right, 60), local, 20, width=rest, anchor="rs")
    write(draw, (left, 1114), captions.origin(layer, view), 14, width=whole, fill=PALE)
    write(draw, (left, 1136), notes.attribution, 14, width=whole, fill=PALE)


def _keys(layer: Layer, shades: NDArray[np.uint16]) -> list[tuple[str, str]]:
    """The greys that the map shows, and what they mean."""
    nothing = "none of these" if layer.palette.labels else "no echo"
    is_cut = layer.filtered and not _has_classes(layer)
    unseen = "not measured\nor removed" if is_cut else "not measured"
    meanings = {_NO_ECHO: nothing, _UNSEEN: unseen}
    return [(_GREYS[shade], text) for shade, text in meanings.items() if (shades == shade).any()]


def _text(layer: Layer, view: View) -> PngInfo:
    half = view.half
    entries = {
        "crs": view.crs,
        "bounds": json.dumps([-half, -half, half, half]),
        "pixels": json.dumps(MAP),
        "palette": layer.palette.name,
        **layer.tags(),
    }
    info = PngInfo()
    for key, value in entries.items():
        info.add_text(key, value)
    return info
