"""A volume: all fields that a radar measured in one volume scan, on one range grid."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from radar_assets.radar.names import VolumeId

if TYPE_CHECKING:
    from pyart.core import Radar


VERTICAL = 80.0
"""degrees; a sweep from this elevation on points up and has no map"""

BYTES_PER_GATE = 5
"""of a field: a float32, and in a file a flag"""
MAX_BYTES = 270_000_000
"""of a volume: values and flags of 15 fields of the largest volume known"""


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
    is_estimated: bool = False
    """whether start and end are estimated, for want of times in the files that can be true"""

    @property
    def is_vertical(self) -> bool:
        """Whether the sweep points up."""
        return self.elevation >= VERTICAL

    @property
    def mode(self) -> str:
        """How the antenna moved, as CF/Radial names it."""
        return "vertical_pointing" if self.is_vertical else "azimuth_surveillance"


@dataclass(frozen=True, eq=False)
class Volume:
    """One volume.

    Each array of `fields` is float32 of shape (rays of all sweeps, gates of the longest sweep):
    NaN is nodata (not measured), -inf is undetect (measured, no echo), finite is a value. So
    `np.isfinite` is true where there is a value, and `np.fmax` over sweeps prefers echo to no echo
    to nodata.
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
    nyquist_velocity: tuple[float, ...] = ()
    """m/s per sweep; empty where it is not known"""
    frequency: float | None = None
    """Hz; None where it is not known"""
    unscanned: tuple[float, ...] = ()
    """elevations in degrees of planned sweeps that are omitted: the reference field lacks them"""
    sources: Mapping[str, str] = field(default_factory=dict)
    """BUFR file name -> SHA-256"""
    registration: Mapping[str, str] = field(default_factory=dict)
    """how fields lie in range whose files code it wrongly, in words"""

    @property
    def rays(self) -> int:
        """Number of rays of all sweeps."""
        return sum(sweep.rays for sweep in self.sweeps)

    @property
    def gates(self) -> int:
        """Number of gates of the longest sweep."""
        return max(sweep.gates for sweep in self.sweeps)

    @property
    def nbytes(self) -> int:
        """Bytes of memory that the fields take; what is computed from a volume comes on top."""
        return sum(values.nbytes for values in self.fields.values())

    def sweep_slice(self, index: int) -> slice:
        """Rows of the field arrays that belong to a sweep."""
        start = sum(sweep.rays for sweep in self.sweeps[:index])
        return slice(start, start + self.sweeps[index].rays)

    def sweep_values(self, field: str, index: int) -> NDArray[np.float32]:
        """View of one sweep of a field, shape (rays, gates of that sweep)."""
        return self.fields[field][self.sweep_slice(index), : self.sweeps[index].gates]

    def checked(self, field: str) -> NDArray[np.float32]:
        """The array of a field; `ValueError` where it is not as files have to hold it."""
        values = self.fields[field]
        if values.dtype != np.float32 or values.shape != (self.rays, self.gates):
            raise ValueError(
                f"{field} holds {values.dtype} {values.shape}, "
                f"not float32 of {self.rays} rays and {self.gates} gates"
            )
        return values

    def unmeasured(self, field: str) -> tuple[float, ...]:
        """Elevations of the sweeps of which a field has no measured gate."""
        return tuple(
            sweep.elevation
            for index, sweep in enumerate(self.sweeps)
            if np.isnan(self.sweep_values(field, index)).all()
        )

    def azimuths(self) -> NDArray[np.float64]:
        """Azimuth of the ray centres in degrees clockwise from north, shape (rays,)."""
        return np.concatenate([self._sweep_azimuths(sweep) for sweep in self.sweeps])

    def _sweep_azimuths(self, sweep: Sweep) -> NDArray[np.float64]:
        rows = (np.arange(sweep.rays, dtype=np.float64) + sweep.first_ray) % sweep.rays
        return (rows + self.row_centre) * 360 / sweep.rays % 360

    def elevations(self) -> NDArray[np.float64]:
        """Elevation of the rays in degrees, shape (rays,)."""
        return np.repeat([s.elevation for s in self.sweeps], [s.rays for s in self.sweeps])

    def ray_seconds(self) -> NDArray[np.float64]:
        """Time of the ray centres in seconds after `start`, shape (rays,)."""
        return np.concatenate([self._sweep_seconds(sweep) for sweep in self.sweeps])

    def _sweep_seconds(self, sweep: Sweep) -> NDArray[np.float64]:
        passed = (np.arange(sweep.rays, dtype=np.float64) + 0.5) / sweep.rays
        duration = max((sweep.end - sweep.start).total_seconds(), 0.0)
        return (sweep.start - self.start).total_seconds() + passed * duration

    @property
    def start(self) -> datetime:
        """When the first sweep began."""
        return min(sweep.start for sweep in self.sweeps)

    @property
    def end(self) -> datetime:
        """When the last sweep ended."""
        return max(max(sweep.start, sweep.end) for sweep in self.sweeps)

    def ranges(self) -> NDArray[np.float64]:
        """Distance of the gate centres from the antenna in metres, shape (gates,)."""
        return self.first_gate + (np.arange(self.gates, dtype=np.float64) + 0.5) * self.gate_size

    def to_pyart(self) -> Radar:
        """Return the volume as a Py-ART `Radar` (imports Py-ART, which takes seconds)."""
        from radar_assets.radar.pyart_radar import to_pyart  # noqa: PLC0415

        return to_pyart(self)


@dataclass(frozen=True)
class Completeness:
    """What a volume should hold and what it holds."""

    expected: tuple[str, ...]
    present: tuple[str, ...]
    missing: tuple[str, ...]
    partial: Mapping[str, tuple[float, ...]]
    """elevations in degrees of the sweeps that a field lacks"""
    unscanned: tuple[float, ...]
    """elevations in degrees of sweeps that were not radiated"""

    @property
    def is_complete(self) -> bool:
        """Whether no field and no sweep is missing."""
        return not (self.missing or self.partial or self.unscanned)

    def describe(self) -> str:
        """Say in words what is missing."""
        faults = []
        if self.missing:
            faults.append(f"fields missing: {', '.join(self.missing)}")
        for name, angles in self.partial.items():
            faults.append(f"sweeps without {name}: {_degrees(angles)}")
        if self.unscanned:
            faults.append(f"sweeps not scanned: {_degrees(self.unscanned)}")
        return "; ".join(faults) or "complete"


def _degrees(angles: Sequence[float]) -> str:
    return ", ".join(f"{angle:.2f}" for angle in angles) + " degrees"


def completeness(volume: Volume, expected: Collection[str] | None) -> Completeness:
    """Compare a volume with the fields its strategy promises; None: whatever it has is right.

    A field of which no sweep was measured is missing.
    """
    wanted = sorted(volume.fields if expected is None else expected)
    lacking = {name: volume.unmeasured(name) for name in sorted(volume.fields)}
    present = [name for name, gaps in lacking.items() if len(gaps) < len(volume.sweeps)]
    return Completeness(
        expected=tuple(wanted),
        present=tuple(present),
        missing=tuple(name for name in wanted if name not in present),
        partial={name: lacking[name] for name in present if name in wanted and lacking[name]},
        unscanned=volume.unscanned,
    )
