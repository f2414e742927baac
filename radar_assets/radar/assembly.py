"""Fields of one volume, decoded file by file, put together on one grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from radar_assets.errors import FieldMismatch
from radar_assets.radar.bufr import NODATA, Field, FieldSweep
from radar_assets.radar.bufr.decode import MAX_GATES
from radar_assets.radar.content import check_content
from radar_assets.radar.kdp import REMASKED, Pair, is_masked_early
from radar_assets.radar.names import BufrName, VolumeId
from radar_assets.radar.registration import RangeGrid, reach
from radar_assets.radar.timing import Span, spans
from radar_assets.radar.volume import BYTES_PER_GATE, MAX_BYTES, Site, Sweep, Volume

_LEADERS = ("DBZH", "TH", "DBZV", "TV", "VRAD", "WRAD", "ZDR", "PHIDP", "RHOHV", "TDR", "CM")
"""fields whose sweeps a volume takes over, the best first"""
_PHASED = ("PHIDP", "DBZH")
"""fields with undetect wherever the phase has it, the best first"""
_UNRELIABLE = "KDP"
"""field whose ranges are coded wrongly: never the reference; lies around the middle of that"""

_START_TOLERANCE = timedelta(seconds=5)


@dataclass(frozen=True)
class Positions:
    """How coded positions are read; the defaults are ODIM's meaning."""

    row_centre: float = 0.5
    """the centre azimuth of row i is (i + row_centre)*360/rays degrees"""
    offset_in_gate: float = 0.0
    """where in the first gate the coded offset lies: 0 at its start, 0.5 at its centre"""


ODIM = Positions()


@dataclass(frozen=True)
class _Scan:
    """One turn of the antenna: the leading field's sweep, and that of every field that has one."""

    leading: FieldSweep
    own: Mapping[str, FieldSweep]

    @property
    def is_radiated(self) -> bool:
        return any(not np.all(sweep.values == NODATA) for sweep in self.own.values())

    @property
    def ranged(self) -> list[FieldSweep]:
        """Sweeps whose coded ranges count."""
        reliable = [sweep for name, sweep in self.own.items() if name != _UNRELIABLE]
        return reliable or [self.leading]


def assemble(
    fields: Mapping[BufrName, Field],
    *,
    altitude: float | None = None,
    nyquist_velocity: Sequence[float] = (),
    scan_rate: Sequence[float] = (),
    frequency: float | None = None,
    positions: Positions = ODIM,
    digests: Mapping[str, str] | None = None,
) -> Volume:
    """Put the fields of one volume on one grid, which spans the ranges of all of them.

    The field with most sweeps is the reference: the volume has its sweeps, and its gate size. A
    sweep of another field belongs to the reference sweep of the same elevation that starts within
    seconds; its gates are registered by distance, those of KDP around the middle of the reference
    sweep. Sweeps that were never radiated, or that the reference lacks, are omitted and listed as
    unscanned.

    Args:
        fields: decoded fields by their file names, all of one volume.
        altitude: metres above mean sea level, used where the files carry none.
        nyquist_velocity: m/s, one value for all sweeps or one per sweep; empty if not known.
        scan_rate: degrees per second, likewise, used where the files code no duration.
        frequency: of the radar in Hz, if it is known.
        positions: meaning of coded azimuths and offsets.
        digests: SHA-256 of the files by name, kept as provenance.

    Raises:
        FieldMismatch: a file's content contradicts its name, the fields are of several volumes
            or sites, a field is given twice, nothing was radiated, or the volume is too large.
    """
    identity = _identity(fields)
    by_field = {name.field: fields[name] for name in sorted(fields)}
    reference = _reference(by_field)
    planned = _scans(reference, by_field)
    scanned = [i for i, scan in enumerate(planned) if scan.is_radiated]
    if not scanned:
        raise FieldMismatch(f"{identity}: no sweep was radiated, all gates are nodata")
    scans = [planned[i] for i in scanned]
    scans, registration = _with_true_masks(scans)
    grid = _grid(identity, scans, len(by_field))
    times = spans([scan.leading for scan in scans], identity.time, _per_sweep(scan_rate, scanned))
    sweeps = tuple(_geometry(scan, span, grid) for scan, span in zip(scans, times, strict=True))
    return Volume(
        id=identity,
        site=Site(reference.latitude, reference.longitude, reference.altitude or altitude or 0.0),
        sweeps=sweeps,
        first_gate=grid.first_gate - positions.offset_in_gate * grid.gate_size,
        gate_size=float(grid.gate_size),
        row_centre=positions.row_centre,
        fields={name: _on_grid(name, scans, sweeps, grid) for name in by_field},
        nyquist_velocity=_per_sweep(nyquist_velocity, scanned),
        frequency=frequency,
        unscanned=_unscanned(planned, by_field),
        registration=registration,
        sources=dict(digests or {}),
    )


def _identity(fields: Mapping[BufrName, Field]) -> VolumeId:
    for name, field in fields.items():
        check_content(name, field)
    identities = sorted({name.id for name in fields})
    if len(identities) != 1:
        found = ", ".join(map(str, identities)) or "none"
        raise FieldMismatch(f"give the files of exactly one volume, not of {found}")
    if len({name.field for name in fields}) < len(fields):
        given = ", ".join(map(str, sorted(fields)))
        raise FieldMismatch(f"give one file of each field, not {given}")
    sites = {(field.latitude, field.longitude) for field in fields.values()}
    if len(sites) != 1:
        raise FieldMismatch(f"{identities[0]}: its files name different sites {sorted(sites)}")
    return identities[0]


def _reference(by_field: Mapping[str, Field]) -> Field:
    order = [*_LEADERS, *by_field]
    names = [name for name in by_field if name != _UNRELIABLE] or list(by_field)
    return by_field[max(names, key=lambda name: (len(by_field[name].sweeps), -order.index(name)))]


def _scans(reference: Field, by_field: Mapping[str, Field]) -> list[_Scan]:
    matches = {name: _counterparts(reference, field) for name, field in by_field.items()}
    return [
        _Scan(leading, {name: found[i] for name, found in matches.items() if i in found})
        for i, leading in enumerate(reference.sweeps)
    ]


def _counterparts(reference: Field, field: Field) -> dict[int, FieldSweep]:
    """Sweeps of a field by the index of the reference sweep each belongs to, the nearest first."""
    pairs = sorted(
        (abs(own.start - leading.start), i, j)
        for i, leading in enumerate(reference.sweeps)
        for j, own in enumerate(field.sweeps)
        if own.elevation == leading.elevation
    )
    found: dict[int, int] = {}
    for apart, i, j in pairs:
        if apart <= _START_TOLERANCE and i not in found and j not in found.values():
            found[i] = j
    return {i: field.sweeps[j] for i, j in found.items()}


def _unscanned(planned: Sequence[_Scan], by_field: Mapping[str, Field]) -> tuple[float, ...]:
    led = {scan.leading.elevation for scan in planned}
    others = {sweep.elevation for field in by_field.values() for sweep in field.sweeps} - led
    silent = [scan.leading.elevation for scan in planned if not scan.is_radiated]
    return (*silent, *sorted(others))


def _grid(identity: VolumeId, scans: Sequence[_Scan], fields: int) -> RangeGrid:
    longest = max((scan.leading for scan in scans), key=reach)
    ranged = [sweep for scan in scans for sweep in scan.ranged]
    grid = RangeGrid.spanning(ranged, longest.gate_size)
    size = grid.gates * sum(len(scan.leading.values) for scan in scans)
    if size > MAX_GATES:
        raise FieldMismatch(f"{identity}: a field would have {size} gates, more than {MAX_GATES}")
    if BYTES_PER_GATE * size * fields > MAX_BYTES:
        raise FieldMismatch(f"{identity}: {fields} fields of {size} gates are more than a volume")
    return grid


def _with_true_masks(scans: list[_Scan]) -> tuple[list[_Scan], dict[str, str]]:
    """Scans whose KDP has undetect where its values are, and what was done to that end."""
    other = next((name for name in _PHASED if any(name in scan.own for scan in scans)), None)
    pairs = {
        i: Pair(scan.own[_UNRELIABLE], scan.own[other])
        for i, scan in enumerate(scans)
        if other is not None and {_UNRELIABLE, other} <= scan.own.keys()
    }
    if not is_masked_early(pairs.values()):
        return scans, {}
    mended = list(scans)
    for i, pair in pairs.items():
        if pair.is_comparable:
            own = {**scans[i].own, _UNRELIABLE: pair.remasked()}
            mended[i] = replace(scans[i], own=own)
    return mended, {_UNRELIABLE: REMASKED}


def _geometry(scan: _Scan, span: Span, grid: RangeGrid) -> Sweep:
    rays = len(scan.leading.values)
    return Sweep(
        start=span.start,
        end=span.end,
        elevation=scan.leading.elevation,
        rays=rays,
        gates=grid.gates_of(scan.ranged),
        first_ray=int(scan.leading.first_azimuth * rays / 360) % rays,
        is_estimated=span.is_estimated,
    )


def _per_sweep(values: Sequence[float], scanned: Sequence[int]) -> tuple[float, ...]:
    if len(values) == 1:
        return tuple(values) * len(scanned)
    return tuple(values[i] for i in scanned) if len(values) > max(scanned) else ()


def _on_grid(
    name: str, scans: Sequence[_Scan], sweeps: Sequence[Sweep], grid: RangeGrid
) -> NDArray[np.float32]:
    """Register a field to the grid; shape (rays of all sweeps, gates of the grid)."""
    shape = sum(sweep.rays for sweep in sweeps), grid.gates
    registered = np.full(shape, np.nan, np.float32)
    row = 0
    for scan, geometry in zip(scans, sweeps, strict=True):
        own = scan.own.get(name)
        if own is not None:
            into, taken = grid.register(own, scan.leading if name == _UNRELIABLE else None)
            registered[row : row + geometry.rays, into] = _rows(own.values, geometry)[:, taken]
        row += geometry.rays
    registered[registered == NODATA] = np.nan
    return registered


def _rows(values: NDArray[np.float32], geometry: Sweep) -> NDArray[np.float32]:
    """Rays in acquisition order, the nearest ones where their number differs."""
    rays = len(values)
    rows = (np.arange(geometry.rays) + geometry.first_ray) % geometry.rays
    return values[rows * rays // geometry.rays]
