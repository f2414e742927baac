"""Reading and writing packed bits, most significant first, with fast runs of octets."""

from __future__ import annotations

import numpy as np

from radar_assets.errors import BufrCorrupt, BufrTruncated


class BitReader:
    """Reads unsigned integers and octet runs from the bytes [start, stop) of a message."""

    def __init__(self, data: bytes, start: int, stop: int) -> None:
        self._data = data
        self._end = stop * 8
        self.bit = start * 8
        """offset of the next bit in the message"""
        self.groups = 0
        """of repeated values that were announced so far"""

    @property
    def remaining(self) -> int:
        """Number of bits not read yet."""
        return self._end - self.bit

    def uint(self, width: int) -> int:
        """Read an unsigned integer of `width` bits."""
        first, last = self._advance(width)
        window = int.from_bytes(self._data[first // 8 : (last + 7) // 8], "big")
        return (window >> (-last % 8)) & ((1 << width) - 1)

    def octets(self, count: int) -> bytes:
        """Read `count` octets, which may begin at any bit."""
        first, last = self._advance(8 * count)
        start, shift = divmod(first, 8)
        if shift == 0:
            return self._data[start : start + count]
        window = np.frombuffer(self._data, np.uint8, (last + 7) // 8 - start, start)
        return ((window[:-1] << shift) | (window[1:] >> (8 - shift))).tobytes()

    def _advance(self, width: int) -> tuple[int, int]:
        first, last = self.bit, self.bit + width
        if last > self._end:
            raise BufrTruncated(f"the data end {last - self._end} bits too early", bit=first)
        self.bit = last
        return first, last


class BitWriter:
    """Collects unsigned integers and octet runs."""

    def __init__(self) -> None:
        self._whole = bytearray()
        self._pending = 0
        self._width = 0

    def uint(self, value: int, width: int) -> None:
        """Append an unsigned integer of `width` bits; `BufrCorrupt` when it does not fit."""
        if not 0 <= value < 1 << width:
            raise BufrCorrupt(f"{value} does not fit in {width} bits")
        self._width += width
        self._pending = (self._pending << width) | value
        whole, self._width = divmod(self._width, 8)
        self._whole += (self._pending >> self._width).to_bytes(whole, "big")
        self._pending &= (1 << self._width) - 1

    def octets(self, data: bytes) -> None:
        """Append octets at the current bit."""
        if self._width == 0 or not data:
            self._whole += data
            return
        run = np.frombuffer(data, np.uint8)
        before = np.empty_like(run)
        before[0] = self._pending << (8 - self._width)
        before[1:] = run[:-1] << (8 - self._width)
        self._whole += (before | (run >> self._width)).tobytes()
        self._pending = data[-1] & ((1 << self._width) - 1)

    def to_bytes(self) -> bytes:
        """Return everything written, padded with zero bits to whole octets."""
        padding = -self._width % 8
        tail = (self._pending << padding).to_bytes((self._width + 7) // 8, "big")
        return bytes(self._whole) + tail
