"""VIL and its density."""

import math
from itertools import pairwise

import numpy as np
import pytest

from radar_assets.products.vil import layer_water
from radar_assets_tests.products.oracle import column, height_at, some_cells
from radar_assets_tests.products.plain import plain, steps
from radar_assets_tests.samples import TRUNCATED, sample_volume
from radar_assets_tests.volumes import constant, make_volume, noise

ELEVATIONS = (0.53, 1.3, 2.33, 5.0, 12.0)


def linear(dbz):
    return 0.0 if dbz == -math.inf else 10 ** (min(dbz, 56) / 10)


def water(samples):
    """VIL of a column: a layer counts where both its beams were measured."""
    layers = [
        3.44e-6 * ((linear(a.value) + linear(b.value)) / 2) ** (4 / 7) * (b.height - a.height)
        for a, b in pairwise(samples)
        if not (math.isnan(a.value) or math.isnan(b.value))
    ]
    if not layers:
        return math.nan
    return sum(layers) or -math.inf


@pytest.mark.parametrize(
    ("dbz", "depth", "kilograms"), [(40, 10_000, 6.642), (50, 5_000, 12.379), (56, 10_000, 54.52)]
)
def test_a_uniform_column_holds_its_water(dbz, depth, kilograms):
    linear = np.float32([10 ** (dbz / 10)])
    layer = layer_water(linear, linear, np.float32([depth]))
    assert layer == pytest.approx(kilograms, rel=1e-4)
    thirds = sum(layer_water(linear, linear, np.float32([depth / 3])) for _ in range(3))
    assert thirds == pytest.approx(kilograms, rel=1e-4)


@pytest.mark.parametrize(("dbz", "per_kilometre"), [(40, 0.6642), (50, 2.4758), (56, 5.452)])
def test_a_uniform_volume_holds_water_between_its_lowest_and_highest_beam(dbz, per_kilometre):
    volume = make_volume({"DBZH": constant(dbz)}, elevations=ELEVATIONS, gates=200)
    polar = plain("VIL", volume)
    for gate in (10, 50, 150):
        distance = polar.grid.ground_distances()[gate]
        depth = height_at(distance, 12.0) - height_at(distance, 0.53)
        assert polar.values[0, gate] == pytest.approx(per_kilometre * depth / 1000, rel=1e-3)


def test_more_than_the_cap_counts_as_the_cap():
    capped, more = (
        plain("VIL", make_volume({"DBZH": constant(dbz)}, elevations=(1.0, 9.0), gates=50)).values
        for dbz in (56, 70)
    )
    np.testing.assert_array_equal(capped, more)
    volume = make_volume({"DBZH": constant(70)}, elevations=(1.0, 9.0), gates=50)
    uncapped = plain("VIL", volume, max_reflectivity=70).values
    covered = np.isfinite(more)
    np.testing.assert_allclose((uncapped / more)[covered], 10 ** (1.4 * 4 / 7), rtol=1e-4)


def test_each_cell_equals_brute_force():
    volume = make_volume(
        {"DBZH": noise(8)},
        elevations=ELEVATIONS,
        gates=[120, 120, 70, 100, 60],
        first_rays=[161, 5, 99, 1, 0],
        first_gate=1770.0,
    )
    vil, density, tops = (plain(name, volume).values for name in ("VIL", "VILD", "ETOP"))
    polar = plain("VIL", volume)
    kinds = set()
    for row, gate, azimuth, distance in some_cells(volume, polar, 500):
        expected = water(column(volume, "DBZH", azimuth, distance))
        np.testing.assert_allclose(vil[row, gate], expected, rtol=1e-4)
        kinds.add("water" if math.isfinite(expected) else str(expected))
        top = tops[row, gate] * 1000 - volume.site.altitude
        if math.isfinite(expected) and math.isfinite(top):
            assert density[row, gate] == pytest.approx(1000 * expected / top, rel=1e-4)
        else:
            assert not math.isfinite(density[row, gate])
    assert kinds == {"water", "nan", "-inf"}


def test_no_water_and_not_measured_stay_different():
    silent = make_volume({"DBZH": constant(-np.inf)}, elevations=(1.0, 2.0), gates=50)
    half = make_volume({"DBZH": steps(30, np.nan)}, elevations=(1.0, 2.0), gates=50)
    for name in ("VIL", "VILD"):
        assert np.isneginf(plain(name, silent).values[:, :49]).all()
        assert np.isnan(plain(name, half).values).all()


def test_weak_echo_without_a_top_has_no_density():
    volume = make_volume({"DBZH": constant(10)}, elevations=(1.0, 2.0), gates=50)
    assert np.isfinite(plain("VIL", volume).values[:, :49]).all()
    assert np.isneginf(plain("VILD", volume).values[:, :49]).all()


def test_real_cells_equal_brute_force(samples):
    volume = sample_volume(samples, TRUNCATED)
    polar = plain("VIL", volume)
    for row, gate, azimuth, distance in some_cells(volume, polar, 150):
        expected = water(column(volume, "DBZH", azimuth, distance))
        np.testing.assert_allclose(polar.values[row, gate], expected, rtol=1e-4)
