"""Volumes and maps on disk that announce more than they may, or are damaged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h5py
import netCDF4
import numpy as np
import pytest
import rasterio

from radar_assets.errors import CfRadialError, ProductError
from radar_assets.radar import cfradial
from radar_assets_tests.fields import bufr_field, climbing, ramp, volume_of
from radar_assets_tests.hostile import actions
from radar_assets_tests.hostile.probe import MOST, probe

Change = Callable[[netCDF4.Dataset], None]


def changed(path: Path, change: Change) -> None:
    """A good volume with a hostile change."""
    cfradial.write(volume_of(bufr_field("DBZH", *climbing(ramp(), ramp()))), path)
    with netCDF4.Dataset(path, "a") as data:
        change(data)


def replaced(data: netCDF4.Dataset, name: str, kind: object, *sizes: int, **options: object):
    """Put another variable in place of one, its old one under another name."""
    old = data.variables[name]
    attributes = {key: old.getncattr(key) for key in old.ncattrs() if key != "_FillValue"}
    data.renameVariable(name, f"old_{name}")
    for i, size in enumerate(sizes):
        data.createDimension(f"{name}_{i}", size)
    names = tuple(f"{name}_{i}" for i in range(len(sizes)))
    data.createVariable(name, kind, names, **options).setncatts(attributes)


def many_rays(data):
    layout = {"compression": "zlib", "chunksizes": (1024, 1024)}
    replaced(data, "DBZH", "f4", 2**31, 1024, **layout)


def many_gates(data):
    replaced(data, "DBZH", "f4", 5000, 5000, compression="zlib")


def large_chunk(data):
    replaced(data, "DBZH", "f4", 24, 0, compression="zlib", chunksizes=(24, 2**24))


def many_angles(data):
    replaced(data, "azimuth", "f4", 2**28, compression="zlib")


def long_text(data):
    replaced(data, "time_coverage_start", "S1", 2**30, compression="zlib")


def texts_of_any_length(data):
    replaced(data, "sweep_gates", str, 2)


def fields_of(data, *names: str) -> None:
    """Fields of the largest size, which nobody has written."""
    data.createDimension("many_rays", 4096)
    data.createDimension("many_gates", 4096)
    for name in names:
        for kind, full in (("f4", name), ("i1", f"/flags/{name}")):
            data.createVariable(full, kind, ("many_rays", "many_gates"), compression="zlib")
    data.field_names = ", ".join(names)


def many_fields(data):
    fields_of(data, "A", "B", "C", "D")


def many_sweeps(data):
    data.renameDimension("sweep", "few")
    data.createDimension("sweep", 2**20)


def a_field_again_and_again(data):
    data.field_names = ", ".join(["DBZH"] * 200_000)


def deep_json(data):
    data.unscanned_sweeps = "[" * 200_000


def endless_sweep(data):
    data["sweep_end"][:] = 1e300


def large_attribute(data):
    data.volume_id = "x" * 30_000_000


VOLUMES = [
    many_rays, many_gates, large_chunk, many_angles, long_text, texts_of_any_length, many_fields,
    many_sweeps, a_field_again_and_again, deep_json, endless_sweep, large_attribute,
]  # fmt: skip


@pytest.mark.parametrize("change", VOLUMES, ids=lambda change: change.__name__)
def test_a_volume_takes_no_more_than_volumes_have(change: Change, tmp_path: Path) -> None:
    path = tmp_path / "hostile.nc"
    changed(path, change)
    outcome = probe(actions.read_volume, path)
    assert outcome.kind is CfRadialError, outcome
    assert "hostile.nc" in outcome.words
    assert "make it again" in outcome.words
    assert outcome.growth < MOST
    assert outcome.seconds < 10
    assert probe(actions.check_volume, path).growth < MOST


def test_the_largest_volume_stays_below_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "large.nc"
    changed(path, lambda data: fields_of(data, "A", "B", "C"))
    outcome = probe(actions.read_volume, path)
    assert outcome.kind is None
    assert 190 < outcome.growth < MOST


SECRET = np.full((24, 20), 42, np.float32)
"""values of a file that is not the volume's own; the volume has 24 rays of 20 gates"""


def other_file(path: Path) -> Path:
    """A file beside a volume, with an array at its beginning and in an HDF5 variable."""
    other = path.with_name("secret")
    other.write_bytes(SECRET.tobytes())
    with h5py.File(path.with_name("secret.h5"), "w") as file:
        file["x"] = SECRET
    return other


def external_storage(file: h5py.File, path: Path) -> None:
    del file["DBZH"]
    sources = [(str(other_file(path)), 0, SECRET.nbytes)]
    file.create_dataset("DBZH", SECRET.shape, "f4", external=sources)


def external_link(file: h5py.File, path: Path) -> None:
    del file["DBZH"]
    file["DBZH"] = h5py.ExternalLink(str(other_file(path).with_suffix(".h5")), "x")


def external_link_beside_the_fields(file: h5py.File, path: Path) -> None:
    file["more"] = h5py.ExternalLink(str(other_file(path).with_suffix(".h5")), "x")


def external_link_to_nothing(file: h5py.File, path: Path) -> None:
    file["more"] = h5py.ExternalLink("/dev/zero", "x")


def soft_link(file: h5py.File, _: Path) -> None:
    file["more"] = h5py.SoftLink("/DBZH")


def virtual_variable(file: h5py.File, path: Path) -> None:
    del file["DBZH"]
    layout = h5py.VirtualLayout(SECRET.shape, "f4")
    other = other_file(path).with_suffix(".h5")
    layout[:] = h5py.VirtualSource(str(other), "x", SECRET.shape)
    file.create_virtual_dataset("DBZH", layout)


def external_link_in_a_group(file: h5py.File, path: Path) -> None:
    file["group/more"] = h5py.ExternalLink(str(other_file(path).with_suffix(".h5")), "x")


OUTSIDE = [
    external_storage, external_link, external_link_beside_the_fields, external_link_to_nothing,
    soft_link, virtual_variable, external_link_in_a_group,
]  # fmt: skip


@pytest.mark.parametrize("action", [cfradial.read, cfradial.check_netcdf])
@pytest.mark.parametrize("change", OUTSIDE, ids=lambda change: change.__name__)
def test_a_volume_with_values_of_another_file_is_refused(change, action, tmp_path: Path) -> None:
    path = tmp_path / "hostile.nc"
    changed(path, lambda data: None)
    with h5py.File(path, "r+") as file:
        change(file, path)
    words = "lie in another file|is a link|is no variable"
    with pytest.raises(CfRadialError, match=rf"hostile\.nc .*({words})"):
        action(path)


@pytest.mark.parametrize("action", [cfradial.read, cfradial.check_netcdf])
@pytest.mark.parametrize("form", ["NETCDF3_CLASSIC", "NETCDF3_64BIT_DATA"])
def test_a_file_of_an_older_format_is_refused(form: str, action, tmp_path: Path) -> None:
    path = tmp_path / "hostile.nc"
    with netCDF4.Dataset(path, "w", format=form) as data:
        data.field_names = "DBZH"
    with pytest.raises(CfRadialError, match=r"hostile\.nc"):
        action(path)


@pytest.mark.parametrize("seed", range(8))
def test_flipped_bits_of_a_volume_crash_nothing(seed: int, tmp_path: Path) -> None:
    path = tmp_path / "hostile.nc"
    changed(path, lambda data: None)
    data, chance = bytearray(path.read_bytes()), np.random.default_rng(seed)
    for place in chance.integers(0, len(data), 20):
        data[place] ^= 1 << int(chance.integers(8))
    path.write_bytes(data)
    outcome = probe(actions.read_volume, path)
    assert outcome.kind in (None, CfRadialError), outcome
    assert outcome.growth < MOST


def large_map(path: Path) -> None:
    options = {"tiled": True, "blockxsize": 512, "blockysize": 512, "SPARSE_OK": True}
    profile = {"driver": "GTiff", "count": 1, "dtype": "float32", "compress": "DEFLATE"}
    with rasterio.open(path, "w", width=60_000, height=60_000, **profile, **options):
        pass


def many_bands(path: Path) -> None:
    profile = {"driver": "GTiff", "dtype": "uint8", "SPARSE_OK": True, "count": 2000}
    with rasterio.open(path, "w", width=512, height=512, **profile):
        pass


def virtual_map(path: Path) -> None:
    path.write_text('<VRTDataset rasterXSize="2000000000" rasterYSize="2000000000"/>', "utf-8")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("action", [actions.check_map, actions.read_map])
@pytest.mark.parametrize("case", [large_map, many_bands, virtual_map])
def test_a_map_takes_no_more_than_maps_have(
    case: Callable[[Path], None], action: Callable[[Path], None], tmp_path: Path
) -> None:
    path = tmp_path / "hostile.tif"
    case(path)
    outcome = probe(action, path)
    assert outcome.kind is ProductError, outcome
    assert "hostile.tif" in outcome.words
    assert outcome.growth < MOST
    assert outcome.seconds < 10
