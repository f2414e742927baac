"""What a product is: data that describe it, parameters it declares, and one pure function."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from radar_assets.errors import ProductNotApplicable
from radar_assets.maps.layer import Layer, Polar
from radar_assets.maps.palettes import Palette, palette
from radar_assets.radar.filters import Cleaned, Quality, clean
from radar_assets.radar.parameters import Parameters
from radar_assets.radar.volume import Volume


@dataclass(frozen=True)
class Choices:
    """Parameters to make products with; the defaults where nothing is chosen."""

    quality: Quality = field(default_factory=Quality)
    products: Mapping[str, Parameters] = field(default_factory=dict)
    """by the product's name"""


DEFAULTS = Choices()


@dataclass(frozen=True)
class Product:
    """A product, by its name in files."""

    name: str
    title: str
    field: str
    """the field it shows, where the volume has it"""
    units: str
    palette: str
    compute: Callable[..., Polar]
    """of a volume, after quality control if the product is filtered, and the parameters"""
    requires: tuple[tuple[str, ...], ...]
    """groups of fields: it needs one of each"""
    filtered: bool = False
    early: Callable[[Volume, Any], object] | None = None
    """what is computed before quality control, of the volume and the parameters, and handed to
    `compute` as its third argument"""
    parameters: type[Parameters] = Parameters
    least_sweeps: int = 1
    """slanting sweeps that it needs"""

    def missing(self, volume: Volume) -> str | None:
        """Say what a volume lacks to make this product; None where nothing is missing."""
        slanting = sum(not sweep.is_vertical for sweep in volume.sweeps)
        if slanting < self.least_sweeps:
            return f"{_counted(self.least_sweeps)} not vertical, it has {slanting}"
        for group in self.requires:
            if volume.fields.keys().isdisjoint(group):
                return " or ".join(group)
        return None

    def chosen(self, choices: Choices) -> Parameters:
        """Parameters of this product among those that were chosen."""
        return choices.products.get(self.name) or self.parameters()

    def layer(self, volume: Volume, choices: Choices = DEFAULTS) -> Layer:
        """Compute the product; `ProductNotApplicable` says what the volume lacks."""
        missing = self.missing(volume)
        if missing is not None:
            raise ProductNotApplicable(f"{self.name} of {volume.id} needs {missing}")
        parameters = self.chosen(choices)
        seen = clean(volume, choices.quality) if self.filtered else volume
        before = () if self.early is None else (self.early(volume, parameters),)
        polar = self.compute(seen, parameters, *before)
        return Layer(
            polar=dataclasses.replace(
                polar,
                parameters={**parameters.model_dump(), **polar.parameters, **_control(seen)},
            ),
            product=self.name,
            title=self.title,
            units=self.units,
            palette=_spanning(palette(self.palette), polar.span),
            filtered=self.filtered,
            id=volume.id,
            site=volume.site,
            sources=volume.sources,
            sweep=parameters.rank,
        )


def _spanning(chosen: Palette, span: float | None) -> Palette:
    return chosen if span is None else chosen.spanning(span)


def _control(volume: Volume) -> dict[str, object]:
    """Describe the quality control that a volume went through."""
    if not isinstance(volume, Cleaned):
        return {}
    return {"quality": volume.quality.model_dump(), "skipped": list(volume.skipped)}


def _counted(sweeps: int) -> str:
    return "a sweep that is" if sweeps == 1 else f"{sweeps} sweeps that are"
