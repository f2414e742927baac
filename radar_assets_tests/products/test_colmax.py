import dataclasses
import math

import numpy as np
import pytest

from radar_assets.errors import ProductNotApplicable
from radar_assets.products import choose, product
from radar_assets_tests.products.oracle import column, some_cells
from radar_assets_tests.products.plain import NO_CONTROL, plain, steps
from radar_assets_tests.samples import CONVECTION, TRUNCATED, sample_volume
from radar_assets_tests.volumes import constant, make_volume, noise


def column_maximum(volume):
    return product("COLMAXo").layer(volume).polar


def limited(volume, **limits):
    return plain("COLMAX", volume, **limits)


def highest(samples):
    """Value of a cell: the greatest echo, else undetect, else nodata."""
    values = [sample.value for sample in samples]
    echoes = [value for value in values if math.isfinite(value)]
    if echoes:
        return max(echoes)
    return -math.inf if -math.inf in values else math.nan


@pytest.mark.parametrize("row_centre", [0.0, 0.5])
@pytest.mark.parametrize("rays", [360, [360, 180, 720]])
def test_each_cell_equals_brute_force(rays, row_centre):
    volume = make_volume(
        {"DBZH": noise(3, nodata=0.5, undetect=0.4)},
        elevations=(0.53, 4.0, 29.71),
        rays=rays,
        gates=[120, 120, 80],
        first_rays=[161, 67, 299 if rays == 360 else 555],
        first_gate=1770.0,
        row_centre=row_centre,
    )
    polar = column_maximum(volume)
    assert polar.values.shape == (360, 120)
    for row, gate, azimuth, distance in some_cells(volume, polar, 400):
        expected = highest(column(volume, "DBZH", azimuth, distance))
        np.testing.assert_equal(polar.values[row, gate], np.float32(expected))


def test_sweeps_need_not_come_in_the_order_of_their_elevations():
    volume = make_volume(
        {"DBZH": noise(3)}, elevations=(4.0, 0.53, 2.0), gates=[60, 90, 80], first_rays=[1, 2, 3]
    )
    polar = column_maximum(volume)
    assert polar.elevations == (0.53, 2.0, 4.0)
    for row, gate, azimuth, distance in some_cells(volume, polar, 200):
        expected = highest(column(volume, "DBZH", azimuth, distance))
        np.testing.assert_equal(polar.values[row, gate], np.float32(expected))


def test_one_sweep_is_its_own_maximum():
    volume = make_volume({"DBZH": noise()}, first_rays=161, first_gate=1770.0)
    expected = np.roll(volume.fields["DBZH"], 161, axis=0)
    np.testing.assert_array_equal(column_maximum(volume).values, expected)


def test_it_never_exceeds_what_was_measured_and_loses_nothing_of_the_lowest_sweep():
    volume = make_volume(
        {"DBZH": noise()}, elevations=(0.53, 1.3, 5.0), first_rays=[5, 100, 359], gates=[99, 99, 50]
    )
    values = column_maximum(volume).values
    raw = volume.fields["DBZH"]
    assert np.nanmax(values) <= raw[np.isfinite(raw)].max()
    lowest = np.roll(volume.sweep_values("DBZH", 0), 5, axis=0)
    echo = np.isfinite(lowest)
    assert (values[echo] >= lowest[echo]).all()


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (20, 30, 30),
        (30, 20, 30),
        (-20, -np.inf, -20),
        (-np.inf, -20, -20),
        (np.nan, -20, -20),
        (np.nan, -np.inf, -np.inf),
        (-np.inf, np.nan, -np.inf),
        (np.nan, np.nan, np.nan),
    ],
)
def test_echo_prevails_over_no_echo_over_not_measured(low, high, expected):
    volume = make_volume({"DBZH": steps(low, high)}, elevations=(0.5, 1.0), gates=20)
    cell = column_maximum(volume).values[10, 10]
    np.testing.assert_equal(cell, np.float32(expected))


def test_a_short_sweep_adds_nothing_beyond_its_end():
    volume = make_volume({"DBZH": steps(-np.inf, 50.0)}, elevations=(0.5, 1.0), gates=[40, 10])
    row = column_maximum(volume).values[0]
    assert (row[:9] == 50).all()
    assert np.isneginf(row[11:]).all()


def test_the_sweep_that_reaches_farthest_gives_the_cells():
    volume = make_volume({"DBZH": constant(7)}, elevations=(0.5, 1.0), gates=[10, 40])
    polar = column_maximum(volume)
    assert polar.grid.elevation == 1.0
    assert polar.values.shape == (360, 40)
    assert (polar.values == 7).all()


def test_a_sweep_that_looks_up_takes_no_part():
    volume = make_volume({"DBZH": constant(7)}, elevations=(0.5, 90.0), gates=20)
    assert column_maximum(volume).elevations == (0.5,)


def test_reflectivity_is_dbzh_else_th():
    both = make_volume({"TH": constant(9), "DBZH": constant(7)}, gates=9)
    uncorrected = make_volume({"TH": constant(9)}, gates=9)
    assert column_maximum(both).field == "DBZH"
    assert (column_maximum(both).values == 7).all()
    assert column_maximum(uncorrected).field == "TH"
    assert (column_maximum(uncorrected).values == 9).all()


def test_limits_of_elevation_leave_sweeps_out():
    volume = make_volume({"DBZH": steps(50, 40, 45)}, elevations=(0.5, 1.0, 2.0), gates=30)
    assert limited(volume).values.max() == 50
    upper = limited(volume, min_elevation=0.65)
    assert (upper.values.max(), upper.elevations) == (45, (1.0, 2.0))
    assert limited(volume, min_elevation=0.65, max_elevation=1.5).values.max() == 40
    with pytest.raises(ProductNotApplicable, match="from 10 to 90 degrees that is not vert"):
        limited(volume, min_elevation=10)


def test_the_limits_of_the_peers_give_the_maximum_of_the_peers():
    fields = {
        "DBZH": noise(1),
        "RHOHV": lambda i, azimuth, r: np.random.default_rng(i).random((360, r.size)),
        "ZDR": lambda i, azimuth, r: 12 * np.random.default_rng(9 + i).random((360, r.size)),
    }
    volume = make_volume(fields, elevations=(0.5, 0.7, 2.0), gates=[60, 60, 40])
    limits = {"min_reflectivity": -3, "min_rhohv": 0.8, "max_zdr": 8.5}
    quality = NO_CONTROL | limits | {"keep_above": 90}
    choices = choose({"QC": quality, "COLMAX": {"min_elevation": 0.65}})
    made = product("COLMAX").layer(volume, choices).polar
    dbzh, rhohv, zdr = (volume.fields[name] for name in fields)
    bad = (rhohv < 0.8) | (zdr > 8.5) | (dbzh < -3)
    kept = np.where(np.isfinite(dbzh) & bad, np.nan, dbzh)
    expected = column_maximum(
        dataclasses.replace(
            volume, fields={"DBZH": np.where(volume.elevations()[:, None] < 0.65, np.nan, kept)}
        )
    )
    np.testing.assert_array_equal(made.values, expected.values)


def test_its_own_limit_of_correlation_removes_more_than_quality_control():
    volume = make_volume(
        {
            "DBZH": lambda i, azimuth, r: np.where(azimuth < 180, 50.0, 30.0) + 0 * r,
            "RHOHV": lambda i, azimuth, r: np.where(azimuth < 180, 0.7, 0.95) + 0 * r,
        },
        gates=30,
    )
    assert limited(volume).values.max() == 50
    assert np.isnan(limited(volume, min_rhohv=0.8).values[:180]).all()
    assert (limited(volume, min_rhohv=0.8).values[180:] == 30).all()
    bare = dataclasses.replace(volume, fields={"DBZH": volume.fields["DBZH"]})
    assert limited(bare, min_rhohv=0.8).values.max() == 50


def test_a_real_volume_keeps_its_maximum(samples):
    volume = sample_volume(samples, TRUNCATED)
    values = column_maximum(volume).values
    echo = np.isfinite(values)
    assert values[echo].max() == pytest.approx(50.085, abs=0.001)
    assert echo.mean() == pytest.approx(0.314, abs=0.0005)


@pytest.mark.parametrize("identity", [TRUNCATED, CONVECTION], ids=str)
def test_real_cells_equal_brute_force(samples, identity):
    volume = sample_volume(samples, identity)
    polar = column_maximum(volume)
    for row, gate, azimuth, distance in some_cells(volume, polar, 60):
        expected = highest(column(volume, "DBZH", azimuth, distance))
        np.testing.assert_equal(polar.values[row, gate], np.float32(expected))


def test_the_filtered_maximum_of_real_storms_keeps_the_storms_only(samples):
    volume = sample_volume(samples, CONVECTION)
    raw, kept = column_maximum(volume).values, product("COLMAX").layer(volume).polar.values
    assert np.isfinite(kept).sum() < 0.25 * np.isfinite(raw).sum()
    strong = raw > 55
    assert np.isfinite(kept[strong]).mean() > 0.95
    assert (kept[np.isfinite(kept)] <= raw[np.isfinite(kept)]).all()
