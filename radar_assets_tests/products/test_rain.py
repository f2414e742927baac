import numpy as np
import pytest

from radar_assets.products import product
from radar_assets.products.rain import rate_by_kdp, rate_by_reflectivity
from radar_assets_tests.products.plain import plain, steps
from radar_assets_tests.samples import CONVECTION, sample_volume
from radar_assets_tests.volumes import constant, make_volume


def rates(fields, **parameters):
    """Rates along the first ray."""
    formulas = {name: constant(value) for name, value in fields.items()}
    return plain("RAIN", make_volume(formulas, gates=9), **parameters).values[0]


@pytest.mark.parametrize(
    ("dbz", "a", "b", "rate"),
    [
        (40, 200, 1.6, 11.531),
        (40, 300, 1.4, 12.240),
        (40, 1 / 0.0376 ** (1 / 0.6112), 1 / 0.6112, 10.471),
        (30, 200, 1.6, 2.734),
        (30, 300, 1.4, 2.363),
    ],
)
def test_reflectivity_tells_the_rate(dbz, a, b, rate):
    assert rate_by_reflectivity(np.float32([dbz]), a, b) == pytest.approx(rate, abs=2e-3)


@pytest.mark.parametrize(("kdp", "rate"), [(1, 29.70), (2, 53.53)])
def test_differential_phase_tells_the_rate(kdp, rate):
    assert rate_by_kdp(np.float32([kdp]), 29.7, 0.85) == pytest.approx(rate, abs=0.01)


def test_the_rate_is_that_of_marshall_and_palmer_where_nothing_else_is_chosen():
    assert rates({"DBZH": 40}) == pytest.approx(11.531, abs=2e-3)
    assert rates({"DBZH": 40}, a=300, b=1.4) == pytest.approx(12.240, abs=2e-3)


def test_hail_does_not_count_as_rain():
    assert (rates({"DBZH": 65}) == rates({"DBZH": 53})).all()
    assert rates({"DBZH": 65}, max_reflectivity=65)[0] > 5 * rates({"DBZH": 53})[0]


HEAVY = {"DBZH": 45, "KDP": 2, "RHOHV": 0.98}


@pytest.mark.parametrize(
    "change",
    [
        {"KDP": 0.2},
        {"KDP": -3},
        {"KDP": 60},
        {"KDP": np.nan},
        {"KDP": -np.inf},
        {"DBZH": 30},
        {"RHOHV": 0.7},
        {"RHOHV": np.nan},
    ],
    ids=str,
)
def test_differential_phase_counts_where_it_can_be_trusted(change):
    assert rates(HEAVY) == pytest.approx(53.53, abs=0.01)
    doubtful = HEAVY | change
    assert (rates(doubtful) == rates({"DBZH": doubtful["DBZH"]})).all()


def test_differential_phase_counts_only_beside_correlation_and_if_wanted():
    bare = {name: HEAVY[name] for name in ("DBZH", "KDP")}
    volume = make_volume({name: constant(value) for name, value in bare.items()}, gates=9)
    assert (rates(bare) == rates({"DBZH": 45})).all()
    assert plain("RAIN", volume).parameters["kdp_was_used"] is False
    assert (rates(HEAVY, use_kdp=False) == rates({"DBZH": 45})).all()


def test_no_echo_and_not_measured_stay_different():
    assert np.isneginf(rates({"DBZH": -np.inf})).all()
    volume = make_volume(
        {"DBZH": lambda i, azimuth, r: np.where(azimuth < 90, np.nan, 30) + 0 * r}, gates=9
    )
    values = plain("RAIN", volume).values
    assert np.isnan(values[:90]).all()
    assert np.isfinite(values[90:]).all()


def test_it_rains_at_the_lowest_sweep_or_the_one_that_is_chosen():
    volume = make_volume({"DBZH": steps(40, 30)}, elevations=(0.5, 1.0), gates=9)
    lowest, second = (plain("RAIN", volume, sweep=rank) for rank in (0, 1))
    assert lowest.values.max() == pytest.approx(11.531, abs=2e-3)
    assert (second.values.max(), second.elevations) == (pytest.approx(2.734, abs=2e-3), (1.0,))


def test_real_rain_follows_reflectivity_or_differential_phase(samples):
    volume = sample_volume(samples, CONVECTION)
    layers = {name: product(name).layer(volume).polar.values for name in ("RAIN", "DBZH", "KDP")}
    rain, dbz = layers["RAIN"], layers["DBZH"]
    assert (np.isfinite(rain) == np.isfinite(dbz)).all()
    echo = np.isfinite(rain)
    by_reflectivity = (10 ** (np.minimum(dbz[echo], 53) / 10) / 200) ** (1 / 1.6)
    with np.errstate(invalid="ignore"):
        by_kdp = 29.7 * layers["KDP"][echo] ** 0.85
    as_z, as_kdp = (np.isclose(rain[echo], rate, rtol=1e-3) for rate in (by_reflectivity, by_kdp))
    assert (as_z | as_kdp).all()
    assert 0.02 < as_kdp.mean() < 0.5
