"""The sections of a BUFR edition 4 message, taken apart and put together."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import UTC, datetime

from radar_assets.errors import BufrCorrupt, BufrTooLarge, BufrUnsupported
from radar_assets.radar.bufr.frame import MAX_LENGTH, check_ends

POLAR_VOLUME = ("321204", "301031", "321203")
_OTHER_SCANS = {"321253": "an RHI scan", "321254": "a helical scan"}

_IDENTIFICATION = struct.Struct(">3xBHHBBBBBBBHBBBBB")
_CENTRE = 41
_RADAR_DATA = 6
_MASTER_TABLE_VERSION = 16
_LOCAL_TABLES = (1, 2)


@dataclass(frozen=True)
class Frame:
    """What sections 0 to 3 say, and where the data bits lie."""

    time: datetime
    subcategory: int
    local_table: int
    data_start: int
    """first byte of the packed bits"""
    data_stop: int


def split(data: bytes) -> Frame:
    """Check the frame of a message and return it; raises a `BufrError` that says where it fails."""
    check_ends(data[:8], data[-4:], len(data))
    if data[7] != 4:
        raise BufrUnsupported(f"BUFR edition {data[7]} is not read here, only edition 4", bit=56)
    end = len(data) - 4
    identification = _section(data, 8, end, "1", at_least=_IDENTIFICATION.size)
    has_optional = data[8 + 9] & 0x80
    description_start = identification
    if has_optional:
        description_start = _section(data, identification, end, "2", at_least=4)
    data_section = _section(data, description_start, end, "3", at_least=9)
    if _section(data, data_section, end, "4", at_least=4) != end:
        raise BufrCorrupt("the sections do not fill the message", bit=8 * data_section)
    _check_description(data, description_start, data_section)
    time, subcategory, local_table = _identification(data)
    return Frame(time, subcategory, local_table, data_section + 4, end)


def join(time: datetime, subcategory: int, local_table: int, packed: bytes) -> bytes:
    """Put a message around packed data bits."""
    padded = packed + b"\0" * (len(packed) % 2)
    identification = (
        (22).to_bytes(3, "big")
        + _IDENTIFICATION.pack(
            0, _CENTRE, 0, 0, 0, _RADAR_DATA, subcategory, 0, _MASTER_TABLE_VERSION, local_table,
            time.year, time.month, time.day, time.hour, time.minute, time.second,
        )[3:]
    )  # fmt: skip
    codes = b"".join(_pack_descriptor(descriptor) for descriptor in POLAR_VOLUME)
    description = (14).to_bytes(3, "big") + b"\0\0\x01\x80" + codes + b"\0"
    length = 8 + len(identification) + len(description) + 4 + len(padded) + 4
    if length > MAX_LENGTH:
        raise BufrTooLarge(f"a message of {length} bytes is longer than BUFR allows ({MAX_LENGTH})")
    indicator = b"BUFR" + length.to_bytes(3, "big") + b"\x04"
    content = (len(padded) + 4).to_bytes(3, "big") + b"\0" + padded
    return indicator + identification + description + content + b"7777"


def _section(data: bytes, start: int, end: int, name: str, *, at_least: int) -> int:
    length = int.from_bytes(data[start : start + 3], "big")
    if length < at_least or start + length > end:
        raise BufrCorrupt(f"section {name} has the impossible length {length}", bit=8 * start)
    return start + length


def _identification(data: bytes) -> tuple[datetime, int, int]:
    fields = _IDENTIFICATION.unpack_from(data, 8)
    category, subcategory, local_table = fields[5], fields[6], fields[9]
    if category != _RADAR_DATA:
        raise BufrUnsupported(f"data category {category} is not radar data", bit=8 * 18)
    if local_table not in _LOCAL_TABLES:
        raise BufrUnsupported(f"local table version {local_table} is not known", bit=8 * 22)
    try:
        time = datetime(*fields[10:16]).replace(tzinfo=UTC)  # noqa: DTZ001
    except ValueError as error:
        raise BufrCorrupt(f"section 1 holds no valid time: {error}", bit=8 * 23) from None
    return time, subcategory, local_table


def _check_description(data: bytes, start: int, stop: int) -> None:
    subsets = int.from_bytes(data[start + 4 : start + 6], "big")
    if subsets != 1:
        raise BufrUnsupported(f"{subsets} subsets are not read here, only 1", bit=8 * (start + 4))
    if data[start + 6] & 0x40:
        raise BufrUnsupported("compressed subsets are not read here", bit=8 * (start + 6))
    codes = data[start + 7 : stop]
    descriptors = tuple(_unpack_descriptor(codes[i : i + 2]) for i in range(0, len(codes) - 1, 2))
    for descriptor, kind in _OTHER_SCANS.items():
        if descriptor in descriptors:
            raise BufrUnsupported(f"the message holds {kind}, not a polar volume", bit=8 * start)
    if descriptors != POLAR_VOLUME:
        found = " ".join(descriptors[:8])
        raise BufrUnsupported(f"descriptors {found} are no polar volume", bit=8 * (start + 7))


def _pack_descriptor(text: str) -> bytes:
    return bytes([int(text[0]) << 6 | int(text[1:3]), int(text[3:])])


def _unpack_descriptor(code: bytes) -> str:
    return f"{code[0] >> 6}{code[0] & 0x3F:02d}{code[1]:03d}"
