"""Chunks of compressed variables, packed here instead of in the HDF5 library.

That library serves one thread at a time and packs with zlib; zlib-ng packs twice as fast, into the
same format, and chunks of several files side by side.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from zlib_ng import zlib_ng

from radar_assets.radar.cfradial.netcdf import open_hdf5

COMPRESSION: dict[str, Any] = {"compression": "zlib", "complevel": 1, "shuffle": True}
"""of variables whose chunks are packed here, for netCDF4"""

_LEVEL = 2  # as small as zlib at level 1, which the files name


@dataclass(frozen=True)
class Chunk:
    """A chunk of rows of a variable, shuffled and deflated."""

    variable: str
    row: int
    """index of its first row"""
    packed: bytes


def pack(variable: str, row: int, values: NDArray[Any], height: int) -> Chunk:
    """Pack rows of a variable, of its type and width; filled up with zeros if they are fewer.

    Shuffled are the first bytes of all values, then the second bytes, and so on.
    """
    whole = np.zeros((height, values.shape[1]), values.dtype)
    whole[: len(values)] = values
    shuffled = np.ascontiguousarray(whole.view(np.uint8).reshape(-1, whole.itemsize).T)
    return Chunk(variable, row, zlib_ng.compress(shuffled, _LEVEL))


def put(path: Path, chunks: Iterable[Chunk]) -> None:
    """Store chunks in a NetCDF file whose variables have the two filters and chunks of that size.

    Raises `OSError` or `RuntimeError` where the file cannot be written.
    """
    with open_hdf5(path) as file:
        for chunk in chunks:
            file[chunk.variable].id.write_direct_chunk((chunk.row, 0), chunk.packed)
