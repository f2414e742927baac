"""Maps as ODIM_H5 2.4 files: composites (COMP), and images of one radar (IMAGE).

Rows lie from north to south on the pixels of the map. Values are stored as they are, with `nodata`
and `undetect` as in volumes; `gain` and `offset` lead to the unit of the quantity. The same map
gives the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from radar_assets.formats.meanings import Meaning, classes, meaning, span
from radar_assets.formats.odim import (
    CONVENTIONS,
    NODATA,
    UNDETECT,
    VERSION,
    ascii_of,
    date_and_time,
    put_attributes,
    software,
)
from radar_assets.maps.grid import CRS, WGS84, MapGrid, transformer
from radar_assets.maps.raster import Raster
from radar_assets.radar.cfradial.chunks import Chunk, pack, put
from radar_assets.radar.cfradial.netcdf import open_hdf5

ROWS = 256
"""rows of a chunk"""

_NO_CLASS, _UNUSED = 0, 255
"""of maps of classes, all of which are measured: their nodata and undetect"""
_DATA = "dataset1/data1"
_PROJECTIONS = {
    CRS: (
        "+proj=merc +a=6378137 +b=6378137 +lat_ts=0 +lon_0=0 +x_0=0 +y_0=0 +k=1 +units=m "
        "+nadgrids=@null +no_defs"
    ),
    WGS84: "+proj=longlat +datum=WGS84 +no_defs",
}


def write(raster: Raster, path: Path, source: str) -> None:
    """Write a map to a file that nobody reads yet.

    `source` is what names the radar or composite in `what/source`. Raises `OSError` or
    `RuntimeError` where the file cannot be written.
    """
    coded = _coded(raster)
    height = min(ROWS, len(coded))
    with open_hdf5(path, "w") as file:
        put_attributes(file, CONVENTIONS)
        for name, attributes in _groups(raster, source).items():
            put_attributes(file.create_group(name), attributes)
        file[_DATA].create_dataset(
            "data",
            coded.shape,
            coded.dtype,
            chunks=(height, coded.shape[1]),
            shuffle=True,
            compression="gzip",
            compression_opts=1,
        )
    put(path, chunks(f"{_DATA}/data", coded, height))


def chunks(variable: str, values: np.ndarray[Any, Any], height: int) -> list[Chunk]:
    """Chunks of so many rows of a map."""
    rows = range(0, len(values), height)
    return [pack(variable, row, values[row : row + height], height) for row in rows]


def _coded(raster: Raster) -> np.ndarray[Any, Any]:
    values = raster.values
    if raster.has_classes:
        return values
    return np.where(np.isnan(values), NODATA, np.maximum(values, UNDETECT))


def _groups(raster: Raster, source: str) -> dict[str, Mapping[str, Any]]:
    """Attributes of all groups, parents first."""
    about, shown = raster.about, meaning(raster.about)
    date, time = date_and_time(about.time)
    return {
        "what": {
            "object": "COMP" if about.site is None else "IMAGE",
            "version": VERSION,
            "date": date,
            "time": time,
            "source": source,
        },
        "where": _where(raster.grid),
        "how": _how(raster),
        "dataset1": {},
        "dataset1/what": {
            "product": shown.product,
            "prodname": ascii_of(about.title),
            "quantity": shown.quantity,
            **_times(raster),
        },
        _DATA: {},
        f"{_DATA}/what": _what(raster, shown),
    }


def _times(raster: Raster) -> dict[str, str]:
    (startdate, starttime), (enddate, endtime) = map(date_and_time, span(raster.about))
    return {
        "startdate": startdate,
        "starttime": starttime,
        "enddate": enddate,
        "endtime": endtime,
    }


def _what(raster: Raster, shown: Meaning) -> dict[str, Any]:
    codes = (_NO_CLASS, _UNUSED) if raster.has_classes else (NODATA, UNDETECT)
    nodata, undetect = map(float, codes)
    what: dict[str, Any] = {
        "quantity": shown.quantity,
        "gain": shown.gain,
        "offset": shown.offset,
        "nodata": nodata,
        "undetect": undetect,
    }
    if shown.quantity == "CLASS":
        named = classes(raster)
        what["legend"] = ",".join(f"{value}:{ascii_of(name)}" for value, name in named.items())
    return what


def _where(grid: MapGrid) -> dict[str, Any]:
    west, south, east, north = grid.bounds
    corners = {"LL": (west, south), "UL": (west, north), "UR": (east, north), "LR": (east, south)}
    degrees = transformer(grid.crs, WGS84)
    where: dict[str, Any] = {
        "projdef": _PROJECTIONS[grid.crs],
        "xsize": grid.width,
        "ysize": grid.height,
        "xscale": grid.pixel,
        "yscale": grid.pixel,
    }
    for name, corner in corners.items():
        where[f"{name}_lon"], where[f"{name}_lat"] = map(float, degrees.transform(*corner))
    return where


def _how(raster: Raster) -> dict[str, Any]:
    about = raster.about
    return {
        **software(),
        "nodes": ",".join(f"'{name}'" for name in about.sites),
        "task": f"radar_assets {about.product}",
        "task_args": json.dumps(dict(about.parameters), sort_keys=True),
        "sources": json.dumps(dict(about.sources), sort_keys=True),
    }
