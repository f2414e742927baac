import dataclasses

import numpy as np
import pytest

from radar_assets.errors import ProductNotApplicable
from radar_assets.products import choose, product
from radar_assets_tests.samples import CONVECTION, DOPPLER, sample_volume
from radar_assets_tests.volumes import make_volume


def coverage(volume, **parameters):
    choices = choose({"COVERAGE": parameters, "QC": {"min_object": 0}})
    return product("COVERAGE").layer(volume, choices).polar


def sectors(*values):
    """One value per quarter of the circle, for every sweep."""
    return lambda i, azimuth, r: np.choose(azimuth.astype(int) // 90, values) + 0 * r


def quarters(polar):
    """The one class of each quarter."""
    found = [set(np.unique(part)) for part in np.split(polar.values[:, :9], 4)]
    assert all(len(classes) == 1 for classes in found)
    return [classes.pop() for classes in found]


def test_each_gate_has_a_class():
    volume = make_volume({"DBZH": sectors(np.nan, -np.inf, 30, -20)}, gates=10)
    polar = coverage(volume)
    assert polar.values.dtype == np.uint8
    assert quarters(polar) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("upper", "expected"),
    [(np.nan, [0, 1, 2, 3]), (-np.inf, [1, 1, 2, 3]), (30, [2] * 4), (-20, [3, 3, 2, 3])],
)
def test_in_a_column_echo_prevails_over_removed_echo_over_no_echo(upper, expected):
    lower = sectors(np.nan, -np.inf, 30, -20)
    volume = make_volume(
        {"DBZH": lambda i, azimuth, r: lower(0, azimuth, r) if i == 0 else upper + 0 * azimuth * r},
        elevations=(0.5, 1.0),
        gates=10,
    )
    assert quarters(coverage(volume)) == expected
    assert quarters(coverage(volume, sweep=0)) == [0, 1, 2, 3]
    assert coverage(volume, sweep=1).elevations == (1.0,)


def test_beyond_a_short_sweep_only_the_long_one_covers():
    volume = make_volume(
        {"DBZH": lambda i, azimuth, r: np.full((360, r.size), (np.nan, -np.inf)[i])},
        elevations=(0.5, 1.0),
        gates=[20, 10],
    )
    row = coverage(volume).values[0]
    assert (row[:9] == 1).all()
    assert (row[11:] == 0).all()


def test_a_sweep_that_is_not_there_is_not_applicable():
    volume = make_volume({"DBZH": sectors(1, 2, 3, 4)}, gates=10)
    with pytest.raises(ProductNotApplicable, match="not vertical, none of index 3"):
        coverage(volume, sweep=3)


def test_a_doppler_volume_is_covered_where_velocity_was_measured(samples):
    volume = sample_volume(samples, DOPPLER)
    polar = product("COVERAGE").layer(volume).polar
    assert polar.field == "VRAD"
    assert set(np.unique(polar.values)) == {1, 2, 3}


def test_real_echo_is_either_kept_or_removed(samples):
    volume = sample_volume(samples, CONVECTION)
    classes = product("COVERAGE").layer(volume).polar.values
    raw, kept = (product(name).layer(volume).polar.values for name in ("COLMAXo", "COLMAX"))
    np.testing.assert_array_equal(classes == 2, np.isfinite(kept))
    np.testing.assert_array_equal(classes == 3, np.isfinite(raw) & ~np.isfinite(kept))
    np.testing.assert_array_equal(classes == 1, np.isneginf(raw))
    assert min((classes == code).mean() for code in (1, 2, 3)) > 0.05


def test_the_class_is_that_of_the_sweep_that_is_shown(samples):
    volume = sample_volume(samples, CONVECTION)
    choices = choose({"COVERAGE": {"sweep": 2}, "DBZH": {"sweep": 2}})
    layer = product("COVERAGE").layer(volume, choices)
    shown = product("DBZH").layer(volume, choices)
    assert layer.about.sweep == shown.about.sweep == 2
    np.testing.assert_array_equal(layer.polar.values == 2, np.isfinite(shown.polar.values))


def test_incomplete_volumes_are_covered_too():
    volume = make_volume({"ZDR": sectors(np.nan, 1, 2, -np.inf)}, gates=10)
    assert quarters(coverage(volume)) == [0, 2, 2, 1]
    blind = dataclasses.replace(volume, fields={})
    with pytest.raises(ProductNotApplicable):
        coverage(blind)
