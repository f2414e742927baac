"""Products and pictures of a volume, at 500 m."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from radar_assets.maps import cog, png, quicklook
from radar_assets.maps.grid import map_grid
from radar_assets.maps.gridding import (
    Gridding,
    gridding,
    index_table,
    rasterize,
    site_raster,
)
from radar_assets.maps.layer import Layer
from radar_assets.products import all_products, product
from radar_assets.radar.filters import Quality, clean
from radar_assets.radar.unfolding import unfold
from radar_assets.radar.volume import Volume
from radar_assets_tests.benchmarks import floors
from radar_assets_tests.benchmarks.volumes import forgetful
from radar_assets_tests.volumes import make_volume

NAMES = sorted(name for name, item in all_products().items() if "VRAD" not in str(item.requires))


@pytest.fixture(scope="module")
def layer(volume: Volume) -> Layer:
    return product("DBZHo").layer(volume)


@pytest.fixture(scope="module")
def drawn(layer: Layer) -> Gridding:
    return gridding(layer.site, layer.polar.grid)


@pytest.mark.benchmark(group="index table of a geometry")
def test_index_table(benchmark: BenchmarkFixture, layer: Layer):
    grid = map_grid(layer.site, layer.polar.grid.reach)
    benchmark(index_table, layer.site, layer.polar.grid, grid)


@pytest.mark.benchmark(group="draw an array on the map")
def test_draw(benchmark: BenchmarkFixture, layer: Layer, drawn: Gridding):
    benchmark(drawn.take, layer.polar.values, np.nan)


@pytest.mark.benchmark(group="draw an array on the map")
def test_draw_floor(benchmark: BenchmarkFixture, layer: Layer, drawn: Gridding):
    benchmark(np.take, layer.polar.values.ravel(), drawn.index)


@pytest.mark.benchmark(group="PNG of a field")
def test_png(benchmark: BenchmarkFixture, volume: Volume, drawn: Gridding):
    benchmark(lambda: png.encode(rasterize(product("DBZHo").layer(forgetful(volume)), drawn)))


@pytest.mark.benchmark(group="PNG of a field")
def test_png_floor(benchmark: BenchmarkFixture, layer: Layer, drawn: Gridding):
    indices = drawn.take(layer.palette.indices(layer.polar.values), 0)
    benchmark(floors.png, indices, layer.palette.rgb.tobytes())


@pytest.mark.benchmark(group="GeoTIFF of a field")
def test_geotiff(benchmark: BenchmarkFixture, volume: Volume, drawn: Gridding):
    benchmark(lambda: cog.encode(rasterize(product("DBZHo").layer(forgetful(volume)), drawn)))


@pytest.mark.benchmark(group="GeoTIFF of a field")
@pytest.mark.filterwarnings("ignore")  # the floor's file has no place
def test_geotiff_floor(benchmark: BenchmarkFixture, layer: Layer, drawn: Gridding):
    values = np.where(np.isfinite(layer.polar.values), layer.polar.values, np.float32(np.nan))
    benchmark(floors.geotiff, drawn.take(values, np.nan))


@pytest.mark.benchmark(group="COLMAX, drawn")
def test_colmax(benchmark: BenchmarkFixture, volume: Volume):
    cleaned, chosen = clean(volume, Quality()), product("COLMAX")
    grid = gridding(volume.site, chosen.layer(volume).polar.grid)

    def make():
        grid.greatest(chosen.compute(forgetful(cleaned), chosen.parameters()).values)

    benchmark(make)


@pytest.mark.benchmark(group="COLMAX, drawn")
def test_colmax_floor(benchmark: BenchmarkFixture, volume: Volume):
    polar = product("COLMAX").layer(volume).polar
    grid = gridding(volume.site, polar.grid)
    stacked = np.stack([polar.values] * len(polar.elevations))
    benchmark(lambda: np.take(np.fmax.reduce(stacked).ravel(), grid.index))


@pytest.mark.benchmark(group="quicklook")
def test_quicklook(benchmark: BenchmarkFixture, layer: Layer):
    benchmark(lambda: quicklook.encode(site_raster(layer)))


@pytest.mark.benchmark(group="quicklook")
def test_quicklook_floor(benchmark: BenchmarkFixture, layer: Layer):
    image = floors.picture(quicklook.encode(site_raster(layer)))
    benchmark(lambda: image.save(BytesIO(), "PNG"))


@pytest.mark.benchmark(group="quality control of a volume")
def test_clean(benchmark: BenchmarkFixture, volume: Volume):
    benchmark(lambda: clean(forgetful(volume), Quality()))


@pytest.mark.benchmark(group="unfold a sweep of velocities")
def test_unfold(benchmark: BenchmarkFixture):
    folded = make_volume(
        {"VRAD": lambda _, azimuth, r: (25 * np.cos(np.radians(azimuth)) + 0 * r + 8) % 16 - 8},
        gates=320,
    )
    known = replace(folded, nyquist_velocity=(8.0,))
    benchmark(lambda: unfold(forgetful(known)))


@pytest.mark.parametrize("name", NAMES)
def test_product(benchmark: BenchmarkFixture, volume: Volume, name: str):
    chosen = product(name)
    if chosen.missing(volume):
        pytest.skip(f"{name} needs {chosen.missing(volume)}")
    benchmark.group = f"compute {name}"
    seen = clean(volume, Quality()) if chosen.filtered else volume
    benchmark(lambda: chosen.compute(forgetful(seen), chosen.parameters()))
