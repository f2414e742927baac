"""Files beside a PNG: GDAL opens it where the GeoTIFF of the same raster is."""

import numpy as np
import pytest
import rasterio

from radar_assets.maps.gridding import map_raster
from radar_assets.maps.render import render
from radar_assets.maps.sidecars import beside
from radar_assets.products import product
from radar_assets_tests.targets import ZOOM, assert_targets_in_place, each_site, target_volume
from radar_assets_tests.volumes import constant, make_volume

each_crs = pytest.mark.parametrize("crs", ["EPSG:3857", "EPSG:4326"])


@each_site
@each_crs
def test_a_png_is_where_the_geodesic_says(site, crs, tmp_path):
    raster = map_raster(product("DBZHo").layer(target_volume(site)), zoom=ZOOM, crs=crs)
    for name in ("map.png", "map.tif"):
        render(raster, tmp_path / name)
    with rasterio.open(tmp_path / "map.png") as image, rasterio.open(tmp_path / "map.tif") as map_:
        assert image.crs == map_.crs
        assert image.transform.almost_equals(map_.transform, 1e-12)
        assert image.shape == map_.shape
        bright = image.read(1) > 0
        assert_targets_in_place(bright, site, tuple(image.bounds), crs)


@each_crs
def test_the_world_file_alone_says_where_it_is(crs, tmp_path):
    raster = map_raster(product("DBZHo").layer(make_volume({"DBZH": constant(9)})), crs=crs)
    path = tmp_path / "map.png"
    render(raster, path)
    world, auxiliary = beside(path)
    auxiliary.unlink()
    with rasterio.open(path) as image:
        np.testing.assert_allclose(tuple(image.bounds), raster.grid.bounds, rtol=1e-12)
    assert [len(line.split()) for line in world.read_text("ascii").splitlines()] == [1] * 6


def test_only_a_png_has_files_beside_it(tmp_path):
    raster = map_raster(product("DBZHo").layer(make_volume({"DBZH": constant(9)}, gates=9)))
    for name in ("a.b.png", "a.b.tif"):
        render(raster, tmp_path / name)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"a.b.png", "a.b.pgw", "a.b.png.aux.xml", "a.b.tif"}
    assert beside(tmp_path / "a.b.tif") == ()


def test_they_are_the_same_for_the_same_map(tmp_path):
    raster = map_raster(product("DBZHo").layer(make_volume({"DBZH": constant(9)}, gates=9)))
    contents = []
    for name in ("one", "two"):
        render(raster, tmp_path / name / "map.png")
        contents.append([path.read_bytes() for path in beside(tmp_path / name / "map.png")])
    assert contents[0] == contents[1]
