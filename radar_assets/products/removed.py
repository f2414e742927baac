"""REMOVED: why quality control removed an echo.

Classes: 0 not covered, 1 no echo, 2 echo that stays, 3 interference, 4 clutter, 5 biological,
6 noise, 7 small object, 8 second trip. In a column, echo that stays prevails over removed echo, a
lower one of the reasons over a higher one, and all of them over no echo.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from radar_assets.maps.layer import Polar
from radar_assets.products import coverage
from radar_assets.radar.filters import Cleaned
from radar_assets.radar.quality.reasons import Reason

_REASONS = len(Reason) - 1
_NO_ECHO, _ECHO = 1, 2
_CLASSES = np.array([0, _NO_ECHO, *range(_ECHO + _REASONS, _ECHO, -1), _ECHO], dtype=np.uint8)
"""classes in the order in which a later one prevails over an earlier one in a column"""


def removed(volume: Cleaned, parameters: coverage.Scope) -> Polar:
    """Classes by the reason, and by the field that shows where there is echo."""
    order = np.where(volume.removed > 0, np.uint8(_ECHO + _REASONS) - volume.removed, np.uint8(0))
    order[coverage.without_echo(volume)] = 1
    order[coverage.with_echo(volume)] = _CLASSES.size - 1
    return coverage.prevailing(volume, parameters, order, _CLASSES)


PRODUCTS = (
    replace(
        coverage.PRODUCTS[0],
        name="REMOVED",
        title="Echo removed by quality control",
        palette="removed",
        compute=removed,
    ),
)
