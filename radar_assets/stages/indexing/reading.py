"""Reading the index of maps and the catalogue; what is damaged is never taken for empty."""

from __future__ import annotations

from datetime import date
from pathlib import PurePosixPath
from typing import Any

from pydantic_core import from_json

from radar_assets.errors import IndexDamaged
from radar_assets.radar.names import day_of
from radar_assets.stages.base.workspace import Workspace
from radar_assets.stages.indexing.frames import Frame, is_frame

LATEST = PurePosixPath("index/latest.json")


def day_key(owner: str, day: date) -> PurePosixPath:
    """Key of the index of a day of a radar or composite."""
    return PurePosixPath("index", owner, f"{day:%Y/%m/%d}.json")


def days_of(workspace: Workspace, owner: str) -> list[date]:
    """Days of which a radar or composite has an index, oldest first."""
    keys = workspace.store.list(PurePosixPath("index", owner))
    return sorted(day_of(key.with_suffix("")).date() for key in keys if key.suffix == ".json")


def frames_of_day(workspace: Workspace, owner: str, day: date) -> list[Frame]:
    """Maps of a day, in the order of time and product; `IndexDamaged` where that is not known."""
    key = day_key(owner, day)
    found = read_object(workspace, key)
    if found is None:
        return []
    frames = found.get("frames")
    if not isinstance(frames, list) or not all(map(is_frame, frames)):
        raise IndexDamaged(f"{key} holds no list of maps")
    return frames


def latest_owners(workspace: Workspace) -> dict[str, Any]:
    """Radars and composites by name, as `latest.json` has them; `IndexDamaged` where it cannot."""
    found = read_object(workspace, LATEST)
    if found is None:
        return {}
    owners = found.get("owners")
    if not isinstance(owners, dict) or not all(map(_is_owner, owners.values())):
        raise IndexDamaged(f"{LATEST} holds no radars and composites")
    return owners


def read_object(workspace: Workspace, key: PurePosixPath) -> dict[str, Any] | None:
    """The object that a file of the index or the catalogue holds; None where there is no file."""
    try:
        found = from_json(workspace.store.get(key).read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise IndexDamaged(f"{key}: {error}") from None
    if not isinstance(found, dict):
        raise IndexDamaged(f"{key} holds no object")
    return found


def _is_owner(value: object) -> bool:
    products = value.get("products") if isinstance(value, dict) else None
    return isinstance(products, dict) and all(map(is_frame, products.values()))
