"""Field -> BUFR message, byte for byte as SINARAME's own encoder lays it out."""

from __future__ import annotations

import re
import zlib
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radar_assets.errors import BufrCorrupt, BufrUnsupported
from radar_assets.radar.bufr import message
from radar_assets.radar.bufr.bits import BitWriter
from radar_assets.radar.bufr.field import NODATA, UNDETECT, Field, FieldSweep
from radar_assets.radar.bufr.tables import compile_template
from radar_assets.radar.bufr.template import write_group
from radar_assets.radar.fields import FIELDS

_CHUNK = 65534
_LEVEL_2_VOLUME = 90
_DBL_MAX = np.finfo(np.float64).max
_OFFSET_STEP = 10


def encode(field: Field, *, level: int = 6) -> bytes:
    """Encode one field as a BUFR message.

    Elevations and azimuths are rounded to 0.01 degrees; `level` is zlib's, and 6 with stock zlib
    gives the very bytes that the radars send.

    Raises:
        BufrError: a value does not fit the format, or the message would be longer than 2**24 - 1.
    """
    quantity = _quantity(field)
    values = [
        [_identifiers(field.radar)],
        *_station(field),
        [_sweep(sweep, quantity, level) for sweep in field.sweeps],
    ]
    bits = BitWriter()
    write_group(bits, compile_template(message.POLAR_VOLUME), values)
    return message.join(field.time, field.subcategory, field.local_table, bits.to_bytes())


def _quantity(field: Field) -> int:
    info = FIELDS.get(field.quantity)
    if info is None:
        raise BufrUnsupported(f"{field.quantity} has no quantity code")
    return info.quantity


def _identifiers(radar: str) -> list[str]:
    match = re.fullmatch(r"([A-Z]{2,3})(\d{1,15})", radar)
    if match is None:
        raise BufrCorrupt(f"{radar!r} is not a radar's name, such as RMA1 or AR5")
    kind, number = match.groups()
    return [kind if len(kind) == 3 else kind.lower(), number]


def _station(field: Field) -> list[Any]:
    *to_the_minute, _ = _moment(field.time)
    return [0, 0, 0, *to_the_minute, field.latitude, field.longitude, round(field.altitude)]


def _sweep(sweep: FieldSweep, quantity: int, level: int) -> list[Any]:
    if sweep.first_gate % _OFFSET_STEP:
        raise BufrCorrupt(f"a range offset of {sweep.first_gate} m is no multiple of 10 m")
    rays, gates = sweep.values.shape
    packed = zlib.compress(_payload(sweep.values), level)
    chunks = [[packed[i : i + _CHUNK]] for i in range(0, len(packed), _CHUNK)]
    return [
        [_moment(sweep.start), _moment(sweep.end)],
        _LEVEL_2_VOLUME,
        sweep.elevation,
        gates,
        sweep.gate_size,
        sweep.first_gate,
        rays,
        sweep.first_azimuth,
        [[quantity, 0, chunks]],
    ]


def _payload(values: NDArray[np.float32]) -> bytes:
    doubles = values.astype("<f8")
    doubles[values == NODATA] = _DBL_MAX
    doubles[values == UNDETECT] = -_DBL_MAX
    return doubles.tobytes()


def _moment(time: datetime) -> list[int]:
    return [time.year, time.month, time.day, time.hour, time.minute, time.second]
