"""ETOP: how high above sea level echo of a given reflectivity reaches."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from radar_assets.maps.composing import Composed
from radar_assets.maps.layer import Polar
from radar_assets.maps.reduction import Reduction
from radar_assets.products import Parameters, Product
from radar_assets.radar.columns import columns, echo_top, reflectivity
from radar_assets.radar.fields import REFLECTIVITY
from radar_assets.radar.volume import Volume


class Top(Parameters):
    """Parameters of ETOP."""

    threshold: float = Field(18.0, ge=0, le=70, description="dBZ")
    beam_width: float = Field(1.0, gt=0, le=5, description="degrees")
    cut_tops: bool = Field(
        default=True,
        description="whether tops above the highest beam are shown, at the upper edge of that beam",
    )


def top(volume: Volume, parameters: Top) -> Polar:
    """Echo tops in kilometres above mean sea level."""
    found = columns(volume, reflectivity(volume))
    height, is_cut = echo_top(found, parameters.threshold, parameters.beam_width)
    kilometres = (height + np.float32(volume.site.altitude)) / np.float32(1000)
    if not parameters.cut_tops:
        kilometres[is_cut] = np.nan
    share = is_cut.sum() / max(np.isfinite(height).sum(), 1)
    return Polar(
        values=kilometres,
        grid=found.grid,
        field=found.field,
        elevations=found.elevations,
        parameters={"share_of_cut_tops": round(float(share), 4)},
        done=(
            f"highest echo of {parameters.threshold:g} dBZ",
            f"beam of {parameters.beam_width:g}°",
            f"{100 * share:.0f} % lie above the highest beam: "
            + ("shown at its upper edge" if parameters.cut_tops else "left out"),
        ),
    )


PRODUCTS = (
    Product(
        name="ETOP",
        title="Echo top",
        field=REFLECTIVITY[0],
        units="km",
        palette="echo_top",
        reduction=Reduction.MAXIMUM,
        composed=Composed.MAXIMUM,
        compute=top,
        requires=(REFLECTIVITY,),
        filtered=True,
        parameters=Top,
        least_sweeps=2,
    ),
)
