"""Layers as Cloud-Optimized GeoTIFFs of plain values."""

from __future__ import annotations

import json
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

from radar_assets.errors import ProductError
from radar_assets.maps import gridding as maps
from radar_assets.maps.layer import Layer
from radar_assets.maps.palettes import Palette

_BLOCK = 512
# Without a predictor: neighbouring pixels often show the same gate, and repeats deflate best.
_OPTIONS = {"driver": "COG", "blocksize": _BLOCK, "compress": "DEFLATE"}


def encode(layer: Layer, gridding: maps.Gridding) -> bytes:
    """Draw a layer as a GeoTIFF of its values.

    Values are float32, with NaN for nodata, undetect and outside the sweep; classes are uint8 with
    a colour table, and 0 outside. Overviews take the nearest pixel: an average of decibels means
    nothing. The tags are those the web map reads (radarlib_*, field_name, timestamp), the layer's
    own and the palette's. The same layer gives the same bytes.
    """
    drawn = _draw(layer, gridding)
    with MemoryFile(ext=".tif") as scratch, MemoryFile(ext=".tif") as target:
        with scratch.open(**_profile(gridding.grid, drawn)) as dataset:
            _fill(dataset, layer, drawn)
            copy(dataset, target.name, **_OPTIONS)
        return bytes(target.getbuffer())


def check(path: Path, crs: str = maps.CRS) -> None:
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
    is_bounded = max(height * width for height, width in shapes) <= maps.MAX_PIXELS
    if not is_bounded or dataset.count != 1 or dataset.dtypes[0] not in ("uint8", "float32"):
        raise ProductError(
            f"{path.name} announces {dataset.count} bands of {dataset.width} x {dataset.height} "
            f"pixels of {dataset.dtypes[0]}, which is no map; make it again"
        )


def _marks_nodata(dataset: Any) -> bool:  # noqa: ANN401
    """Whether NaN is nodata among values, and nothing is among classes."""
    nodata = dataset.nodata
    if dataset.dtypes[0] == "uint8":
        return nodata is None
    return nodata is not None and bool(np.isnan(nodata))


def _draw(layer: Layer, gridding: maps.Gridding) -> NDArray[Any]:
    values = layer.polar.values
    if values.dtype == np.uint8:
        return gridding.take(values, fill=0)
    return gridding.take(np.where(np.isneginf(values), np.float32(np.nan), values), fill=np.nan)


def _profile(grid: maps.MapGrid, drawn: NDArray[Any]) -> dict[str, Any]:
    return {
        "driver": "GTiff",
        "width": grid.width,
        "height": grid.height,
        "count": 1,
        "dtype": drawn.dtype,
        "nodata": None if drawn.dtype == np.uint8 else np.nan,
        "crs": CRS.from_string(grid.crs),
        "transform": from_origin(grid.west, grid.north, grid.pixel, grid.pixel_height),
    }


def _fill(dataset: Any, layer: Layer, drawn: NDArray[Any]) -> None:  # noqa: ANN401
    dataset.write(drawn, 1)
    dataset.descriptions = (layer.title,)
    dataset.units = (layer.units,)
    dataset.update_tags(**layer.tags(), **_map_tags(layer))
    dataset.update_tags(1, **_statistics(drawn))
    if drawn.dtype == np.uint8:
        dataset.write_colormap(1, _colour_table(layer.palette))
    dataset.build_overviews(_overviews(max(drawn.shape)), Resampling.nearest)


def _map_tags(layer: Layer) -> dict[str, str]:
    palette, is_class = layer.palette, layer.polar.values.dtype == np.uint8
    return {
        "radarlib_cmap": palette.cmap,
        "radarlib_vmin": f"{palette.vmin:g}",
        "radarlib_vmax": f"{palette.vmax:g}",
        "radarlib_data_type": "raw_uint8" if is_class else "raw_float",
        "radarlib_nodata": "none" if is_class else "nan",
        "field_name": layer.polar.field,
        "timestamp": layer.timestamp,
        "palette": palette.name,
        "palette_interpolated": json.dumps(palette.interpolate),
        "palette_stops": json.dumps(palette.stops),
    }


def _statistics(drawn: NDArray[Any]) -> dict[str, str]:
    """Statistics of the pixels with a value, under the names that GDAL gives them."""
    values = drawn[np.isfinite(drawn)].astype(np.float64)
    share = {"STATISTICS_VALID_PERCENT": f"{100 * values.size / drawn.size:.4g}"}
    if values.size == 0:
        return share
    numbers = {
        "MINIMUM": values.min(),
        "MAXIMUM": values.max(),
        "MEAN": values.mean(),
        "STDDEV": values.std(),
    }
    return {f"STATISTICS_{name}": repr(float(value)) for name, value in numbers.items()} | share


def _colour_table(palette: Palette) -> dict[int, tuple[int, int, int]]:
    """Colours of the classes a palette has; white where it has none, for TIFF knows no alpha."""
    classes = np.arange(int(palette.vmax) + 1)
    indices = palette.indices(classes.astype(np.float32))
    colours = np.where(indices[:, None] > 0, palette.rgb[indices], 255)
    return dict(enumerate(map(tuple, colours.tolist())))


def _overviews(size: int) -> list[int]:
    """Factors by which overviews are smaller, until one fits in a block."""
    factors = [2]
    while size > _BLOCK * factors[-1]:
        factors.append(2 * factors[-1])
    return factors
