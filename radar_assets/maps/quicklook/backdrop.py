"""What lies over the data and is the same in all pictures of a map: lines, rings, bearings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.ImageDraw import Draw, ImageDraw

from radar_assets.maps.basemap import Theme, polylines
from radar_assets.maps.quicklook.lettering import INK, font
from radar_assets.maps.quicklook.view import View

_FINE = 3
"""lines are drawn this many times larger and then reduced, which smooths them"""
_CLEAR = (255, 255, 255, 0)
_HALO = (255, 255, 255, 130)
_RIM = (255, 255, 255, 230)

_Colour = tuple[int, int, int, int]


@dataclass(frozen=True)
class _Pen:
    colour: _Colour
    width: float
    """pixels"""
    halo: float = 2.0
    """pixels by which the bright line below is wider"""

    def strokes(self) -> tuple[tuple[_Colour, int], tuple[_Colour, int]]:
        """Colours and widths in the enlarged picture: the bright line, then the line itself."""
        return (
            (_HALO, round((self.width + self.halo) * _FINE)),
            (self.colour, round(self.width * _FINE)),
        )


_RING_STEPS = ((10_000.0, 60_000.0), (25_000.0, 130_000.0), (50_000.0, 300_000.0))
"""distance between rings, and the range below which it serves"""
_PENS = {
    Theme.LAKES: _Pen((44, 90, 130, 220), 1.0),
    Theme.PROVINCES: _Pen((50, 50, 50, 230), 1.3),
    Theme.COAST: _Pen((16, 58, 100, 255), 1.5),
    Theme.BORDERS: _Pen((20, 20, 20, 255), 2.0),
}
_RING = _Pen((40, 50, 58, 190), 1.0, 0.8)
_EDGE = _Pen((40, 50, 58, 230), 1.4, 0.0)


@lru_cache(maxsize=8)
def backdrop(view: View) -> Image.Image:
    """Lines and labels of a map, shape (size, size), transparent elsewhere; not to be changed."""
    large = Image.new("RGBA", (view.size * _FINE, view.size * _FINE), _CLEAR)
    draw = Draw(large)
    for theme, pen in _PENS.items():
        _draw_lines(draw, view, theme, pen)
    if view.max_range is not None:
        _draw_range(draw, view, view.max_range)
    for position in view.sites:
        _draw_site(draw, view, position)
    picture = large.reduce(_FINE)
    if view.max_range is not None:
        _label(Draw(picture), view, view.max_range)
    return picture


def rings(max_range: float) -> list[float]:
    """Distances of the range rings in metres, for a radar that measures up to `max_range`."""
    step = ring_step(max_range)
    return [step * number for number in range(1, int(max_range / step) + 1)]


def ring_step(max_range: float) -> float:
    """Distance between range rings in metres."""
    return next((step for step, end in _RING_STEPS if max_range < end), 100_000.0)


def _draw_lines(draw: ImageDraw, view: View, theme: Theme, pen: _Pen) -> None:
    lines = [view.project(line) for line in polylines(theme)]
    near = [
        _fine(line)
        for line in lines
        if (line.max(axis=0) > 0).all() and (line.min(axis=0) < view.size).all()
    ]
    for colour, width in pen.strokes():
        for line in near:
            draw.line(line, fill=colour, width=width, joint="curve")


def _draw_range(draw: ImageDraw, view: View, max_range: float) -> None:
    for distance in rings(max_range):
        _draw_ring(draw, view, distance, _RING)
    _draw_ring(draw, view, max_range, _EDGE)
    _draw_bearings(draw, view, max_range)


def _draw_ring(draw: ImageDraw, view: View, distance: float, pen: _Pen) -> None:
    for colour, width in pen.strokes():
        # an ellipse's outline lies within it
        radius = distance + width / _FINE / 2 * view.pixel
        corners = view.at(np.array([-radius, radius]), np.array([radius, -radius]))
        draw.ellipse(_fine(corners), outline=colour, width=width)


def _draw_bearings(draw: ImageDraw, view: View, max_range: float) -> None:
    """Ticks every 10 degrees outside the range."""
    colour, width = _EDGE.strokes()[-1]
    for azimuth in range(0, 360, 10):
        length = (9 if azimuth % 30 == 0 else 5) * view.pixel
        ends = [view.towards(azimuth, distance) for distance in (max_range, max_range + length)]
        draw.line(_fine(np.array(ends)), fill=colour, width=width)


def _draw_site(draw: ImageDraw, view: View, position: tuple[float, float]) -> None:
    x, y = _fine(view.at(*np.array(position)))
    for radius, colour in ((7, "white"), (5.5, INK), (3.5, "white"), (2, INK)):
        draw.circle((x, y), radius * _FINE, fill=colour)


def _label(draw: ImageDraw, view: View, max_range: float) -> None:
    for distance in rings(max_range):
        if max_range - distance > 0.03 * max_range:
            _write(draw, view.towards(0, distance), f"{distance / 1000:.0f} km")
    for azimuth in range(0, 360, 30):
        text = {0: "N", 90: "E", 180: "S", 270: "W"}.get(azimuth, f"{azimuth}°")
        point = view.towards(azimuth, max_range + 18 * view.pixel)
        _write(draw, point, text, bold=azimuth % 90 == 0)


def _write(draw: ImageDraw, point: tuple[float, float], text: str, *, bold: bool = False) -> None:
    """Write dark letters with a bright rim around a point."""
    letters = font(14, bold=bold)
    draw.text(point, text, INK, letters, anchor="mm", stroke_width=2, stroke_fill=_RIM)


def _fine(points: NDArray[np.float64]) -> list[float]:
    """Pixel coordinates as the enlarged picture counts them: from the centre of its first pixel."""
    return list((points * _FINE - 0.5).ravel().tolist())
