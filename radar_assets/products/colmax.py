"""COLMAXo: the highest reflectivity that any sweep measured above a place."""

from __future__ import annotations

from functools import reduce

import numpy as np
from numpy.typing import NDArray

from radar_assets.products import Product
from radar_assets.radar.geometry import PolarGrid, north_first
from radar_assets.radar.layer import Polar
from radar_assets.radar.volume import Volume

REFLECTIVITY = ("DBZH", "TH")
"""fields to take, the best first"""


def column_maximum(volume: Volume) -> Polar:
    """Maximum over all sweeps, by azimuth and ground distance.

    The gates of the sweep that reaches farthest are the cells; each sweep gives a cell its gate
    nearest in azimuth and ground distance, if it reaches there. Echo prevails over no echo, no
    echo over not measured.
    """
    field = next(name for name in REFLECTIVITY if name in volume.fields)
    grids = [PolarGrid.of_sweep(volume, index) for index in range(len(volume.sweeps))]
    cells = max(grids, key=lambda grid: (grid.reach, -grid.elevation))
    layers = (
        _regrid(north_first(volume, field, index), grid, cells) for index, grid in enumerate(grids)
    )
    return Polar(
        values=reduce(np.fmax, layers),
        grid=cells,
        field=field,
        elevations=tuple(grid.elevation for grid in grids),
    )


def _regrid(values: NDArray[np.float32], grid: PolarGrid, cells: PolarGrid) -> NDArray[np.float32]:
    """Values of a sweep at the cells of another, NaN where it has no gate."""
    rows = values[grid.rows_at(cells.azimuths())]
    gates = grid.gates_at(cells.ground_distances())
    return np.where(gates >= 0, rows[:, gates], np.float32(np.nan))


PRODUCTS = (
    Product(
        name="COLMAXo",
        title="Column maximum of reflectivity",
        field=REFLECTIVITY[0],
        units="dBZ",
        palette="colmax",
        compute=column_maximum,
        requires=(REFLECTIVITY,),
    ),
)
