"""Rasters as Cloud-Optimized GeoTIFFs of plain values."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.crs import CRS
from rasterio.enums import Resampling
from rasterio.errors import RasterioError
from rasterio.io import MemoryFile
from rasterio.shutil import copy
from rasterio.transform import from_origin

from radar_assets.errors import ProductError, SettingsError
from radar_assets.maps.description import Description
from radar_assets.maps.grid import CRS as MERCATOR
from radar_assets.maps.grid import MAX_PIXELS, WGS84, MapGrid, ground_step
from radar_assets.maps.palettes import Palette, palette
from radar_assets.maps.raster import Raster

_BLOCK = 512
# Without a predictor: neighbouring pixels often show the same gate, and repeats deflate best.
_OPTIONS = {"driver": "COG", "blocksize": _BLOCK, "compress": "DEFLATE"}


def encode(raster: Raster) -> bytes:
    """Write a raster as a GeoTIFF of its values.

    Values are float32, with NaN for nodata and undetect; classes are uint8 with a colour table,
    and 0, not covered, is their nodata: tile servers draw it transparent. Overviews take the
    nearest pixel: an average of decibels means nothing. The tags are those the web map reads
    (radarlib_*, field_name, timestamp), the raster's own and the palette's. The same raster gives
    the same bytes.
    """
    values = _plain(raster)
    with MemoryFile(ext=".tif") as scratch, MemoryFile(ext=".tif") as target:
        with scratch.open(**_profile(raster.grid, values)) as dataset:
            _fill(dataset, raster, values)
            copy(dataset, target.name, **_OPTIONS)
        return bytes(target.getbuffer())


def read(path: Path) -> Raster:
    """Read a GeoTIFF that `encode` made, on one of the maps of `map_grid`.

    Values are those that were written: undetect is NaN, too (see `with_undetect`). Raises
    `ProductError` for anything else.
    """
    try:
        with rasterio.open(path, driver="GTiff") as dataset:
            _check_size(path, dataset)
            about = Description.from_tags(dataset.tags())
            grid, colours = _grid(dataset, about), palette(dataset.tags()["palette"])
            return Raster(dataset.read(1), grid, colours, about)
    except (OSError, RasterioError, SettingsError, ValueError, KeyError, TypeError) as error:
        raise ProductError(f"{path.name} cannot be read ({error}); make it again") from error


def check_cog(path: Path, crs: str = MERCATOR) -> None:
    """Raise `ProductError` unless a file is a cloud-optimized GeoTIFF as `encode` makes them."""
    try:
        with rasterio.open(path, driver="GTiff") as dataset:
            _check_size(path, dataset)
            is_sound = (
                dataset.tags(ns="IMAGE_STRUCTURE").get("LAYOUT") == "COG"
                and dataset.crs == CRS.from_string(crs)
                and _marks_nodata(dataset)
                and bool(dataset.overviews(1))
            )
            dataset.read(1)
    except (OSError, RasterioError) as error:
        raise ProductError(f"{path.name} cannot be read ({error}); make it again") from error
    if not is_sound:
        raise ProductError(f"{path.name} is no cloud-optimized GeoTIFF in {crs}; make it again")


def _check_size(path: Path, dataset: Any) -> None:  # noqa: ANN401
    """Refuse what announces more than a map has, before pixels are read."""
    shapes = [dataset.shape, *dataset.block_shapes]
    is_bounded = max(height * width for height, width in shapes) <= MAX_PIXELS
    if not is_bounded or dataset.count != 1 or dataset.dtypes[0] not in ("uint8", "float32"):
        raise ProductError(
            f"{path.name} announces {dataset.count} bands of {dataset.width} x {dataset.height} "
            f"pixels of {dataset.dtypes[0]}, which is no map; make it again"
        )


def _grid(dataset: Any, about: Description) -> MapGrid:  # noqa: ANN401
    """Grid of a dataset; a pixel's step is that at the site or, without one, in the middle."""
    transform, crs = dataset.transform, dataset.crs.to_string() if dataset.crs else "no system"
    if crs not in (MERCATOR, WGS84) or transform.b or transform.d or transform.a <= 0:
        raise ValueError(f"it lies north up in neither {MERCATOR} nor {WGS84}, but in {crs}")
    grid = MapGrid(
        west=transform.c,
        north=transform.f,
        pixel=transform.a,
        pixel_height=-transform.e,
        step=math.nan,
        width=dataset.width,
        height=dataset.height,
        crs=crs,
    )
    west, south, east, north = grid.bounds_wgs84
    latitude, longitude = (south + north) / 2, (west + east) / 2
    if about.site is not None:
        latitude, longitude = about.site.latitude, about.site.longitude
    return replace(grid, step=ground_step(grid, latitude, longitude))


def _marks_nodata(dataset: Any) -> bool:  # noqa: ANN401
    """Whether NaN is nodata among values, and 0 among classes."""
    nodata = dataset.nodata
    if dataset.dtypes[0] == "uint8":
        return bool(nodata == 0)
    return nodata is not None and bool(np.isnan(nodata))


def _plain(raster: Raster) -> NDArray[Any]:
    """Values with NaN for undetect; classes as they are."""
    values = raster.values
    return (
        values if raster.has_classes else np.where(np.isneginf(values), np.float32(np.nan), values)
    )


def _profile(grid: MapGrid, values: NDArray[Any]) -> dict[str, Any]:
    return {
        "driver": "GTiff",
        "width": grid.width,
        "height": grid.height,
        "count": 1,
        "dtype": values.dtype,
        "nodata": 0 if values.dtype == np.uint8 else np.nan,
        "crs": CRS.from_string(grid.crs),
        "transform": from_origin(grid.west, grid.north, grid.pixel, grid.pixel_height),
    }


def _fill(dataset: Any, raster: Raster, values: NDArray[Any]) -> None:  # noqa: ANN401
    dataset.write(values, 1)
    dataset.descriptions = (raster.about.title,)
    dataset.units = (raster.about.units,)
    dataset.update_tags(**raster.about.tags(), **_map_tags(raster))
    dataset.update_tags(1, **_statistics(values))
    if raster.has_classes:
        dataset.write_colormap(1, _colour_table(raster.palette))
    dataset.build_overviews(_overviews(max(values.shape)), Resampling.nearest)


def _map_tags(raster: Raster) -> dict[str, str]:
    colours = raster.palette
    return {
        "radarlib_cmap": colours.cmap,
        "radarlib_vmin": f"{colours.vmin:g}",
        "radarlib_vmax": f"{colours.vmax:g}",
        # the map knows raw_float for values, of whatever type, and rgba for pictures
        "radarlib_data_type": "raw_float",
        "radarlib_nodata": "0" if raster.has_classes else "nan",
        "field_name": raster.about.field,
        "timestamp": raster.about.timestamp,
        "palette": colours.name,
        "palette_interpolated": json.dumps(colours.interpolate),
        "palette_stops": json.dumps(colours.stops),
    }


def _statistics(pixels: NDArray[Any]) -> dict[str, str]:
    """Statistics of the pixels with a value, under the names that GDAL gives them."""
    is_valid = pixels > 0 if pixels.dtype == np.uint8 else np.isfinite(pixels)
    values = pixels[is_valid].astype(np.float64)
    share = {"STATISTICS_VALID_PERCENT": f"{100 * values.size / pixels.size:.4g}"}
    if values.size == 0:
        return share
    numbers = {
        "MINIMUM": values.min(),
        "MAXIMUM": values.max(),
        "MEAN": values.mean(),
        "STDDEV": values.std(),
    }
    return {f"STATISTICS_{name}": repr(float(value)) for name, value in numbers.items()} | share


def _colour_table(chosen: Palette) -> dict[int, tuple[int, int, int]]:
    """Colours of the classes a palette has; white where it has none, for TIFF knows no alpha."""
    classes = np.arange(int(chosen.vmax) + 1)
    indices = chosen.indices(classes.astype(np.float32))
    colours = np.where(indices[:, None] > 0, chosen.rgb[indices], 255)
    return dict(enumerate(map(tuple, colours.tolist())))


def _overviews(size: int) -> list[int]:
    """Factors by which overviews are smaller, until one fits in a block."""
    factors = [2]
    while size > _BLOCK * factors[-1]:
        factors.append(2 * factors[-1])
    return factors
