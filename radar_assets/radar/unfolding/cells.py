"""Parts on a coarse grid: mean velocities by sweep, direction and range."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from radar_assets.radar.arrays import Floats, Mask
from radar_assets.radar.unfolding.likeness import UPWARD
from radar_assets.radar.unfolding.merging import weighed
from radar_assets.radar.unfolding.regions import TURN, Regions
from radar_assets.radar.unfolding.scan import Indices, Scan

_LENGTH = 5000.0
"""metres along a ray"""
_WIDTH = 5.0
"""degrees across the rays"""
_MANY = 600
"""cells that are filled with echo; of more of it, cells are larger"""
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
    beam: NDArray[np.float64]
    """what a unit of wind to the east and to the north adds to the velocity, shape (2, cells)"""
    velocity: NDArray[np.float64]
    """m/s"""
    weight: NDArray[np.float64]
    """from 0 to 1"""
    still: Mask
    """cells that are mostly ground"""
    height: NDArray[np.float64]
    """metres above the antenna"""
    place: NDArray[np.float64]
    """metres east, north and up, heights multiplied by `UPWARD`; shape (cells, 3)"""

    def picked(self, chosen: Mask) -> Cells:
        """Some of the cells."""
        return replace(
            self,
            **{
                name: getattr(self, name)[..., chosen]
                for name in ("part", "beam", "velocity", "weight", "still", "height")
            },
            place=self.place[chosen],
        )

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
    full = sum(
        float(one.coherent.sum()) / _bins(scan) for scan, one in zip(scans, regions, strict=True)
    )
    scale = max(1.0, float(np.sqrt(full / _MANY)))
    columns = [
        _of_scan(scan, wind, one, (parts, folds), scale)
        for scan, wind, one in zip(scans, winds, regions, strict=True)
    ]
    number, nyquist, beam, velocity, weight, still, height, place = (
        np.concatenate(column) for column in zip(*columns, strict=True)
    )
    order = np.argsort(number, kind="stable")
    used, first, part = np.unique(number[order], return_index=True, return_inverse=True)
    return Cells(
        part=part,
        parts=used,
        nyquist=nyquist[order][first],
        beam=beam[order].T,
        velocity=velocity[order],
        weight=weight[order],
        still=still[order],
        height=height[order],
        place=place[order],
    )


def _of_scan(
    scan: Scan, wind: Floats, regions: Regions, of_regions: tuple[Indices, Indices], scale: float
) -> tuple[NDArray[np.generic], ...]:
    """Columns of `Cells`, with numbers of parts in place of indices."""
    grid, (parts, folds) = scan.grid, of_regions
    at = np.flatnonzero(regions.coherent)
    ray, gate = np.divmod(at, grid.gates)
    region = regions.number.ravel()[at]
    rest = (regions.angle.ravel()[at] + TURN * folds[region]) * (scan.nyquist / np.pi)
    length, sectors = scale * _LENGTH, int(360 / (scale * _WIDTH))
    slots = int(grid.gates * grid.gate_size // length) + 1
    slot = (np.arange(grid.gates) * grid.gate_size / length).astype(np.int64)
    column = slot[gate] * sectors + (np.arange(grid.rays) * sectors // grid.rays)[ray]
    used, index = np.unique(parts[region], return_inverse=True)
    keys = index * (slots * sectors) + column
    count = np.bincount(keys)
    cells = np.flatnonzero(count)
    velocity = np.bincount(keys, wind.ravel()[at] + rest)[cells] / count[cells]
    moving = np.bincount(keys, scan.moving.ravel()[at])[cells] / count[cells]
    part, column = np.divmod(cells, slots * sectors)
    slot, sector = np.divmod(column, sectors)
    middle = np.minimum((slot + 0.5) * length / grid.gate_size, grid.gates - 1).astype(np.int64)
    height, ground = scan.heights[middle], grid.ground_distances()[middle]
    azimuth = (sector + 0.5) * 2 * np.pi / sectors
    bearing = np.stack([np.sin(azimuth), np.cos(azimuth)], axis=1)
    return (
        used[part],
        np.full(cells.size, scan.nyquist),
        bearing * scan.level,
        velocity,
        count[cells] / (count[cells] + _FEW),
        moving < 0.5,
        height,
        np.column_stack([bearing * ground[:, None], UPWARD * height]),
    )


def _bins(scan: Scan) -> float:
    """Bins of a whole cell."""
    return _LENGTH / scan.grid.gate_size * _WIDTH * scan.grid.rays / 360
