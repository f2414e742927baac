"""RAIN: rain rate from reflectivity and, where rain is heavy, from specific differential phase."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from pydantic import Field

from radar_assets.maps.composing import Composed
from radar_assets.maps.layer import Polar
from radar_assets.maps.reduction import Reduction
from radar_assets.products import Product
from radar_assets.products.ppi import OneSweep, ppi
from radar_assets.radar.arrays import Floats
from radar_assets.radar.columns import by_elevation, reflectivity
from radar_assets.radar.fields import REFLECTIVITY
from radar_assets.radar.geometry import north_first
from radar_assets.radar.volume import Volume


class Rain(OneSweep):
    """Parameters of RAIN; the defaults of `a` and `b` are those of Marshall and Palmer."""

    a: float = Field(200.0, gt=0, le=2000, description="of Z = a R^b, Z in mm6/m3, R in mm/h")
    b: float = Field(1.6, gt=0.5, le=4, description="of Z = a R^b")
    max_reflectivity: float = Field(
        53.0, ge=0, le=100, description="dBZ; what is above counts as hail, not as rain"
    )
    use_kdp: bool = Field(
        default=True, description="whether KDP gives the rate of heavy rain, if RHOHV is there too"
    )
    kdp_factor: float = Field(29.7, gt=0, le=100, description="c of R = c KDP^d, for C band")
    kdp_power: float = Field(0.85, gt=0, le=2, description="d of R = c KDP^d")
    min_kdp: float = Field(0.5, ge=0, le=20, description="degrees/km; a lower KDP is not used")
    max_kdp: float = Field(10.0, ge=0, le=50, description="degrees/km; a higher KDP is not used")
    kdp_from: float = Field(35.0, ge=0, le=70, description="dBZ; KDP is not used in weaker echo")
    kdp_rhohv: float = Field(
        0.9, ge=0, le=1, description="KDP is not used where correlation is lower"
    )


def rate_by_reflectivity(dbz: Floats, a: float, b: float) -> Floats:
    """Rain rate in mm/h by Z = a R^b; undetect and nodata stay."""
    rate = (10 ** (dbz / 10) / a) ** (1 / b)
    return np.where(np.isfinite(dbz), rate, dbz).astype(np.float32)


def rate_by_kdp(kdp: Floats, factor: float, power: float) -> Floats:
    """Rain rate in mm/h by R = c KDP^d, KDP in degrees/km and positive."""
    return np.asarray(factor * kdp**power, dtype=np.float32)


def rain(volume: Volume, parameters: Rain) -> Polar:
    """Rain rate on one sweep in mm/h."""
    polar = ppi(volume, parameters, field=reflectivity(volume))
    dbz = np.minimum(polar.values, parameters.max_reflectivity)
    rate = rate_by_reflectivity(dbz, parameters.a, parameters.b)
    has_kdp = parameters.use_kdp and volume.fields.keys() >= {"KDP", "RHOHV"}
    if has_kdp:
        index = by_elevation(volume)[parameters.sweep]
        kdp, rhohv = (north_first(volume, field, index) for field in ("KDP", "RHOHV"))
        usable = (kdp >= parameters.min_kdp) & (kdp <= parameters.max_kdp)
        usable &= (rhohv >= parameters.kdp_rhohv) & (polar.values >= parameters.kdp_from)
        rate[usable] = rate_by_kdp(kdp[usable], parameters.kdp_factor, parameters.kdp_power)
    return replace(
        polar,
        values=rate,
        parameters={"kdp_was_used": has_kdp},
        done=_done(parameters, has_kdp=has_kdp),
    )


def _done(parameters: Rain, *, has_kdp: bool) -> tuple[str, ...]:
    by_reflectivity = (
        f"Z = {parameters.a:g} R^{parameters.b:g} up to {parameters.max_reflectivity:g} dBZ"
    )
    if not has_kdp:
        return (by_reflectivity, "without KDP")
    by_kdp = f"R = {parameters.kdp_factor:g} KDP^{parameters.kdp_power:g}"
    return (by_reflectivity, f"{by_kdp} from {parameters.kdp_from:g} dBZ on")


PRODUCTS = (
    Product(
        name="RAIN",
        title="Rain rate",
        field=REFLECTIVITY[0],
        units="mm/h",
        palette="rain",
        reduction=Reduction.MEAN,
        composed=Composed.BEST,
        compute=rain,
        requires=(REFLECTIVITY,),
        filtered=True,
        parameters=Rain,
    ),
)
