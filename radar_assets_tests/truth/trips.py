"""Second trips of known gates, laid over the texture of real volumes."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from radar_assets.radar.volume import Volume
from radar_assets_tests.truth.spokes import become_noise, highest_speed

Mask = NDArray[np.bool_]

_KEPT = ("DBZH", "TH", "RHOHV", "ZDR", "PHIDP")
"""fields that second trips have as the weather that they are"""
_DOMINANCE = 3.0
"""dB by which a second trip exceeds the echo of the gates that count as its own"""


def lay_trips(volume: Volume, weather: Mask, *, turn: int, beyond: float) -> tuple[Volume, Mask]:
    """Show the weather of a volume once more, as if it were farther away by `beyond` metres.

    It is turned by so many rays; its power is that of the greater distance, and its velocities are
    noise. Returns the gates that it dominates, shape of the fields.
    """
    generator = np.random.default_rng(turn)
    fields = {name: values.copy() for name, values in volume.fields.items()}
    own = np.zeros((volume.rays, volume.gates), dtype=np.bool_)
    loss = 20 * np.log10(1 + beyond / volume.ranges())
    for index in range(len(volume.sweeps)):
        rows = volume.sweep_slice(index)
        moved = np.roll(weather[rows], turn, axis=0)
        added = np.where(moved, np.roll(volume.fields["DBZH"][rows], turn, axis=0) - loss, -np.inf)
        before = fields["DBZH"][rows]
        own[rows] = moved & ~np.isnan(before) & (added >= before + _DOMINANCE)
        for name in fields.keys() & set(_KEPT):
            values = np.roll(volume.fields[name][rows], turn, axis=0)
            if name in {"DBZH", "TH"}:
                values = values - loss.astype(np.float32)
            fields[name][rows] = np.where(own[rows], values, fields[name][rows])
    become_noise(fields, own, ("VRAD", "WRAD"), generator, highest_speed(volume))
    return dataclasses.replace(volume, fields=fields), own
