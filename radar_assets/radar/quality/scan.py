"""One sweep as quality control judges it, with what it needs of its volume."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radar_assets.radar.arrays import Floats
from radar_assets.radar.fields import REFLECTIVITY
from radar_assets.radar.volume import Volume

MEASURED_REFLECTIVITY = (*REFLECTIVITY, "DBZV", "TV")
"""fields that measure reflectivity, the best first"""


@dataclass(frozen=True, eq=False)
class Scan:
    """One sweep of a volume."""

    fields: Mapping[str, Floats]
    """shape (rays, gates of the sweep)"""
    ranges: NDArray[np.float64]
    """metres, of the gate centres"""
    gate_size: float
    """metres"""
    nyquist: float
    """m/s; NaN where neither the volume nor its velocities say it"""
    is_vertical: bool

    @property
    def shape(self) -> tuple[int, int]:
        """Rays and gates."""
        rays, gates = next(iter(self.fields.values())).shape
        return rays, gates

    @property
    def reflectivity(self) -> Floats | None:
        """Reflectivity in dBZ, or None where it was not measured."""
        names = (name for name in MEASURED_REFLECTIVITY if name in self.fields)
        return next((self.fields[name] for name in names), None)


def scans(volume: Volume) -> Iterator[tuple[slice, Scan]]:
    """Every sweep of a volume, and its rows in the arrays of the volume's fields."""
    ranges = volume.ranges()
    for index, sweep in enumerate(volume.sweeps):
        fields = {name: volume.sweep_values(name, index) for name in volume.fields}
        yield (
            volume.sweep_slice(index),
            Scan(
                fields=fields,
                ranges=ranges[: sweep.gates],
                gate_size=volume.gate_size,
                nyquist=_nyquist(volume, index, fields),
                is_vertical=sweep.is_vertical,
            ),
        )


def _nyquist(volume: Volume, index: int, fields: Mapping[str, Floats]) -> float:
    """Nyquist velocity of a sweep: as the volume has it, else its highest speed."""
    if volume.nyquist_velocity:
        return volume.nyquist_velocity[index]
    speeds = np.abs(fields["VRAD"]) if "VRAD" in fields else np.empty(0, np.float32)
    return float(np.max(speeds, where=np.isfinite(speeds), initial=0)) or float("nan")
