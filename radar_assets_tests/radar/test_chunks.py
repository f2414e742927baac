"""Chunks that are packed beside the HDF5 library, read by libraries that unpack them in it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import h5py
import netCDF4
import numpy as np
import pytest
from numpy.typing import NDArray

from radar_assets.radar.cfradial.chunks import pack, put
from radar_assets.radar.cfradial.netcdf import open_netcdf

HEIGHT, WIDTH = 4, 5


def _store(path: Path, values: NDArray) -> None:
    with open_netcdf(path, "w") as data:
        data.createDimension("y", len(values))
        data.createDimension("x", WIDTH)
        data.createVariable(
            "v", values.dtype, ("y", "x"), compression="zlib", complevel=1, shuffle=True,
            chunksizes=(min(HEIGHT, len(values)), WIDTH), fill_value=False,
        )  # fmt: skip
    height = min(HEIGHT, len(values))
    rows = range(0, len(values), height)
    put(path, [pack("v", row, values[row : row + height], height) for row in rows])


@pytest.mark.parametrize("kind", ["f4", "i1", "f8", "i2"])
@pytest.mark.parametrize("rows", [1, 4, 7, 8])
def test_what_was_packed_is_read(kind, rows, tmp_path: Path):
    values = (np.arange(rows * WIDTH) - 7).reshape(rows, WIDTH).astype(kind)
    _store(tmp_path / "file.nc", values)
    with netCDF4.Dataset(tmp_path / "file.nc") as data:
        assert np.array_equal(data["v"][:], values)
    with h5py.File(tmp_path / "file.nc") as data:
        assert np.array_equal(data["v"][:], values)
        assert (data["v"].shuffle, data["v"].compression, data["v"].compression_opts) == (
            True, "gzip", 1,
        )  # fmt: skip


def test_threads_write_files_side_by_side(tmp_path: Path):
    made = [np.full((8, WIDTH), number, "f4") for number in range(40)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(_store, (tmp_path / f"{number}.nc" for number in range(40)), made))
    for number, values in enumerate(made):
        with netCDF4.Dataset(tmp_path / f"{number}.nc") as data:
            assert np.array_equal(data["v"][:], values)


def test_a_chunk_that_does_not_belong_to_a_file_is_an_error(tmp_path: Path):
    _store(tmp_path / "file.nc", np.zeros((8, WIDTH), "f4"))
    with pytest.raises(OSError, match="chunk"):
        put(tmp_path / "file.nc", [pack("v", 3, np.zeros((4, WIDTH), "f4"), 4)])
