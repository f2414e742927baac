"""BUFR files of one volume, however they are given, opened without inflating their fields."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePath
from typing import Any

from radar_assets.errors import BadName, FieldMismatch
from radar_assets.errors.texts import naming
from radar_assets.radar.assembly import Assembly, plan
from radar_assets.radar.bufr import CodedField, read
from radar_assets.radar.bufr.frame import inflate
from radar_assets.radar.names import BufrName, VolumeId
from radar_assets.settings import Network
from radar_assets.settings.known import known

UNKNOWN_STRATEGY, UNKNOWN_VOLUME = "0000", "00"
"""of messages whose files have no name, or another one than the radar gave them"""


def open_volume(source: Any, network: Network) -> Assembly:  # noqa: ANN401
    """Open the fields of one volume.

    Args:
        source: a path, bytes, or a file object, of a BUFR message, gzipped or not; or several.
        network: what is known besides.

    Raises:
        BufrError: a message breaks the format.
        FieldMismatch: the messages are not of one volume; other reasons are those of `assemble`.
        OSError: a file cannot be read.
    """
    messages, names, digests = [], [], {}
    for number, item in enumerate(_items(source), 1):
        name, data = _content(item)
        with naming(name or f"message {number}"):
            message = inflate(data)
            messages.append(read(message))
        names.append(name)
        digests[number - 1] = hashlib.sha256(message).hexdigest()
    if not messages:
        raise FieldMismatch("there is no BUFR file to open")
    named = _named(names, messages)
    fields = dict(zip(named, messages, strict=True))
    if len(fields) < len(messages):
        raise FieldMismatch(f"give one file of each field, not {', '.join(map(str, named))}")
    return plan(
        fields,
        digests={name.message: digests[i] for i, name in enumerate(named)},
        **known(network, named[0].id),
    )


def _items(source: Any) -> Iterable[Any]:  # noqa: ANN401
    """What is given, one by one."""
    is_one = isinstance(source, (str, os.PathLike, bytes, bytearray, memoryview))
    return [source] if is_one or hasattr(source, "read") else source


def _content(item: Any) -> tuple[str, bytes]:  # noqa: ANN401
    """Name and bytes of a file; the name is empty where there is none."""
    if isinstance(item, (bytes, bytearray, memoryview)):
        return "", bytes(item)
    if hasattr(item, "read"):
        if item.seekable():
            item.seek(0)
        name = getattr(item, "name", None) or getattr(item, "path", "")
        return PurePath(name).name if isinstance(name, str) else "", item.read()
    path = Path(item)
    return path.name, path.read_bytes()


def _named(names: Sequence[str], messages: Sequence[CodedField]) -> list[BufrName]:
    """Names of the messages: those of their files, or what they say of themselves."""
    parsed = [next(_parsed(name), None) for name in names]
    identity = next((name.id for name in parsed if name), None) or VolumeId(
        messages[0].radar,
        UNKNOWN_STRATEGY,
        UNKNOWN_VOLUME,
        min(message.time for message in messages),
    )
    return [
        name or BufrName(identity, message.quantity)
        for name, message in zip(parsed, messages, strict=True)
    ]


def _parsed(name: str) -> Iterator[BufrName]:
    try:
        yield BufrName.parse(name)
    except BadName:
        return
