"""Maps as NetCDF files after the CF conventions: one time, rows from the north.

A pixel without a value has `_FillValue` where nothing was measured, and `_Undetect`, -inf, where
there was no echo, as in CfRadial 2. The same map gives the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
from numpy.typing import NDArray
from pyproj import CRS as SYSTEM

from radar_assets.formats.fm301 import UNDETECT, Variable
from radar_assets.formats.meanings import Meaning, classes, meaning, span
from radar_assets.formats.odim_map import ROWS, chunks
from radar_assets.maps.grid import WGS84, MapGrid, transformer
from radar_assets.maps.raster import Raster
from radar_assets.radar.cfradial import FILL
from radar_assets.radar.cfradial.chunks import COMPRESSION, put
from radar_assets.radar.cfradial.netcdf import open_netcdf
from radar_assets.radar.names import ISO
from radar_assets.radar.release import release

_EPOCH = "seconds since 1970-01-01T00:00:00Z"
_MERCATOR: Mapping[str, Any] = {
    "grid_mapping_name": "mercator",
    "standard_parallel": 0.0,
    "longitude_of_projection_origin": 0.0,
    "false_easting": 0.0,
    "false_northing": 0.0,
    "semi_major_axis": 6_378_137.0,
    "semi_minor_axis": 6_378_137.0,
}
_DEGREES: Mapping[str, Any] = {
    "grid_mapping_name": "latitude_longitude",
    "semi_major_axis": 6_378_137.0,
    "inverse_flattening": 298.257223563,
}


def write(raster: Raster, path: Path) -> None:
    """Write a map to a file that nobody reads yet.

    Raises `OSError` or `RuntimeError` where the file cannot be written.
    """
    name, rows = raster.about.product, min(ROWS, raster.grid.height)
    variables = {**_times(raster), **_places(raster.grid)}
    with open_netcdf(path, "w") as data:
        data.set_fill_off()
        data.setncatts(_attributes(raster))
        for dimension, size in _dimensions(raster).items():
            data.createDimension(dimension, size)
        for key, item in variables.items():
            values = np.asarray(item.values)
            data.createVariable(key, values.dtype, item.dims).setncatts(dict(item.attributes))
        _declare(data, raster, rows)
        for key, item in variables.items():
            data[key][...] = item.values
    put(path, chunks(name, _filled(raster), rows))


def _dimensions(raster: Raster) -> dict[str, int]:
    y, x = _axes(raster.grid)
    sizes = {"time": 1, y: raster.grid.height, x: raster.grid.width}
    return sizes | ({"nv": 2} if meaning(raster.about).is_sum else {})


def _axes(grid: MapGrid) -> tuple[str, str]:
    return ("lat", "lon") if grid.crs == WGS84 else ("y", "x")


def _declare(data: netCDF4.Dataset, raster: Raster, rows: int) -> None:
    grid, fill = raster.grid, 0 if raster.has_classes else FILL
    layout: dict[str, Any] = {**COMPRESSION, "chunksizes": (1, rows, grid.width)}
    variable = data.createVariable(
        raster.about.product,
        raster.values.dtype,
        ("time", *_axes(grid)),
        fill_value=fill,
        **layout,
    )
    variable.setncatts(_meaning(raster, meaning(raster.about)))


def _filled(raster: Raster) -> NDArray[Any]:
    values = raster.values
    return values if raster.has_classes else np.where(np.isnan(values), FILL, values)


def _meaning(raster: Raster, shown: Meaning) -> dict[str, Any]:
    about = raster.about
    known: dict[str, Any] = {"long_name": about.title, "units": about.units, "grid_mapping": "crs"}
    if shown.standard_name:
        known["standard_name"] = shown.standard_name
    if shown.is_sum:
        known["cell_methods"] = "time: sum" if shown.quantity == "ACRR" else "time: mean"
    if raster.grid.crs != WGS84:
        known["coordinates"] = "lat lon"
    if not raster.has_classes:
        return {**known, "_Undetect": UNDETECT}
    named = classes(raster)
    if named:
        known["flag_values"] = np.array(list(named), np.uint8)
        known["flag_meanings"] = " ".join(name.replace(" ", "_") for name in named.values())
    return known


def _times(raster: Raster) -> dict[str, Variable]:
    start, end = (moment.timestamp() for moment in span(raster.about))
    facts = {"standard_name": "time", "units": _EPOCH, "calendar": "standard", "axis": "T"}
    if not meaning(raster.about).is_sum:
        return {"time": Variable(("time",), np.array([end]), facts)}
    return {
        "time": Variable(("time",), np.array([end]), {**facts, "bounds": "time_bnds"}),
        "time_bnds": Variable(("time", "nv"), np.array([[start, end]]), {}),
    }


def _places(grid: MapGrid) -> dict[str, Variable]:
    """Coordinates of the centres of pixels; in Mercator, a row has one latitude."""
    x, y = grid.columns(), grid.rows()
    rows, columns = _axes(grid)
    system = _DEGREES if grid.crs == WGS84 else _MERCATOR
    wkt = SYSTEM.from_user_input(grid.crs).to_wkt()
    found = {"crs": Variable((), np.int32(0), {**system, "crs_wkt": wkt})}
    longitude, latitude = x, y
    if grid.crs != WGS84:
        found["y"] = Variable(("y",), y, _projected("y"))
        found["x"] = Variable(("x",), x, _projected("x"))
        degrees = transformer(grid.crs, WGS84)
        longitude, _ = degrees.transform(x, np.full_like(x, y[0]))
        _, latitude = degrees.transform(np.full_like(y, x[0]), y)
    found["lat"] = Variable(
        (rows,), latitude, {"standard_name": "latitude", "units": "degrees_north"}
    )
    found["lon"] = Variable(
        (columns,), longitude, {"standard_name": "longitude", "units": "degrees_east"}
    )
    return found


def _projected(axis: str) -> dict[str, str]:
    return {
        "standard_name": f"projection_{axis}_coordinate",
        "units": "m",
        "axis": axis.upper(),
    }


def _attributes(raster: Raster) -> dict[str, Any]:
    about = raster.about
    start, end = span(about)
    return {
        "Conventions": "CF-1.8",
        "title": f"{about.title} of {about.name}",
        "institution": "SINARAME",
        "source": f"radars {', '.join(about.sites)}",
        "history": f"drawn by radar_assets {release()}",
        "time_coverage_start": start.strftime(ISO),
        "time_coverage_end": end.strftime(ISO),
        "parameters": json.dumps(dict(about.parameters), sort_keys=True),
        "provenance": json.dumps(
            {"radar_assets": release(), "sources": dict(sorted(about.sources.items()))}
        ),
    }
