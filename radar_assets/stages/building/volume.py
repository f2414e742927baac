"""From BUFR files on disk to a volume, with what the network knows about its radar and strategy."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from radar_assets.errors import BadName, FieldMismatch, RadarAssetsError, StorageError
from radar_assets.errors.texts import naming
from radar_assets.radar.assembly import assemble
from radar_assets.radar.bufr import Field, decode
from radar_assets.radar.bufr.frame import inflate
from radar_assets.radar.content import check_content
from radar_assets.radar.names import BufrName
from radar_assets.radar.volume import Volume
from radar_assets.settings import Network
from radar_assets.settings.known import known
from radar_assets.stages.building.conformity import check_site


@dataclass
class Parts:
    """The decoded files of one volume, and what is wrong with the others.

    Digests are those of the messages, under the names of their files without compression: the
    same volume is made of them however they are stored.
    """

    fields: dict[BufrName, Field] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    errors: list[RadarAssetsError] = field(default_factory=list)


def read_parts(paths: Iterable[Path]) -> Parts:
    """Decode BUFR files; what cannot be read is among the errors, each with its file's name.

    Of a file that is there with and without compression, one is taken.
    """
    parts = Parts()
    for path in _without_twins(paths):
        try:
            with naming(path.name):
                data = inflate(_content(path))
                name = BufrName.parse(path.name)
                decoded = decode(data)
                check_content(name, decoded)
                if name in parts.fields:
                    raise FieldMismatch("two files of this name are given")
        except RadarAssetsError as error:
            parts.errors.append(error)
            continue
        parts.fields[name] = decoded
        parts.digests[name.message] = hashlib.sha256(data).hexdigest()
    return parts


def digests(paths: Iterable[Path]) -> dict[str, str]:
    """SHA-256 of BUFR messages, under the names of their files without compression.

    Raises the error of the first file that cannot be read.
    """
    found = {}
    for path in _without_twins(paths):
        with naming(path.name):
            name = BufrName.parse(path.name).message
            found[name] = hashlib.sha256(inflate(_content(path))).hexdigest()
    return found


def build_volume(network: Network, parts: Parts) -> Volume:
    """Assemble decoded files, with the site's altitude and the Nyquist velocity of the network.

    Raises `FieldMismatch` when the files are not of one volume or not of their radar, or the first
    error of the parts when none of them could be read.
    """
    if not parts.fields:
        raise next(iter(parts.errors), FieldMismatch("there is no BUFR file to build a volume of"))
    name, content = next(iter(parts.fields.items()))
    check_site(name, content, network)
    return assemble(parts.fields, digests=parts.digests, **known(network, name.id))


def _without_twins(paths: Iterable[Path]) -> list[Path]:
    """One path for each message: the same file may be stored gzipped, or with other endings."""
    best = {_message(path): path for path in sorted(paths, key=_worth)}
    return [best[message] for message in sorted(best)]


def _message(path: Path) -> tuple[Path, str]:
    try:
        return path.parent, BufrName.parse(path.name).message
    except BadName:
        return path.parent, path.name


def _worth(path: Path) -> tuple[bool, bool]:
    """Sort key: a file with content, uncompressed, is worth most."""
    return path.is_file() and path.stat().st_size > 0, path.suffix.lower() != ".gz"


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise StorageError(f"cannot read {path}: {error.strerror}") from error
