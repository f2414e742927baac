"""Formats of others: opening BUFR files in xarray, and exports beside the writing of CF/Radial."""

from __future__ import annotations

from pathlib import Path

import pytest
import xarray as xr
from pytest_benchmark.fixture import BenchmarkFixture

from radar_assets import files
from radar_assets.formats.export import export
from radar_assets.radar import cfradial
from radar_assets.radar.volume import Volume
from radar_assets.settings import load_network
from radar_assets.settings.types import ExportFormat


def written(volume: Volume, path: Path, kind: ExportFormat) -> Path:
    with files.replacing(path) as temporary:
        export(volume, temporary, kind, load_network())
    return path


@pytest.mark.benchmark(group="open BUFR files in xarray")
def test_open(benchmark: BenchmarkFixture, paths: list[Path]):
    benchmark(xr.open_datatree, paths, engine="sinarame_bufr")


@pytest.mark.benchmark(group="load a field of one sweep in xarray")
def test_load(benchmark: BenchmarkFixture, paths: list[Path]):
    tree = xr.open_datatree(paths, engine="sinarame_bufr", cache=False)
    benchmark(lambda: tree["sweep_0"]["DBZH"].values)


@pytest.mark.benchmark(group="export CfRadial 2")
def test_cfradial2(benchmark: BenchmarkFixture, volume: Volume, tmp_path: Path):
    benchmark(written, volume, tmp_path / "volume.nc", ExportFormat.CFRADIAL2)


@pytest.mark.benchmark(group="export CfRadial 2")
def test_cfradial2_floor(benchmark: BenchmarkFixture, volume: Volume, tmp_path: Path):
    benchmark(cfradial.write, volume, tmp_path / "volume.nc")


@pytest.mark.benchmark(group="export ODIM_H5")
def test_odim(benchmark: BenchmarkFixture, volume: Volume, tmp_path: Path):
    benchmark(written, volume, tmp_path / "volume.h5", ExportFormat.ODIM)


@pytest.mark.benchmark(group="export ODIM_H5")
def test_odim_floor(benchmark: BenchmarkFixture, volume: Volume, tmp_path: Path):
    benchmark(cfradial.write, volume, tmp_path / "volume.nc")


@pytest.mark.benchmark(group="size of BUFR files")
def test_size_of_bufr(benchmark: BenchmarkFixture, paths: list[Path]):
    size = benchmark(lambda: sum(path.stat().st_size for path in paths))
    benchmark.extra_info.update(value=size / 1e6, unit="MB")


@pytest.mark.benchmark(group="size of CF/Radial")
def test_size_of_cfradial(benchmark: BenchmarkFixture, volume: Volume, tmp_path: Path):
    path = tmp_path / "volume.nc"
    benchmark.pedantic(cfradial.write, (volume, path))
    benchmark.extra_info.update(value=path.stat().st_size / 1e6, unit="MB")


@pytest.mark.benchmark(group="size of CfRadial 2")
def test_size_of_cfradial2(benchmark: BenchmarkFixture, volume: Volume, tmp_path: Path):
    path = benchmark.pedantic(written, (volume, tmp_path / "v.nc", ExportFormat.CFRADIAL2))
    benchmark.extra_info.update(value=path.stat().st_size / 1e6, unit="MB")


@pytest.mark.benchmark(group="size of ODIM_H5")
def test_size_of_odim(benchmark: BenchmarkFixture, volume: Volume, tmp_path: Path):
    path = benchmark.pedantic(written, (volume, tmp_path / "v.h5", ExportFormat.ODIM))
    benchmark.extra_info.update(value=path.stat().st_size / 1e6, unit="MB")
