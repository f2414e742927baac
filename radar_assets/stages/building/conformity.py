"""What BUFR files hold, against what the network file says of their radar and strategy.

A difference is a sentence and changes nothing. Only files from so far away that they must
be another radar's are refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Protocol

import numpy as np

from radar_assets.errors import SiteMismatch
from radar_assets.radar.names import ISO, BufrName
from radar_assets.radar.volume import Volume
from radar_assets.settings import Network, Radar, StrategyVolume

_HERE = 0.001
"""degrees; published sites differ by less from those in the files"""
_ELSEWHERE = 0.1
"""degrees; no two radars are nearer"""
_LEVEL = 50.0
"""metres; some tables count the tower, others do not"""
_SCAN = timedelta(minutes=10)
"""a volume takes no longer"""
_SHORT = "KDP"
"""field whose sweeps have fewer gates than those of the others"""
_VELOCITY = "VRAD"
_STEP = 1 / 127
"""of the Nyquist velocity: the step of velocities that were coded in 8 bits"""


class _Site(Protocol):
    @property
    def latitude(self) -> float: ...

    @property
    def longitude(self) -> float: ...

    @property
    def altitude(self) -> float | None: ...


def check_site(name: BufrName, field: _Site, network: Network) -> None:
    """Raise `SiteMismatch` when a file comes from nowhere near its radar, if that is known."""
    radar = network.radars.get(name.id.radar)
    if radar and _degrees_apart(field, radar) > _ELSEWHERE:
        raise SiteMismatch(
            f"{name} was measured at {_position(field)}, but {name.id.radar} is at "
            f"{_position(radar)} by the network file: one of them is another radar's"
        )


def differences(volume: Volume, network: Network) -> tuple[str, ...]:
    """How a volume differs from what the network file says, a sentence each.

    What the network file leaves out is not compared. Sweeps that were not radiated count.
    """
    radar = network.radars.get(volume.id.radar)
    known = network.strategy(volume.id.strategy, volume.id.volume)
    return (
        *(_of_site(volume, radar) if radar else ()),
        *(_of_geometry(volume, known) if known else ()),
        *_of_velocity(volume),
        *_of_time(volume),
    )


def _of_site(volume: Volume, radar: Radar) -> Iterator[str]:
    site = volume.site
    rise = 0.0 if radar.altitude is None else abs(site.altitude - radar.altitude)
    if _degrees_apart(site, radar) > _HERE or rise > _LEVEL:
        yield (
            f"{volume.id.radar} is at {_position(site)} by its files, "
            f"at {_position(radar)} by the network file"
        )


def _of_geometry(volume: Volume, known: StrategyVolume) -> Iterator[str]:
    rays = {sweep.rays for sweep in volume.sweeps} - {known.rays}
    facts = (
        ("sweeps", len(volume.sweeps) + len(volume.unscanned), known.sweeps),
        ("rays in a sweep", min(rays, default=known.rays), known.rays),
        ("gates in its longest sweep", volume.gates, _gates(volume, known)),
        ("metres in a gate", volume.gate_size, known.gate_size),
    )
    for what, found, planned in facts:
        if planned is not None and found != planned:
            yield (
                f"{volume.id.strategy}_{volume.id.volume} has {found:g} {what} by its files, "
                f"{planned:g} by the network file"
            )


def _gates(volume: Volume, known: StrategyVolume) -> int | None:
    """Gates that the longest sweep should have; None where that is not known."""
    return None if volume.fields.keys() == {_SHORT} else known.gates


def _of_velocity(volume: Volume) -> Iterator[str]:
    """The first sweep whose velocities are greater than can be measured."""
    limits = volume.nyquist_velocity if _VELOCITY in volume.fields else ()
    for index, limit in enumerate(limits):
        values = volume.sweep_values(_VELOCITY, index)
        fastest = np.max(np.abs(values), where=np.isfinite(values), initial=0)
        if fastest > limit * (1 + _STEP):
            yield (
                f"{_VELOCITY} reaches {fastest:.2f} m/s at {volume.sweeps[index].elevation:.2f} "
                f"degrees, beyond the Nyquist velocity of {limit:.2f} m/s in the network file"
            )
            return


def _of_time(volume: Volume) -> Iterator[str]:
    if abs(volume.start - volume.id.time) > _SCAN:
        yield (
            f"its first sweep began at {volume.start.strftime(ISO)}, "
            f"the time in its name is {volume.id.time.strftime(ISO)}"
        )


def _degrees_apart(one: _Site, other: _Site) -> float:
    return max(abs(one.latitude - other.latitude), abs(one.longitude - other.longitude))


def _position(site: _Site) -> str:
    altitude = "" if site.altitude is None else f", {site.altitude:g} m"
    return f"{site.latitude:.5f}, {site.longitude:.5f}{altitude}"
