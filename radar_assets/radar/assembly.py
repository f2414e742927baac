"""Fields of one volume, decoded file by file, put together on one grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypedDict, Unpack

import numpy as np
from numpy.typing import NDArray

from radar_assets.errors import FieldMismatch
from radar_assets.radar.bufr import NODATA, AnyField, AnySweep
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

    leading: AnySweep
    own: Mapping[str, AnySweep]

    @property
    def is_radiated(self) -> bool:
        return any(not np.all(sweep.values == NODATA) for sweep in self.own.values())

    @property
    def ranged(self) -> list[AnySweep]:
        """Sweeps whose coded ranges count."""
        reliable = [sweep for name, sweep in self.own.items() if name != _UNRELIABLE]
        return reliable or [self.leading]


class Known(TypedDict, total=False):
    """What is known of a volume besides its files."""

    altitude: float | None
    """metres above mean sea level, used where the files carry none"""
    nyquist_velocity: Sequence[float]
    """m/s, one value for all sweeps or one per sweep; empty if not known"""
    scan_rate: Sequence[float]
    """degrees per second, likewise, used where the files code no duration"""
    frequency: float | None
    """of the radar in Hz"""
    positions: Positions
    """meaning of coded azimuths and offsets; ODIM's by default"""


@dataclass(frozen=True, eq=False)
class Assembly:
    """How the fields of one volume lie on one grid; their values are put there when asked for."""

    bare: Volume
    """the volume without fields"""
    names: tuple[str, ...]
    """of its fields, in alphabetical order"""
    _scans: Sequence[_Scan]
    _grid: RangeGrid
    _early: Mapping[int, Pair]
    """sweeps of KDP whose undetect does not lie where its values are"""

    def values(self, name: str, index: int) -> NDArray[np.float32]:
        """One sweep of a field, shape (rays, gates of that sweep), as `Volume` has it.

        Raises `BufrCorrupt` where the field is packed and damaged.
        """
        sweep = self.bare.sweeps[index]
        values = np.full((sweep.rays, self._grid.gates), np.nan, np.float32)
        self._put(name, index, values)
        return values[:, : sweep.gates]

    def volume(self) -> Volume:
        """The volume with all fields."""
        return replace(self.bare, fields={name: self._field(name) for name in self.names})

    def _field(self, name: str) -> NDArray[np.float32]:
        values = np.full((self.bare.rays, self._grid.gates), np.nan, np.float32)
        for index in range(len(self._scans)):
            self._put(name, index, values[self.bare.sweep_slice(index)])
        return values

    def _put(self, name: str, index: int, values: NDArray[np.float32]) -> None:
        """Register a sweep of a field into rows of the grid that are all nodata."""
        scan, own = self._scans[index], self._scans[index].own.get(name)
        if own is None:
            return
        into, taken = self._grid.register(own, scan.leading if name == _UNRELIABLE else None)
        is_early = name == _UNRELIABLE and index in self._early
        coded = self._early[index].remasked() if is_early else own.values
        values[:, into] = _rows(coded, self.bare.sweeps[index])[:, taken]
        values[values == NODATA] = np.nan


def assemble(
    fields: Mapping[BufrName, AnyField],
    *,
    digests: Mapping[str, str] | None = None,
    **known: Unpack[Known],
) -> Volume:
    """Put the fields of one volume on one grid, which spans the ranges of all of them.

    The field with most sweeps is the reference: the volume has its sweeps, and its gate size. A
    sweep of another field belongs to the reference sweep of the same elevation that starts within
    seconds; its gates are registered by distance, those of KDP around the middle of the reference
    sweep. Sweeps that were never radiated, or that the reference lacks, are omitted and listed as
    unscanned.

    Args:
        fields: decoded fields by their file names, all of one volume.
        digests: SHA-256 of the files by name, kept as provenance.
        known: what is known besides.

    Raises:
        FieldMismatch: a file's content contradicts its name, the fields are of several volumes
            or sites, a field is given twice, nothing was radiated, or the volume is too large.
    """
    return plan(fields, digests=digests, **known).volume()


def plan(
    fields: Mapping[BufrName, AnyField],
    *,
    digests: Mapping[str, str] | None = None,
    **known: Unpack[Known],
) -> Assembly:
    """Find how fields lie on one grid, as `assemble` does, and inflate no more than that takes."""
    identity = _identity(fields)
    by_field = {name.field: fields[name] for name in sorted(fields)}
    reference = _reference(by_field)
    planned = _scans(reference, by_field)
    scanned = [i for i, scan in enumerate(planned) if scan.is_radiated]
    if not scanned:
        raise FieldMismatch(f"{identity}: no sweep was radiated, all gates are nodata")
    scans = [planned[i] for i in scanned]
    grid = _grid(identity, scans, len(by_field))
    early = _early(scans)
    rates = _per_sweep(known.get("scan_rate", ()), scanned)
    times = spans([scan.leading for scan in scans], identity.time, rates)
    positions = known.get("positions", ODIM)
    altitude = reference.altitude or known.get("altitude") or 0.0
    bare = Volume(
        id=identity,
        site=Site(reference.latitude, reference.longitude, altitude),
        sweeps=tuple(_geometry(scan, span, grid) for scan, span in zip(scans, times, strict=True)),
        first_gate=grid.first_gate - positions.offset_in_gate * grid.gate_size,
        gate_size=float(grid.gate_size),
        row_centre=positions.row_centre,
        fields={},
        nyquist_velocity=_per_sweep(known.get("nyquist_velocity", ()), scanned),
        frequency=known.get("frequency"),
        unscanned=_unscanned(planned, scanned, by_field),
        registration={_UNRELIABLE: REMASKED} if early else {},
        sources=dict(digests or {}),
    )
    return Assembly(bare, tuple(by_field), scans, grid, early)


def _identity(fields: Mapping[BufrName, AnyField]) -> VolumeId:
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


def _reference(by_field: Mapping[str, AnyField]) -> AnyField:
    order = [*_LEADERS, *by_field]
    names = [name for name in by_field if name != _UNRELIABLE] or list(by_field)
    return by_field[max(names, key=lambda name: (len(by_field[name].sweeps), -order.index(name)))]


def _scans(reference: AnyField, by_field: Mapping[str, AnyField]) -> list[_Scan]:
    sweeps: Sequence[AnySweep] = reference.sweeps
    matches = {name: _counterparts(reference, field) for name, field in by_field.items()}
    return [
        _Scan(leading, {name: found[i] for name, found in matches.items() if i in found})
        for i, leading in enumerate(sweeps)
    ]


def _counterparts(reference: AnyField, field: AnyField) -> dict[int, AnySweep]:
    """Sweeps of a field by the index of the reference sweep each belongs to, the nearest first."""
    sweeps: tuple[Sequence[AnySweep], Sequence[AnySweep]] = reference.sweeps, field.sweeps
    pairs = sorted(
        (abs(own.start - leading.start), i, j)
        for i, leading in enumerate(sweeps[0])
        for j, own in enumerate(sweeps[1])
        if own.elevation == leading.elevation
    )
    found: dict[int, int] = {}
    for apart, i, j in pairs:
        if apart <= _START_TOLERANCE and i not in found and j not in found.values():
            found[i] = j
    return {i: field.sweeps[j] for i, j in found.items()}


def _unscanned(
    planned: Sequence[_Scan], scanned: Sequence[int], by_field: Mapping[str, AnyField]
) -> tuple[float, ...]:
    led = [scan.leading.elevation for scan in planned]
    others = {sweep.elevation for field in by_field.values() for sweep in field.sweeps}
    silent = [elevation for i, elevation in enumerate(led) if i not in scanned]
    return (*silent, *sorted(others.difference(led)))


def _grid(identity: VolumeId, scans: Sequence[_Scan], fields: int) -> RangeGrid:
    longest = max((scan.leading for scan in scans), key=reach)
    ranged = [sweep for scan in scans for sweep in scan.ranged]
    grid = RangeGrid.spanning(ranged, longest.gate_size)
    size = grid.gates * sum(scan.leading.rays for scan in scans)
    if size > MAX_GATES:
        raise FieldMismatch(f"{identity}: a field would have {size} gates, more than {MAX_GATES}")
    if BYTES_PER_GATE * size * fields > MAX_BYTES:
        raise FieldMismatch(f"{identity}: {fields} fields of {size} gates are more than a volume")
    return grid


def _early(scans: Sequence[_Scan]) -> dict[int, Pair]:
    """Scans whose KDP has undetect that does not lie where its values are."""
    other = next((name for name in _PHASED if any(name in scan.own for scan in scans)), None)
    pairs = {
        i: Pair(scan.own[_UNRELIABLE], scan.own[other])
        for i, scan in enumerate(scans)
        if other is not None and {_UNRELIABLE, other} <= scan.own.keys()
    }
    comparable = {i: pair for i, pair in pairs.items() if pair.is_comparable}
    return comparable if is_masked_early(comparable.values()) else {}


def _geometry(scan: _Scan, span: Span, grid: RangeGrid) -> Sweep:
    rays = scan.leading.rays
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


def _rows(values: NDArray[np.float32], geometry: Sweep) -> NDArray[np.float32]:
    """Rays in acquisition order, the nearest ones where their number differs."""
    rays = len(values)
    rows = (np.arange(geometry.rays) + geometry.first_ray) % geometry.rays
    return values[rows * rays // geometry.rays]
