"""What each step of a window costs, beside the least that it could cost (`make bench`).

A group is one step: `floor` is the part of it that nobody can leave out, measured in the same run.
The ratios between them hold on any machine; the times do not.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import netCDF4
import numpy as np
import pytest
from isal import isal_zlib
from pytest_benchmark.fixture import BenchmarkFixture

from radar_assets.products import product
from radar_assets.radar import cfradial, cog, png, quicklook
from radar_assets.radar.assembly import assemble
from radar_assets.radar.bufr import decode, encode, read
from radar_assets.radar.dealias import dealias
from radar_assets.radar.filters import Quality, clean
from radar_assets.radar.gridding import gridding
from radar_assets.radar.names import BufrName, VolumeId
from radar_assets.radar.volume import Volume
from radar_assets.simulator.scan import REFLECTIVITY_SCAN, Site, scan_volume
from radar_assets.simulator.storms import Weather

TIME = datetime(2025, 11, 18, 12, 30, 20, tzinfo=UTC)
FIELDS = ("DBZH", "ZDR", "KDP")


@pytest.fixture(scope="module")
def messages() -> dict[BufrName, bytes]:
    """Three fields of a volume of 15 sweeps, as they come from the server."""
    site = Site("RMA11", -27.5026, -64.90575, 313.0)
    measured = scan_volume(site, REFLECTIVITY_SCAN, TIME, Weather())
    identity = VolumeId("RMA11", "0315", "01", TIME)
    return {BufrName(identity, name): encode(measured[name]) for name in FIELDS}


@pytest.fixture(scope="module")
def volume(messages: dict[BufrName, bytes]) -> Volume:
    return assemble({name: decode(data) for name, data in messages.items()})


@pytest.mark.benchmark(group="decode")
def test_decode(benchmark: BenchmarkFixture, messages: dict[BufrName, bytes]):
    benchmark(lambda: [decode(data) for data in messages.values()])


@pytest.mark.benchmark(group="decode")
def test_decode_floor(benchmark: BenchmarkFixture, messages: dict[BufrName, bytes]):
    """Inflate and cast, and nothing else."""
    packed = [sweep.packed for data in messages.values() for sweep in read(data).sweeps]

    def floor():
        for stream in packed:
            with np.errstate(over="ignore"):
                np.frombuffer(isal_zlib.decompress(stream), "<f8").astype(np.float32)

    benchmark(floor)


@pytest.mark.benchmark(group="netcdf write")
def test_write(benchmark: BenchmarkFixture, volume: Volume, tmp_path: Path):
    benchmark(cfradial.write, volume, tmp_path / "volume.nc")


@pytest.mark.benchmark(group="netcdf write")
def test_write_floor(benchmark: BenchmarkFixture, volume: Volume, tmp_path: Path):
    """The fields alone, in the same chunks and with the same compression."""

    def floor():
        with netCDF4.Dataset(tmp_path / "floor.nc", "w") as data:
            data.createDimension("time", volume.rays)
            data.createDimension("range", volume.gates)
            for name, values in volume.fields.items():
                variable = data.createVariable(
                    name, "f4", ("time", "range"), compression="zlib", complevel=1,
                    chunksizes=(360, volume.gates),
                )  # fmt: skip
                variable[:] = np.where(np.isfinite(values), values, -9999)

    benchmark(floor)


@pytest.mark.benchmark(group="netcdf read")
def test_read(benchmark: BenchmarkFixture, volume: Volume, tmp_path: Path):
    cfradial.write(volume, tmp_path / "volume.nc")
    benchmark(cfradial.read, tmp_path / "volume.nc")


@pytest.mark.benchmark(group="assemble")
def test_assemble(benchmark: BenchmarkFixture, messages: dict[BufrName, bytes]):
    fields = {name: decode(data) for name, data in messages.items()}
    benchmark(assemble, fields)


def forgetful(volume: Volume) -> Volume:
    """The same volume, without what was computed from it before."""
    return replace(volume)


@pytest.mark.benchmark(group="quality control")
def test_clean(benchmark: BenchmarkFixture, volume: Volume):
    benchmark(lambda: clean(forgetful(volume), Quality()))


@pytest.mark.benchmark(group="products of a cleaned volume")
@pytest.mark.parametrize("name", ["COLMAX", "CAPPI", "ETOP", "VIL", "VILD", "POH", "RAIN"])
def test_product(benchmark: BenchmarkFixture, volume: Volume, name: str):
    cleaned = clean(volume, Quality())
    chosen = product(name)
    benchmark(lambda: chosen.compute(forgetful(cleaned), chosen.parameters()))


@pytest.mark.benchmark(group="velocity of a sweep")
def test_dealias(benchmark: BenchmarkFixture):
    wind = 25 * np.cos(np.radians(np.arange(360)))[:, None] + np.zeros(320)
    folded = ((wind + 8) % 16 - 8).astype(np.float32)
    benchmark(dealias, folded, 8.0)


@pytest.mark.benchmark(group="maps at 500 m")
@pytest.mark.parametrize("name", ["DBZHo", "COLMAXo"])
@pytest.mark.parametrize("encoder", [png, cog], ids=["png", "geotiff"])
def test_map(benchmark: BenchmarkFixture, volume: Volume, name: str, encoder):
    def draw() -> bytes:
        layer = product(name).layer(forgetful(volume))
        return encoder.encode(layer, gridding(layer.site, layer.polar.grid, 500))

    benchmark(draw)


@pytest.mark.benchmark(group="quicklook")
@pytest.mark.parametrize("name", ["DBZHo", "COLMAXo"])
def test_quicklook(benchmark: BenchmarkFixture, volume: Volume, name: str):
    layer = product(name).layer(volume)
    benchmark(quicklook.encode, layer)
