import json
import subprocess
import sys

import numpy as np
import pytest
import rasterio
import rasterio.shutil
from PIL import Image
from rasterio.enums import ColorInterp
from rasterio.vrt import WarpedVRT
from rio_cogeo import cog_validate

from radar_assets.errors import ProductError
from radar_assets.maps import cog
from radar_assets.maps.gridding import map_raster
from radar_assets.products import product
from radar_assets_tests.targets import (
    BRIGHT,
    ZOOM,
    assert_targets_in_place,
    each_site,
    target_volume,
)
from radar_assets_tests.volumes import SITE, constant, make_volume, noise

each_crs = pytest.mark.parametrize("crs", ["EPSG:3857", "EPSG:4326"])


def encoded(volume, name="DBZHo", zoom=8, crs="EPSG:3857"):
    return cog.encode(map_raster(product(name).layer(volume), zoom=zoom, crs=crs))


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
    assert dataset.descriptions == ("Horizontal reflectivity, unfiltered",)
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
            "parameters": '{"sweep": 0}',
            "palette": "reflectivity",
            "palette_interpolated": "true",
        }.items()
    )
    assert json.loads(tags["palette_stops"])[:2] == [[-30, "#000080"], [-10, "#f0f6f2"]]
    assert set(json.loads(tags["sources"]).values()) == {"00" * 32}
    assert json.loads(tags["site"]) == [SITE.latitude, SITE.longitude, SITE.altitude]


def test_the_same_layer_gives_the_same_bytes():
    volume = make_volume({"DBZH": noise(7)})
    assert encoded(volume) == encoded(volume)


def test_statistics_are_those_of_the_values(dataset):
    values = dataset.read(1)
    values = values[np.isfinite(values)].astype(float)
    tags = dataset.tags(1)
    for name, value in (
        ("MINIMUM", values.min()),
        ("MAXIMUM", values.max()),
        ("MEAN", values.mean()),
        ("STDDEV", values.std()),
        ("VALID_PERCENT", 100 * values.size / (dataset.width * dataset.height)),
    ):
        assert float(tags[f"STATISTICS_{name}"]) == pytest.approx(value, rel=1e-3)


def test_a_map_without_echo_has_no_statistics_but_its_share(tmp_path):
    path = tmp_path / "empty.tif"
    path.write_bytes(encoded(make_volume({"DBZH": constant(-np.inf)}, gates=20)))
    with rasterio.open(path) as opened:
        assert opened.tags(1) == {"STATISTICS_VALID_PERCENT": "0"}
        assert np.isnan(opened.read(1)).all()


@pytest.fixture
def coverage(tmp_path):
    """A map of classes: no echo in the east, echo in the south west, removed in the north west."""

    def formula(_, azimuth, r):
        return np.choose(azimuth.astype(int) // 90, [-np.inf, -np.inf, 30.0, -20.0]) + 0 * r

    path = tmp_path / "coverage.tif"
    path.write_bytes(encoded(make_volume({"DBZH": formula}), "COVERAGE"))
    return path


def test_classes_are_bytes_with_a_colour_table_and_not_covered_is_nodata(coverage):
    assert cog_validate(coverage, strict=True) == (True, [], [])
    with rasterio.open(coverage) as opened:
        assert opened.dtypes == ("uint8",)
        assert opened.nodata == 0
        assert opened.colorinterp == (ColorInterp.palette,)
        mask = opened.read_masks(1)
        colours = opened.colormap(1)
        drawn = opened.read(1)
        height, width = drawn.shape
        tags = opened.tags()
    assert colours[0][:3] == (255, 255, 255)
    assert len({colours[code] for code in range(4)}) == 4
    corners = drawn[0, 0], drawn[100, -100], drawn[-100, 100], drawn[100, 100]
    assert corners == (0, 0, 0, 0)
    quarter = height // 4, width // 4
    assert drawn[quarter[0], -quarter[1]] == drawn[-quarter[0], -quarter[1]] == 1
    assert drawn[-quarter[0], quarter[1]] == 2
    assert drawn[quarter[0], quarter[1]] == 3
    assert (tags["radarlib_data_type"], tags["radarlib_nodata"]) == ("raw_float", "0")
    np.testing.assert_array_equal(mask == 0, drawn == 0)
    with rasterio.open(coverage, overview_level=0) as overview:
        assert set(np.unique(overview.read(1))) == {0, 1, 2, 3}
        np.testing.assert_array_equal(overview.read_masks(1) == 0, overview.read(1) == 0)


def test_what_is_not_covered_is_transparent_to_those_that_expand_colours(coverage, tmp_path):
    picture = tmp_path / "picture.png"
    with rasterio.open(coverage) as dataset, WarpedVRT(dataset, add_alpha=True) as vrt:
        classes, alpha = vrt.read()
    assert set(np.unique(classes[alpha == 0])) == {0}
    assert (classes[alpha == 255] > 0).all()
    with rasterio.open(coverage) as dataset:
        rasterio.shutil.copy(dataset, picture, driver="PNG")
    with Image.open(picture) as image:
        pixels = np.asarray(image.convert("RGBA"))
    np.testing.assert_array_equal(pixels[..., 3] == 0, classes == 0)


def test_statistics_of_classes_are_those_of_what_is_covered(coverage):
    with rasterio.open(coverage) as dataset:
        drawn, tags = dataset.read(1), dataset.tags(1)
    covered = drawn[drawn > 0].astype(float)
    assert float(tags["STATISTICS_MINIMUM"]) == 1
    assert float(tags["STATISTICS_MEAN"]) == pytest.approx(covered.mean())
    share = 100 * covered.size / drawn.size
    assert float(tags["STATISTICS_VALID_PERCENT"]) == pytest.approx(share, rel=1e-3)


def test_check_knows_a_good_file_of_either_kind(file, coverage):
    cog.check_cog(file)
    cog.check_cog(coverage)


@pytest.mark.parametrize(
    ("changes", "crs"),
    [
        ({}, "EPSG:4326"),
        ({"nodata": -9999}, "EPSG:3857"),
        ({"nodata": None}, "EPSG:3857"),
        ({"dtype": "uint8", "nodata": None}, "EPSG:3857"),
        ({"dtype": "uint8", "nodata": 255}, "EPSG:3857"),
        ({"driver": "GTiff"}, "EPSG:3857"),
    ],
    ids=str,
)
def test_check_refuses_another_map(file, tmp_path, changes, crs):
    with rasterio.open(file) as good:
        profile = {
            "driver": "COG",
            "width": good.width,
            "height": good.height,
            "count": 1,
            "dtype": "float32",
            "nodata": np.nan,
            "crs": good.crs,
            "transform": good.transform,
        }
    path = tmp_path / "other.tif"
    profile |= changes
    with rasterio.open(path, "w", **profile) as made:
        made.write(np.ones((1, made.height, made.width), profile["dtype"]))
    with pytest.raises(ProductError, match=r"other\.tif is no cloud-optimized GeoTIFF"):
        cog.check_cog(path, crs)


def test_check_refuses_what_cannot_be_read(tmp_path):
    path = tmp_path / "broken.tif"
    path.write_bytes(b"II*\0 and no more")
    with pytest.raises(ProductError, match=r"broken\.tif cannot be read"):
        cog.check_cog(path)


@each_site
@each_crs
def test_gates_are_where_the_geodesic_says(site, crs, tmp_path):
    path = tmp_path / "targets.tif"
    path.write_bytes(encoded(target_volume(site), zoom=ZOOM, crs=crs))
    with rasterio.open(path) as opened:
        assert opened.crs.to_string() == crs
        bright = opened.read(1) == BRIGHT
        assert_targets_in_place(bright, site, tuple(opened.bounds), crs)


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
