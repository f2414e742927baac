"""Volumes as CfRadial 2 (FM 301) NetCDF files: a group per sweep, ranges as they were measured.

A gate without a value has `_FillValue` where it was not measured, and `_Undetect`, -inf, where
there was no echo. The same volume gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np

from radar_assets.formats import fm301
from radar_assets.radar.cfradial import FILL
from radar_assets.radar.cfradial.chunks import COMPRESSION, Chunk, pack, put
from radar_assets.radar.cfradial.netcdf import open_netcdf
from radar_assets.radar.volume import Volume


def write(volume: Volume, path: Path) -> None:
    """Write a volume to a file that nobody reads yet; errors are those of `cfradial.write`."""
    sweeps = range(len(volume.sweeps))
    chunks = [_chunk(volume, field, i) for i in sweeps for field in sorted(volume.fields)]
    with open_netcdf(path, "w") as data:
        data.set_fill_off()
        values = [*_declare_group(data, fm301.root(volume))]
        for index in sweeps:
            group = data.createGroup(fm301.sweep_name(index))
            values += _declare_group(group, fm301.sweep(volume, index))
            for field in sorted(volume.fields):
                _declare(group, field, volume, index)
        for variable, value in values:
            variable[...] = value
    put(path, chunks)


def _declare_group(
    data: netCDF4.Dataset | netCDF4.Group, group: fm301.Group
) -> Iterator[tuple[netCDF4.Variable[Any], Any]]:
    """Declare the variables of a group; each of them with its values, to be written later."""
    data.setncatts(dict(group.attributes))
    for name, item in group.variables.items():
        values = np.asarray(item.values)
        for dimension, size in zip(item.dims, values.shape, strict=True):
            if dimension not in data.dimensions:
                data.createDimension(dimension, size)
        is_text = values.dtype.kind == "U"
        variable = data.createVariable(name, str if is_text else values.dtype, item.dims)
        variable.setncatts(dict(item.attributes))
        yield variable, values.astype(object) if is_text else values


def _declare(group: netCDF4.Group, field: str, volume: Volume, index: int) -> None:
    sweep = volume.sweeps[index]
    layout: dict[str, Any] = {**COMPRESSION, "chunksizes": (sweep.rays, sweep.gates)}
    name = fm301.moment_name(field)
    variable = group.createVariable(name, "f4", ("time", "range"), fill_value=FILL, **layout)
    variable.setncatts(fm301.moment_attributes(field, volume))


def _chunk(volume: Volume, field: str, index: int) -> Chunk:
    sweep, rays = volume.sweeps[index], volume.sweep_slice(index)
    values = volume.checked(field)[rays, : sweep.gates]
    filled = np.where(np.isnan(values), FILL, values)
    path = f"{fm301.sweep_name(index)}/{fm301.moment_name(field)}"
    return pack(path, 0, filled, len(filled))
