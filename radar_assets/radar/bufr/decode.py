"""BUFR message -> field, strictly: whatever breaks the format is one error that says where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

from radar_assets.errors import BufrCorrupt, BufrTooLarge, BufrUnsupported
from radar_assets.radar.bufr import message
from radar_assets.radar.bufr.bits import BitReader
from radar_assets.radar.bufr.field import Field, FieldSweep
from radar_assets.radar.bufr.frame import inflate
from radar_assets.radar.bufr.tables import compile_template
from radar_assets.radar.bufr.template import Group, read_group
from radar_assets.radar.fields import FIELDS

MAX_GATES = 1 << 24
"""most gates of one message, some five times those of the largest volume known"""

_ZLIB_METHOD = 0
_QUANTITIES = {info.quantity: info.name for info in FIELDS.values()}


@dataclass(frozen=True)
class CodedSweep:
    """One sweep before its payload is inflated; units as in `FieldSweep`."""

    start: datetime
    end: datetime
    elevation: float
    rays: int
    gates: int
    gate_size: int
    first_gate: int
    first_azimuth: float
    quantity: int
    """code of table 0 30 196"""
    packed: bytes
    """zlib stream"""
    number: int
    """1 for the first sweep of the message"""
    bit: int
    """offset of the sweep in the message"""

    def payload(self) -> bytes:
        """Inflate to rays x gates little-endian doubles, rays in rows; `BufrCorrupt` if not so."""
        size = 8 * self.rays * self.gates
        try:
            stream = isal_zlib.decompressobj()
            payload: bytes = stream.decompress(self.packed, size + 1)
        except isal_zlib.error as error:  # type: ignore[misc]
            raise BufrCorrupt(
                f"the payload of sweep {self.number} is damaged: {error}", bit=self.bit
            ) from None
        if len(payload) != size or not stream.eof or stream.unused_data:
            raise BufrCorrupt(
                f"the payload of sweep {self.number} is not {self.rays} rays of {self.gates} gates",
                bit=self.bit,
            )
        return payload

    @property
    def values(self) -> NDArray[np.float32]:
        """Inflated anew: float32 of shape (rays, gates), which is exact for these files."""
        doubles = np.frombuffer(self.payload(), "<f8").reshape(self.rays, self.gates)
        with np.errstate(over="ignore"):
            return doubles.astype(np.float32)


@dataclass(frozen=True)
class CodedField:
    """A message taken apart, its payloads still packed."""

    radar: str
    time: datetime
    """of section 1, to the second"""
    station_time: datetime
    """of the station's description, to the minute"""
    latitude: float
    longitude: float
    altitude: float
    sweeps: tuple[CodedSweep, ...]
    local_table: int
    subcategory: int

    @property
    def quantity(self) -> str:
        """Field name that belongs to the coded quantity; a `BufrError` where there is none."""
        return _quantity(self.sweeps)


def decode(data: bytes) -> Field:
    """Decode one BUFR message, gzipped or not.

    Raises:
        BufrError: the data are truncated, corrupt, too large or of an unsupported kind.
    """
    coded = read(data)
    return Field(
        radar=coded.radar,
        quantity=coded.quantity,
        time=coded.time,
        latitude=coded.latitude,
        longitude=coded.longitude,
        altitude=coded.altitude,
        sweeps=tuple(
            FieldSweep(
                start=sweep.start,
                end=sweep.end,
                elevation=sweep.elevation,
                gate_size=sweep.gate_size,
                first_gate=sweep.first_gate,
                first_azimuth=sweep.first_azimuth,
                values=sweep.values,
            )
            for sweep in coded.sweeps
        ),
        local_table=coded.local_table,
        subcategory=coded.subcategory,
    )


def read(data: bytes) -> CodedField:
    """Take one BUFR message apart without inflating its payloads; errors as in `decode`."""
    data = inflate(data)
    frame = message.split(data)
    bits = BitReader(data, frame.data_start, frame.data_stop)
    values = read_group(bits, compile_template(message.POLAR_VOLUME))
    _check_rest(bits)
    identifiers, *station, coded_sweeps = values
    year, month, day, hour, minute, latitude, longitude, altitude = station[3:]
    if latitude is None or longitude is None:
        raise BufrCorrupt("the station's position is missing", bit=values.bit)
    return CodedField(
        radar=_radar(identifiers),
        time=frame.time,
        station_time=_time((year, month, day, hour, minute), "the station has no time", values.bit),
        latitude=latitude,
        longitude=longitude,
        altitude=float(altitude or 0),
        sweeps=_sweeps(coded_sweeps),
        local_table=frame.local_table,
        subcategory=frame.subcategory,
    )


def _check_rest(bits: BitReader) -> None:
    rest, start = bits.remaining, bits.bit
    if rest >= 16 or bits.uint(rest):
        raise BufrCorrupt(f"{rest} bits remain as padding, not less than 16 zeros", bit=start)


def _radar(identifiers: Sequence[Group]) -> str:
    if len(identifiers) != 1:
        raise BufrCorrupt(f"the message names {len(identifiers)} stations instead of one")
    kind, number = identifiers[0]
    return f"{kind}{number}".upper()


def _sweeps(groups: Sequence[Group]) -> tuple[CodedSweep, ...]:
    if not groups:
        raise BufrCorrupt("the message holds no sweep")
    sweeps = tuple(_sweep(group, number) for number, group in enumerate(groups, 1))
    gates = sum(sweep.rays * sweep.gates for sweep in sweeps)
    if gates > MAX_GATES:
        raise BufrTooLarge(f"the message announces {gates} gates, more than {MAX_GATES}")
    return sweeps


def _sweep(group: Group, number: int) -> CodedSweep:
    (start, end), _, elevation, gates, size, offset, rays, azimuth, parameters = group
    if None in (elevation, gates, size, offset, rays, azimuth) or rays * gates * size == 0:
        raise BufrCorrupt(f"sweep {number} has no geometry", bit=group.bit)
    if len(parameters) != 1:
        raise BufrUnsupported(
            f"sweep {number} holds {len(parameters)} quantities, not one", bit=group.bit
        )
    quantity, compression, chunks = parameters[0]
    if quantity is None:
        raise BufrCorrupt(f"sweep {number} names no quantity", bit=group.bit)
    if compression != _ZLIB_METHOD:
        found = "an unnamed method" if compression is None else f"method {compression}"
        raise BufrUnsupported(
            f"sweep {number} is compressed by {found}, not by zlib", bit=group.bit
        )
    return CodedSweep(
        start=_time(start, f"sweep {number} has no start", group.bit),
        end=_time(end, f"sweep {number} has no end", group.bit),
        elevation=elevation,
        rays=rays,
        gates=gates,
        gate_size=size,
        first_gate=offset,
        first_azimuth=azimuth,
        quantity=quantity,
        packed=b"".join(chunk for (chunk,) in chunks),
        number=number,
        bit=group.bit,
    )


def _time(parts: Sequence[int | None], fault: str, bit: int) -> datetime:
    try:
        return datetime(*parts).replace(tzinfo=UTC)  # type: ignore[arg-type]  # noqa: DTZ001
    except (TypeError, ValueError):
        coded = " ".join("missing" if part is None else str(part) for part in parts)
        raise BufrCorrupt(f"{fault}: {coded} is not a time", bit=bit) from None


def _quantity(sweeps: Sequence[CodedSweep]) -> str:
    first = sweeps[0]
    for sweep in sweeps:
        if sweep.quantity != first.quantity:
            raise BufrCorrupt(
                f"sweep {sweep.number} holds quantity {sweep.quantity}, "
                f"the first one quantity {first.quantity}",
                bit=sweep.bit,
            )
    try:
        return _QUANTITIES[first.quantity]
    except KeyError:
        raise BufrUnsupported(
            f"quantity code {first.quantity} is not known", bit=first.bit
        ) from None
