"""BUFR files of a window in the store."""

from __future__ import annotations

from pathlib import Path

from radar_assets.errors import BadName
from radar_assets.radar.names import BufrName, bufr_hour_folder
from radar_assets.stages.base.windows import Window
from radar_assets.stages.base.workspace import Workspace


def window_files(workspace: Workspace, window: Window) -> list[Path]:
    """BUFR files of a window that are stored, as local files."""
    keys = workspace.store.list(bufr_hour_folder(window.owner, window.start))
    return [workspace.store.get(key) for key in keys if _belongs(key.name, window)]


def _belongs(name: str, window: Window) -> bool:
    try:
        return window.holds(BufrName.parse(name).id.time)
    except BadName:
        return False
