"""Opening NetCDF files, of which the C libraries below serve one thread at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import netCDF4

_LIBRARY = threading.RLock()


@contextmanager
def open_netcdf(path: Path, mode: Literal["r", "w"] = "r") -> Iterator[netCDF4.Dataset]:
    """Open a NetCDF file; other threads wait until it is closed."""
    with _LIBRARY, netCDF4.Dataset(path, mode) as data:
        yield data
