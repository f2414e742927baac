import math
from functools import partial

import numpy as np
import pytest

from radar_assets.errors import ProductNotApplicable
from radar_assets_tests.products.oracle import column, height_at, position, some_cells
from radar_assets_tests.products.plain import plain, steps
from radar_assets_tests.samples import TRUNCATED, sample_volume
from radar_assets_tests.volumes import SITE, constant, make_volume, noise

ELEVATIONS = (0.53, 1.3, 2.3, 5.0, 12.0, 29.7)


cappi = partial(plain, "CAPPI")


def expected(samples, height, interpolation):
    """Value at a height above the antenna, from the beams below and above it."""
    below = [sample for sample in samples if sample.height <= height]
    above = [sample for sample in samples if sample.height > height]
    if not below or not above:
        return math.nan
    low, high = below[-1], above[0]
    share = (height - low.height) / (high.height - low.height)
    if interpolation == "linear" and math.isfinite(low.value) and math.isfinite(high.value):
        return low.value + share * (high.value - low.value)
    return low.value if share < 0.5 else high.value


@pytest.mark.parametrize("interpolation", ["linear", "nearest"])
@pytest.mark.parametrize("height", [1500.0, 3000.0, 8000.0])
def test_each_cell_equals_brute_force(interpolation, height):
    volume = make_volume(
        {"DBZH": noise(4)},
        elevations=ELEVATIONS,
        gates=[200, 200, 180, 150, 120, 60],
        first_rays=[161, 5, 99, 1, 0, 300],
        first_gate=1770.0,
    )
    polar = cappi(volume, height=height, interpolation=interpolation)
    found = 0
    for row, gate, azimuth, distance in some_cells(volume, polar, 300):
        samples = column(volume, "DBZH", azimuth, distance)
        value = expected(samples, height - SITE.altitude, interpolation)
        np.testing.assert_allclose(polar.values[row, gate], value, atol=1e-3)
        found += math.isfinite(value)
    assert found > 15


def test_a_field_that_is_linear_in_height_is_met_exactly():
    def linear(index, azimuth, r):
        heights = [position(slant, ELEVATIONS[index])[1] for slant in r.ravel()]
        return np.broadcast_to(60 - np.array(heights) / 500, (azimuth.size, r.size))

    volume = make_volume({"DBZH": linear}, elevations=ELEVATIONS, gates=200)
    values = cappi(volume, height=3313.0).values
    met = values[np.isfinite(values)]
    assert met.size > 0.5 * values.size
    # gates are nearest ones: half a gate along the steepest beam is 90 m of height
    np.testing.assert_allclose(met, 60 - 3000 / 500, atol=0.2)


def test_below_the_lowest_beam_and_above_the_highest_one_is_nodata():
    volume = make_volume({"DBZH": constant(30)}, elevations=(0.5, 10.0), gates=650)
    polar = cappi(volume, height=3000.0)
    distances = polar.grid.ground_distances()
    height = 3000 - SITE.altitude
    lowest = np.array([height_at(distance, 0.5) for distance in distances])
    highest = np.array([height_at(distance, 10.0) for distance in distances])
    assert np.isnan(polar.values[:, highest < height]).all()
    assert np.isnan(polar.values[:, lowest > height]).all()
    inside = (lowest < height) & (highest > height) & (distances < 220_000)
    assert inside.sum() > 300
    np.testing.assert_allclose(polar.values[:, inside], 30, rtol=1e-6)


def test_no_echo_stays_no_echo_beside_echo():
    volume = make_volume({"DBZH": steps(30, -np.inf)}, elevations=(0.5, 10.0), gates=200)
    values = cappi(volume).values
    assert set(np.unique(values[~np.isnan(values)])) == {-np.inf, 30}


def test_one_sweep_is_not_enough():
    with pytest.raises(ProductNotApplicable, match=r"CAPPI of .* needs 2 sweeps that are not vert"):
        cappi(make_volume({"DBZH": constant(30)}))


def test_real_cells_equal_brute_force(samples):
    volume = sample_volume(samples, TRUNCATED)
    polar = cappi(volume)
    found = 0
    for row, gate, azimuth, distance in some_cells(volume, polar, 150):
        samples_above = column(volume, "DBZH", azimuth, distance)
        value = expected(samples_above, 3000 - volume.site.altitude, "linear")
        np.testing.assert_allclose(polar.values[row, gate], value, atol=1e-3)
        found += math.isfinite(value)
    assert found > 3
