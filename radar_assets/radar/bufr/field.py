"""What one BUFR file holds: one field of one volume, sweep by sweep."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

NODATA = np.float32(np.inf)
"""Value of a gate that was not measured (+DBL_MAX on the wire)."""

UNDETECT = np.float32(-np.inf)
"""Value of a gate that was measured and holds no echo (-DBL_MAX on the wire)."""


@dataclass(frozen=True, eq=False)
class FieldSweep:
    """One sweep of one field, as coded.

    `values` is float32 of shape (rays, gates): row i covers the azimuths [i, i+1)*360/rays
    clockwise from north, `NODATA` and `UNDETECT` as above, NaN where the estimator failed.
    """

    start: datetime
    end: datetime
    elevation: float
    """degrees"""
    gate_size: int
    """metres"""
    first_gate: int
    """range-bin offset in metres"""
    first_azimuth: float
    """azimuth in degrees at which the antenna began to radiate the sweep"""
    values: NDArray[np.float32]

    @property
    def rays(self) -> int:
        """Number of rays."""
        return int(self.values.shape[0])

    @property
    def gates(self) -> int:
        """Gates of every ray."""
        return int(self.values.shape[1])


@dataclass(frozen=True, eq=False)
class Field:
    """One field of one volume, as a BUFR message carries it."""

    radar: str
    quantity: str
    """field name that belongs to the coded quantity, e.g. DBZH"""
    time: datetime
    latitude: float
    """degrees north"""
    longitude: float
    """degrees east"""
    altitude: float
    """height of the station in metres; 0 where the radar does not fill it in"""
    sweeps: tuple[FieldSweep, ...]
    local_table: int = 2
    subcategory: int = 2
