"""COVERAGE: where the radar measured, and what became of what it measured.

Classes: 0 not covered, 1 no echo, 2 echo, 3 echo that quality control removed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from radar_assets.errors import ProductNotApplicable
from radar_assets.maps.layer import Polar
from radar_assets.products import Parameters, Product
from radar_assets.radar.columns import by_elevation, cells_of, stack
from radar_assets.radar.fields import FIELDS
from radar_assets.radar.filters import Cleaned

_CLASSES = np.array([0, 1, 3, 2], dtype=np.uint8)
"""classes in the order in which a later one prevails over an earlier one in a column"""


class Scope(Parameters):
    """Parameters of classes of echo."""

    sweep: int = Field(-1, ge=-1, le=99, description="index by elevation; -1 is the whole column")

    @property
    def sweep_index(self) -> int:
        """Index of the sweep, or 0 for the column."""
        return max(self.sweep, 0)


def coverage(volume: Cleaned, parameters: Scope) -> Polar:
    """Classes by the field that shows where there is echo."""
    order = np.where(volume.removed > 0, np.uint8(2), np.uint8(0))
    order[without_echo(volume)] = 1
    order[with_echo(volume)] = 3
    return prevailing(volume, parameters, order, _CLASSES)


def without_echo(volume: Cleaned) -> NDArray[np.bool_]:
    """Gates that were measured and have no echo."""
    silent: NDArray[np.bool_] = volume.fields[volume.reference] == -np.inf
    return silent


def with_echo(volume: Cleaned) -> NDArray[np.bool_]:
    """Gates whose echo quality control kept."""
    return np.isfinite(volume.fields[volume.reference])


def prevailing(
    volume: Cleaned, parameters: Scope, order: NDArray[np.uint8], classes: NDArray[np.uint8]
) -> Polar:
    """The class of the highest order of a sweep or of the column; order 0 is not covered.

    `order` has the shape of the fields; `classes` holds the class of each order. Raises
    `ProductNotApplicable` when the volume lacks the sweep.
    """
    sweeps, sweep = by_elevation(volume), parameters.sweep
    chosen = sweeps if sweep < 0 else sweeps[sweep : sweep + 1]
    if not chosen:
        raise ProductNotApplicable(
            f"{volume.id} has {len(sweeps)} sweeps that are not vertical, none of index {sweep}"
        )
    cells = cells_of(volume, chosen)
    return Polar(
        values=classes[stack(volume, order, chosen, cells, np.uint8(0)).max(axis=0)],
        grid=cells,
        field=volume.reference,
        elevations=tuple(volume.sweeps[index].elevation for index in chosen),
    )


PRODUCTS = (
    Product(
        name="COVERAGE",
        title="Coverage",
        field="DBZH",
        units="1",
        palette="coverage",
        compute=coverage,
        requires=(tuple(FIELDS),),
        filtered=True,
        parameters=Scope,
    ),
)
