"""Maps of a window of a composite: values of each product, and beside them SOURCE and QUALITY."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radar_assets.errors import ProductError
from radar_assets.maps.composing import Composed, Mosaic
from radar_assets.maps.description import Description
from radar_assets.maps.palettes import Palette, in_scheme, palette
from radar_assets.maps.raster import Raster
from radar_assets.products import Product, composed_products
from radar_assets.settings import Network
from radar_assets.stages.base.windows import Window
from radar_assets.stages.composing.inputs import Sources
from radar_assets.stages.composing.mosaics import grid_of, sites_of


@dataclass(frozen=True)
class Companion:
    """A map beside a product that says how it was composed."""

    name: str
    title: str
    units: str
    palette: str

    def values(self, mosaic: Mosaic) -> NDArray[np.uint8]:
        """Its classes, 0 where no radar measured."""
        if self.name == "SOURCE":
            return mosaic.source
        measured = mosaic.quality > 0
        return np.where(measured, np.clip(np.rint(mosaic.quality), 1, 100), 0).astype(np.uint8)


COMPANIONS = (
    Companion("SOURCE", "Radar of the best measurement", "1", "source"),
    Companion("QUALITY", "Quality of the best measurement", "%", "quality"),
)


def products_of(network: Network, composite: str) -> list[Product]:
    """Products that a composite shows."""
    known = composed_products()
    names = network.composites[composite].products
    return list(known.values()) if names is None else [known[name] for name in names]


def judged_by(products: Sequence[Product]) -> Product:
    """The product whose measurements SOURCE and QUALITY describe.

    The first that takes one radar at each pixel; of a maximum, they would describe another radar
    than the one whose value is shown.
    """
    best = (item for item in products if item.composed is Composed.BEST)
    return next(best, products[0])


@dataclass(frozen=True)
class Drawer:
    """What draws the maps of a window."""

    network: Network
    window: Window

    def product(self, item: Product, sources: Sources, mosaic: Mosaic) -> Raster:
        """The map of a composed product."""
        about = self._about(
            sources,
            {"composed": str(item.composed)},
            product=item.name,
            title=item.title,
            units=item.units,
            field=item.field,
            filtered=item.filtered,
            reduction=item.reduction,
        )
        return self._raster(mosaic.values, palette(item.palette), about)

    def companion(
        self, item: Companion, judged: Product, sources: Sources, mosaic: Mosaic
    ) -> Raster:
        """The map of a companion of a product."""
        radars = self.network.radars_of(self.window.owner)
        colours, parameters = palette(item.palette), {"of": judged.name}
        if item.name == "SOURCE":
            colours = _naming(colours, radars)
            parameters["classes"] = " ".join(radars)
        about = self._about(
            sources,
            parameters,
            product=item.name,
            title=item.title,
            units=item.units,
            field=judged.field,
            filtered=judged.filtered,
        )
        return self._raster(item.values(mosaic), colours, about)

    def _raster(self, values: NDArray[Any], colours: Palette, about: Description) -> Raster:
        chosen = in_scheme(colours, self.network.settings.palettes)
        return Raster(values, grid_of(self.network, self.window.owner), chosen, about)

    def _about(
        self,
        sources: Sources,
        parameters: Mapping[str, object],
        **facts: Any,  # noqa: ANN401
    ) -> Description:
        composite = self.window.owner
        sites = sites_of(self.network, composite)
        return Description(
            name=composite,
            time=self.window.end,
            sites={radar: sites[radar] for radar in sources.files},
            sources=sources.versions(),
            parameters={
                **parameters,
                "max_range": self.network.composites[composite].max_range,
                "times": sources.times(),
                "old": list(sources.old),
                "missing": list(sources.missing),
            },
            done=tuple(_done(sources)),
            **facts,
        )


def _done(sources: Sources) -> Iterator[str]:
    """What captions say of the radars."""
    yield f"{len(sources.files)} radars"
    if sources.old:
        yield f"of the window before: {', '.join(sources.old)}"
    if sources.missing:
        yield f"without {', '.join(sources.missing)}"


def _naming(colours: Palette, radars: Sequence[str]) -> Palette:
    """Colours of as many classes as there are radars, with their names.

    Raises `ProductError` for more radars than there are colours; none may look like another.
    """
    if len(radars) > len(colours.stops):
        raise ProductError(
            f"SOURCE has colours for {len(colours.stops)} radars, not for {len(radars)}; "
            "compose fewer"
        )
    facts: Mapping[str, Any] = {
        **colours.model_dump(),
        "vmax": float(len(radars)),
        "stops": colours.stops[: len(radars)],
        "labels": tuple(radars),
    }
    return Palette.model_validate(facts)
