"""What is fuzzed: functions of bytes that may end in nothing but an error of the tree."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from contextlib import suppress

from radar_assets.errors import RadarAssetsError
from radar_assets.ingest.scheduling.cursor import Cursor
from radar_assets.ingest.sources.lines import (
    NotUnderstood,
    from_list,
    from_mlsd,
    guess_name,
    is_like_an_entry,
)
from radar_assets.radar.bufr import decode, encode
from radar_assets.radar.bufr.frame import inflate
from radar_assets.radar.names import BufrName, VolumeId, parse_product
from radar_assets_tests.fields import bufr_field, climbing, ramp
from radar_assets_tests.fuzz import structured
from radar_assets_tests.fuzz.folders import folder

_EDIT = struct.Struct(">HB")
"""an edit of a seed: a place, and what to put there"""


def message(data: bytes) -> None:
    """Decode bytes as they are."""
    _allowed(lambda: decode(inflate(data)))


def edited(data: bytes) -> None:
    """Decode a good message in which some bytes are others: the deep parts of the decoder."""
    damaged = bytearray(_GOOD)
    for place, value in _EDIT.iter_unpack(data[: len(data) // _EDIT.size * _EDIT.size]):
        damaged[place % len(damaged)] = value
    _allowed(lambda: decode(bytes(damaged)))


def names(data: bytes) -> None:
    """Parse a text as every kind of name."""
    text = data.decode("utf-8", "surrogateescape")
    for parse in (BufrName.parse, VolumeId.parse, VolumeId.from_netcdf, parse_product):
        _allowed(lambda parse=parse: parse(text))


def listings(data: bytes) -> None:
    """Read lines of FTP listings, and a sensor's cursor."""
    text = data.decode("utf-8", "surrogateescape")
    for line in text.splitlines():
        for read in (from_mlsd, from_list):
            with suppress(NotUnderstood):
                read(line)
        guess_name(line)
        is_like_an_entry(line)
    Cursor.from_json(text)


def _allowed(work: Callable[[], object]) -> None:
    """Let errors of the tree pass; any other is a finding."""
    try:
        work()
    except RadarAssetsError:
        return


_GOOD = encode(bufr_field("DBZH", *climbing(ramp(), ramp())), level=1)
TARGETS: Mapping[str, Callable[[bytes], None]] = {
    "message": message,
    "edited": edited,
    "values": structured.values,
    "volumes": structured.volumes,
    "members": structured.members,
    "names": names,
    "listings": listings,
    "folders": folder,
}
SEEDS: Mapping[str, tuple[bytes, ...]] = {
    "message": (_GOOD, encode(bufr_field("VRAD"), level=9), b"BUFR"),
    "edited": (b"\0\0\0", _EDIT.pack(50, 255) * 3),
    "values": tuple(
        structured.EDIT.pack(kind, place, value)
        for kind in range(5)
        for place in range(len(structured.TOKENS))
        for value in (0, 7)
    ),
    "volumes": (
        structured.SWEEP.pack(0, 0, 9053, 4, 6, 360, 29, 50, 0),
        structured.SWEEP.pack(0, 0, 9053, 4, 12, 360, 29, 50, 0x23)
        + structured.SWEEP.pack(0, 0, 9053, 4, 6, 360, 29, 50, 0x10),
        structured.SWEEP.pack(0, 20, 9053, 4, 6, 360, 29, 50, 0)
        + structured.SWEEP.pack(10, 5, 9153, 4, 6, 360, 29, 50, 1),
    ),
    "members": (structured.CUT.pack(50, 3, 2), structured.CUT.pack(9, 600, 16) * 2),
    "names": (
        b"RMA1_0315_01_DBZH_20251118T123020Z.BUFR",
        b"RMA1_0315_01_2025-11-18T12:30:20Z",
        b"RMA1_0315_01_20251118T123020Z.nc",
        b"RMA1_20251118T123020Z_COLMAX_00.png",
    ),
    "listings": (
        b"type=file;size=123;modify=20251118123020; RMA1_0315_01_DBZH_20251118T123020Z.BUFR",
        b"-rw-r--r-- 1 ftp ftp 123 Nov 18 12:30 RMA1_0315_01_DBZH_20251118T123020Z.BUFR",
        b"11-18-25  12:30PM       <DIR>          12",
        Cursor().to_json().encode(),
    ),
    "folders": (
        bytes([0, 0, 0, 0, 2, 0, 0, 0, 0, 3, 1, 3, 0, 3, 0, 1]),
        bytes([3, 0, 0, 1, 1, 3, 3, 0, 2, 0, 3, 2, 4, 101, 4, 1, 0, 7, 1, 5, 32, 6, 0, 1]),
        bytes(range(64)),
    ),
}
