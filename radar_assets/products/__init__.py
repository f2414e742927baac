"""Products: what can be computed of volumes, and of rasters of other products.

One module of this package holds one product or a family of them in its `PRODUCTS`, and is found by
being there. A product's name, title, units, palette, parameters and kind of input are data; its
`compute` is a pure function from the input (a volume, unless it takes something else) and the
parameters to values on polar coordinates.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType

from radar_assets.errors import ProductError
from radar_assets.products.inputs import RadarsInput, RasterWindowsInput, WindowsInput
from radar_assets.products.model import Choices, Product, compute
from radar_assets.radar.filters import Quality
from radar_assets.radar.parameters import Parameters, Tables, check_parameters
from radar_assets.radar.volume import Volume

__all__ = [
    "QUALITY",
    "Choices",
    "Parameters",
    "Product",
    "RadarsInput",
    "RasterWindowsInput",
    "WindowsInput",
    "all_products",
    "applicable",
    "choose",
    "composed_products",
    "compute",
    "parameter_models",
    "product",
    "products_of_volumes",
]

QUALITY = "QC"
"""name of quality control where parameters are chosen"""


@cache
def all_products() -> Mapping[str, Product]:
    """Every product of the modules in this package, by name."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = [import_module(f"{__name__}.{name}") for name in names]
    found = [product for module in modules for product in getattr(module, "PRODUCTS", ())]
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


def products_of_volumes() -> dict[str, Product]:
    """Products of one radar's volumes, by name: those that maps of a radar are drawn of."""
    return {name: item for name, item in all_products().items() if item.is_of_volumes}


def composed_products() -> dict[str, Product]:
    """Products that composites show, by name."""
    return {name: item for name, item in products_of_volumes().items() if item.composed}


def applicable(volume: Volume) -> list[Product]:
    """Products that can be made of a volume."""
    return [item for item in products_of_volumes().values() if item.missing(volume) is None]


def parameter_models() -> dict[str, type[Parameters]]:
    """What can be chosen: the parameters of quality control and of every product, by name."""
    return {QUALITY: Quality, **{name: item.parameters for name, item in all_products().items()}}


def choose(*tables: Tables) -> Choices:
    """Choose parameters of products and of quality control (QC); a later table prevails.

    Raises one `SettingsError` that lists all that does not exist or is not allowed.
    """
    chosen = check_parameters(parameter_models(), *tables)
    return Choices(quality=chosen.pop(QUALITY, Quality()), products=chosen)
