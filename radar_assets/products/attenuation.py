"""PIA: what rain on the way has taken from the reflectivity of each gate, by differential phase."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from pydantic import Field

from radar_assets.maps.layer import Polar
from radar_assets.products import Product
from radar_assets.products.ppi import OneSweep, ppi
from radar_assets.radar.attenuation import added_phase
from radar_assets.radar.volume import Volume


class Attenuation(OneSweep):
    """Parameters of PIA."""

    coefficient: float = Field(
        0.08,
        gt=0,
        le=1,
        description="dB per degree of differential phase, both ways; for C band 0.05 to 0.11",
    )
    max_attenuation: float = Field(20.0, gt=0, le=60, description="dB; a greater loss is cut")


def attenuation(volume: Volume, parameters: Attenuation) -> Polar:
    """Path-integrated attenuation in dB on one sweep, both ways."""
    polar = ppi(volume, parameters, field="PHIDP")
    lost = added_phase(polar.values, volume.gate_size) * np.float32(parameters.coefficient)
    cut = lost > parameters.max_attenuation
    lost = np.minimum(lost, np.float32(parameters.max_attenuation))
    echo = np.isfinite(polar.values)
    share = float((cut & echo).sum() / max(1, int(echo.sum())))
    return replace(
        polar,
        values=np.where(echo, lost, polar.values),
        parameters={"cut": round(share, 4)},
        done=(
            f"{parameters.coefficient:g} dB per degree of differential phase",
            f"{100 * share:.1f} % of the gates cut at {parameters.max_attenuation:g} dB",
        ),
    )


PRODUCTS = (
    Product(
        name="PIA",
        title="Path-integrated attenuation",
        field="PHIDP",
        units="dB",
        palette="attenuation",
        compute=attenuation,
        requires=(("PHIDP",),),
        filtered=True,
        parameters=Attenuation,
    ),
)
