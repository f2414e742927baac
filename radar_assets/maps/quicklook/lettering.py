"""Letters of quicklooks: DejaVu Sans, which matplotlib brings along."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

from PIL.ImageDraw import ImageDraw
from PIL.ImageFont import FreeTypeFont, Layout, truetype

INK = "#1b242b"
PALE = "#56626b"
MINUS = "\N{MINUS SIGN}"

_SMALLEST = 11
_TWO_LINES = (-7, 6)
"""pixels from the point of a text to its two lines"""


@cache
def font(size: int, *, bold: bool = False) -> FreeTypeFont:
    """The typeface at a height in pixels. matplotlib itself is not imported."""
    spec = find_spec("matplotlib")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("quicklooks need the typeface that matplotlib brings along")
    folder = Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf"
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return truetype(str(folder / name), size, layout_engine=Layout.BASIC)


def write(
    draw: ImageDraw,
    point: tuple[float, float],
    text: str,
    size: int,
    *,
    width: float,
    bold: bool = False,
    anchor: str = "ls",
    fill: str = INK,
) -> None:
    """Write a text of at most `width` pixels: smaller where it is too long, then in two lines.

    What not even fits into two lines is cut.
    """
    fits = (s for s in range(size, _SMALLEST, -1) if font(s, bold=bold).getlength(text) <= width)
    letters = font(next(fits, _SMALLEST), bold=bold)
    if letters.getlength(text) <= width:
        draw.text(point, text, font=letters, fill=fill, anchor=anchor)
        return
    first = _fitting(text, letters, width)
    second = text[len(first) :].lstrip()
    if letters.getlength(second) > width:
        second = _fitting(second, letters, width - letters.getlength("…")).rstrip() + "…"
    for shift, line in zip(_TWO_LINES, (first.rstrip(), second), strict=True):
        draw.text((point[0], point[1] + shift), line, font=letters, fill=fill, anchor=anchor)


def _fitting(text: str, letters: FreeTypeFont, width: float) -> str:
    """The beginning of a text that is no wider than `width`, up to a space if there is one."""
    end = next(n for n in range(len(text), -1, -1) if letters.getlength(text[:n]) <= width)
    space = text.rfind(" ", 0, end + 1)
    return text[:end] if space <= 0 else text[:space]


def number(value: float) -> str:
    """A number as it is printed, with a true minus sign."""
    return f"{value:g}".replace("-", MINUS)


def unit(name: str) -> str:
    """A unit as it is printed; empty without dimension."""
    printed = name.replace("degrees", "°").replace("m2", "m²").replace("m3", "m³")
    return "" if name == "1" else printed
