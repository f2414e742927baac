"""PHIDP: differential phase after quality control, unwrapped along the rays."""

from __future__ import annotations

from dataclasses import replace

from pydantic import Field

from radar_assets.maps.layer import Polar
from radar_assets.products.ppi import OneSweep, filtered, ppi
from radar_assets.radar.phase import unwrap
from radar_assets.radar.volume import Volume


class Phase(OneSweep):
    """Parameters of PHIDP."""

    unwrap: bool = Field(default=True, description="whether phases past a whole turn are unwrapped")


def phase(volume: Volume, parameters: Phase) -> Polar:
    """Differential phase of one sweep."""
    polar = ppi(volume, parameters, field="PHIDP")
    if not parameters.unwrap:
        return replace(polar, done=("not unwrapped",))
    return replace(polar, values=unwrap(polar.values), done=("unwrapped",))


PRODUCTS = (filtered("PHIDP", parameters=Phase, compute=phase),)
