"""The least that steps can cost: libraries called on the same arrays, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray
from PIL import Image
from rasterio.io import MemoryFile
from rasterio.shutil import copy

from radar_assets.radar.volume import Volume

_FILL = -9999


def inflate(packed: Iterable[bytes]) -> None:
    """Inflate payloads and cast them to float32."""
    for stream in packed:
        with np.errstate(over="ignore"):
            np.frombuffer(isal_zlib.decompress(stream), "<f8").astype(np.float32)


def write(volume: Volume, path: Path) -> None:
    """The fields alone, by netCDF4 alone, in chunks of the same size."""
    with netCDF4.Dataset(path, "w") as data:
        data.createDimension("time", volume.rays)
        data.createDimension("range", volume.gates)
        for name, values in volume.fields.items():
            variable = data.createVariable(
                name, "f4", ("time", "range"), compression="zlib", complevel=1,
                chunksizes=(360, volume.gates),
            )  # fmt: skip
            variable[:] = np.where(np.isfinite(values), values, _FILL)


def read(names: Iterable[str], path: Path) -> None:
    """The fields alone, and no masks."""
    with netCDF4.Dataset(path) as data:
        data.set_auto_mask(False)
        for name in names:
            data[name][:]


def png(indices: NDArray[np.uint8], palette: bytes) -> None:
    """The encoder on indices that are drawn already."""
    image = Image.fromarray(indices)
    image.putpalette(palette)
    image.save(BytesIO(), "PNG", transparency=0, compress_level=1)


def geotiff(drawn: NDArray[Any]) -> None:
    """The encoder on values that are drawn already: no tags, no place."""
    height, width = drawn.shape
    shape = {"width": width, "height": height, "count": 1, "dtype": drawn.dtype}
    with (
        MemoryFile(ext=".tif") as scratch,
        MemoryFile(ext=".tif") as target,
        scratch.open(driver="GTiff", nodata=np.nan, **shape) as dataset,
    ):
        dataset.write(drawn, 1)
        copy(dataset, target.name, driver="COG", blocksize=512, compress="DEFLATE")


def picture(data: bytes) -> Image.Image:
    """A picture, to be encoded again."""
    image = Image.open(BytesIO(data))
    image.load()
    return image
