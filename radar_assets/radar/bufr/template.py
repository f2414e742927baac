"""Values of a compiled template to and from packed bits, one walk for each direction.

An element's value is an int, a float, a text or None (missing). A replication is a list of
groups; a group is the list of its members' values. A run of single octets is one `bytes`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from radar_assets.errors import BufrCorrupt, BufrTooLarge
from radar_assets.radar.bufr.bits import BitReader, BitWriter
from radar_assets.radar.bufr.tables import Element, Node, Replication

MAX_GROUPS = 1 << 16
"""most groups of one message: the longest has 255 sweeps and 256 full chunks"""


class Group(list[Any]):
    """Values of one group, with the offset of its first bit."""

    def __init__(self, bit: int) -> None:
        super().__init__()
        self.bit = bit


def read_group(bits: BitReader, nodes: Sequence[Node]) -> Group:
    """Read the values of `nodes`."""
    group = Group(bits.bit)
    for node in nodes:
        group.append(_read_element(bits, node) if isinstance(node, Element) else _read(bits, node))
    return group


def _read(bits: BitReader, node: Replication) -> bytes | list[Group]:
    count = node.count if isinstance(node.count, int) else bits.uint(node.count.width)
    if node.is_octets:
        return bits.octets(count)
    bits.groups += count
    if bits.groups > MAX_GROUPS:
        raise BufrTooLarge(f"the message announces more than {MAX_GROUPS} groups", bit=bits.bit)
    return [read_group(bits, node.body) for _ in range(count)]


def _read_element(bits: BitReader, element: Element) -> int | float | str | None:
    if element.is_text:
        start = bits.bit
        return _text(bits.octets(element.width // 8), start)
    raw = bits.uint(element.width)
    if raw == (1 << element.width) - 1:
        return None
    value = raw + element.reference
    if element.scale > 0:
        return float(value / 10**element.scale)
    return int(value * 10**-element.scale)


def _text(octets: bytes, bit: int) -> str:
    try:
        return octets.decode("ascii").rstrip("\0 ")
    except UnicodeDecodeError:
        raise BufrCorrupt("a text holds characters outside IA5", bit=bit) from None


def write_group(bits: BitWriter, nodes: Sequence[Node], values: Sequence[Any]) -> None:
    """Write the values of `nodes`, nested as `read_group` returns them."""
    for node, value in zip(nodes, values, strict=True):
        if isinstance(node, Element):
            _write_element(bits, node, value)
        else:
            _write(bits, node, value)


def _write(bits: BitWriter, node: Replication, value: bytes | Sequence[Sequence[Any]]) -> None:
    if isinstance(node.count, Element):
        bits.uint(len(value), node.count.width)
    if isinstance(value, bytes):
        bits.octets(value)
        return
    for group in value:
        write_group(bits, node.body, group)


def _write_element(bits: BitWriter, element: Element, value: float | str | None) -> None:
    if element.is_text:
        octets = str(value).encode("ascii").ljust(element.width // 8, b"\0")
        bits.uint(int.from_bytes(octets, "big"), element.width)
    elif value is None:
        bits.uint((1 << element.width) - 1, element.width)
    else:
        raw = round(float(value) * 10**element.scale) - element.reference
        if raw == (1 << element.width) - 1:
            raise BufrCorrupt(f"{value} {element.unit} cannot be coded as {element.name}")
        bits.uint(raw, element.width)
