"""Palettes for colour-blind readers, seen through a simulation of their vision.

The simulation is that of Machado, Oliveira and Fernandes (2009), IEEE Transactions on
Visualization and Computer Graphics 15, 1291-1298, at full severity; distances are those of CIELAB
(D65), in which about 2.3 is just noticeable.
"""

import numpy as np
import pytest

from radar_assets.maps.palettes import Scheme, in_scheme, palette, palette_names

VISIONS = {
    "normal": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
SUFFIX = f"-{Scheme.COLOUR_BLIND}"
STANDARD = [name for name in palette_names() if not name.endswith(SUFFIX)]
DIVERGING = {"velocity", "zdr", "kdp"}
"""fields whose zero is the lightest colour"""

each_vision = pytest.mark.parametrize("vision", VISIONS)
each_palette = pytest.mark.parametrize("name", STANDARD)


def seen(name, vision):
    """Legend values of a palette's colour-blind variant, and their colours in CIELAB."""
    chosen = in_scheme(palette(name), Scheme.COLOUR_BLIND)
    values = np.array(chosen.legend)
    rgb = chosen.rgb[chosen.indices(values)] / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return values, cielab(np.clip(linear @ np.transpose(VISIONS[vision]), 0, 1))


def cielab(linear):
    to_xyz = [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
    xyz = linear @ np.transpose(to_xyz) / (0.95047, 1.0, 1.08883)
    x, y, z = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz * (29 / 6) ** 2 / 3 + 4 / 29).T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def test_the_measure_knows_black_white_and_red():
    lab = cielab(np.array([[0, 0, 0], [1, 1, 1], [1, 0, 0]]))
    np.testing.assert_allclose(lab, [[0, 0, 0], [100, 0, 0], [53.24, 80.09, 67.20]], atol=0.05)


@each_palette
def test_each_palette_has_a_variant_for_the_same_values(name):
    usual, safe = palette(name), in_scheme(palette(name), Scheme.COLOUR_BLIND)
    assert (usual.units, usual.vmin, usual.vmax) == (safe.units, safe.vmin, safe.vmax)
    assert (usual.legend, usual.below) == (safe.legend, safe.below)
    assert in_scheme(usual, Scheme.STANDARD) is usual


@each_vision
@each_palette
def test_neighbours_in_the_legend_can_be_distinguished(name, vision):
    _, lab = seen(name, vision)
    assert (np.linalg.norm(np.diff(lab, axis=0), axis=1) > 4).all()


@each_vision
@pytest.mark.parametrize(
    "name", sorted(set(STANDARD) - DIVERGING - {"coverage", "removed", "source"})
)
def test_lightness_falls_or_rises_all_the_way(name, vision):
    _, lab = seen(name, vision)
    steps = np.diff(lab[:, 0])
    assert (steps > 0).all() or (steps < 0).all()


@each_vision
@pytest.mark.parametrize("name", sorted(DIVERGING))
def test_lightness_falls_away_from_zero(name, vision):
    values, lab = seen(name, vision)
    away = np.sign((values[1:] + values[:-1]) / 2)
    assert (np.diff(lab[:, 0]) * away < 0).all()


@each_vision
@pytest.mark.parametrize("name", sorted(DIVERGING))
def test_the_signs_of_a_value_can_be_distinguished(name, vision):
    values, lab = seen(name, vision)
    colours = dict(zip(values, lab, strict=True))
    pairs = [
        (colours[value], colours[-value]) for value in values if value > 0 and -value in colours
    ]
    assert pairs
    assert min(np.linalg.norm(high - low) for high, low in pairs) > 10


def test_the_usual_reflectivity_would_not_pass():
    chosen = palette("reflectivity")
    rgb = chosen.rgb[chosen.indices(np.array(chosen.legend))] / 255
    lightness = cielab(rgb**2.2)[:, 0]
    assert not (np.diff(lightness) > 0).all()
    assert not (np.diff(lightness) < 0).all()
