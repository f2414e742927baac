import numpy as np
import pytest

from radar_assets.errors import SettingsError
from radar_assets.maps.palettes import Scheme, in_scheme, palette, palette_names, read_palette

GOOD = """
name = "made"
title = "Made"
units = "dBZ"
vmin = 0.0
vmax = 10.0
cmap = "jet"
stops = [[0.0, "#000000"], [10.0, "#ffffff"]]
"""


def write(folder, text, name="made.toml"):
    file = folder / name
    file.write_text(text)
    return file


def hexadecimal(colour):
    return "#" + bytes(colour.tolist()).hex()


@pytest.mark.parametrize("name", palette_names())
def test_each_packaged_palette_colours_its_range(name):
    chosen = palette(name)
    assert chosen.rgb.shape == (256, 3)
    values = np.linspace(chosen.vmin, chosen.vmax, 1000, dtype=np.float32)
    indices = chosen.indices(values)
    assert indices.dtype == np.uint8
    assert (np.diff(indices.astype(int)) >= 0).all()
    assert indices[-1] == chosen.indices(np.float32([chosen.vmax + 1000]))[0] > 0
    if chosen.interpolate:
        assert (indices[0], indices[-1]) == (1, 255)


@pytest.mark.parametrize("name", palette_names())
def test_what_is_not_a_value_is_transparent(name):
    assert palette(name).indices(np.float32([np.nan, -np.inf])).tolist() == [0, 0]


def test_faint_reflectivity_is_transparent_but_strong_velocity_is_not():
    below = np.float32([-33.0])
    assert palette("reflectivity").indices(below).tolist() == [0]
    assert palette("velocity").indices(below).tolist() == [1]


@pytest.mark.parametrize("name", ["reflectivity", "velocity", "rhohv", "colmax"])
def test_values_take_the_colours_of_their_stops(name):
    chosen = palette(name)
    bin_width = (chosen.vmax - chosen.vmin) / 255
    for value, colour in chosen.stops:
        drawn = chosen.rgb[chosen.indices(np.float32([value]))[0]].astype(int)
        stop = np.array(list(bytes.fromhex(colour[1:])))
        steepest = 255 / np.diff([v for v, _ in chosen.stops]).min() * bin_width
        assert np.abs(drawn - stop).max() <= steepest / 2 + 1


def test_velocity_is_green_toward_dark_still_and_red_away():
    chosen = palette("velocity")
    toward, still, away = chosen.rgb[chosen.indices(np.float32([-20, 0, 20]))].astype(int)
    assert toward[1] > 150 > toward[0] + toward[2]
    assert hexadecimal(still) == "#200b0b"
    assert away[0] > 150 > away[1] + away[2]


def test_steps_hold_their_colour_up_to_the_next(tmp_path):
    stepped = GOOD.replace('[10.0, "#ffffff"]', '[5.0, "#ffffff"]') + "interpolate = false\n"
    chosen = read_palette(write(tmp_path, stepped))
    indices = chosen.indices(np.float32([-1, 0, 4.99, 5, 99]))
    colours = [hexadecimal(colour) for colour in chosen.rgb[indices]]
    assert colours == ["#000000", "#000000", "#000000", "#ffffff", "#ffffff"]


def test_a_palette_is_read_once():
    assert palette("velocity") is palette("velocity")


def test_an_unknown_palette_lists_the_known_ones():
    with pytest.raises(SettingsError, match=r"no palette 'nope'.*reflectivity.*velocity"):
        palette("nope")


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("vmax = 10.0", "vmax = -1.0", "vmin must be less"),
        ("vmin = 0.0", "", "vmin"),
        ("#ffffff", "white", "stops"),
        ("[0.0, ", "[20.0, ", "must increase"),
        ('units = "dBZ"', "units = ", "line 4"),
        ('units = "dBZ"', 'unit = "dBZ"', "unit"),
        ('name = "made"', 'name = "other"', "that of the file"),
    ],
)
def test_a_fault_names_the_file(tmp_path, old, new, fault):
    file = write(tmp_path, GOOD.replace(old, new))
    with pytest.raises(SettingsError, match=rf"made\.toml.*{fault}"):
        read_palette(file)


def test_a_file_that_is_not_text_is_a_fault(tmp_path):
    file = tmp_path / "made.toml"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match=r"made\.toml"):
        read_palette(file)


def test_a_legend_shows_the_ticks_or_else_the_stops(tmp_path):
    ticked = GOOD + "ticks = [2.0, 4.0]\n"
    assert read_palette(write(tmp_path, ticked)).legend == (2.0, 4.0)
    assert read_palette(write(tmp_path, GOOD)).legend == (0.0, 10.0)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("ticks = [4.0, 2.0]", "ticks must increase"),
        ("ticks = [4.0]", "two values or more"),
        ("ticks = [-1.0, 4.0]", "from vmin to vmax"),
        ("ticks = [1.0, 4.0]\ninterpolate = false", "those of the stops"),
        ('labels = ["low", "high"]', "interpolate = false"),
        ('labels = ["low"]\ninterpolate = false', "one stop each"),
    ],
)
def test_a_legend_that_cannot_be_drawn_is_a_fault(tmp_path, line, fault):
    with pytest.raises(SettingsError, match=rf"made\.toml.*{fault}"):
        read_palette(write(tmp_path, f"{GOOD}{line}\n"))


@pytest.mark.parametrize(
    ("name", "step"), [("reflectivity", 5.0), ("colmax", 5.0), ("velocity", 5.0), ("zdr", 0.5)]
)
def test_legends_have_fixed_steps_where_it_matters(name, step):
    legend = np.array(palette(name).legend)
    assert (np.diff(legend[legend >= 0]) == step).all()


def test_the_legend_of_velocity_is_symmetric():
    legend = palette("velocity").legend
    assert legend == tuple(-value for value in reversed(legend))
    assert 0.0 in legend


OF_THE_WEB_MAP = {"grc_th", "grc_rho", "grc_zdr2", "NWSVel"}
"""colour maps that the web map has besides those of matplotlib"""


@pytest.mark.parametrize("name", palette_names())
def test_the_web_map_knows_the_colour_map_that_files_name(name):
    import matplotlib

    assert palette(name).cmap in OF_THE_WEB_MAP | set(matplotlib.colormaps)


@pytest.mark.parametrize(
    ("least", "span"), [(0.0, 5), (4.42, 5), (6.63, 7.5), (16.64, 20), (33.13, 40), (999.0, 100)]
)
def test_velocity_spans_the_next_round_speed(least, span):
    chosen = palette("velocity").spanning(least)
    assert (chosen.vmin, chosen.vmax) == (-span, span)
    assert (chosen.legend[0], chosen.legend[-1], 0.0 in chosen.legend) == (-span, span, True)
    assert len(chosen.legend) <= 13
    np.testing.assert_array_equal(chosen.rgb, palette("velocity").rgb)
    values = np.linspace(-1, 1, 300, dtype=np.float32)
    np.testing.assert_array_equal(
        chosen.indices(values * span), palette("velocity").indices(values * 30)
    )


def test_other_colours_span_as_much():
    wide = in_scheme(palette("velocity").spanning(12), Scheme.COLOUR_BLIND)
    assert (wide.name, wide.vmin, wide.vmax) == ("velocity-colour-blind", -15, 15)
    assert in_scheme(palette("velocity"), Scheme.COLOUR_BLIND) is palette("velocity-colour-blind")
