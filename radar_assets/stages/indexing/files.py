"""Reading the JSON files of the index and of the catalogue."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from pydantic_core import from_json

from radar_assets.stages.base.workspace import Workspace


def read_json(workspace: Workspace, key: PurePosixPath) -> dict[str, Any]:
    """An object that a file holds; empty where there is no file, or it holds something else."""
    try:
        found = from_json(workspace.store.get(key).read_bytes())
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
