"""The picture for people: where things are drawn, and what is written around them."""

import dataclasses
import json
import subprocess
import sys
from datetime import UTC
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from pyproj import Geod, Transformer

from radar_assets.maps import quicklook
from radar_assets.maps.basemap import Theme, polylines
from radar_assets.maps.gridding import map_raster, site_raster
from radar_assets.maps.palettes import palette
from radar_assets.maps.quicklook.backdrop import rings
from radar_assets.maps.quicklook.view import View
from radar_assets.products import product
from radar_assets.radar.volume import Site
from radar_assets_tests.targets import AZIMUTHS, BRIGHT, each_site
from radar_assets_tests.volumes import SITE, constant, make_volume, noise

LEFT, UPPER, RIGHT, LOWER = quicklook.MAP
SIDE = RIGHT - LEFT
NO_ECHO = (208, 213, 216)
WHITE = (255, 255, 255)
AFAR = Site(60.0, 10.0, 0.0)
"""where the map has no lines"""
TARGET = 170_000.0
"""metres; away from the rings"""


def layer_of(volume, name="DBZHo", **changes):
    return dataclasses.replace(product(name).layer(volume), **changes)


def picture(layer, **notes):
    return Image.open(BytesIO(quicklook.encode(site_raster(layer), quicklook.Notes(**notes))))


def map_of(image):
    """The map of a quicklook, shape (side, side, 3)."""
    return np.asarray(image.crop(quicklook.MAP)).astype(int)


def place_of(reach, azimuth, distance):
    """Row and column, 0 at the centre of the map's first pixel, of a place seen from the site."""
    half = reach * 1.06
    east, north = distance * np.sin(np.radians(azimuth)), distance * np.cos(np.radians(azimuth))
    return np.array([half - north, half + east]) / (2 * half) * SIDE - 0.5


@each_site
def test_gates_are_at_their_azimuth_and_distance(site):
    layer = layer_of(make_volume({"DBZH": targets}, site=site, first_rays=161))
    colour = layer.palette.rgb[layer.palette.indices(np.float32([BRIGHT]))[0]]
    rows, columns = np.nonzero((map_of(picture(layer)) == colour).all(axis=-1))
    for azimuth in AZIMUTHS:
        row, column = place_of(layer.polar.grid.reach, azimuth, TARGET)
        near = np.hypot(rows - row, columns - column) < 8
        assert abs(rows[near].mean() - row) < 1
        assert abs(columns[near].mean() - column) < 1


def targets(_, azimuth, distance):
    """Bright gates above places at the distance `TARGET`: 4/3 earth, written out."""
    radius, angle = 8_494_666.7, np.radians(0.53)
    ground = radius * np.arctan2(distance * np.cos(angle), radius + distance * np.sin(angle))
    is_target = np.isin(azimuth, AZIMUTHS) & (np.abs(ground - TARGET) < 400)
    return np.where(is_target, BRIGHT, -np.inf)


@each_site
def test_lines_of_the_map_run_where_the_geodesic_sees_them_from_the_site(site):
    layer = layer_of(make_volume({"DBZH": constant(-np.inf)}, site=site))
    reach = layer.polar.grid.reach
    brightness = map_of(picture(layer)).sum(axis=-1)
    points = np.concatenate([line for theme in Theme for line in polylines(theme)])
    azimuth, _, distance = Geod(ellps="WGS84").inv(
        *np.broadcast_arrays(site.longitude, site.latitude, *points.T)
    )
    inside = (distance < 0.95 * reach) & (distance > 20_000)
    assert inside.sum() > 100
    row, column = np.rint(place_of(reach, azimuth[inside], distance[inside])).astype(int)
    off = {
        (down, right): brightness[row + down, column + right].mean()
        for down in (-1, 0, 1)
        for right in (-1, 0, 1)
    }
    assert min(off, key=off.get) == (0, 0)
    assert off[0, 0] < sum(NO_ECHO) - 300


def test_a_ring_is_a_circle():
    layer = layer_of(make_volume({"DBZH": constant(-np.inf)}, site=AFAR))
    brightness = map_of(picture(layer)).sum(axis=-1)
    reach = layer.polar.grid.reach
    azimuth, pixels = np.meshgrid(np.arange(10, 350, 0.5), [-8, -4, -1, 0, 1, 4, 8])
    place = place_of(reach, azimuth, 150_000 + pixels * 2 * 1.06 * reach / SIDE)
    profile = brightness[*np.rint(place).astype(int)]
    assert (profile[2:5].min(axis=0) < sum(NO_ECHO) - 30).all()
    assert (profile[[0, 1, 5, 6]] == sum(NO_ECHO)).all()


def test_echo_no_echo_and_what_was_not_measured_differ():
    layer = layer_of(make_volume({"DBZH": thirds}, site=AFAR))
    drawn = map_of(picture(layer))

    def at(azimuth, share):
        reach = layer.polar.grid.reach
        return tuple(drawn[*np.rint(place_of(reach, azimuth, share * reach)).astype(int)])

    echo = layer.palette.rgb[layer.palette.indices(np.float32([40.0]))[0]]
    assert at(60, 0.6) == tuple(echo)
    assert at(180, 0.6) == NO_ECHO
    assert at(300, 0.6) == at(45, 1.2) == WHITE


def thirds(_, azimuth, distance):
    """Echo in the first third of the circle, none in the second, nodata in the third."""
    return np.select([azimuth < 120, azimuth < 240], [40.0, -np.inf], np.nan) + 0 * distance


def test_of_classes_zero_is_what_was_not_measured():
    layer = layer_of(make_volume({"DBZH": constant(10)}, site=AFAR))
    grid = layer.polar.grid
    classes = np.repeat(np.arange(4, dtype=np.uint8), grid.rays // 4)[:, None]
    polar = dataclasses.replace(layer.polar, values=np.repeat(classes, grid.gates, axis=1))
    chosen = palette("coverage")
    drawn = map_of(picture(dataclasses.replace(layer, polar=polar, palette=chosen)))
    places = place_of(grid.reach, np.array([45, 135, 225, 315]), 0.55 * grid.reach)
    seen = [tuple(drawn[*place]) for place in np.rint(places).astype(int).T]
    colours = [tuple(colour) for colour in chosen.rgb[chosen.indices(np.float32([1, 2, 3]))]]
    assert seen == [WHITE, *colours]


def test_the_same_layer_and_notes_give_the_same_bytes():
    volume = make_volume({"DBZH": noise()}, gates=100)
    first, second = (quicklook.encode(site_raster(layer_of(volume))) for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    ("change", "box"),
    [
        ({"place": "Córdoba"}, (LEFT, 0, 760, 44)),
        ({"zone": UTC}, (760, 40, 1190, 70)),
        ({"attribution": "Data: made up"}, (LEFT, LOWER + 26, 1190, 1148)),
    ],
    ids=["place", "zone", "attribution"],
)
def test_notes_are_written_where_they_belong(change, box):
    layer = layer_of(make_volume({"DBZH": constant(10)}, gates=100))
    plain, changed = (np.asarray(picture(layer, **notes)) for notes in ({}, change))
    rows, columns = np.nonzero((plain != changed).any(axis=-1))
    left, upper, right, lower = box
    assert len(rows)
    assert left <= columns.min() <= columns.max() < right
    assert upper <= rows.min() <= rows.max() < lower


def test_text_chunks_say_what_and_where():
    layer = layer_of(make_volume({"DBZH": constant(10)}))
    image = picture(layer)
    assert (image.format, image.mode, image.size) == ("PNG", "RGB", quicklook.SIZE)
    assert image.text.items() >= layer.about.tags().items()
    assert image.text["crs"].startswith(f"+proj=aeqd +lat_0={SITE.latitude} ")
    assert json.loads(image.text["pixels"]) == list(quicklook.MAP)
    west, south, east, north = json.loads(image.text["bounds"])
    assert -west == -south == east == north == pytest.approx(layer.polar.grid.reach * 1.06)


@pytest.mark.parametrize(
    ("reach", "distances"),
    [
        (7e3, []),
        (30e3, [10e3, 20e3, 30e3]),
        (116e3, [25e3, 50e3, 75e3, 100e3]),
        (236e3, [50e3, 100e3, 150e3, 200e3]),
        (446e3, [100e3, 200e3, 300e3, 400e3]),
    ],
)
def test_rings_are_few_and_round(reach, distances):
    assert rings(reach) == distances


@pytest.mark.parametrize("gates", [1, 20, 1237])
def test_any_reach_can_be_drawn(gates):
    picture(layer_of(make_volume({"DBZH": constant(10)}, gates=gates))).load()


def test_drawing_does_without_matplotlib():
    code = (
        "import sys; from radar_assets.products import product; "
        "from radar_assets.maps.quicklook import encode; "
        "from radar_assets_tests.volumes import constant, make_volume; "
        "from radar_assets.maps.gridding import site_raster; "
        "layer = product('DBZHo').layer(make_volume({'DBZH': constant(1)}, gates=9)); "
        "encode(site_raster(layer)); "
        "sys.exit('matplotlib' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_view_finds_the_pixel_of_a_place():
    layer = layer_of(make_volume({"DBZH": constant(1)}, gates=278))
    view = View.of(site_raster(layer), size=1000)
    longitude, latitude, _ = Geod(ellps="WGS84").fwd(SITE.longitude, SITE.latitude, 30, 80_000)
    (found,) = view.project(np.array([[longitude, latitude]]))
    assert found == pytest.approx(view.towards(30, 80_000), abs=1e-3)


def window_of(raster, rows, columns):
    """A part of a raster, by slices of its rows and columns."""
    grid = raster.grid
    part = dataclasses.replace(
        grid,
        column=grid.column + columns.start,
        row=grid.row + rows.start,
        width=columns.stop - columns.start,
        height=rows.stop - rows.start,
    )
    return dataclasses.replace(raster, values=raster.values[rows, columns], grid=part)


@pytest.mark.parametrize("crs", ["EPSG:3857", "EPSG:4326"])
def test_a_raster_of_a_map_is_drawn_in_the_middle_where_its_coordinates_say(crs):
    layer = layer_of(make_volume({"DBZH": targets}, site=AFAR))
    whole = map_raster(layer, crs=crs)
    height, width = whole.grid.shape
    raster = window_of(whole, slice(0, height), slice(width // 2 - 200, width // 2 + 200))
    image = Image.open(BytesIO(quicklook.encode(raster)))
    west, south, east, north = json.loads(image.text["bounds"])
    drawn = raster.grid.bounds
    assert (south, north) == pytest.approx((drawn[1], drawn[3]))
    assert (west + east) / 2 == pytest.approx((drawn[0] + drawn[2]) / 2)
    assert (east - west) / (height * raster.grid.pixel) == pytest.approx(1)
    colour = layer.palette.rgb[layer.palette.indices(np.float32([BRIGHT]))[0]]
    rows, columns = np.nonzero((map_of(image) == colour).all(axis=-1))
    to_map = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    for azimuth in (0.5, 180.5):
        x, y = to_map.transform(
            *Geod(ellps="WGS84").fwd(AFAR.longitude, AFAR.latitude, azimuth, TARGET)[:2]
        )
        row = (north - y) / (north - south) * SIDE - 0.5
        column = (x - west) / (east - west) * SIDE - 0.5
        near = np.hypot(rows - row, columns - column) < 12
        assert abs(rows[near].mean() - row) < 1.5
        assert abs(columns[near].mean() - column) < 1.5
    beside = map_of(image)[:, :200]
    assert (beside[:, :150] == 255).all()


def test_a_composite_names_its_radars_and_marks_their_sites():
    layer = layer_of(make_volume({"DBZH": constant(-np.inf)}, site=AFAR))
    raster = map_raster(layer)
    other = dataclasses.replace(AFAR, longitude=11.0)
    about = dataclasses.replace(
        layer.about, name="NORTH", volume=None, sites={"RMA11": AFAR, "RMA3": other}, elevations=()
    )
    raster = dataclasses.replace(raster, about=about)
    image = Image.open(BytesIO(quicklook.encode(raster)))
    assert image.text["composite"] == "NORTH"
    assert image.text.keys().isdisjoint({"radar", "strategy", "volume", "elevation"})
    view = View.of(raster, SIDE)
    dark = map_of(image).sum(axis=-1) < 200
    assert dark.any()
    for site in (AFAR, other):
        ((x, y),) = view.project(np.array([[site.longitude, site.latitude]]))
        rows, columns = np.nonzero(dark)
        near = np.hypot(rows + 0.5 - y, columns + 0.5 - x) < 8
        dark[rows[near], columns[near]] = False
        assert near.sum() > 10
    assert not dark.any()
