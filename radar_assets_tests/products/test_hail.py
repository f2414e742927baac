import numpy as np
import pytest

from radar_assets.products.hail import probability
from radar_assets_tests.products.oracle import height_at
from radar_assets_tests.products.plain import plain, steps
from radar_assets_tests.volumes import SITE, constant, make_volume


@pytest.mark.parametrize(
    ("depth", "percent"), [(-3, 0), (1.65, 0), (2.7, 47.58), (4.0, 77.72), (5.8, 100), (12, 100)]
)
def test_hail_is_likelier_the_higher_strong_echo_reaches(depth, percent):
    assert probability(np.float32([depth])) == pytest.approx(percent, abs=0.02)


def test_it_never_falls_with_height():
    percent = probability(np.linspace(-2, 9, 500, dtype=np.float32))
    assert (np.diff(percent) >= 0).all()
    assert (percent.min(), percent.max()) == (0, 100)


def test_the_top_of_45_dbz_is_held_against_the_freezing_level():
    volume = make_volume({"DBZH": steps(50, 50, 40)}, elevations=(1.0, 4.0, 5.0), gates=300)
    polar = plain("POH", volume, freezing_level=3500)
    seen = set()
    for gate, distance in enumerate(polar.grid.ground_distances()[:290]):
        # half way between 50 and 40 dBZ
        top = height_at(distance, 4.5) + SITE.altitude
        depth = (top - 3500) / 1000
        cubic = -1.20231 + 1.00184 * depth - 0.17018 * depth**2 + 0.01086 * depth**3
        expected = 0 if depth <= 1.65 else 100 if depth >= 5.8 else min(100 * cubic, 100)
        assert polar.values[0, gate] == pytest.approx(expected, abs=0.01)
        seen.add(round(expected / 100, 1))
    assert seen >= {0, 0.5, 1}


def test_a_higher_freezing_level_means_less_hail():
    volume = make_volume({"DBZH": constant(50)}, elevations=(1.0, 4.0), gates=300)
    low, high = (plain("POH", volume, freezing_level=level).values for level in (2000, 4500))
    assert (low[:, :290] >= high[:, :290]).all()
    assert (low[:, :290] > high[:, :290]).any()


def test_no_strong_echo_and_not_measured_stay_different():
    weak = make_volume({"DBZH": constant(40)}, elevations=(1.0, 2.0), gates=20)
    absent = make_volume({"DBZH": constant(np.nan)}, elevations=(1.0, 2.0), gates=20)
    assert np.isneginf(plain("POH", weak).values).all()
    assert np.isnan(plain("POH", absent).values).all()
