"""VRAD: radial velocity after quality control, unfolded where the Nyquist velocity is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from pydantic import Field

from radar_assets.maps.layer import Polar
from radar_assets.products.ppi import OneSweep, filtered, ppi
from radar_assets.radar.columns import by_elevation
from radar_assets.radar.dealias import dealias
from radar_assets.radar.volume import Volume

_ROUNDING = 1.01
"""measured speeds may exceed a true Nyquist velocity by a rounding"""


class Velocity(OneSweep):
    """Parameters of VRAD."""

    dealias: bool = Field(default=True, description="whether folded velocity is unfolded")


def velocity(volume: Volume, parameters: Velocity) -> Polar:
    """Velocity of one sweep; it stays folded where it contradicts the Nyquist velocity."""
    polar = ppi(volume, parameters, field="VRAD")
    if not (parameters.dealias and volume.nyquist_velocity):
        return replace(polar, parameters={"dealiased": False})
    nyquist = volume.nyquist_velocity[by_elevation(volume)[parameters.sweep]]
    fastest = np.abs(polar.values[np.isfinite(polar.values)]).max(initial=0)
    if fastest > _ROUNDING * nyquist:
        return replace(polar, parameters={"dealiased": False, "nyquist_velocity": nyquist})
    return replace(
        polar,
        values=dealias(polar.values, nyquist),
        parameters={"dealiased": True, "nyquist_velocity": nyquist},
    )


PRODUCTS = (filtered("VRAD", parameters=Velocity, compute=velocity),)
