import json
from importlib.metadata import version
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from radar_assets.maps import png
from radar_assets.maps.gridding import map_raster
from radar_assets.products import product
from radar_assets_tests.targets import (
    ZOOM,
    assert_targets_in_place,
    each_site,
    target_volume,
)
from radar_assets_tests.volumes import SITE, constant, make_volume


def drawing(volume, name="DBZHo", zoom=8):
    data = png.encode(map_raster(product(name).layer(volume), zoom=zoom))
    return data, Image.open(BytesIO(data))


@pytest.fixture(scope="module")
def image():
    volume = make_volume(
        {"DBZH": lambda i, azimuth, r: np.where(azimuth < 180, 40.0, -np.inf) + 0 * r}
    )
    return drawing(volume)[1]


def test_it_is_a_palette_image_with_one_transparent_index(image):
    assert (image.format, image.mode) == ("PNG", "P")
    assert image.info["transparency"] == 0


def test_echo_is_coloured_and_the_rest_is_transparent(image):
    pixels = np.asarray(image.convert("RGBA"))
    height, width, _ = pixels.shape
    east, west, corner = pixels[height // 2, width - 50], pixels[height // 2, 50], pixels[0, 0]
    np.testing.assert_allclose(east, [0xF7, 0xA6, 0x00, 255], atol=8)
    assert west[3] == corner[3] == 0


def test_text_chunks_say_what_and_where(image):
    assert image.text["crs"] == "EPSG:3857"
    west, south, east, north = json.loads(image.text["bounds_wgs84"])
    assert west < SITE.longitude < east
    assert south < SITE.latitude < north
    assert (
        image.text.items()
        >= {
            "radar": "RMA11",
            "strategy": "0315",
            "volume": "01",
            "time": "2025-10-20T15:28:28Z",
            "product": "DBZHo",
            "field": "DBZH",
            "filtered": "false",
            "units": "dBZ",
            "elevation": "0.53",
            "palette": "reflectivity",
            "vmin": "-30",
            "vmax": "70",
            "zoom": "8",
            "software": f"radar_assets {version('radar_assets')}",
        }.items()
    )
    assert list(json.loads(image.text["sources"])) == ["RMA11_0315_01_DBZH_20251020T152828Z.BUFR"]
    assert json.loads(image.text["site"]) == [SITE.latitude, SITE.longitude, SITE.altitude]


def test_the_same_layer_gives_the_same_bytes():
    volume = make_volume({"DBZH": constant(20)}, gates=50)
    assert drawing(volume)[0] == drawing(volume)[0]


@each_site
def test_gates_are_where_the_geodesic_says(site):
    _, picture = drawing(target_volume(site), zoom=ZOOM)
    bright = np.asarray(picture) > 0
    assert_targets_in_place(bright, site, tuple(json.loads(picture.text["bounds"])))
