"""Whether the libraries do what the platform needs of them, by doing it."""

from __future__ import annotations

import io
import sys
import zlib
from collections.abc import Iterator
from importlib.metadata import version

import numpy as np

from radar_assets.doctor.finding import Finding, examined

_OLDEST = (3, 11)
_REINSTALL = "reinstall it from its binary wheel: pip install --force-reinstall {}"


def libraries() -> Iterator[Finding]:
    """Check Python and each library."""
    release = ".".join(map(str, sys.version_info[:3]))
    is_old = sys.version_info < _OLDEST
    yield Finding("Python", release, "install Python 3.11 or newer" if is_old else None)
    yield examined("GDAL", _gdal, _REINSTALL.format("rasterio"))
    yield examined("NetCDF", _netcdf, _REINSTALL.format("netCDF4"))
    yield examined("HDF5", _hdf5, _REINSTALL.format("h5py zlib-ng"))
    yield examined("zlib", _isal, _REINSTALL.format("isal"))
    yield examined("PROJ", _proj, _REINSTALL.format("pyproj"))
    yield examined("PNG", _png, _REINSTALL.format("pillow"))


def _gdal() -> str:
    import rasterio  # noqa: PLC0415

    profile = {"driver": "COG", "width": 64, "height": 64, "count": 1, "dtype": "float32"}
    profile |= {"crs": "EPSG:3857", "transform": rasterio.Affine.scale(500, -500)}
    with rasterio.MemoryFile(ext=".tif") as file:
        with file.open(**profile, compress="deflate") as written:
            written.write(np.ones((1, 64, 64), np.float32))
        with file.open() as read:
            if read.read(1).sum() != 64 * 64:
                raise RuntimeError("a GeoTIFF is not read as it was written")
    return f"{rasterio.__gdal_version__}, writes cloud-optimized GeoTIFF"


def _netcdf() -> str:
    import netCDF4  # noqa: PLC0415

    with netCDF4.Dataset("probe", "w", diskless=True, persist=False) as data:
        data.createDimension("x", 10)
        values = data.createVariable(
            "x", "f4", ("x",), compression="zlib", complevel=1, shuffle=True
        )
        values[:] = np.arange(10)
        if float(values[:].sum()) != 45.0:
            raise RuntimeError("a variable is not read as it was written")
    return f"{netCDF4.__netcdf4libversion__}, HDF5 {netCDF4.__hdf5libversion__}, compresses"


def _hdf5() -> str:
    import h5py  # noqa: PLC0415
    from zlib_ng import zlib_ng  # noqa: PLC0415

    values = np.arange(10, dtype=np.uint8)
    with h5py.File("probe", "w", driver="core", backing_store=False) as file:
        variable = file.create_dataset("x", 10, np.uint8, chunks=(10,), compression="gzip")
        variable.id.write_direct_chunk((0,), zlib_ng.compress(values.tobytes()))
        if not np.array_equal(variable[:], values):
            raise RuntimeError("a chunk is not read as it was written")
    return f"{h5py.version.hdf5_version}, stores chunks as they are"


def _isal() -> str:
    from isal import isal_zlib  # noqa: PLC0415

    text = b"radar" * 100
    if isal_zlib.decompress(zlib.compress(text)) != text:
        raise RuntimeError("what zlib packed is not unpacked")
    return f"isal {version('isal')}"


def _proj() -> str:
    import pyproj  # noqa: PLC0415

    change = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True)
    east, _ = change.transform(180.0, 0.0)
    if abs(east - 20037508.34) > 0.01:
        raise RuntimeError(f"180 degrees east lie at {east} m in EPSG:3857")
    return f"{pyproj.proj_version_str}, knows EPSG:3857"


def _png() -> str:
    from PIL import Image, features  # noqa: PLC0415

    stream = io.BytesIO()
    Image.new("P", (8, 8)).save(stream, "PNG")
    return f"pillow {version('pillow')}, zlib {features.version('zlib')}"
