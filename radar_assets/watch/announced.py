"""What was announced: a line for each version of a file, appended once the broker has it.

The lines of a day of a radar or composite are in `messages/OWNER/YYYY/MM/DD.txt`: path, version and
digest. They are what keeps a file from being announced twice, whatever happens to cursors.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import BinaryIO

from radar_assets.files import remove, write_bytes

_LONGEST = 4096
"""bytes of a line"""


@dataclass
class Announced:
    """The versions of the files of a day that were announced."""

    path: Path
    versions: set[tuple[str, str]] = field(default_factory=set)
    """path and version"""
    digests: dict[str, str] = field(default_factory=dict)
    """newest digest by path"""

    @classmethod
    def of_day(cls, root: Path, owner: str, day: date) -> Announced:
        """Read the lines of a day; one that a crash has cut short counts for nothing."""
        found = cls(root / "messages" / owner / f"{day:%Y/%m/%d}.txt")
        for path, version, digest in _lines(found.path):
            found.versions.add((path, version))
            found.digests[path] = digest
        return found

    def has(self, path: str, version: str) -> bool:
        """Whether a version of a file was announced."""
        return (path, version) in self.versions

    def note(self, path: str, version: str, digest: str) -> None:
        """Note that a version was announced; it stays noted if the machine stops at once."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a+b") as stream:
            _cut(stream)
            stream.write(f"{path} {version} {digest}\n".encode())
            stream.flush()
            os.fsync(stream.fileno())
        self.versions.add((path, version))
        self.digests[path] = digest


def forget(root: Path, owner: str, days: Iterable[date]) -> None:
    """Remove the lines of files of some days that are not stored any more."""
    for day in days:
        path = Announced.of_day(root, owner, day).path
        if not path.is_file():
            continue
        kept = [line for line in _lines(path) if (root / line[0]).is_file()]
        if kept:
            write_bytes(path, "".join(f"{' '.join(line)}\n" for line in kept).encode())
        else:
            remove(path, root)


def _lines(path: Path) -> list[tuple[str, str, str]]:
    if not path.is_file():
        return []
    whole = path.read_bytes().decode("utf-8", "replace").split("\n")[:-1]
    parts = [tuple(line.split(" ")) for line in whole]
    return [(line[0], line[1], line[2]) for line in parts if len(line) == 3]


def _cut(stream: BinaryIO) -> None:
    """Take away what a crash has left of a line at the end."""
    end = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, end - _LONGEST))
    tail = stream.read()
    stream.truncate(end - len(tail) + tail.rfind(b"\n") + 1)
