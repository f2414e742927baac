import json

import pytest
import rasterio
from PIL import Image

from radar_assets.errors import ProductError
from radar_assets.maps.render import render
from radar_assets.products import product
from radar_assets_tests.volumes import constant, make_volume


@pytest.fixture
def layer():
    return product("DBZHo").layer(make_volume({"DBZH": constant(30)}, gates=50))


def test_the_suffix_chooses_the_format(layer, tmp_path):
    picture = render(layer, tmp_path / "a" / "map.png", step=500)
    raster = render(layer, tmp_path / "a" / "map.tif", step=500)
    with Image.open(picture.path) as image, rasterio.open(raster.path) as dataset:
        assert image.size == (picture.width, picture.height) == (dataset.width, dataset.height)
        assert tuple(dataset.bounds) == pytest.approx(raster.bounds)
    assert picture.size_bytes == picture.path.stat().st_size
    assert raster.size_bytes == raster.path.stat().st_size


def test_bounds_are_those_of_the_ground_covered(layer, tmp_path):
    done = render(layer, tmp_path / "map.png", step=500)
    west, south, east, north = done.bounds_wgs84
    assert west < layer.site.longitude < east
    assert south < layer.site.latitude < north
    assert (north - south) * 111 == pytest.approx(2 * 50 * 0.36, rel=0.05)
    assert done.crs == "EPSG:3857"


def test_maps_may_be_in_degrees(layer, tmp_path):
    for name in ("map.png", "map.tif"):
        done = render(layer, tmp_path / name, crs="EPSG:4326")
        assert done.crs == "EPSG:4326"
        assert done.bounds == pytest.approx(done.bounds_wgs84)
    with Image.open(tmp_path / "map.png") as image, rasterio.open(tmp_path / "map.tif") as dataset:
        assert dataset.crs.to_epsg() == 4326
        assert image.text["crs"] == "EPSG:4326"
        assert json.loads(image.text["bounds"]) == pytest.approx(list(dataset.bounds))


def test_nothing_but_the_map_is_left_behind(layer, tmp_path):
    render(layer, tmp_path / "out" / "map.tif", cache=tmp_path / "cache")
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["map.tif"]
    assert len(list((tmp_path / "cache").iterdir())) == 1


def test_another_suffix_is_refused(layer, tmp_path):
    with pytest.raises(ProductError, match=r"map\.gif.*png or tif"):
        render(layer, tmp_path / "map.gif")
