"""The frame of a BUFR file: one whole message, gzipped or not, whatever the file's name says.

Checked without decoding, and in blocks, so that no file takes much memory. Only this module
inflates gzipped files, which may have any number of members and zeros of padding behind them.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from isal import igzip_lib

from radar_assets.errors import BufrCorrupt, BufrTooLarge, BufrTruncated

MAX_LENGTH = (1 << 24) - 1
"""longest message that section 0 can announce, in bytes"""

_HEAD = 8
_END = b"7777"
_GZIP = b"\x1f\x8b"
_BLOCK = 1 << 16
_PACKED = 1 << 14
_MAX_MEMBERS = 1 << 16
"""of a gzip file; each takes some 10 microseconds, also if it is empty"""
_MAX_FILE = MAX_LENGTH + _BLOCK
"""bytes of a file; gzip adds a little to what does not shrink"""


@dataclass(frozen=True)
class Content:
    """The message in a file; the same message gives the same, however it is stored."""

    size: int
    """bytes, inflated"""
    sha256: str
    """hexadecimal digest, inflated"""
    is_gzipped: bool
    """whether the file holds it gzipped"""


def check_file(path: Path) -> Content:
    """Check that a file is one whole message; raises a `BufrError` that says what is wrong."""
    digest, head, tail, size = hashlib.sha256(), b"", b"", 0
    with path.open("rb") as stream:
        _check_length(os.fstat(stream.fileno()).st_size)
        is_gzipped = stream.read(len(_GZIP)) == _GZIP
        stream.seek(0)
        for block in _inflated(stream) if is_gzipped else _plain(stream):
            digest.update(block)
            head += block[: _HEAD - len(head)]
            tail = (tail + block)[-len(_END) :]
            size += len(block)
    check_ends(head, tail, size)
    return Content(size, digest.hexdigest(), is_gzipped)


def _check_length(size: int) -> None:
    if size > _MAX_FILE:
        raise BufrTooLarge(f"the file has {size} bytes; no BUFR message is that large")


def check_ends(head: bytes, tail: bytes, size: int) -> None:
    """Check that so many bytes, by the first 8 and the last 4 of them, are one whole message."""
    if size < _HEAD:
        raise BufrTruncated(f"{size} bytes are too few for a BUFR message", bit=8 * size)
    if head[:4] != b"BUFR":
        raise BufrCorrupt("the file does not begin with BUFR", bit=0)
    announced = int.from_bytes(head[4:7], "big")
    if size < announced:
        raise BufrTruncated(f"{announced - size} of {announced} bytes are missing", bit=8 * size)
    if size > announced:
        surplus = size - announced
        raise BufrCorrupt(f"{surplus} bytes follow the end of the message", bit=8 * announced)
    if tail != _END:
        raise BufrCorrupt("the message does not end in 7777", bit=8 * (size - len(_END)))


def inflate(data: bytes) -> bytes:
    """Return the message in the bytes of a file, inflated, unchecked; errors as in `check_file`."""
    if not data.startswith(_GZIP):
        return data
    message = b"".join(_inflated(io.BytesIO(data)))
    if message.startswith(_GZIP):
        raise BufrCorrupt("the file is gzipped twice")
    return message


def _plain(stream: BinaryIO) -> Iterator[bytes]:
    while block := stream.read(_BLOCK):
        yield block


def _inflated(stream: BinaryIO) -> Iterator[bytes]:
    """Blocks of all members of a gzip file, one after the other (RFC 1952, section 2.2)."""
    size, members, packed = 0, 0, stream.read(_PACKED)
    while packed:
        members += 1
        if members > _MAX_MEMBERS:
            raise BufrTooLarge(f"the gzip file has more than {_MAX_MEMBERS} members")
        member = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
        for block in _member(member, packed, stream):
            size += len(block)
            if size > MAX_LENGTH:
                raise BufrTooLarge(f"the gzip file holds more than {MAX_LENGTH} bytes")
            yield block
        packed = _next_member(member.unused_data, stream)


def _member(
    member: igzip_lib.IgzipDecompressor, packed: bytes, stream: BinaryIO
) -> Iterator[bytes]:
    while not member.eof:
        try:
            yield member.decompress(packed, _BLOCK)
        except igzip_lib.error as error:  # type: ignore[misc]
            raise BufrCorrupt(f"the gzip file is damaged: {error}") from None
        packed = stream.read(_PACKED) if member.needs_input and not member.eof else b""
        if member.needs_input and not (packed or member.eof):
            raise BufrTruncated("the gzip file ends too early", bit=8 * stream.tell())


def _next_member(rest: bytes, stream: BinaryIO) -> bytes:
    """First bytes of the next member, behind zeros of padding; none at the end of the file."""
    rest = rest.lstrip(b"\0")
    while len(rest) < len(_GZIP) and (block := stream.read(_PACKED)):
        rest = (rest + block).lstrip(b"\0")
    if not _GZIP.startswith(rest[: len(_GZIP)]):
        end = stream.tell() - len(rest)
        surplus = stream.seek(0, io.SEEK_END) - end
        raise BufrCorrupt(
            f"{surplus} bytes follow the end of the gzip file and are no further member of it"
        )
    return rest
