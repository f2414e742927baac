"""Forgetting a radar or composite that the network file does not have any more."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from radar_assets.defs.instance import recorded_assets
from radar_assets.defs.sensors import sensor_name
from radar_assets.errors import SettingsError
from radar_assets.radar.names import check_radar
from radar_assets.settings import Network
from radar_assets.stages.base.workspace import Workspace

_FOLDERS = (
    *("bufr", "volumes", "formats", "products", "quicklooks", "thumbnails"),
    *("index", "catalog", "messages"),
)


@dataclass(frozen=True)
class Leftovers:
    """What is left of a radar or composite."""

    assets: tuple[dg.AssetKey, ...]
    """that have records"""
    folders: tuple[Path, ...]
    """that have its files"""

    def __bool__(self) -> bool:
        return bool(self.assets or self.folders)


def leftovers_of(
    instance: dg.DagsterInstance, workspace: Workspace, network: Network, owner: str
) -> Leftovers:
    """What is left of an owner.

    Raises `SettingsError` for one that is in the network file, or of which nothing is left, and
    `BadName` for what can be none.
    """
    if owner in network.owners:
        raise SettingsError(f"{owner} is in the network file: take it out first")
    folders = (workspace.root / name / check_radar(owner) for name in _FOLDERS)
    found = Leftovers(
        tuple(recorded_assets(instance, owner)),
        tuple(folder for folder in folders if folder.is_dir() and not folder.is_symlink()),
    )
    if not found:
        raise SettingsError(f"there are neither records nor files of {owner}")
    return found


def forget(
    instance: dg.DagsterInstance, workspace: Workspace, owner: str, found: Leftovers
) -> None:
    """Remove the records and files of an owner, and what its sensor remembers."""
    with workspace.lock(owner):
        for folder in found.folders:
            shutil.rmtree(folder)
        if found.assets:
            instance.wipe_assets(list(found.assets))
    for state in instance.all_instigator_state():
        if state.instigator_name == sensor_name(owner) and instance.schedule_storage:
            instance.schedule_storage.delete_instigator_state(
                state.instigator_origin_id, state.selector_id
            )
