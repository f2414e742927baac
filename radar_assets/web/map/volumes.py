"""What stored volumes say of a place: a gate, and vertical sections."""

from __future__ import annotations

import math
import threading
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel
from pyproj import Geod

from radar_assets.errors import InputMissing, ProductNotApplicable, SettingsError
from radar_assets.radar import cfradial
from radar_assets.radar.columns import by_elevation
from radar_assets.radar.fields import FIELDS, REFLECTIVITY
from radar_assets.radar.geometry import PolarGrid, beam_height, height_above, north_first
from radar_assets.radar.names import VolumeId
from radar_assets.radar.volume import Site, Volume
from radar_assets.stages.base.rows import stamp
from radar_assets.stages.base.workspace import Workspace
from radar_assets.web.map.states import State, state_of

Place = tuple[float, float]
"""longitude, latitude"""

LONGEST_SECTION = 1_000_000.0
"""metres"""
_EARTH = Geod(ellps="WGS84")
_READING = threading.Lock()
"""one volume is read at a time, for each takes up to hundreds of megabytes"""
_NEWEST = timedelta(hours=24)


class Gate(BaseModel):
    """A gate of a volume: the one whose centre is nearest in azimuth and range."""

    volume: str
    field: str
    units: str
    sweep: int
    """index by elevation, 0 is the lowest"""
    elevation: float
    azimuth: float
    """degrees, of the ray's centre"""
    range: float
    """metres, of the gate's centre"""
    height: float
    """metres above mean sea level, of the beam's centre there"""
    state: State
    value: float | None


class Section(BaseModel):
    """A vertical section: what the beams above a line measured, cell by cell."""

    volume: str
    field: str
    units: str
    length: float
    """metres along the ground"""
    distances: list[float]
    """metres from the first point, of the columns' centres"""
    heights: list[float]
    """metres above mean sea level, of the rows' centres"""
    values: list[list[float | None]]
    """of rows from the lowest: None is not measured"""
    undetect: float
    """number among the values that means measured, and no echo"""


UNDETECT = -9999.0
_COLUMNS, _ROWS, _TOP = 240, 80, 16_000.0


def gate(
    workspace: Workspace, radar: str, time: datetime | None, place: Place, **chosen: object
) -> Gate:
    """The gate above a place; the newest volume up to a time, the lowest sweep, reflectivity.

    `chosen` may name `field` and `sweep`. Raises `InputMissing` without a volume, and
    `ProductNotApplicable` for a field or sweep that the volume does not have.
    """
    volume = _volume(workspace, radar, time)
    field = _field(volume, chosen.get("field"))
    sweeps, number = by_elevation(volume), int(str(chosen.get("sweep") or 0))
    if not 0 <= number < len(sweeps):
        raise ProductNotApplicable(f"{volume.id} has {len(sweeps)} sweeps, none of index {number}")
    index = sweeps[number]
    grid = PolarGrid.of_sweep(volume, index)
    azimuth, distance = _seen_from(volume.site, [place])
    row, column = int(grid.rows_at(azimuth)[0]), int(grid.gates_at(distance)[0])
    if column < 0:
        raise InputMissing(
            f"{volume.id} does not reach {place[0]:g}, {place[1]:g} in sweep {number}"
        )
    state, value = state_of(float(north_first(volume, field, index)[row, column]))
    centre = grid.first_gate + (column + 0.5) * grid.gate_size
    return Gate(
        volume=str(volume.id),
        field=field,
        units=_units(field),
        sweep=number,
        elevation=round(grid.elevation, 3),
        azimuth=round(float(grid.azimuths()[row]), 3),
        range=centre,
        height=round(volume.site.altitude + float(beam_height(centre, grid.elevation)), 1),
        state=state,
        value=value,
    )


def section(
    workspace: Workspace,
    radar: str,
    time: datetime | None,
    line: tuple[Place, Place],
    field: str | None,
) -> Section:
    """The section of a volume along the shortest line between two places.

    Each cell takes the gate of the beam that is nearest in height to its centre, where the centre
    lies within that beam or between two beams, and is nodata elsewhere. Raises as `gate` does.
    """
    volume = _volume(workspace, radar, time)
    name = _field(volume, field)
    (lon, lat), (other_lon, other_lat) = line
    course, _, length = _EARTH.inv(lon, lat, other_lon, other_lat)
    if not 0 < length <= LONGEST_SECTION:
        raise SettingsError(
            f"a section is up to {LONGEST_SECTION / 1000:g} km long, not {length / 1000:g}"
        )
    distances = (np.arange(_COLUMNS) + 0.5) * (length / _COLUMNS)
    count = np.full(_COLUMNS, 1.0)
    lons, lats, _ = _EARTH.fwd(lon * count, lat * count, course * count, distances)
    heights = (np.arange(_ROWS, dtype=np.float64) + 0.5) * (_TOP / _ROWS)
    values = cells(volume, name, list(zip(lons, lats, strict=True)), heights)
    written = np.where(values == -np.inf, UNDETECT, values.round(2)).tolist()
    return Section(
        volume=str(volume.id),
        field=name,
        units=_units(name),
        length=round(length, 1),
        distances=distances.round(1).tolist(),
        heights=heights.tolist(),
        values=[[None if math.isnan(cell) else cell for cell in row] for row in written],
        undetect=UNDETECT,
    )


def cells(
    volume: Volume, field: str, places: list[Place], heights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Values above places at heights in metres above mean sea level, shape (heights, places)."""
    azimuths, distances = _seen_from(volume.site, places)
    chosen = by_elevation(volume)
    beams = np.full((len(chosen), len(places)), np.nan)
    values = np.full((len(chosen), len(places)), np.nan)
    for layer, index in enumerate(chosen):
        grid = PolarGrid.of_sweep(volume, index)
        gates = grid.gates_at(distances)
        reached = gates >= 0
        beams[layer, reached] = height_above(distances[reached], grid.elevation)
        measured = north_first(volume, field, index)
        values[layer, reached] = measured[grid.rows_at(azimuths)[reached], gates[reached]]
    return _nearest(beams, values, heights - volume.site.altitude, distances)


_HALF_WIDTH = math.radians(0.5)
"""half of a beam's width, about that of the network's antennas"""


def _nearest(
    beams: NDArray[np.float64],
    values: NDArray[np.float64],
    heights: NDArray[np.float64],
    distances: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Values of the nearest beam in height, from the lowest bottom of a beam to the highest top."""
    gaps = np.abs(heights[:, None, None] - beams[None])
    gaps[np.isnan(gaps)] = np.inf
    nearest = gaps.argmin(axis=1)
    found = np.take_along_axis(values, nearest, axis=0)
    width = distances * _HALF_WIDTH
    is_reached = ~np.isnan(beams).all(axis=0)
    lowest = np.min(np.where(np.isnan(beams), np.inf, beams), axis=0) - width
    highest = np.max(np.where(np.isnan(beams), -np.inf, beams), axis=0) + width
    inside = is_reached & (heights[:, None] >= lowest) & (heights[:, None] <= highest)
    return np.where(inside, found, np.nan)


def _seen_from(site: Site, places: list[Place]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Azimuths in degrees and distances in metres along the ground of places, from a radar."""
    lons, lats = (np.array(axis, dtype=np.float64) for axis in zip(*places, strict=True))
    origin = np.full(len(places), site.longitude), np.full(len(places), site.latitude)
    azimuths, _, distances = _EARTH.inv(*origin, lons, lats)
    return np.asarray(azimuths) % 360, np.asarray(distances)


def _field(volume: Volume, name: object) -> str:
    if name is None:
        name = next((item for item in REFLECTIVITY if item in volume.fields), None)
    if name not in volume.fields:
        raise ProductNotApplicable(
            f"{volume.id} has no field {name!r}; it has {', '.join(volume.fields)}"
        )
    return str(name)


def _units(field: str) -> str:
    return FIELDS[field].units if field in FIELDS else ""


def _volume(workspace: Workspace, radar: str, time: datetime | None) -> Volume:
    """The newest stored volume of a radar that began at a time or within a day before it."""
    workspace.network.radar(radar)
    until = time or workspace.now()
    days = {(until - _NEWEST).date(), until.date()}
    found: list[VolumeId] = []
    for day in days:
        folder = PurePosixPath("volumes", radar, f"{day:%Y/%m/%d}")
        keys = workspace.store.list(folder)
        found += [VolumeId.from_netcdf(key.name) for key in keys if key.suffix == ".nc"]
    known = [volume for volume in found if until - _NEWEST <= volume.time <= until]
    if not known:
        raise InputMissing(f"no volume of {radar} is stored of {stamp(until)} or the day before it")
    newest = max(known, key=lambda volume: (volume.time, volume.volume))
    path = workspace.store.get(newest.netcdf_path)
    with _READING:
        return _read(path, path.stat().st_mtime_ns)


@lru_cache(2)
def _read(path: Path, _modified: int) -> Volume:
    return cfradial.read(path)
