"""Radial velocity of one sweep: VRADo as measured, VRAD unfolded and after quality control."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from radar_assets.maps.layer import Polar
from radar_assets.products.ppi import OneSweep, filtered, measured, ppi
from radar_assets.radar.columns import by_elevation
from radar_assets.radar.geometry import turned_north
from radar_assets.radar.unfolding import Unfolded, unfold
from radar_assets.radar.volume import Volume

_FIELD = "VRAD"
_MOST = 99.9
"""per cent of the speeds that colours must reach"""


class Velocity(OneSweep):
    """Parameters of VRAD."""

    dealias: bool = Field(default=True, description="whether folded velocity is unfolded")
    confident: bool = Field(
        default=True, description="whether unfolded velocity is removed where its fold is in doubt"
    )
    max_speed: float = Field(
        60.0, gt=0, le=200, description="m/s; unfolded velocity beyond is removed"
    )


def as_measured(volume: Volume, parameters: OneSweep) -> Polar:
    """Velocity of one sweep, folded as it may be."""
    polar = ppi(volume, parameters, field=_FIELD)
    nyquist = _nyquist(volume, parameters)
    return replace(
        polar,
        span=nyquist or _reach(polar.values),
        done=() if nyquist is None else (f"Nyquist velocity {nyquist:g} m/s",),
    )


def velocity(volume: Volume, parameters: Velocity, unfolded: Unfolded | None) -> Polar:
    """Velocity of one sweep; it stays folded where it contradicts the Nyquist velocity."""
    polar = as_measured(volume, parameters)
    index = by_elevation(volume)[parameters.sweep]
    nyquist = _nyquist(volume, parameters)
    known = {} if nyquist is None else {"nyquist_velocity": nyquist}
    if unfolded is None or index not in unfolded.sweeps:
        why = _why_not(parameters, nyquist)
        return replace(polar, parameters={"dealiased": False, **known}, done=(why, *polar.done))
    found, sure = (
        turned_north(part[volume.sweep_slice(index), : volume.sweeps[index].gates], volume, index)
        for part in (unfolded.values, unfolded.sure)
    )
    echo = np.isfinite(polar.values)
    shown = echo & (np.abs(found) <= parameters.max_speed)
    if parameters.confident:
        shown &= sure
    values = np.where(echo, np.where(shown, found, np.float32(np.nan)), polar.values)
    removed = 1 - shown.sum() / max(1, int(echo.sum()))
    return replace(
        polar,
        values=values,
        parameters={"dealiased": True, **known, "doubtful": round(float(removed), 4)},
        done=(
            f"unfolded at a Nyquist velocity of {nyquist:g} m/s",
            f"{100 * removed:.0f} % of the gates removed as doubtful",
        ),
        span=_reach(values),
    )


def _unfolded(volume: Volume, parameters: Velocity) -> Unfolded | None:
    """Velocities of the whole volume, before quality control tears them apart."""
    return unfold(volume) if parameters.dealias and volume.nyquist_velocity else None


def _why_not(parameters: Velocity, nyquist: float | None) -> str:
    if not parameters.dealias:
        return "not unfolded"
    if nyquist is None:
        return "not unfolded: Nyquist velocity not known"
    return "not unfolded: speeds beyond the Nyquist velocity"


def _nyquist(volume: Volume, parameters: OneSweep) -> float | None:
    """Nyquist velocity of the sweep that is drawn, if it is known."""
    if not volume.nyquist_velocity:
        return None
    return volume.nyquist_velocity[by_elevation(volume)[parameters.sweep]]


def _reach(values: NDArray[np.float32]) -> float | None:
    """A speed that hardly any value exceeds; None where there are no values."""
    echo = np.isfinite(values)
    return float(np.percentile(np.abs(values[echo]), _MOST)) if echo.any() else None


PRODUCTS = (
    replace(measured(_FIELD), compute=as_measured),
    filtered(_FIELD, parameters=Velocity, compute=velocity, early=_unfolded),
)
