"""Volumes of a window: which are stored, and those that were used last kept in memory."""

from __future__ import annotations

from pathlib import Path

from radar_assets.errors import BadName
from radar_assets.radar import cfradial
from radar_assets.radar.names import VolumeId, volumes_folder
from radar_assets.radar.volume import Volume
from radar_assets.stages.base.sharing import BoundedCache
from radar_assets.stages.base.stage import Task
from radar_assets.stages.base.windows import Window
from radar_assets.stages.base.workspace import Workspace

_LIMIT = 300 * 10**6
"""bytes of volumes that a window keeps in memory; the largest volume known has 233 MB"""


class Volumes:
    """Volumes by their NetCDF files; the last ones stay in memory between stages of a window."""

    def __init__(self) -> None:
        """Begin with none."""
        self._volumes: BoundedCache[Volume] = BoundedCache(_LIMIT, _bytes_of)

    def get(self, path: Path) -> Volume:
        """The volume of a NetCDF file, read where it is not in memory; errors are of `cfradial`."""
        return self._volumes.get(path, lambda: cfradial.read(path))

    def put(self, path: Path, volume: Volume) -> None:
        """Keep a volume as what its file holds."""
        self._volumes.put(path, volume)


def volumes_of(task: Task) -> Volumes:
    """The volumes that all stages of the window share."""
    return task.shared.once("volumes", Volumes)


def window_volumes(workspace: Workspace, window: Window) -> list[Path]:
    """NetCDF files of a window that are stored, as local files."""
    keys = workspace.store.list(volumes_folder(window.owner, window.start))
    return [workspace.store.get(key) for key in keys if _belongs(key.name, window)]


def _belongs(name: str, window: Window) -> bool:
    try:
        return window.holds(VolumeId.from_netcdf(name).time)
    except BadName:
        return False


def _bytes_of(volume: Volume) -> int:
    return sum(values.nbytes for values in volume.fields.values())
