"""COLMAX: the highest reflectivity above a point, after quality control; COLMAXo: as measured."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from pydantic import Field

from radar_assets.maps.composing import Composed
from radar_assets.maps.layer import Polar
from radar_assets.maps.reduction import Reduction
from radar_assets.products import Parameters, Product
from radar_assets.radar.columns import Columns, columns, reflectivity
from radar_assets.radar.fields import REFLECTIVITY
from radar_assets.radar.volume import Volume


class Maximum(Parameters):
    """Parameters of COLMAX."""

    min_elevation: float = Field(0.0, ge=-5, le=90, description="degrees; lower sweeps stay out")
    max_elevation: float = Field(90.0, ge=-5, le=90, description="degrees; higher sweeps stay out")
    min_rhohv: float = Field(
        0.0, ge=0, le=1, description="echo of lower correlation stays out, where it is measured"
    )


def measured_maximum(volume: Volume, _: Parameters) -> Polar:
    """Maximum over all sweeps, by azimuth and ground distance."""
    return _maximum(columns(volume, reflectivity(volume)))


def maximum(volume: Volume, parameters: Maximum) -> Polar:
    """Maximum within the limits."""
    limits = parameters.min_elevation, parameters.max_elevation
    found = columns(volume, reflectivity(volume), *limits)
    if parameters.min_rhohv > 0 and "RHOHV" in volume.fields:
        poor = columns(volume, "RHOHV", *limits).values < parameters.min_rhohv
        doubtful = poor & np.isfinite(found.values)
        found = replace(found, values=np.where(doubtful, np.float32(np.nan), found.values))
    return _maximum(found)


def _maximum(found: Columns) -> Polar:
    """Echo prevails over no echo, no echo over not measured."""
    return Polar(np.fmax.reduce(found.values), found.grid, found.field, found.elevations)


_COLMAXO = Product(
    name="COLMAXo",
    title="Column maximum of reflectivity, unfiltered",
    field=REFLECTIVITY[0],
    units="dBZ",
    palette="colmax",
    reduction=Reduction.MAXIMUM,
    compute=measured_maximum,
    requires=(REFLECTIVITY,),
)
_COLMAX = replace(
    _COLMAXO,
    name="COLMAX",
    title="Column maximum of reflectivity",
    compute=maximum,
    parameters=Maximum,
    filtered=True,
    composed=Composed.MAXIMUM,
)
PRODUCTS = (_COLMAX, _COLMAXO)
