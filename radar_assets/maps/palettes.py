"""Colours of products: palettes are data files in `palette_files`, one file per palette.

A file states name, title, units, vmin, vmax and stops, a list of [value, "#rrggbb"]. Between stops
colours are interpolated or, with `interpolate = false`, each stop's colour holds up to the next.
Values above vmax take the last colour; those below vmin the first one, or none if
`below = "transparent"`. `cmap` is the name under which the web map knows such colours. `ticks` are
the values that a legend shows, by default those of the stops; `labels` name the classes whose
values begin at the stops. A file NAME-SCHEME.toml has other colours for what NAME.toml shows.
"""

from __future__ import annotations

import tomllib
from enum import StrEnum
from functools import cached_property, lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import pairwise
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from radar_assets.errors import SettingsError

COLOURS = 255
"""colours of a palette; index 0 is transparent"""


_SPANS = {5.0: 1.0, 7.5: 1.5, 10.0: 2.0, 15.0: 2.5, 20.0: 5.0, 25.0: 5.0, 30.0: 5.0, 40.0: 10.0}
_SPANS |= {50.0: 10.0, 60.0: 10.0, 80.0: 20.0, 100.0: 20.0}
"""half widths of palettes around 0, and the distance between their ticks"""


class Scheme(StrEnum):
    """Families of palettes."""

    STANDARD = "standard"
    """colours that forecasters are used to"""
    COLOUR_BLIND = "colour-blind"
    """colours that readers with any kind of colour vision can distinguish"""


Colour = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]


class Palette(BaseModel):
    """How the values of a product become colours."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    title: str
    units: str
    vmin: float
    vmax: float
    cmap: str
    interpolate: bool = True
    below: Literal["first", "transparent"] = "first"
    stops: tuple[tuple[float, Colour], ...] = Field(min_length=1, max_length=COLOURS)
    ticks: tuple[float, ...] = ()
    labels: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _ordered(self) -> Palette:
        values = [value for value, _ in self.stops]
        if not self.vmin < self.vmax:
            raise ValueError("vmin must be less than vmax")
        for name, row in (("stops", values), ("ticks", self.ticks)):
            if any(low >= high for low, high in pairwise(row)):
                raise ValueError(f"the values of {name} must increase")
        return self

    @model_validator(mode="after")
    def _legible(self) -> Palette:
        if self.ticks and not self.interpolate:
            raise ValueError("ticks are those of the stops where nothing is interpolated")
        if self.ticks and not self.vmin <= self.ticks[0] < self.ticks[-1] <= self.vmax:
            raise ValueError("ticks must be two values or more from vmin to vmax")
        if self.labels and (self.interpolate or len(self.labels) != len(self.stops)):
            raise ValueError("labels need one stop each, and interpolate = false")
        return self

    @property
    def legend(self) -> tuple[float, ...]:
        """Values that a legend shows, increasing."""
        return self.ticks or tuple(value for value, _ in self.stops)

    def spanning(self, least: float) -> Palette:
        """The same colours from -x to x, x being the first round number from `least` on."""
        span = next((span for span in _SPANS if span >= least), max(_SPANS))
        step = _SPANS[span]
        count = round(span / step)
        return Palette.model_validate(
            {
                **self.model_dump(),
                "vmin": -span,
                "vmax": span,
                "stops": tuple((v / self.vmax * span, colour) for v, colour in self.stops),
                "ticks": tuple(step * tick for tick in range(-count, count + 1)),
            }
        )

    @cached_property
    def rgb(self) -> NDArray[np.uint8]:
        """Colours by index, shape (256, 3); colour 0 is the transparent one."""
        values, colours = self._stops
        table = np.zeros((1 + COLOURS, 3), dtype=np.uint8)
        if self.interpolate:
            centres = np.linspace(self.vmin, self.vmax, 2 * COLOURS + 1)[1::2]
            for channel in range(3):
                table[1:, channel] = np.rint(np.interp(centres, values, colours[:, channel]))
        else:
            table[1:] = colours[np.minimum(np.arange(COLOURS), len(colours) - 1)]
        return table

    def indices(self, values: NDArray[Any]) -> NDArray[np.uint8]:
        """Colour index of each value, same shape; 0 (transparent) for nodata and undetect."""
        if values.dtype == np.uint8:  # classes: few, so each is found once
            return np.take(self.indices(np.arange(256, dtype=np.float32)), values)
        if self.interpolate:
            index = values - self.vmin
            index *= COLOURS / (self.vmax - self.vmin)
            np.floor(index, out=index)
            index += 1
        else:
            index = np.searchsorted(self._stops[0], values, side="right").astype(np.float32)
        lowest = 0 if self.below == "transparent" else 1
        np.clip(index, lowest, COLOURS, out=index)
        index[~np.isfinite(values)] = 0
        return index.astype(np.uint8)

    @cached_property
    def _stops(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        values, colours = zip(*self.stops, strict=True)
        channels = [list(bytes.fromhex(colour[1:])) for colour in colours]
        return np.array(values, dtype=np.float64), np.array(channels, dtype=np.float64)


def palette_names() -> tuple[str, ...]:
    """Names of the packaged palettes."""
    return tuple(sorted(_palette_files()))


@lru_cache
def palette(name: str) -> Palette:
    """Return the packaged palette of that name; `SettingsError` when there is none."""
    known = _palette_files()
    if name not in known:
        raise SettingsError(f"no palette {name!r}; there are {', '.join(sorted(known))}")
    return read_palette(known[name])


def in_scheme(chosen: Palette, scheme: Scheme) -> Palette:
    """Return a scheme's colours for what a palette shows, or that palette where it has none."""
    name = f"{chosen.name}-{scheme}"
    if name not in _palette_files():
        return chosen
    other = palette(name)
    return other if other.vmax == chosen.vmax else other.spanning(chosen.vmax)


def read_palette(source: Traversable) -> Palette:
    """Read a palette file; `SettingsError` names the file and all that is wrong with it."""
    try:
        result = Palette.model_validate(tomllib.loads(source.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"cannot read the palette {source.name}: {error}") from None
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise SettingsError(f"palette {source.name}: {faults}") from None
    if f"{result.name}.toml" != source.name:
        raise SettingsError(f"palette {source.name}: its name must be that of the file")
    return result


def _palette_files() -> dict[str, Traversable]:
    folder = files(__package__) / "palette_files"
    found = (file for file in folder.iterdir() if file.name.endswith(".toml"))
    return {file.name.removesuffix(".toml"): file for file in found}
