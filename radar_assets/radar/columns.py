"""The column above each point of the ground: what every sweep of a volume measured there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from radar_assets.errors import ProductNotApplicable
from radar_assets.radar.arrays import Floats, Mask
from radar_assets.radar.fields import REFLECTIVITY
from radar_assets.radar.geometry import PolarGrid, height_above
from radar_assets.radar.memo import per_volume
from radar_assets.radar.volume import Volume

NO_ECHO = -10.0
"""dBZ that a beam without echo counts as, where a height between two beams is interpolated"""

T = TypeVar("T", np.float32, np.uint8)


@dataclass(frozen=True, eq=False)
class Columns:
    """A field above the cells of a polar grid, beam by beam from the lowest upwards.

    Each beam gives a cell its gate nearest in azimuth and ground distance.
    """

    grid: PolarGrid
    """cells: the gates of the sweep that reaches farthest"""
    field: str
    elevations: tuple[float, ...]
    """degrees, increasing"""
    heights: NDArray[np.float64]
    """metres above the antenna, shape (sweeps, gates); NaN where a sweep does not reach"""
    values: Floats
    """shape (sweeps, rays, gates); NaN, too, where a sweep does not reach"""


def columns(volume: Volume, field: str, lowest: float = -90.0, highest: float = 90.0) -> Columns:
    """Columns of a field over the sweeps from one elevation to another, in degrees.

    Raises `ProductNotApplicable` when every sweep between them is vertical, or there is none.
    """
    sweeps = by_elevation(volume)
    chosen = tuple(i for i in sweeps if lowest <= volume.sweeps[i].elevation <= highest)
    if not chosen:
        raise ProductNotApplicable(
            f"{volume.id} has no sweep from {lowest:g} to {highest:g} degrees that is not vertical"
        )
    return _columns(volume, field, chosen)


@per_volume
def _columns(volume: Volume, field: str, chosen: tuple[int, ...]) -> Columns:
    cells = cells_of(volume, chosen)
    distances = cells.ground_distances()
    grids = [PolarGrid.of_sweep(volume, index) for index in chosen]
    heights = [
        np.where(grid.gates_at(distances) < 0, np.nan, height_above(distances, grid.elevation))
        for grid in grids
    ]
    return Columns(
        grid=cells,
        field=field,
        elevations=tuple(grid.elevation for grid in grids),
        heights=np.stack(heights),
        values=stack(volume, volume.fields[field], chosen, cells, np.float32(np.nan)),
    )


def by_elevation(volume: Volume) -> list[int]:
    """Indices of the sweeps that are not vertical, the lowest first."""
    found = [index for index, sweep in enumerate(volume.sweeps) if not sweep.is_vertical]
    return sorted(found, key=lambda index: volume.sweeps[index].elevation)


def reflectivity(volume: Volume) -> str:
    """Name of the field that serves as reflectivity; the volume has one."""
    return next(name for name in REFLECTIVITY if name in volume.fields)


def cells_of(volume: Volume, chosen: Sequence[int]) -> PolarGrid:
    """Grid of the sweep that reaches farthest, of some sweeps; of the lowest one of these."""
    grids = [PolarGrid.of_sweep(volume, index) for index in chosen]
    return max(grids, key=lambda grid: (grid.reach, -grid.elevation))


def stack(
    volume: Volume, values: NDArray[T], chosen: Sequence[int], cells: PolarGrid, fill: T
) -> NDArray[T]:
    """Sweeps of an array of the fields' shape at the cells of a grid, shape (sweeps, rays, gates).

    `fill` lies where a sweep does not reach.
    """
    distances, azimuths = cells.ground_distances(), cells.azimuths()
    stacked = np.full((len(chosen), cells.rays, cells.gates), fill)
    for layer, index in zip(stacked, chosen, strict=True):
        grid, sweep = PolarGrid.of_sweep(volume, index), volume.sweeps[index]
        gates = grid.gates_at(distances)
        reached = gates >= 0
        rows = (grid.rows_at(azimuths) - sweep.first_ray) % sweep.rays
        layer[:, reached] = values[volume.sweep_slice(index)][rows][:, gates[reached]]
    return stacked


def echo_top(found: Columns, threshold: float, beam_width: float) -> tuple[Floats, Mask]:
    """Height of the highest echo of at least `threshold` dBZ, in metres above the antenna.

    Between the highest beam that reaches the threshold and the next one above, the elevation is
    interpolated in dBZ (Lakshmanan et al. 2013, Weather and Forecasting 28, 481-488). Where nothing
    was measured above it, the top is that of its beam, half a beam width (degrees) above the
    centre: the echo may reach higher. The second array, of the same shape (rays, gates), marks
    these cells. Undetect: no such echo; nodata: not measured.
    """
    shape = found.values.shape[1:]
    angle = np.full(shape, np.nan, dtype=np.float32)
    is_cut = np.zeros(shape, dtype=np.bool_)
    above, next_elevation = np.full(shape, np.nan, np.float32), np.zeros(shape[1])
    for elevation, heights, values in zip(
        reversed(found.elevations), found.heights[::-1], found.values[::-1], strict=True
    ):
        reached = np.isfinite(heights)
        hit = np.nonzero(np.isnan(angle) & (values >= threshold))
        over, under = np.maximum(above[hit], NO_ECHO), values[hit]
        share = (over - threshold) / (over - under)
        angle[hit] = np.where(
            np.isnan(over),
            elevation + beam_width / 2,
            share * (elevation - next_elevation[hit[1]]) + next_elevation[hit[1]],
        )
        is_cut[hit] = np.isnan(over)
        above[:, reached] = values[:, reached]
        next_elevation[reached] = elevation
    height = height_above(found.grid.ground_distances(), angle)
    measured = ~np.isnan(found.values).all(axis=0)
    without = np.where(measured, np.float32(-np.inf), np.float32(np.nan))
    return np.where(np.isnan(angle), without, height).astype(np.float32), is_cut
