"""What the API answers from the index and the GeoTIFFs."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from pydantic import BaseModel

from radar_assets.errors import InputMissing
from radar_assets.maps import cog
from radar_assets.maps.grid import WGS84, transformer
from radar_assets.maps.raster import Raster
from radar_assets.stages.base.workspace import Workspace
from radar_assets.stages.indexing.days import LATEST, frames_of_day, read_json
from radar_assets.stages.indexing.frames import Frame


class Value(BaseModel):
    """Value of a map at a place."""

    owner: str
    product: str
    time: str
    state: Literal["value", "undetect", "nodata", "outside"]
    """undetect: measured, and no echo; nodata: not measured"""
    value: float | None
    units: str


def owners(workspace: Workspace) -> dict[str, Any]:
    """Radars and composites that have maps, as `index/latest.json` has them."""
    found: dict[str, Any] = read_json(workspace, LATEST).get("owners", {})
    return found


def newest(workspace: Workspace, owner: str, product: str) -> Frame:
    """The newest map of a product by its time of observation; `InputMissing` where none is."""
    found: Frame | None = owners(workspace).get(owner, {}).get("products", {}).get(product)
    if found is None:
        raise InputMissing(f"the index has no map {product!r} of {owner!r}")
    return found


def frames(
    workspace: Workspace, owner: str, product: str, first: datetime, last: datetime
) -> list[Frame]:
    """Maps of a product from `first` to `last`, in the order of time."""
    if owner not in owners(workspace):
        raise InputMissing(f"the index has no map of {owner!r}")
    days = [first.date() + timedelta(n) for n in range((last.date() - first.date()).days + 1)]
    return [
        frame
        for day in days
        for frame in frames_of_day(workspace, owner, day)
        if frame["product"] == product and first <= datetime.fromisoformat(frame["time"]) <= last
    ]


def value(workspace: Workspace, owner: str, frame: Frame, place: tuple[float, float]) -> Value:
    """Value of a map at a longitude and latitude: that of the pixel of its GeoTIFF.

    Raises `InputMissing` for a map without a GeoTIFF.
    """
    if not frame["tif"]:
        raise InputMissing(f"{frame['product']} of {owner} at {frame['time']} has no GeoTIFF")
    path = workspace.store.get(PurePosixPath(frame["tif"]))
    if not path.is_file():
        raise InputMissing(f"{frame['tif']} is not stored any more")
    state, number = _at(_raster(path, path.stat().st_mtime_ns), place)
    about = {name: frame[name] for name in ("product", "time", "units")}
    return Value(owner=owner, state=state, value=number, **about)


@lru_cache(4)
def _raster(path: Path, _modified: int) -> Raster:
    return cog.read(path)


def _at(
    raster: Raster, place: tuple[float, float]
) -> tuple[Literal["value", "undetect", "nodata", "outside"], float | None]:
    grid = raster.grid
    x, y = transformer(WGS84, grid.crs).transform(*place)
    column, row = (
        math.floor((x - grid.west) / grid.pixel),
        math.floor((grid.north - y) / grid.pixel),
    )
    if not (0 <= row < grid.shape[0] and 0 <= column < grid.shape[1]):
        return "outside", None
    found = float(raster.values[row, column])
    if math.isnan(found) or (raster.has_classes and found == 0):
        return "nodata", None
    return ("undetect", None) if found == -math.inf else ("value", found)
