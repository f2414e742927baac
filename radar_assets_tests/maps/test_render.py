import json

import pytest
import rasterio
from PIL import Image

from radar_assets.errors import ProductError
from radar_assets.maps.gridding import map_raster
from radar_assets.maps.render import render
from radar_assets.products import product
from radar_assets_tests.volumes import constant, make_volume


@pytest.fixture
def layer():
    return product("DBZHo").layer(make_volume({"DBZH": constant(30)}, gates=50))


def test_the_suffix_chooses_the_format(layer, tmp_path):
    raster = map_raster(layer)
    paths = [tmp_path / "a" / name for name in ("map.png", "map.tif")]
    sizes = [render(raster, path) for path in paths]
    with Image.open(paths[0]) as image, rasterio.open(paths[1]) as dataset:
        assert image.size == raster.grid.shape[::-1] == (dataset.width, dataset.height)
        assert tuple(dataset.bounds) == pytest.approx(raster.grid.bounds)
    assert sizes == [path.stat().st_size for path in paths]


def test_bounds_are_those_of_the_ground_covered(layer):
    grid = map_raster(layer).grid
    west, south, east, north = grid.bounds_wgs84
    assert west < layer.site.longitude < east
    assert south < layer.site.latitude < north
    reach, block = 2 * 50 * 0.36, 16 * 0.54
    assert reach < (north - south) * 111 < reach + 2 * block
    assert grid.crs == "EPSG:3857"


def test_maps_may_be_in_degrees(layer, tmp_path):
    raster = map_raster(layer, crs="EPSG:4326")
    assert raster.grid.crs == "EPSG:4326"
    assert raster.grid.bounds == pytest.approx(raster.grid.bounds_wgs84)
    for name in ("map.png", "map.tif"):
        render(raster, tmp_path / name)
    with Image.open(tmp_path / "map.png") as image, rasterio.open(tmp_path / "map.tif") as dataset:
        assert dataset.crs.to_epsg() == 4326
        assert image.text["crs"] == "EPSG:4326"
        assert json.loads(image.text["bounds"]) == pytest.approx(list(dataset.bounds))


def test_nothing_but_the_map_is_left_behind(layer, tmp_path):
    raster = map_raster(layer, cache=tmp_path / "cache")
    render(raster, tmp_path / "out" / "map.tif", tmp_path / "scratch")
    assert not list((tmp_path / "scratch").iterdir())
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["map.tif"]
    assert len(list((tmp_path / "cache").iterdir())) == 1


def test_another_suffix_is_refused(layer, tmp_path):
    with pytest.raises(ProductError, match=r"map\.gif.*png or tif"):
        render(map_raster(layer), tmp_path / "map.gif")
