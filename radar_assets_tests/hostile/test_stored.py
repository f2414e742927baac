"""Volumes and maps on disk that announce more than they may, or are damaged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

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
        for kind, full in (("f4", name), ("i1", f"{name}_flag")):
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
