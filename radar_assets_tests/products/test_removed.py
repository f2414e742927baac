import numpy as np

from radar_assets.products import choose, product
from radar_assets.radar.filters import Quality, clean
from radar_assets.radar.quality.reasons import Reason
from radar_assets_tests.samples import CONVECTION, sample_volume
from radar_assets_tests.volumes import make_volume


def made(name, volume, **quality):
    return product(name).layer(volume, choose({"QC": quality})).polar.values


def test_it_has_a_class_for_every_reason():
    labels = product("REMOVED").layer(make_volume({"DBZH": sectors(1, 1, 1, 1)})).palette.labels
    names = [reason.name.lower().replace("_", " ") for reason in Reason if reason]
    assert labels == ("no echo", "echo", *names)


def sectors(*values):
    """One value per quarter of the circle, for every sweep."""
    return lambda i, azimuth, r: np.choose(azimuth.astype(int) // 90, values) + 0 * r


def test_each_gate_has_a_class():
    volume = make_volume({"DBZH": sectors(np.nan, -np.inf, 30, -20)}, gates=30)
    quarters = [set(np.unique(part)) for part in np.split(made("REMOVED", volume)[:, :29], 4)]
    assert quarters == [{0}, {1}, {2}, {2 + Reason.NOISE}]


def test_a_column_shows_what_stays_then_the_first_reason():
    lower = sectors(30, -20, -20, -np.inf)
    upper = sectors(-20, 30, -np.inf, -20)
    volume = make_volume(
        {"DBZH": lambda i, azimuth, r: (lower, upper)[i](i, azimuth, r)},
        elevations=(0.5, 1.0),
        gates=30,
    )
    quarters = [set(np.unique(part)) for part in np.split(made("REMOVED", volume)[:, :29], 4)]
    assert quarters == [{2}, {2}, {2 + Reason.NOISE}, {2 + Reason.NOISE}]


def test_it_agrees_with_coverage_and_with_quality_control(samples):
    volume = sample_volume(samples, CONVECTION)
    coverage, removed = made("COVERAGE", volume), made("REMOVED", volume)
    np.testing.assert_array_equal(np.minimum(removed, 3), coverage)
    found = set(np.unique(clean(volume, Quality()).removed)) - {0}
    assert {2 + reason for reason in found} == set(np.unique(removed)) - {0, 1, 2}
    assert found == {1, 2, 3, 4, 5}
