"""Opening NetCDF files, of which the C libraries below serve one thread at a time."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import h5py
import netCDF4
import numpy as np

from radar_assets.radar.bufr.decode import MAX_GATES
from radar_assets.radar.cfradial.layout import FLAGS
from radar_assets.radar.volume import MAX_BYTES

MAX_SWEEPS = 255
"""as many as BUFR can count"""
MAX_VALUES = 1 << 20
"""most values of a variable beside the fields: 255 sweeps of 2046 rays"""
MAX_CHUNK = 1 << 23
"""most values of a chunk: a sweep of 2046 rays and 4094 gates"""

_SUFFIX = "_flag"
"""of flags beside the fields, in older files"""

_LIBRARY = threading.RLock()


@contextmanager
def open_netcdf(path: Path, mode: Literal["r", "w"] = "r") -> Iterator[netCDF4.Dataset]:
    """Open a NetCDF file; other threads wait until it is closed.

    Raises `ValueError` for one to read that takes values from other files, or is no HDF5 file.
    """
    with _LIBRARY:
        if mode == "r":
            _check_own(path)
        with netCDF4.Dataset(path, mode) as data:
            yield data


@contextmanager
def open_hdf5(path: Path, mode: Literal["r+", "w"] = "r+") -> Iterator[h5py.File]:
    """Open or make a file to write to it by HDF5 alone; other threads wait as well."""
    with _LIBRARY, h5py.File(path, mode) as file:
        yield file


def _check_own(path: Path) -> None:
    """Raise `ValueError` unless all values lie in the file itself, in its root or its flags.

    HDF5 takes values from any file that a link, an external or a virtual variable names.
    """
    with h5py.File(path, "r") as file:
        _check_members(file.id, may_have_flags=True)


def _check_members(group: h5py.h5g.GroupID, *, may_have_flags: bool) -> None:
    for name in group:
        if group.links.get_info(name).type != h5py.h5l.TYPE_HARD:
            raise ValueError(f"{name.decode()} is a link")
        item = h5py.h5o.open(group, name)
        if isinstance(item, h5py.h5d.DatasetID):
            layout = item.get_create_plist()
            if layout.get_layout() == h5py.h5d.VIRTUAL or layout.get_external_count():
                raise ValueError(f"the values of {name.decode()} lie in another file")
        elif may_have_flags and name == FLAGS.encode() and isinstance(item, h5py.h5g.GroupID):
            _check_members(item, may_have_flags=False)
        else:
            raise ValueError(f"{name.decode()} is no variable")


def flags_of(data: netCDF4.Dataset) -> Mapping[str, netCDF4.Variable[Any]]:
    """Variables of flags by their fields: those of the group, or older files' beside the fields."""
    if FLAGS in data.groups:
        return data.groups[FLAGS].variables
    return {
        name.removesuffix(_SUFFIX): variable
        for name, variable in data.variables.items()
        if name.endswith(_SUFFIX)
    }


def check_sizes(data: netCDF4.Dataset, fields: Sequence[str]) -> None:
    """Raise `ValueError` for a file that announces more than any volume has; reads no values."""
    if len(set(fields)) < len(fields):
        raise ValueError("a field is named twice")
    if len(data.dimensions["sweep"]) > MAX_SWEEPS:
        raise ValueError(f"more than {MAX_SWEEPS} sweeps")
    total = sum(
        _bytes_of(variable, MAX_GATES if name.removesuffix(_SUFFIX) in fields else MAX_VALUES)
        for name, variable in data.variables.items()
    )
    if FLAGS in data.groups:
        total += sum(_bytes_of(flag, MAX_GATES) for flag in data.groups[FLAGS].variables.values())
    if total > MAX_BYTES:
        raise ValueError(f"its variables have {total} bytes, more than {MAX_BYTES}")


def _bytes_of(variable: netCDF4.Variable[Any], limit: int) -> int:
    """What a variable takes in memory."""
    if not isinstance(variable.dtype, np.dtype):
        raise ValueError(f"{variable.name} holds values of no fixed size")  # noqa: TRY004
    size = math.prod(variable.shape)
    if size > limit:
        raise ValueError(f"{variable.name} has {size} values, more than {limit}")
    chunks = variable.chunking()
    if isinstance(chunks, list) and math.prod(chunks) > MAX_CHUNK:
        raise ValueError(f"{variable.name} has chunks of more than {MAX_CHUNK} values")
    return size * int(variable.dtype.itemsize)
