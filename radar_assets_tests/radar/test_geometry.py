import numpy as np
import pytest

from radar_assets.radar.geometry import (
    PolarGrid,
    beam_height,
    ground_distance,
    height_above,
    north_first,
    slant_range,
)
from radar_assets_tests.volumes import make_volume


@pytest.mark.parametrize(
    ("kilometres", "elevation", "height", "ground"),
    [
        (50, 0.53, 609.6, 49994.6),
        (100, 0.53, 1513.5, 99980.2),
        (235, 0.53, 5422.6, 234870.0),
        (100, 2.33, 4652.8, 99864.9),
        (60, 29.71, 29895.9, 51930.3),
        (446, 0.55, 15974.5, 445346.3),
    ],
)
def test_beams_follow_the_four_thirds_earth(kilometres, elevation, height, ground):
    r = kilometres * 1000
    assert beam_height(r, elevation) == pytest.approx(height, abs=0.1)
    assert ground_distance(r, elevation) == pytest.approx(ground, abs=0.1)


@pytest.mark.parametrize("elevation", [0.0, 0.53, 2.33, 29.71, 75.0])
def test_slant_range_inverts_ground_distance(elevation):
    r = np.linspace(0, 480_000, 2001)
    s = ground_distance(r, elevation)
    np.testing.assert_allclose(slant_range(s, elevation), r, atol=1e-4)
    in_pixels = slant_range(s.astype(np.float32), elevation)
    assert in_pixels.dtype == np.float32
    np.testing.assert_allclose(in_pixels, r, atol=0.5, rtol=2e-6)


@pytest.mark.parametrize("elevation", [0.53, 2.33, 29.71, 75.0])
def test_heights_above_places_are_those_along_the_beam(elevation):
    r = np.linspace(0, 480_000, 2001)
    places = ground_distance(r, elevation)
    np.testing.assert_allclose(
        height_above(places, elevation), beam_height(r, elevation), atol=0.01
    )


def test_heights_broadcast_and_are_infinite_where_the_beam_never_comes():
    heights = height_above(np.array([[10_000.0], [20_000.0]]), np.array([1.0, 2.0, 90.0]))
    assert heights.shape == (2, 3)
    assert np.isinf(heights[:, 2]).all()
    assert (np.diff(heights[:, :2], axis=1) > 0).all()


def test_a_vertical_beam_reaches_nowhere():
    grid = PolarGrid(elevation=90.0, rays=360, gates=100, first_gate=0, gate_size=300)
    assert grid.reach == pytest.approx(0, abs=1e-6)
    assert (grid.gates_at(np.array([10.0, 500.0, 1e5])) == -1).all()


@pytest.mark.parametrize("first_gate", [0.0, 1770.0, -60.0])
@pytest.mark.parametrize("elevation", [0.53, 29.71])
def test_every_gate_lies_above_its_own_centre(first_gate, elevation):
    grid = PolarGrid(elevation, 360, 653, first_gate, 360.0)
    np.testing.assert_array_equal(grid.gates_at(grid.ground_distances()), np.arange(653))


def test_gates_end_where_the_sweep_does():
    grid = PolarGrid(0.53, 360, 10, first_gate=1770, gate_size=360)
    start = float(ground_distance(1770, 0.53))
    places = np.array([0, start - 1, start + 1, grid.reach - 1, grid.reach + 1, 1e6])
    assert grid.gates_at(places).tolist() == [-1, -1, 0, 9, -1, -1]


@pytest.mark.parametrize("rays", [180, 360, 720])
@pytest.mark.parametrize("row_centre", [0.0, 0.5])
def test_rows_are_sectors_around_their_centres(rays, row_centre):
    grid = PolarGrid(0.53, rays, 10, 0, 360, row_centre)
    half = 180 / rays - 0.001
    for offset in (-half, 0, half, -360, 360):
        np.testing.assert_array_equal(grid.rows_at(grid.azimuths() + offset), np.arange(rays))


def test_azimuth_centres_follow_the_setting():
    assert PolarGrid(0.53, 360, 10, 0, 360, 0.5).azimuths()[[0, 359]].tolist() == [0.5, 359.5]
    assert PolarGrid(0.53, 360, 10, 0, 360, 0.0).azimuths()[[0, 359]].tolist() == [0, 359]


def test_rays_are_turned_to_north():
    volume = make_volume(
        {"DBZH": lambda i, azimuth, r: i * 1000 + azimuth + 0 * r},
        elevations=(0.53, 1.3),
        first_rays=[161, 7],
        gates=[5, 3],
    )
    assert volume.fields["DBZH"][0, 0] == 161.5
    turned = north_first(volume, "DBZH", 1)
    assert turned.shape == (360, 3)
    np.testing.assert_allclose(turned[:, 0], 1000.5 + np.arange(360))
    grid = PolarGrid.of_sweep(volume, 1)
    np.testing.assert_allclose(turned[:, 0] - 1000, grid.azimuths())
