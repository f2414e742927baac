"""Layers as Cloud-Optimized GeoTIFFs of plain values."""

from __future__ import annotations

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

from radar_assets.radar import gridding as maps
from radar_assets.radar.errors import ProductError
from radar_assets.radar.layer import Layer

_BLOCK = 512
# Without a predictor: neighbouring pixels often show the same gate, and repeats deflate best.
_OPTIONS = {"driver": "COG", "blocksize": _BLOCK, "compress": "DEFLATE"}


def encode(layer: Layer, gridding: maps.Gridding) -> bytes:
    """Draw a layer as a float32 GeoTIFF, with NaN for nodata, undetect and outside the sweep.

    Overviews take the nearest pixel: an average of decibels means nothing. The tags are those the
    web map reads (radarlib_*, field_name, timestamp) and the layer's own. The same layer gives the
    same bytes.
    """
    values = layer.polar.values
    drawn = gridding.take(np.where(np.isneginf(values), np.float32(np.nan), values), fill=np.nan)
    with MemoryFile(ext=".tif") as scratch, MemoryFile(ext=".tif") as target:
        with scratch.open(**_profile(gridding.grid)) as dataset:
            _fill(dataset, layer, drawn)
            copy(dataset, target.name, **_OPTIONS)
        return bytes(target.getbuffer())


def check(path: Path) -> None:
    """Raise `ProductError` unless a file is a cloud-optimized GeoTIFF as `encode` makes them."""
    try:
        with rasterio.open(path) as dataset:
            is_sound = (
                dataset.tags(ns="IMAGE_STRUCTURE").get("LAYOUT") == "COG"
                and dataset.crs == CRS.from_string(maps.CRS)
                and dataset.nodata is not None
                and np.isnan(dataset.nodata)
                and bool(dataset.overviews(1))
            )
            dataset.checksum(1)
    except (OSError, RasterioError) as error:
        raise ProductError(f"{path.name} cannot be read ({error}); make it again") from error
    if not is_sound:
        raise ProductError(f"{path.name} is no cloud-optimized GeoTIFF; make it again")


def _profile(grid: maps.MapGrid) -> dict[str, Any]:
    return {
        "driver": "GTiff",
        "width": grid.width,
        "height": grid.height,
        "count": 1,
        "dtype": "float32",
        "nodata": np.nan,
        "crs": CRS.from_string(maps.CRS),
        "transform": from_origin(grid.west, grid.north, grid.pixel, grid.pixel),
    }


def _fill(dataset: Any, layer: Layer, drawn: NDArray[np.float32]) -> None:  # noqa: ANN401
    dataset.write(drawn, 1)
    dataset.descriptions = (layer.title,)
    dataset.units = (layer.units,)
    dataset.update_tags(**layer.tags(), **_map_tags(layer))
    dataset.build_overviews(_overviews(max(drawn.shape)), Resampling.nearest)


def _map_tags(layer: Layer) -> dict[str, str]:
    palette = layer.palette
    return {
        "radarlib_cmap": palette.cmap,
        "radarlib_vmin": f"{palette.vmin:g}",
        "radarlib_vmax": f"{palette.vmax:g}",
        "radarlib_data_type": "raw_float",
        "radarlib_nodata": "nan",
        "field_name": layer.polar.field,
        "timestamp": layer.timestamp,
    }


def _overviews(size: int) -> list[int]:
    """Factors by which overviews are smaller, until one fits in a block."""
    factors = [2]
    while size > _BLOCK * factors[-1]:
        factors.append(2 * factors[-1])
    return factors
