"""A volume: all fields that a radar measured in one volume scan, on one range grid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from radar_assets.radar.names import VolumeId


@dataclass(frozen=True)
class Site:
    """Where the antenna turns: degrees north, degrees east, metres above mean sea level."""

    latitude: float
    longitude: float
    altitude: float


@dataclass(frozen=True)
class Sweep:
    """Geometry of one sweep; its rays lie in acquisition order, clockwise.

    The k-th ray is row `(first_ray + k) % rays` of the north-based circle of `rays` sectors.
    """

    start: datetime
    end: datetime
    elevation: float
    """degrees"""
    rays: int
    gates: int
    """gates of this sweep; in a volume's arrays the gates behind them are nodata"""
    first_ray: int
    """north-based row of the ray that was radiated first"""


@dataclass(frozen=True, eq=False)
class Volume:
    """One volume.

    Each array of `fields` is float32 of shape (rays of all sweeps, gates of the longest sweep):
    NaN is nodata (not measured), -inf is undetect (measured, no echo), finite is a value. So
    `np.isfinite` tells valued gates, and `np.fmax` over sweeps prefers echo to no echo to nodata.
    """

    id: VolumeId
    site: Site
    sweeps: tuple[Sweep, ...]
    first_gate: float
    """range in metres where the first gate starts"""
    gate_size: float
    """metres"""
    row_centre: float
    """the centre azimuth of row i is (i + row_centre)*360/rays degrees: 0.5 by ODIM's meaning"""
    fields: Mapping[str, NDArray[np.float32]]
    sources: Mapping[str, str] = field(default_factory=dict)
    """BUFR file name -> SHA-256"""

    @property
    def rays(self) -> int:
        """Number of rays of all sweeps."""
        return sum(sweep.rays for sweep in self.sweeps)

    @property
    def gates(self) -> int:
        """Number of gates of the longest sweep."""
        return max(sweep.gates for sweep in self.sweeps)

    def sweep_slice(self, index: int) -> slice:
        """Rows of the field arrays that belong to a sweep."""
        start = sum(sweep.rays for sweep in self.sweeps[:index])
        return slice(start, start + self.sweeps[index].rays)

    def sweep_values(self, field: str, index: int) -> NDArray[np.float32]:
        """View of one sweep of a field, shape (rays, gates of that sweep)."""
        return self.fields[field][self.sweep_slice(index), : self.sweeps[index].gates]

    def ranges(self) -> NDArray[np.float64]:
        """Distance of the gate centres from the antenna in metres, shape (gates,)."""
        return self.first_gate + (np.arange(self.gates, dtype=np.float64) + 0.5) * self.gate_size

    @property
    def lowest_sweep(self) -> int:
        """Index of the sweep with the lowest elevation."""
        return min(range(len(self.sweeps)), key=lambda i: self.sweeps[i].elevation)
