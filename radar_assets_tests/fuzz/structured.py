"""Messages and volumes with an inner structure that is wrong, made of bytes."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Iterator, Sequence
from datetime import timedelta

import numpy as np

from radar_assets.errors import RadarAssetsError
from radar_assets.radar.assembly import assemble
from radar_assets.radar.bufr import NODATA, UNDETECT, Field, FieldSweep, decode, encode, message
from radar_assets.radar.bufr.bits import BitReader, BitWriter
from radar_assets.radar.bufr.frame import inflate
from radar_assets.radar.bufr.tables import compile_template
from radar_assets.radar.bufr.template import read_group
from radar_assets.radar.names import BufrName, VolumeId
from radar_assets.radar.volume import Volume
from radar_assets_tests.fields import START, bufr_field, climbing, ramp

GOOD = encode(bufr_field("DBZH", *climbing(ramp(4, 6), ramp(4, 5))), level=1)

EDIT = struct.Struct(">BBL")
"""an edit of the coded values: what to do, where, and with which value or how many"""
SWEEP = struct.Struct(">hhHBBHBBB")
"""start and end in seconds, elevation, rays, gates, gate size, offset, azimuth, kind of values"""
CUT = struct.Struct(">BHB")
"""a member of a gzip file: of how many bytes, which padding follows, and what else"""

_QUANTITIES = ("DBZH", "KDP", "PHIDP", "VRAD")
_MOST_EDITS, _MOST_SWEEPS = 8, 5

Token = tuple[int, int] | bytes
"""width and value of a coded number, or a run of octets"""


class _Recorder(BitReader):
    """Keeps what is read from it."""

    def __init__(self, data: bytes, start: int, stop: int) -> None:
        super().__init__(data, start, stop)
        self.tokens: list[Token] = []

    def uint(self, width: int) -> int:
        raw = super().uint(width)
        self.tokens.append((width, raw))
        return raw

    def octets(self, count: int) -> bytes:
        run = super().octets(count)
        self.tokens.append(run)
        return run


def _tokens(data: bytes) -> list[Token]:
    frame = message.split(data)
    bits = _Recorder(data, frame.data_start, frame.data_stop)
    read_group(bits, compile_template(message.POLAR_VOLUME))
    return bits.tokens


TOKENS = _tokens(GOOD)


def values(data: bytes) -> None:
    """Decode a message whose coded values, counts and groups were edited; assemble what it is."""
    tokens = list(TOKENS)
    for kind, place, value in _records(EDIT, data, _MOST_EDITS):
        if tokens:
            _edit(tokens, kind, place % len(tokens), value)
    bits = BitWriter()
    for token in tokens:
        if isinstance(token, bytes):
            bits.octets(token)
        else:
            bits.uint(token[1], token[0])
    edited = message.join(START, 2, 2, bits.to_bytes())
    try:
        field = decode(_with_section(edited, data))
        _check(assemble({_name(field): field}))
    except RadarAssetsError:
        return


def _edit(tokens: list[Token], kind: int, place: int, value: int) -> None:
    token, count = tokens[place], value % 64
    if kind % 5 == 0 and not isinstance(token, bytes):
        tokens[place] = token[0], value % (1 << token[0])
    elif kind % 5 == 1 and not isinstance(token, bytes):
        tokens[place] = token[0], (1 << token[0]) - 1
    elif kind % 5 == 2:
        del tokens[place : place + count]
    elif kind % 5 == 3:
        tokens[place:place] = tokens[place : place + count]
    elif isinstance(token, bytes):
        tokens[place] = token[:count]


def _with_section(whole: bytes, data: bytes) -> bytes:
    """The message, with an optional section if the first byte says so."""
    if not data or data[0] % 8:
        return whole
    optional = (4 + data[0]).to_bytes(3, "big") + bytes(1 + data[0])
    flagged = bytearray(whole[:30] + optional + whole[30:])
    flagged[17] |= 0x80
    flagged[4:7] = len(flagged).to_bytes(3, "big")
    return bytes(flagged)


def volumes(data: bytes) -> None:
    """Code fields with sweeps of odd times and geometries, and assemble them."""
    fields: dict[str, list[FieldSweep]] = {}
    for number, record in enumerate(_records(SWEEP, data, _MOST_SWEEPS)):
        quantity = _QUANTITIES[(record[-1] >> 4) % len(_QUANTITIES)]
        fields.setdefault(quantity, []).append(_sweep(number, *record))
    try:
        coded = [encode(bufr_field(name, *sweeps), level=1) for name, sweeps in fields.items()]
        decoded = [decode(whole) for whole in coded]
        rates = (12.0,) if len(data) % 2 else ()
        _check(assemble({_name(field): field for field in decoded}, scan_rate=rates))
    except RadarAssetsError:
        return


def _sweep(  # noqa: PLR0917
    number: int,
    start: int,
    end: int,
    elevation: int,
    rays: int,
    gates: int,
    gate_size: int,
    offset: int,
    azimuth: int,
    kind: int,
) -> FieldSweep:
    shown = ramp(rays % 9 + 1, gates % 16 + 1)
    odd = (shown.astype(int) + number) % (kind % 16 + 1) == 0
    shown[odd] = (UNDETECT, NODATA, np.float32(np.nan), np.float32(0))[kind % 4]
    return FieldSweep(
        start=START + timedelta(seconds=start),
        end=START + timedelta(seconds=end),
        elevation=elevation % 24_000 / 100 - 90,
        gate_size=gate_size % 16_000,
        first_gate=offset * 60,
        first_azimuth=float(azimuth * 2),
        values=shown,
    )


def members(data: bytes) -> None:
    """Inflate a good message whose gzip file has members, padding and other bytes."""
    packed, rest, is_sound = b"", GOOD, True
    for size, padding, other in _records(CUT, data, _MOST_EDITS):
        packed += gzip.compress(rest[:size], 1, mtime=0) + bytes(padding % 600)
        rest = rest[size:]
        if other % 16 == 0:
            packed, is_sound = packed + data[:other], False
        elif other % 16 == 1:
            packed, is_sound = packed[: -other - padding % 600], False
    try:
        found = inflate(packed + gzip.compress(rest, 1, mtime=0))
    except RadarAssetsError:
        if is_sound:
            raise AssertionError("a good file is refused") from None
        return
    if is_sound and found != GOOD:
        raise AssertionError("a good file is read wrongly")


def _name(field: Field) -> BufrName:
    return BufrName(VolumeId(field.radar, "0315", "01", field.time), field.quantity)


def _check(volume: Volume) -> None:
    """What holds for every volume that is taken."""
    seconds = volume.ray_seconds()
    shape = volume.rays, volume.gates
    is_sound = (
        np.isfinite(seconds).all()
        and all(values.shape == shape for values in volume.fields.values())
        and not any(np.isposinf(values).any() for values in volume.fields.values())
        and all(sweep.start < sweep.end for sweep in volume.sweeps)
        and ((volume.azimuths() >= 0) & (volume.azimuths() < 360)).all()
        and abs(volume.site.latitude) <= 90
    )
    if not is_sound:
        raise AssertionError(f"{volume.id} is not sound")


def _records(form: struct.Struct, data: bytes, most: int) -> Iterator[Sequence[int]]:
    whole = min(len(data) // form.size, most) * form.size
    return form.iter_unpack(data[:whole])
