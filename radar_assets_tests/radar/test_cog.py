import json
import subprocess
import sys

import numpy as np
import pytest
import rasterio
from rio_cogeo import cog_validate

from radar_assets.products import product
from radar_assets.radar import cog
from radar_assets.radar.gridding import gridding
from radar_assets_tests.targets import (
    BRIGHT,
    STEP,
    assert_targets_in_place,
    each_site,
    pixel_of,
    target_volume,
)
from radar_assets_tests.volumes import SITE, constant, make_volume, noise


def encoded(volume, name="DBZHo", step=500.0):
    layer = product(name).layer(volume)
    return cog.encode(layer, gridding(layer.site, layer.polar.grid, step))


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("cog") / "map.tif"
    path.write_bytes(encoded(make_volume({"DBZH": noise(), "ZDR": noise()})))
    return path


@pytest.fixture
def dataset(file):
    with rasterio.open(file) as opened:
        yield opened


def test_it_is_a_valid_cloud_optimized_geotiff(file):
    assert cog_validate(file, strict=True) == (True, [], [])


def test_its_numbers_are_plain_values(dataset):
    assert dataset.crs.to_epsg() == 3857
    assert dataset.dtypes == ("float32",)
    assert np.isnan(dataset.nodata)
    assert dataset.compression.value == "DEFLATE"
    assert dataset.descriptions == ("Horizontal reflectivity",)
    assert dataset.units == ("dBZ",)


def test_undetect_and_nodata_are_nan_and_values_are_exact(dataset):
    values = make_volume({"DBZH": noise()}).fields["DBZH"]
    drawn = dataset.read(1)
    assert not np.isinf(drawn).any()
    echo = drawn[np.isfinite(drawn)]
    assert np.isin(echo, values[np.isfinite(values)]).all()
    inside = np.pi / 4
    assert echo.size / drawn.size == pytest.approx(0.3 * inside, rel=0.05)


def test_overviews_never_average(file, dataset):
    assert dataset.overviews(1) == [2]
    full = dataset.read(1)
    with rasterio.open(file, overview_level=0) as overview:
        small = overview.read(1)
    assert small.shape == tuple(-(-size // 2) for size in full.shape)
    assert np.isin(small[np.isfinite(small)], full).all()


def test_large_maps_have_overviews_down_to_a_block(tmp_path):
    path = tmp_path / "large.tif"
    path.write_bytes(encoded(make_volume({"DBZH": constant(20)}, gates=1236)))
    with rasterio.open(path) as opened:
        assert opened.overviews(1) == [2, 4]
    assert cog_validate(path, strict=True) == (True, [], [])


def test_small_maps_are_valid_too(tmp_path):
    path = tmp_path / "small.tif"
    path.write_bytes(encoded(make_volume({"DBZH": constant(20)}, gates=5)))
    assert cog_validate(path, strict=True) == (True, [], [])


def test_tags_serve_the_web_map_and_tell_the_origin(dataset):
    tags = dataset.tags()
    assert (
        tags.items()
        >= {
            "radarlib_cmap": "grc_th",
            "radarlib_vmin": "-30",
            "radarlib_vmax": "70",
            "radarlib_data_type": "raw_float",
            "radarlib_nodata": "nan",
            "field_name": "DBZH",
            "timestamp": "2025-10-20T15:28:28Z",
            "radar": "RMA11",
            "strategy": "0315",
            "volume": "01",
            "product": "DBZHo",
            "elevation": "0.53",
            "parameters": "{}",
        }.items()
    )
    assert set(json.loads(tags["sources"]).values()) == {"00" * 32}
    assert json.loads(tags["site"]) == [SITE.latitude, SITE.longitude, SITE.altitude]


def test_the_same_layer_gives_the_same_bytes():
    volume = make_volume({"DBZH": noise(7)})
    assert encoded(volume) == encoded(volume)


@each_site
def test_gates_are_where_the_geodesic_says(site, tmp_path):
    path = tmp_path / "targets.tif"
    path.write_bytes(encoded(target_volume(site), step=STEP))
    with rasterio.open(path) as opened:
        bright = opened.read(1) == BRIGHT
        assert_targets_in_place(bright, site, tuple(opened.bounds))
        row, column = pixel_of(site, 0, 0, tuple(opened.bounds), opened.shape)
        assert abs(row - round(row)) < 1e-6
        assert abs(column - round(column)) < 1e-6


@pytest.mark.parametrize("imports", ["import pyproj, rasterio", "import rasterio, pyproj"])
def test_both_copies_of_proj_live_in_one_process(imports):
    code = f"""
{imports}
from rasterio.warp import transform
from pyproj import Transformer
one = transform("EPSG:4326", "EPSG:3857", [-64.9], [-27.5])
two = Transformer.from_crs(4326, 3857, always_xy=True).transform([-64.9], [-27.5])
assert abs(one[0][0] - two[0][0]) < 1e-6 and abs(one[1][0] - two[1][0]) < 1e-6
"""
    subprocess.run([sys.executable, "-c", code], check=True)
