"""The colour bar of a quicklook, and the keys of the colours that are not in it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.ImageDraw import Draw, ImageDraw

from radar_assets.maps.palettes import Palette
from radar_assets.maps.quicklook.lettering import INK, font, number, unit

_WIDTH = 34
_TICK = 6
_CLASS = 48
"""height of a step with a name"""
_KEY = (24, 18)
"""width and height"""


def draw_legend(picture: Image.Image, palette: Palette, left: int, top: int, height: int) -> None:
    """Draw a palette as an upright bar, every step of its legend as tall as the others."""
    draw = Draw(picture)
    if palette.labels:
        height = _CLASS * _steps(palette)
    colours = palette.rgb[palette.indices(_values(palette, height))]
    bar = Image.fromarray(np.repeat(colours[:, None], _WIDTH, axis=1))
    picture.paste(bar, (left, top))
    draw.rectangle((left - 1, top - 1, left + _WIDTH, top + height), outline=INK)
    title = unit(palette.units)
    draw.text((left, top - 14), title, font=font(18, bold=True), fill=INK, anchor="ls")
    for step, text in _texts(palette):
        x, y = left + _WIDTH, top + height * (1 - step / _steps(palette))
        if not palette.labels:
            draw.line((x, y, x + _TICK, y), fill=INK)
        draw.text((x + 10, y), text, font=font(16), fill=INK, anchor="lm")


def draw_keys(draw: ImageDraw, keys: Sequence[tuple[str, str]], left: int, top: int) -> None:
    """Draw colours and their meanings, one below the other."""
    width, height = _KEY
    for line, (colour, text) in enumerate(keys):
        y = top + line * (height + 12)
        draw.rectangle((left, y, left + width, y + height), fill=colour, outline=INK)
        point = (left + width + 8, y + height / 2)
        draw.text(point, text, font=font(14), fill=INK, anchor="lm")


def _steps(palette: Palette) -> int:
    """Steps of a bar: between two values each, or one from each value on."""
    return len(palette.legend) - palette.interpolate


def _values(palette: Palette, height: int) -> NDArray[np.float64]:
    """Values that the rows of a bar show, from its upper end."""
    steps = (height - np.arange(height) - 0.5) / height * _steps(palette)
    legend = np.array(palette.legend)
    between = steps if palette.interpolate else np.floor(steps)
    values: NDArray[np.float64] = np.interp(between, np.arange(len(legend)), legend)
    return values


def _texts(palette: Palette) -> list[tuple[float, str]]:
    """What is written beside a bar, each with its height in steps."""
    if palette.labels:
        return [(step + 0.5, label) for step, label in enumerate(palette.labels)]
    values = palette.legend
    if not palette.interpolate and palette.vmax > values[-1]:
        values = (*values, palette.vmax)
    return [(float(step), number(value)) for step, value in enumerate(values)]
