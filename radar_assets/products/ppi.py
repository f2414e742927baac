"""One field as the lowest sweep measured it: DBZHo, VRADo and so on."""

from __future__ import annotations

from functools import partial

from radar_assets.products import Product
from radar_assets.radar.fields import FIELDS
from radar_assets.radar.geometry import PolarGrid, north_first
from radar_assets.radar.layer import Polar
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


def lowest_sweep(volume: Volume, field: str) -> Polar:
    """A field of the sweep with the lowest elevation."""
    index = volume.lowest_sweep
    return Polar(
        values=north_first(volume, field, index),
        grid=PolarGrid.of_sweep(volume, index),
        field=field,
        elevations=(volume.sweeps[index].elevation,),
    )


PRODUCTS = tuple(
    Product(
        name=f"{field}o",
        title=FIELDS[field].long_name,
        field=field,
        units=FIELDS[field].units,
        palette=palette,
        compute=partial(lowest_sweep, field=field),
        requires=((field,),),
    )
    for field, palette in _PALETTES.items()
)
