"""Messages to break: small ones of our own encoder, rebuilt with other values or bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from radar_assets.radar.bufr import encode, message
from radar_assets.radar.bufr.bits import BitReader, BitWriter
from radar_assets.radar.bufr.tables import compile_template
from radar_assets.radar.bufr.template import read_group, write_group
from radar_assets_tests.fields import bufr_field, climbing

FIRST_SWEEP = 8 * 48 + 286
"""bit at which the first sweep begins: sections 0, 1, 3 and the head of 4, then the station"""

SMALL = encode(bufr_field("DBZH", *climbing(np.ones((2, 3), np.float32), np.ones((2, 2), "f4"))))
"""two sweeps of 2 rays, 3 and 2 gates"""


def rebuilt(
    change: Callable[[list[Any]], None] = lambda values: None,
    *,
    data: bytes = SMALL,
    tail: Callable[[bytes], bytes] = bytes,
) -> bytes:
    """A message with its values changed, and with its packed bits as `tail` returns them."""
    frame, nodes = message.split(data), compile_template(message.POLAR_VOLUME)
    values = read_group(BitReader(data, frame.data_start, frame.data_stop), nodes)
    change(values)
    bits = BitWriter()
    write_group(bits, nodes, values)
    return message.join(frame.time, frame.subcategory, frame.local_table, tail(bits.to_bytes()))


def edited(start: int, new: bytes, *, data: bytes = SMALL) -> bytes:
    """A message with the bytes from `start` on (from the end, if negative) overwritten."""
    start %= len(data)
    return data[:start] + new + data[start + len(new) :]


def sweep_member(index: int, value: Any) -> Callable[[list[Any]], None]:
    """Change one member of the first sweep."""

    def change(values: list[Any]) -> None:
        values[-1][0][index] = value

    return change


def station_member(index: int, value: Any) -> Callable[[list[Any]], None]:
    """Change one member of the station's description."""

    def change(values: list[Any]) -> None:
        values[index] = value

    return change


def parameter_member(index: int, value: Any) -> Callable[[list[Any]], None]:
    """Change one member of the first sweep's quantity: its code, compression or chunks."""

    def change(values: list[Any]) -> None:
        values[-1][0][-1][0][index] = value

    return change


def packed(payload: bytes) -> Callable[[list[Any]], None]:
    """Replace the packed payload of the first sweep."""
    chunks = [[payload[i : i + 65534]] for i in range(0, len(payload), 65534)]
    return parameter_member(2, chunks)
