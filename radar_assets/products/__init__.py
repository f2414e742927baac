"""Products: what can be drawn from a volume.

One module of this package holds one product or a family of them in its `PRODUCTS`, and is found by
being there. A product's name, title, units and palette are data; its `compute` is a pure function
from a volume to values on polar coordinates.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import MappingProxyType

from radar_assets.radar.errors import ProductError, ProductNotApplicable
from radar_assets.radar.layer import Layer, Polar
from radar_assets.radar.palettes import palette
from radar_assets.radar.volume import Volume


@dataclass(frozen=True)
class Product:
    """A product, by its name in files."""

    name: str
    title: str
    field: str
    """the field it shows, where the volume has it"""
    units: str
    palette: str
    compute: Callable[[Volume], Polar]
    requires: tuple[tuple[str, ...], ...]
    """groups of fields: it needs one of each"""
    filtered: bool = False

    def missing(self, volume: Volume) -> str | None:
        """Say what a volume lacks to make this product; None where nothing is missing."""
        if not volume.sweeps or volume.sweeps[volume.lowest_sweep].is_vertical:
            return "a sweep that is not vertical"
        for group in self.requires:
            if volume.fields.keys().isdisjoint(group):
                return " or ".join(group)
        return None

    def layer(self, volume: Volume) -> Layer:
        """Compute the product; `ProductNotApplicable` says what the volume lacks."""
        missing = self.missing(volume)
        if missing is not None:
            raise ProductNotApplicable(f"{self.name} of {volume.id} needs {missing}")
        return Layer(
            polar=self.compute(volume),
            product=self.name,
            title=self.title,
            units=self.units,
            palette=palette(self.palette),
            filtered=self.filtered,
            id=volume.id,
            site=volume.site,
            sources=volume.sources,
        )


@cache
def all_products() -> Mapping[str, Product]:
    """Every product of the modules in this package, by name."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = [import_module(f"{__name__}.{name}") for name in names]
    found = [product for module in modules for product in module.PRODUCTS]
    products = {product.name: product for product in found}
    if len(products) < len(found):
        raise ProductError("two products have the same name")
    return MappingProxyType(products)


def product(name: str) -> Product:
    """Return a product by its name; `ProductError` lists the known ones."""
    try:
        return all_products()[name]
    except KeyError:
        known = ", ".join(all_products())
        raise ProductError(f"no product {name!r}; there are {known}") from None


def applicable(volume: Volume) -> list[Product]:
    """Products that can be made of a volume."""
    return [item for item in all_products().values() if item.missing(volume) is None]
