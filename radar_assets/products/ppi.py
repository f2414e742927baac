"""One field on one sweep: DBZH after quality control, DBZHo as it was measured, and so on."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from pydantic import Field

from radar_assets.errors import ProductNotApplicable, SweepMissing
from radar_assets.errors.texts import counted
from radar_assets.maps.layer import Polar
from radar_assets.products import Parameters, Product
from radar_assets.radar.columns import by_elevation
from radar_assets.radar.fields import FIELDS
from radar_assets.radar.filters import Cleaned
from radar_assets.radar.geometry import PolarGrid, north_first
from radar_assets.radar.volume import Volume

_PALETTES = {
    "DBZH": "reflectivity",
    "DBZV": "reflectivity",
    "TH": "reflectivity",
    "TV": "reflectivity",
    "ZDR": "zdr",
    "TDR": "zdr",
    "RHOHV": "rhohv",
    "PHIDP": "phidp",
    "KDP": "kdp",
    "VRAD": "velocity",
    "WRAD": "spectrum_width",
    "CM": "clutter",
}


class OneSweep(Parameters):
    """Parameters of what is drawn from one sweep."""

    sweep: int = Field(0, ge=0, le=99, description="index by elevation; 0 is the lowest sweep")

    @property
    def sweep_index(self) -> int:
        """Index of the sweep by elevation."""
        return self.sweep


def ppi(volume: Volume, parameters: OneSweep, *, field: str) -> Polar:
    """A field on one sweep, chosen by its index by elevation."""
    sweeps = by_elevation(volume)
    if parameters.sweep >= len(sweeps):
        raise SweepMissing(
            f"{volume.id} has {counted(len(sweeps), 'sweep')} that are not vertical, numbered "
            f"from 0; there is none with the number {parameters.sweep}"
        )
    index = sweeps[parameters.sweep]
    values, elevation = north_first(volume, field, index), volume.sweeps[index].elevation
    if np.isnan(values).all() and not _was_cleared(volume, index):
        raise ProductNotApplicable(f"{volume.id} has no {field} at {elevation:g} degrees")
    return Polar(
        values=values,
        grid=PolarGrid.of_sweep(volume, index),
        field=field,
        elevations=(elevation,),
    )


def _was_cleared(volume: Volume, index: int) -> bool:
    """Whether quality control removed echo of a sweep."""
    return isinstance(volume, Cleaned) and bool(volume.removed[volume.sweep_slice(index)].any())


def measured(field: str) -> Product:
    """The product that shows a field as it was measured."""
    return Product(
        name=f"{field}o",
        title=f"{FIELDS[field].long_name}, unfiltered",
        field=field,
        units=FIELDS[field].units,
        palette=_PALETTES[field],
        parameters=OneSweep,
        compute=partial(ppi, field=field),
        requires=((field,),),
    )


def filtered(field: str, **changes: Any) -> Product:  # noqa: ANN401
    """The product that shows a field after quality control, with some changes."""
    return replace(
        measured(field), name=field, title=FIELDS[field].long_name, filtered=True, **changes
    )


_OWN_FILES = {"PHIDP", "VRAD"}
"""fields that get more than quality control, each in a module of its own"""

PRODUCTS = (
    *(measured(field) for field in _PALETTES if field != "VRAD"),
    *(filtered(field) for field in _PALETTES if field not in _OWN_FILES),
)
