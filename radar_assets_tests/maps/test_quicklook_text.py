"""What is written around the map of a quicklook, and its legend."""

import dataclasses
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from PIL import Image
from PIL.ImageDraw import Draw

from radar_assets.maps.gridding import site_raster
from radar_assets.maps.palettes import palette, palette_names
from radar_assets.maps.quicklook import captions, legend, lettering
from radar_assets.maps.quicklook.view import View
from radar_assets.products import applicable, product
from radar_assets_tests.volumes import constant, make_volume

MINUS = "\N{MINUS SIGN}"


def about(volume, name="DBZHo", **changes):
    return dataclasses.replace(product(name).layer(volume).about, **changes)


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        (timezone(timedelta(hours=-3)), f"2018-11-10 21:04:57 UTC{MINUS}3"),
        (UTC, "2018-11-11 00:04:57 UTC"),
        (timezone(timedelta(hours=5, minutes=30)), "2018-11-11 05:34:57 UTC+5:30"),
        (timezone(timedelta(hours=-3, minutes=-30)), f"2018-11-10 20:34:57 UTC{MINUS}3:30"),
    ],
    ids=str,
)
def test_times_name_their_zone(zone, text):
    assert captions.moment(datetime(2018, 11, 11, 0, 4, 57, tzinfo=UTC), zone) == text


def test_captions_say_what_is_shown():
    volume = make_volume({"DBZH": constant(10)}, elevations=(0.53, 15.42))
    shown = about(volume)
    assert captions.title(shown, "Termas de Río Hondo") == "RMA11  ·  Termas de Río Hondo"
    assert captions.title(shown, "") == "RMA11"
    assert captions.subtitle(shown) == f"{shown.title} (DBZHo)"
    assert captions.details(shown).startswith("elevation 0.53°  ·  as measured")
    column = captions.details(about(volume, "COLMAXo"))
    assert column.startswith("2 elevations from 0.53° to 15.42°  ·  as measured")
    origin = captions.origin(shown, View.of(site_raster(product("DBZHo").layer(volume)), 1000))
    assert origin.startswith("strategy 0315, volume 01  ·  ")
    assert f"site {MINUS}27.503°, {MINUS}64.906°, 313 m" in origin
    assert "rings every 50 km" in origin


def test_details_tell_the_parameters_and_what_quality_control_went_without():
    parameters = {
        "nyquist_velocity": 33.13,
        "height": 3000.0,
        "sweep": -1,
        "unwrap": True,
        "method": "linear_one",
        "quality": {"min_rhohv": 0.5},
        "skipped": ["min_rhohv", "clutter"],
    }
    volume = make_volume({"DBZH": constant(10)})
    shown = about(volume, filtered=True, parameters=parameters)
    assert captions.details(shown).split("  ·  ")[1:] == [
        "filtered without min rhohv, clutter",
        "nyquist velocity 33.13 m/s",
        "height 3000 m",
        f"sweep {MINUS}1",
        "unwrap yes",
        "method linear one",
    ]


def test_every_letter_that_is_needed_has_its_shape():
    letters = lettering.font(20)
    missing = bytes(letters.getmask("\uffff"))
    for letter in f"áéíóúüñÁÉÍÓÚÜÑ°²³·…{MINUS}":
        assert bytes(letters.getmask(letter)) != missing, letter


@pytest.mark.parametrize("length", [1, 60, 120, 400])
def test_a_line_keeps_its_width(length):
    image = Image.new("L", (900, 60), 255)
    lettering.write(Draw(image), (10, 40), "m" * length, 28, width=600, bold=True)
    columns = np.nonzero((np.asarray(image) < 255).any(axis=0))[0]
    assert columns.min() >= 10
    assert columns.max() <= 612
    assert length == 1 or columns.max() > 500


@pytest.mark.parametrize("name", palette_names())
def test_a_legend_has_the_colour_of_each_value_beside_it(name):
    chosen = palette(name)
    image = Image.new("RGB", (200, 900), "white")
    legend.draw_legend(image, chosen, left=10, top=20, height=860)
    bar = np.asarray(image)[20:880, 20].astype(int)
    height = 48 * len(chosen.labels) if chosen.labels else 860
    steps = len(chosen.legend) - chosen.interpolate
    for step, value in enumerate(chosen.legend[:steps]):
        row = round(height * (1 - step / steps)) - 2
        wanted = chosen.rgb[chosen.indices(np.float32([value]))[0]]
        steepest = np.abs(np.diff(chosen.rgb[1:].astype(int), axis=0)).max()
        assert np.abs(bar[row] - wanted).max() <= 3 * steepest + 1


@pytest.mark.parametrize("name", ["reflectivity", "rhohv", "rain"])
def test_values_are_written_at_their_height(name):
    chosen = palette(name)
    drawn, wanted = (Image.new("RGB", (200, 900), "white") for _ in range(2))
    legend.draw_legend(drawn, chosen, left=10, top=20, height=860)
    steps = len(chosen.legend) - chosen.interpolate
    for step, value in enumerate(chosen.legend):
        text = f"{value:g}".replace("-", MINUS)
        place = (54, 20 + 860 * (1 - step / steps))
        Draw(wanted).text(place, text, font=lettering.font(16), fill=lettering.INK, anchor="lm")
    found, expected = (np.asarray(image)[12:, 54:] for image in (drawn, wanted))
    np.testing.assert_array_equal(found, expected)


def test_a_long_text_takes_two_lines_and_is_whole():
    words = " · ".join(f"step {number} of many" for number in range(18))
    image = Image.new("L", (1200, 40), 255)
    lettering.write(Draw(image), (10, 22), words, 15, width=1160)
    rows = (np.asarray(image) < 128).any(axis=1)
    blank = np.flatnonzero(~rows[np.argmax(rows) : 40 - np.argmax(rows[::-1])])
    assert blank.size, "a gap between two lines"
    first = lettering._fitting(words, lettering.font(11), 1160)
    assert lettering.font(11).getlength(words[len(first) :]) <= 1160


def test_no_caption_of_a_product_is_cut():
    bare = make_volume({name: constant(3) for name in ("DBZH", "KDP", "VRAD")}, elevations=(1, 2))
    bare = dataclasses.replace(bare, nyquist_velocity=(8.28, 8.28))
    for item in applicable(bare):
        text = captions.details(item.layer(bare).about)
        first = lettering._fitting(text, lettering.font(11), 1160)
        assert lettering.font(11).getlength(text[len(first) :]) <= 1160, item.name
