"""What the API answers from the index and the GeoTIFFs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import BaseModel

from radar_assets.errors import InputMissing
from radar_assets.maps import cog
from radar_assets.stages.base.workspace import Workspace
from radar_assets.stages.indexing.frames import Frame, legend
from radar_assets.stages.indexing.reading import frames_of_day, latest_owners
from radar_assets.web.map.states import State, state_of


class Value(BaseModel):
    """Value of a map at a place."""

    owner: str
    product: str
    time: str
    state: State
    value: float | None
    units: str
    label: str | None = None
    """name of the class, of a map of classes"""


class Moment(BaseModel):
    """One map of a series."""

    time: str
    state: State
    value: float | None


class Series(BaseModel):
    """Values of a product at a place, in the order of time."""

    owner: str
    product: str
    units: str
    moments: list[Moment]
    missing: list[str]
    """times of maps without a stored GeoTIFF"""


def owners(workspace: Workspace) -> dict[str, Any]:
    """Radars and composites that have maps, as `index/latest.json` has them."""
    return latest_owners(workspace)


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
    state, number = _at(_path(workspace, owner, frame), place)
    about = {name: frame[name] for name in ("product", "time", "units")}
    labels = legend(frame)["labels"]
    is_named = number is not None and 1 <= number <= len(labels)
    label = labels[int(number) - 1] if number is not None and is_named else None
    return Value(owner=owner, state=state, value=number, label=label, **about)


def series(
    workspace: Workspace, owner: str, found: Sequence[Frame], place: tuple[float, float]
) -> Series:
    """Values of maps of one product at a longitude and latitude."""
    moments, missing = [], []
    for frame in found:
        try:
            state, number = _at(_path(workspace, owner, frame), place)
        except InputMissing:
            missing.append(frame["time"])
        else:
            moments.append(Moment(time=frame["time"], state=state, value=number))
    newest = found[-1]
    return Series(
        owner=owner,
        product=newest["product"],
        units=newest["units"],
        moments=moments,
        missing=missing,
    )


def _path(workspace: Workspace, owner: str, frame: Frame) -> Path:
    """Path of the GeoTIFF of a map."""
    if not frame["tif"]:
        raise InputMissing(f"{frame['product']} of {owner} at {frame['time']} has no GeoTIFF")
    path = workspace.store.get(PurePosixPath(frame["tif"]))
    if not path.is_file():
        raise InputMissing(f"{frame['tif']} is not stored any more")
    return path


def _at(path: Path, place: tuple[float, float]) -> tuple[State, float | None]:
    """The pixel of a GeoTIFF at a longitude and latitude."""
    found = cog.pixel(path, place)
    if found is None:
        return "outside", None
    return state_of(found[0], is_class=found[1])
