"""An old tree of files, and the data folder that adopts them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from radar_assets.ingest.archive.adopt import Adoption, find
from radar_assets.ingest.archive.state_db import StateDb
from radar_assets.radar.bufr import encode
from radar_assets.radar.names import BufrName
from radar_assets_tests.fields import bufr_field, bufr_name

FIELD = bufr_field("DBZH")
NAME, WHOLE = bufr_name(FIELD), encode(FIELD)
OTHER_NAME, OTHER = replace(NAME, field="ZDR"), encode(bufr_field("ZDR"))
ZIPPED = replace(NAME, gzipped=True)
MODIFIED = 1_700_000_000


def put(path: Path, data: bytes = WHOLE) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    os.utime(path, (MODIFIED, MODIFIED))
    return path


def all_files(folder: Path) -> list[Path]:
    return list(find(folder, pytest.fail))


class Place:
    """An old tree and a data folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.old, self.root = folder / "old", folder / "data"
        self.old.mkdir()
        self.locked: list[str] = []

    def adopt(self, state: StateDb | None = None, also: Iterable[Path] = (), **more: object):
        """What became of the files, by their names."""
        adoption = self.adoption(state=state, **more)
        found = [adoption.adopt(path) for path in all_files(self.old)]
        return [*found, *adoption.adopt_listed([self.old, *also])]

    def adoption(self, **more: object) -> Adoption:
        return Adoption(self.root, self.root / "tmp", ("RMA11",), self._lock, **more)

    def here(self, name: BufrName = NAME) -> Path:
        return self.root / name.path

    def files(self) -> dict[str, bytes]:
        """Content of all files below the data folder."""
        paths = (path for path in self.root.rglob("*") if path.is_file())
        return {path.relative_to(self.root).as_posix(): path.read_bytes() for path in paths}

    def _lock(self, radar: str) -> AbstractContextManager[object]:
        self.locked.append(radar)
        return nullcontext()
