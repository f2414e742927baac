"""Files: BUFR to arrays, arrays to CF/Radial and back."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from radar_assets.radar import cfradial
from radar_assets.radar.bufr import decode, read
from radar_assets.radar.volume import Volume
from radar_assets.settings import load_network
from radar_assets.stages.building import Parts, build_volume, read_parts
from radar_assets_tests.benchmarks import floors


@pytest.fixture(scope="module")
def messages(paths: list[Path]) -> list[bytes]:
    return [path.read_bytes() for path in paths]


@pytest.fixture(scope="module")
def packed(messages: list[bytes]) -> list[bytes]:
    return [sweep.packed for data in messages for sweep in read(data).sweeps]


@pytest.mark.benchmark(group="decode BUFR, 3 fields")
def test_decode(benchmark: BenchmarkFixture, messages: list[bytes]):
    benchmark(lambda: [decode(data) for data in messages])


@pytest.mark.benchmark(group="decode BUFR, 3 fields")
def test_decode_floor(benchmark: BenchmarkFixture, packed: list[bytes]):
    benchmark(floors.inflate, packed)


@pytest.mark.benchmark(group="assemble a volume")
def test_assemble(benchmark: BenchmarkFixture, parts: Parts):
    benchmark(build_volume, load_network(), parts)


@pytest.mark.benchmark(group="write CF/Radial")
def test_write(benchmark: BenchmarkFixture, volume: Volume, tmp_path: Path):
    benchmark(cfradial.write, volume, tmp_path / "volume.nc")


@pytest.mark.benchmark(group="write CF/Radial")
def test_write_floor(benchmark: BenchmarkFixture, volume: Volume, tmp_path: Path):
    benchmark(floors.write, volume, tmp_path / "floor.nc")


@pytest.mark.benchmark(group="read CF/Radial")
def test_read(benchmark: BenchmarkFixture, volume: Volume, tmp_path: Path):
    cfradial.write(volume, tmp_path / "volume.nc")
    benchmark(cfradial.read, tmp_path / "volume.nc")


@pytest.mark.benchmark(group="read CF/Radial")
def test_read_floor(benchmark: BenchmarkFixture, volume: Volume, tmp_path: Path):
    cfradial.write(volume, tmp_path / "volume.nc")
    benchmark(floors.read, list(volume.fields), tmp_path / "volume.nc")


@pytest.mark.benchmark(group="BUFR files to a CF/Radial file")
def test_convert(benchmark: BenchmarkFixture, paths: list[Path], tmp_path: Path):
    def convert():
        cfradial.write(build_volume(load_network(), read_parts(paths)), tmp_path / "volume.nc")

    benchmark(convert)


@pytest.mark.benchmark(group="BUFR files to a CF/Radial file")
def test_convert_floor(
    benchmark: BenchmarkFixture, packed: list[bytes], volume: Volume, tmp_path: Path
):
    def floor():
        floors.inflate(packed)
        floors.write(volume, tmp_path / "floor.nc")

    benchmark(floor)
