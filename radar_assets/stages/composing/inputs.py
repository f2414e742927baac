"""The maps of radars that a composite takes: of its window, else of the one before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from radar_assets.radar.names import ISO, VolumeId
from radar_assets.stages.base.stage import Input, Task
from radar_assets.stages.base.windows import Window

WINDOWS_BACK = 1
"""windows before its own in which a composite looks for a radar that has nothing newer"""


@dataclass(frozen=True)
class MapFile:
    """A recorded map of a radar."""

    radar: str
    window: Window
    time: datetime
    """of its volume"""
    key: PurePosixPath
    version: str
    """equal as long as the map is"""


@dataclass(frozen=True)
class Sources:
    """What the radars of a composite have of one product."""

    files: Mapping[str, Sequence[MapFile]]
    """by radar, in the order of the network file: the newest map first"""
    old: tuple[str, ...]
    """radars of which these are maps of the window before"""
    missing: tuple[str, ...]
    """radars that have none"""

    def versions(self) -> dict[str, str]:
        """Versions of the files by their names, in the order in which they are composed."""
        return {file.key.name: file.version for files in self.files.values() for file in files}

    def times(self) -> dict[str, str]:
        """Time of the newest map of each radar, as ISO 8601."""
        return {radar: files[0].time.strftime(ISO) for radar, files in self.files.items()}


def sources_of(task: Task) -> dict[str, Sources]:
    """What a composite is made of in a window, by product."""
    found: dict[str, dict[str, list[MapFile]]] = {}
    for item in task.inputs("geotiff"):
        for product, file in _maps(item):
            found.setdefault(product, {}).setdefault(file.radar, []).append(file)
    radars = task.workspace.network.radars_of(task.window.owner)
    return {product: _sources(task, radars, files) for product, files in found.items()}


def _sources(task: Task, radars: Sequence[str], found: Mapping[str, list[MapFile]]) -> Sources:
    chosen, old = dict[str, list[MapFile]](), list[str]()
    for radar in radars:
        files = sorted(found.get(radar, ()), key=lambda file: (file.time, file.key), reverse=True)
        new = [file for file in files if file.window.start == task.window.start]
        if new or files:
            chosen[radar] = new or files
        if files and not new:
            old.append(radar)
    return Sources(chosen, tuple(old), tuple(radar for radar in radars if radar not in chosen))


def _maps(item: Input) -> Iterator[tuple[str, MapFile]]:
    for row in item.rows:
        if row.get("path"):
            yield row["product"], _map(item.window, row)


def _map(window: Window, row: Mapping[str, Any]) -> MapFile:
    return MapFile(
        radar=window.owner,
        window=window,
        time=VolumeId.parse(row["volume_id"]).time,
        key=PurePosixPath(row["path"]),
        version=row.get("fingerprint") or f"{row['size_bytes']} bytes of {row['generated_at']}",
    )
