"""What a product is: data that describe it, parameters it declares, and one pure function.

`compute` makes a product of its inputs. What these are follows from what the product takes (see
`inputs`): a volume, unless it declares something else. A stage reads `product.takes.windows_back`
to know how far back the inputs reach, and supplies those that exist; `missing` and `compute`
decide which of them can be used:

* Of volumes: the last one must have what the product requires, or the product is not applicable;
  earlier ones that lack it are skipped. The product's own function gets them after quality control,
  if it is filtered.
* Of rasters: a radar or window that lacks one of the products that are taken is skipped; the
  product is not applicable when none remains.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from radar_assets.errors import ProductNotApplicable
from radar_assets.maps.composing import Composed
from radar_assets.maps.description import Description
from radar_assets.maps.layer import Layer
from radar_assets.maps.palettes import Palette, palette
from radar_assets.maps.raster import Raster
from radar_assets.maps.reduction import Reduction
from radar_assets.products.inputs import (
    Inputs,
    RadarRasters,
    Takes,
    VolumeInput,
    WindowRasters,
    WindowsInput,
    rasters_of,
    volumes_of,
)
from radar_assets.radar.filters import Cleaned, Quality, clean
from radar_assets.radar.names import ISO
from radar_assets.radar.parameters import Parameters
from radar_assets.radar.volume import Volume


@dataclass(frozen=True)
class Choices:
    """Parameters to make products with; the defaults where nothing is chosen."""

    quality: Quality = field(default_factory=Quality)
    products: Mapping[str, Parameters] = field(default_factory=dict)
    """by the product's name"""


DEFAULTS = Choices()
_A_VOLUME = VolumeInput()


@dataclass(frozen=True)
class Product:
    """A product, by its name in files."""

    name: str
    title: str
    field: str
    """the field it shows, where the volume has it"""
    units: str
    palette: str
    compute: Callable[..., Any]
    """of the inputs and the parameters: `Polar` of volumes, `Gridded` of rasters"""
    requires: tuple[tuple[str, ...], ...] = ()
    """groups of fields: it needs one of each"""
    filtered: bool = False
    early: Callable[[Volume, Any], object] | None = None
    """what is computed before quality control, of the volume and the parameters, and handed to
    `compute` as its third argument"""
    parameters: type[Parameters] = Parameters
    least_sweeps: int = 1
    """sweeps that are not vertical, which it needs"""
    takes: Takes = _A_VOLUME
    reduction: Reduction = Reduction.NEAREST
    """how several values become one where a map is drawn or made smaller"""
    composed: Composed | None = None
    """how composites choose among radars; None: they do not show it"""

    @property
    def is_of_volumes(self) -> bool:
        """Whether it is made of volumes; else of rasters."""
        return isinstance(self.takes, VolumeInput | WindowsInput)

    def missing(self, inputs: Inputs) -> str | None:
        """Say what inputs lack to make this product; None where nothing is missing."""
        if isinstance(self.takes, VolumeInput | WindowsInput):
            return self._missing_in(volumes_of(inputs)[-1])
        found = rasters_of(inputs).having(self.takes.products)
        return None if found.rasters else f"rasters of {' and '.join(self.takes.products)}"

    def _missing_in(self, volume: Volume) -> str | None:
        count = sum(not sweep.is_vertical for sweep in volume.sweeps)
        if count < self.least_sweeps:
            return f"{_counted(self.least_sweeps)} not vertical, it has {count}"
        for group in self.requires:
            if volume.fields.keys().isdisjoint(group):
                return " or ".join(group)
        return None

    def chosen(self, choices: Choices) -> Parameters:
        """Parameters of this product among those that were chosen."""
        return choices.products.get(self.name) or self.parameters()

    def layer(self, volume: Volume, choices: Choices = DEFAULTS) -> Layer:
        """Compute a product of one volume; `ProductNotApplicable` says what the volume lacks."""
        return _layer(self, (volume,), choices)


def compute(product: Product, inputs: Inputs, choices: Choices = DEFAULTS) -> Layer | Raster:
    """Make a product of inputs of the kind that it takes.

    Raises `ProductNotApplicable`, which says what the inputs lack, and `ProductError` for inputs
    of another kind.
    """
    if isinstance(product.takes, VolumeInput | WindowsInput):
        return _layer(product, volumes_of(inputs), choices)
    return _raster(product, rasters_of(inputs), product.takes.products, choices)


def _layer(product: Product, volumes: Sequence[Volume], choices: Choices) -> Layer:
    """Compute a product of volumes; the last is the one that it is made for."""
    volume, parameters = volumes[-1], product.chosen(choices)
    if (missing := product.missing(volume)) is not None:
        raise ProductNotApplicable(f"{product.name} of {volume.id} needs {missing}")
    takes_several = isinstance(product.takes, WindowsInput)
    usable = [item for item in volumes if product.missing(item) is None]
    used = usable if takes_several else usable[-1:]
    seen = [clean(item, choices.quality) for item in used] if product.filtered else used
    early = () if product.early is None else (product.early(volume, parameters),)
    polar = product.compute(seen if takes_several else seen[0], parameters, *early)
    times = [item.id.time.strftime(ISO) for item in used] if takes_several else []
    about = Description(
        name=volume.id.radar,
        time=volume.id.time,
        product=product.name,
        title=product.title,
        units=product.units,
        filtered=product.filtered,
        field=polar.field,
        sites={volume.id.radar: volume.site},
        sources={name: digest for item in used for name, digest in item.sources.items()},
        volume=volume.id,
        sweep=parameters.sweep_index,
        elevations=polar.elevations,
        parameters=_recorded(parameters, polar.parameters, times) | _control(seen[-1]),
        done=polar.done,
        reach=round(polar.grid.reach),
        reduction=product.reduction,
    )
    colours = _spanning(palette(product.palette), polar.span)
    return Layer(polar, volume.id, volume.site, colours, about)


def _raster(
    product: Product,
    inputs: RadarRasters | WindowRasters,
    products: Sequence[str],
    choices: Choices,
) -> Raster:
    """Compute a product of rasters."""
    if (missing := product.missing(inputs)) is not None:
        time = inputs.time.strftime(ISO)
        raise ProductNotApplicable(f"{product.name} of {inputs.name} at {time} needs {missing}")
    parameters, used = product.chosen(choices), inputs.having(products)
    made = product.compute(used, parameters)
    parts = [raster for found in used.rasters.values() for raster in found.values()]
    times = [key.strftime(ISO) for key in used.rasters if isinstance(key, datetime)]
    about = Description(
        name=inputs.name,
        time=inputs.time,
        product=product.name,
        title=product.title,
        units=product.units,
        filtered=product.filtered,
        field=product.field,
        sites={name: site for part in parts for name, site in part.about.sites.items()},
        sources=inputs.sources,
        parameters=_recorded(parameters, made.parameters, times),
        reduction=product.reduction,
    )
    return Raster(made.values, inputs.grid, palette(product.palette), about)


def _recorded(
    chosen: Parameters, found: Mapping[str, Any], times: Sequence[str]
) -> dict[str, object]:
    """What a product's values depend on: parameters, what was found, times of several inputs."""
    return {**chosen.model_dump(), **found, **({"times": list(times)} if times else {})}


def _spanning(chosen: Palette, span: float | None) -> Palette:
    return chosen if span is None else chosen.spanning(span)


def _control(volume: Volume) -> dict[str, object]:
    """Describe the quality control that a volume went through."""
    if not isinstance(volume, Cleaned):
        return {}
    return {"quality": volume.quality.model_dump(), "skipped": list(volume.skipped)}


def _counted(sweeps: int) -> str:
    return "a sweep that is" if sweeps == 1 else f"{sweeps} sweeps that are"
