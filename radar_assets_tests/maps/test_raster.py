"""Rasters: drawn from polar data, described as text, and read back from their files."""

import dataclasses
from datetime import UTC, datetime

import numpy as np
import pytest
import rasterio

from radar_assets.errors import ProductError
from radar_assets.maps import cog, png
from radar_assets.maps.description import Description
from radar_assets.maps.gridding import gridding, map_raster, rasterize
from radar_assets.maps.palettes import Scheme, in_scheme
from radar_assets.maps.raster import at_zoom
from radar_assets.products import applicable, choose, product
from radar_assets_tests.samples import CONVECTION, TRUNCATED, sample_volume
from radar_assets_tests.targets import SITES
from radar_assets_tests.volumes import SITE, constant, make_volume, noise

each_crs = pytest.mark.parametrize("crs", ["EPSG:3857", "EPSG:4326"])


def raster_of(volume, name="DBZHo", **options):
    return map_raster(product(name).layer(volume), **options)


def stored(raster, tmp_path):
    """A raster, written and read."""
    path = tmp_path / "map.tif"
    path.write_bytes(cog.encode(raster))
    return cog.read(path)


@pytest.fixture(scope="module")
def volume():
    return make_volume(
        {"DBZH": noise(), "RHOHV": constant(0.99)}, elevations=(0.53, 1.3, 2.33), gates=100
    )


def test_a_raster_has_the_values_of_its_layer_nodata_and_undetect_kept_apart(volume):
    layer = product("DBZHo").layer(volume)
    raster = map_raster(layer)
    polar = layer.polar.values
    assert raster.values.dtype == np.float32
    assert raster.values.shape == raster.grid.shape
    assert np.isneginf(raster.values).any()
    measured = raster.values[~np.isnan(raster.values)]
    assert np.isin(measured, polar[~np.isnan(polar)]).all()
    assert np.isnan(raster.values[0, 0])
    assert (raster.palette, raster.about) == (layer.palette, layer.about)


def test_outside_the_range_classes_are_zero(volume):
    raster = raster_of(volume, "COVERAGE")
    assert raster.has_classes
    assert raster.values[0, 0] == 0


def test_one_index_table_serves_layers_of_one_geometry(volume):
    layers = [product(name).layer(volume) for name in ("DBZHo", "DBZH")]
    table = gridding(layers[0].site, layers[0].polar.grid)
    for layer in layers:
        drawn, again = rasterize(layer, table), map_raster(layer)
        np.testing.assert_array_equal(drawn.values, again.values)
        assert drawn.grid == again.grid


@each_crs
@pytest.mark.parametrize("name", ["DBZHo", "COLMAX", "COVERAGE"])
def test_a_stored_raster_is_read_as_it_was(volume, name, crs, tmp_path):
    made = raster_of(volume, name, crs=crs)
    read = stored(made, tmp_path)
    assert read.values.dtype == made.values.dtype
    np.testing.assert_array_equal(read.values, made.values)
    assert (read.palette, read.about, read.grid) == (made.palette, made.about, made.grid)


@pytest.mark.parametrize("zoom", [7, 6, 5, 4])
@pytest.mark.parametrize("name", ["DBZHo", "COLMAX", "COVERAGE", "RAIN"])
def test_a_zoom_below_is_read_like_reduced(samples, name, zoom, tmp_path):
    made = raster_of(sample_volume(samples, TRUNCATED), name)
    (path := tmp_path / "map.tif").write_bytes(cog.encode(made))
    read, reduced = cog.read(path, zoom), at_zoom(made, zoom)
    assert read.grid == reduced.grid
    np.testing.assert_array_equal(read.values, reduced.values)
    with pytest.raises(ProductError, match="has no zoom 9"):
        cog.read(path, 9)


def test_other_programs_see_undetect_as_nodata(volume, tmp_path):
    made = raster_of(volume)
    (path := tmp_path / "map.tif").write_bytes(cog.encode(made))
    with rasterio.open(path) as dataset:
        masked = dataset.read(1, masked=True)
    assert np.isneginf(made.values).any()
    np.testing.assert_array_equal(masked.mask, ~np.isfinite(made.values))


@each_crs
def test_what_was_read_is_encoded_to_the_same_bytes(volume, crs, tmp_path):
    made = raster_of(volume, crs=crs)
    read = stored(made, tmp_path)
    assert cog.encode(read) == cog.encode(made)
    assert png.encode(read) == png.encode(made)


def test_the_colours_of_another_scheme_are_read_too(volume, tmp_path):
    made = raster_of(volume)
    made = dataclasses.replace(made, palette=in_scheme(made.palette, Scheme.COLOUR_BLIND))
    assert stored(made, tmp_path).palette == made.palette


def test_every_product_of_a_real_volume_is_described_in_its_file(samples, tmp_path):
    volume = sample_volume(samples, CONVECTION)
    for item in applicable(volume):
        made = map_raster(item.layer(volume), zoom=5)
        read = stored(made, tmp_path).about
        rounded = dataclasses.replace(made.about, elevations=read.elevations)
        assert read == rounded
        assert read.elevations == pytest.approx(made.about.elevations, rel=1e-5)


def test_a_composite_is_described_by_its_name_and_the_sites_of_its_radars():
    about = Description(
        name="SINARAME",
        time=datetime(2025, 11, 18, 12, 40, tzinfo=UTC),
        product="COLMAX",
        title="Column maximum of reflectivity",
        units="dBZ",
        field="DBZH",
        filtered=True,
        sites={"RMA3": SITES["RMA3"], "RMA11": SITE},
        sources={"RMA3_20251118T123020Z_COLMAX_00.tif": "ab" * 32},
    )
    tags = about.tags()
    assert tags["composite"] == "SINARAME"
    assert tags["time"] == "2025-11-18T12:40:00Z"
    assert tags.keys().isdisjoint({"radar", "site", "strategy", "volume"})
    assert about.site is None
    assert Description.from_tags(tags) == about


def test_a_product_of_a_radars_windows_has_its_site_and_no_volume(volume):
    about = dataclasses.replace(product("DBZHo").layer(volume).about, volume=None)
    tags = about.tags()
    assert (tags["radar"], "volume" in tags) == ("RMA11", False)
    assert Description.from_tags(tags) == about


def test_the_choice_of_a_sweep_is_described(volume):
    about = product("DBZHo").layer(volume, choose({"DBZHo": {"sweep": 2}})).about
    assert Description.from_tags(about.tags()) == about
    assert (about.sweep, about.elevations) == (2, (2.33,))


@pytest.mark.parametrize(
    "changes",
    [
        {"crs": "EPSG:32720"},
        {"crs": None},
        {"tags": {"product": None}},
        {"tags": {"palette": "nobody's"}},
        {"tags": {"time": "yesterday"}},
        {"tags": {"sources": "{"}},
        {"tags": {"site": "[1, 2]"}},
        {"dtype": "int16", "nodata": 0},
        {"count": 2},
    ],
    ids=str,
)
@pytest.mark.filterwarnings("ignore")
def test_what_encode_did_not_make_is_refused(volume, changes, tmp_path):
    good, other = tmp_path / "map.tif", tmp_path / "other.tif"
    good.write_bytes(cog.encode(raster_of(volume)))
    with rasterio.open(good) as dataset:
        tags = dataset.tags() | changes.get("tags", {})
        profile = dataset.profile | {"driver": "GTiff"} | changes
    profile.pop("tags", None)
    with rasterio.open(other, "w", **profile) as dataset:
        dataset.update_tags(**{name: text for name, text in tags.items() if text is not None})
    with pytest.raises(ProductError, match=r"other\.tif"):
        cog.read(other)
