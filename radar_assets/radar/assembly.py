"""Fields of one volume, decoded file by file, put together on one grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from radar_assets.radar.bufr import NODATA, Field, FieldSweep
from radar_assets.radar.errors import FieldMismatch
from radar_assets.radar.names import BufrName, VolumeId
from radar_assets.radar.volume import Site, Sweep, Volume

_LEADERS = ("DBZH", "TH", "DBZV", "TV", "VRAD", "WRAD", "ZDR", "PHIDP", "RHOHV", "TDR", "CM")
"""fields whose grid a volume takes over, the best first; KDP's is not reliable"""

_TIME_TOLERANCE = timedelta(minutes=2)


@dataclass(frozen=True)
class Positions:
    """How coded positions are read; the defaults are ODIM's meaning."""

    row_centre: float = 0.5
    """the centre azimuth of row i is (i + row_centre)*360/rays degrees"""
    offset_in_gate: float = 0.0
    """where in the first gate the coded offset lies: 0 at its start, 0.5 at its centre"""


ODIM = Positions()


def assemble(
    fields: Mapping[BufrName, Field],
    *,
    altitude: float | None = None,
    nyquist_velocity: Sequence[float] = (),
    positions: Positions = ODIM,
    digests: Mapping[str, str] | None = None,
) -> Volume:
    """Put the fields of one volume on the grid of its leading field.

    Sweeps that were never radiated are left out and listed as unscanned. A field's sweep is the
    one with the leader's start and elevation; its gates are registered by distance, those of KDP
    around the middle of the leader's.

    Args:
        fields: decoded fields by their file names, all of one volume.
        altitude: metres above mean sea level, used where the files carry none.
        nyquist_velocity: m/s, one value for all sweeps or one per sweep; empty if not known.
        positions: meaning of coded azimuths and offsets.
        digests: SHA-256 of the files by name, kept as provenance.

    Raises:
        FieldMismatch: a file's content contradicts its name, the fields are of several volumes
            or places, or nothing was radiated.
    """
    identity = _identity(fields)
    by_field = {name.field: fields[name] for name in sorted(fields)}
    leader = _leader(by_field)
    scanned = [i for i, sweep in enumerate(leader.sweeps) if _was_radiated(sweep)]
    if not scanned:
        raise FieldMismatch(f"{identity}: no sweep was radiated, all gates are nodata")
    coded = [leader.sweeps[i] for i in scanned]
    grid = max(coded, key=_reach)
    sweeps = tuple(_geometry(sweep, grid, identity) for sweep in coded)
    return Volume(
        id=identity,
        site=Site(leader.latitude, leader.longitude, leader.altitude or altitude or 0.0),
        sweeps=sweeps,
        first_gate=grid.first_gate - positions.offset_in_gate * grid.gate_size,
        gate_size=float(grid.gate_size),
        row_centre=positions.row_centre,
        fields={
            name: _on_grid(name, field, coded, sweeps, grid) for name, field in by_field.items()
        },
        nyquist_velocity=_per_sweep(nyquist_velocity, scanned),
        unscanned=tuple(s.elevation for i, s in enumerate(leader.sweeps) if i not in scanned),
        sources=dict(digests or {}),
    )


def check_content(name: BufrName, field: Field) -> None:
    """Raise `FieldMismatch` when a file does not hold what its name says."""
    if field.radar != name.id.radar:
        raise FieldMismatch(f"{name} holds data of {field.radar}; the file is misnamed")
    if field.quantity != name.field:
        raise FieldMismatch(f"{name} holds {field.quantity}; the file is misnamed")
    if abs(field.time - name.id.time) > _TIME_TOLERANCE:
        raise FieldMismatch(f"{name} was measured at {field.time.isoformat()}; it is misnamed")


def _identity(fields: Mapping[BufrName, Field]) -> VolumeId:
    for name, field in fields.items():
        check_content(name, field)
    identities = sorted({name.id for name in fields})
    if len(identities) != 1:
        found = ", ".join(map(str, identities)) or "none"
        raise FieldMismatch(f"give the files of exactly one volume, not of {found}")
    places = {(field.latitude, field.longitude) for field in fields.values()}
    if len(places) != 1:
        raise FieldMismatch(f"{identities[0]}: its files name different places {sorted(places)}")
    return identities[0]


def _leader(by_field: Mapping[str, Field]) -> Field:
    order = [name for name in _LEADERS if name in by_field] + list(by_field)
    return by_field[max(order, key=lambda name: (len(by_field[name].sweeps), -order.index(name)))]


def _was_radiated(sweep: FieldSweep) -> bool:
    return not bool(np.all(sweep.values == NODATA))


def _gates(sweep: FieldSweep) -> int:
    return int(sweep.values.shape[1])


def _reach(sweep: FieldSweep) -> int:
    return sweep.first_gate + _gates(sweep) * sweep.gate_size


def _geometry(sweep: FieldSweep, grid: FieldSweep, identity: VolumeId) -> Sweep:
    rays = sweep.values.shape[0]
    is_timeless = sweep.start == sweep.end
    return Sweep(
        start=identity.time if is_timeless else sweep.start,
        end=identity.time if is_timeless else sweep.end,
        elevation=sweep.elevation,
        rays=rays,
        gates=-(-(_reach(sweep) - grid.first_gate) // grid.gate_size),
        first_ray=int(sweep.first_azimuth * rays / 360) % rays,
    )


def _per_sweep(values: Sequence[float], scanned: Sequence[int]) -> tuple[float, ...]:
    if len(values) == 1:
        return tuple(values) * len(scanned)
    return tuple(values[i] for i in scanned) if len(values) > max(scanned) else ()


def _on_grid(
    name: str,
    field: Field,
    coded: Sequence[FieldSweep],
    sweeps: Sequence[Sweep],
    grid: FieldSweep,
) -> NDArray[np.float32]:
    """Register a field to the grid; shape (rays of all sweeps, gates of the grid)."""
    shape = sum(sweep.rays for sweep in sweeps), _gates(grid)
    placed = np.full(shape, np.nan, np.float32)
    row = 0
    for leading, geometry in zip(coded, sweeps, strict=True):
        own = _counterpart(field, leading)
        if own is not None:
            values = _rows(own.values, geometry)
            into, taken = _registration(own, _start(name, own, leading), grid)
            placed[row : row + geometry.rays, into] = values[:, taken]
        row += geometry.rays
    placed[placed == NODATA] = np.nan
    return placed


def _counterpart(field: Field, leading: FieldSweep) -> FieldSweep | None:
    for sweep in field.sweeps:
        if (sweep.start, sweep.elevation) == (leading.start, leading.elevation):
            return sweep
    return None


def _rows(values: NDArray[np.float32], geometry: Sweep) -> NDArray[np.float32]:
    """Rays in acquisition order, the nearest ones where their number differs."""
    rays = len(values)
    rows = (np.arange(geometry.rays) + geometry.first_ray) % geometry.rays
    return values[rows * rays // geometry.rays]


def _start(name: str, own: FieldSweep, leading: FieldSweep) -> float:
    """Coded start of a field's first gate in metres."""
    if name != "KDP":
        return own.first_gate
    surplus = _gates(leading) - _gates(own)
    return leading.first_gate + surplus / 2 * leading.gate_size


def _registration(
    own: FieldSweep, start: float, grid: FieldSweep
) -> tuple[slice, NDArray[np.intp]]:
    """Gates of the grid that a sweep covers, and its own gate nearest to each of them."""
    centres = grid.first_gate + (np.arange(_gates(grid)) + 0.5) * grid.gate_size
    nearest = np.floor((centres - start) / own.gate_size).astype(np.intp)
    first, stop = np.searchsorted(nearest, (0, _gates(own)))
    return slice(int(first), int(stop)), nearest[first:stop]
