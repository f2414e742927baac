"""Parts on a coarse grid: mean velocities by sweep, direction and range."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radar_assets.radar.arrays import Floats, Mask
from radar_assets.radar.unfolding.likeness import UPWARD
from radar_assets.radar.unfolding.merging import weighed
from radar_assets.radar.unfolding.regions import TURN, Regions
from radar_assets.radar.unfolding.scan import Indices, Scan
from radar_assets.radar.unfolding.wind import layer_of

SECTORS = 72
_LENGTH = 5000.0
"""metres along a ray"""
_FEW = 10
"""gates at which a cell counts by half"""


@dataclass(frozen=True, eq=False)
class Cells:
    """Mean velocities of parts in cells of a coarse grid, ordered by part."""

    part: Indices
    """index into `parts`"""
    parts: Indices
    """numbers of the parts"""
    nyquist: NDArray[np.float64]
    """of the parts"""
    layer: Indices
    sector: Indices
    beam: NDArray[np.float64]
    """what a unit of wind to the east and to the north adds to the velocity, shape (2, cells)"""
    velocity: NDArray[np.float64]
    """m/s"""
    weight: NDArray[np.float64]
    """from 0 to 1"""
    still: Mask
    """cells that are mostly ground"""
    place: NDArray[np.float64]
    """metres east, north and up, heights multiplied by `UPWARD`; shape (cells, 3)"""

    def of(self, index: int) -> slice:
        """The cells of a part."""
        start, stop = np.searchsorted(self.part, [index, index + 1])
        return slice(int(start), int(stop))

    def total(self, values: NDArray[np.generic]) -> NDArray[np.float64]:
        """Sums over the cells of each part."""
        return weighed(self.part, values.astype(np.float64), self.parts.size)


def cells_of(
    scans: Sequence[Scan],
    winds: Sequence[Floats],
    regions: Sequence[Regions],
    parts: Indices,
    folds: Indices,
) -> Cells:
    """Average the velocities of parts, given the part and the fold of each region."""
    columns = [
        _of_scan(scan, wind, one, parts, folds)
        for scan, wind, one in zip(scans, winds, regions, strict=True)
    ]
    number, nyquist, layer, sector, beam, velocity, weight, still, place = (
        np.concatenate(column) for column in zip(*columns, strict=True)
    )
    order = np.argsort(number, kind="stable")
    used, first, part = np.unique(number[order], return_index=True, return_inverse=True)
    return Cells(
        part=part,
        parts=used,
        nyquist=nyquist[order][first],
        layer=layer[order],
        sector=sector[order],
        beam=beam[order].T,
        velocity=velocity[order],
        weight=weight[order],
        still=still[order],
        place=place[order],
    )


def _of_scan(
    scan: Scan, wind: Floats, regions: Regions, parts: Indices, folds: Indices
) -> tuple[NDArray[np.generic], ...]:
    """Columns of `Cells`, with numbers of parts in place of indices."""
    grid = scan.grid
    at = np.flatnonzero(regions.coherent)
    ray, gate = np.divmod(at, grid.gates)
    region = regions.number.ravel()[at]
    rest = (regions.angle.ravel()[at] + TURN * folds[region]) * (scan.nyquist / np.pi)
    slots = int(grid.gates * grid.gate_size // _LENGTH) + 1
    slot = (np.arange(grid.gates) * grid.gate_size / _LENGTH).astype(np.int64)
    column = slot[gate] * SECTORS + (np.arange(grid.rays) * SECTORS // grid.rays)[ray]
    used, index = np.unique(parts[region], return_inverse=True)
    keys = index * (slots * SECTORS) + column
    count = np.bincount(keys)
    cells = np.flatnonzero(count)
    velocity = np.bincount(keys, wind.ravel()[at] + rest)[cells] / count[cells]
    moving = np.bincount(keys, scan.moving.ravel()[at])[cells] / count[cells]
    part, column = np.divmod(cells, slots * SECTORS)
    slot, sector = np.divmod(column, SECTORS)
    middle = np.minimum((slot + 0.5) * _LENGTH / grid.gate_size, grid.gates - 1).astype(np.int64)
    height, ground = scan.heights[middle], grid.ground_distances()[middle]
    azimuth = (sector + 0.5) * 2 * np.pi / SECTORS
    bearing = np.stack([np.sin(azimuth), np.cos(azimuth)], axis=1)
    return (
        used[part],
        np.full(cells.size, scan.nyquist),
        layer_of(height),
        sector,
        bearing * scan.level,
        velocity,
        count[cells] / (count[cells] + _FEW),
        moving < 0.5,
        np.column_stack([bearing * ground[:, None], UPWARD * height]),
    )
