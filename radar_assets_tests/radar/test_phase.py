import numpy as np
import pytest

from radar_assets.radar.filters import Quality, clean
from radar_assets.radar.phase import unwrap
from radar_assets_tests.samples import CONVECTION, sample_volume


def ramp(start, slope, gates=300, noise=0.0):
    """Phase that rises along each ray, by half as much again from ray to ray."""
    slopes = slope * (1 + 0.5 * np.arange(360) / 360)
    true = start + slopes[:, None] * np.arange(gates)
    return true + np.random.default_rng(1).normal(0, noise, true.shape)


def wrapped(true):
    return (true % 360).astype(np.float32)


@pytest.mark.parametrize("noise", [0, 10, 20])
@pytest.mark.parametrize("slope", [0.0, 1.0, 3.0])
@pytest.mark.parametrize("start", [25, 180, 320])
def test_a_rising_phase_is_found_again(start, slope, noise):
    true = ramp(start, slope, noise=noise)
    np.testing.assert_allclose(unwrap(wrapped(true)), true, atol=1e-2)


def test_noise_around_the_wrap_does_not_scatter_the_rays():
    true = ramp(0, 0.5, noise=10)
    found = unwrap(wrapped(true))
    turns = (found - true) / 360
    assert np.ptp(np.rint(turns)) == 0


def test_strong_noise_does_not_carry_a_ray_away():
    true = ramp(100, 1.0, noise=40)
    found = unwrap(wrapped(true))
    turns = np.rint((found - true) / 360)
    assert (turns != 0).mean() < 1e-3
    assert (turns[:, -30:] != 0).mean() < 1e-3


def test_gaps_between_storms_do_not_matter():
    true = ramp(300, 1.0)
    measured = wrapped(true)
    measured[:, 40:60], measured[:, 100:140] = -np.inf, np.nan
    found = unwrap(measured)
    valued = np.isfinite(measured)
    np.testing.assert_allclose(found[valued], true[valued], atol=1e-2)
    assert np.isneginf(found[:, 40:60]).all()
    assert np.isnan(found[:, 100:140]).all()


@pytest.mark.parametrize("value", [np.nan, -np.inf])
def test_a_sweep_without_values_stays_as_it_is(value):
    empty = np.full((360, 20), value, np.float32)
    np.testing.assert_array_equal(unwrap(empty), empty)


def test_real_phase_changes_by_whole_turns_and_gets_smoother(samples):
    volume = clean(sample_volume(samples, CONVECTION), Quality())
    for index in range(len(volume.sweeps)):
        measured = volume.sweep_values("PHIDP", index)
        found = unwrap(measured)
        valued = np.isfinite(measured)
        np.testing.assert_array_equal(np.isfinite(found), valued)
        turns = (found[valued] - measured[valued]) / 360
        np.testing.assert_allclose(turns, np.rint(turns), atol=1e-4)
        pairs = valued[:, 1:] & valued[:, :-1]
        with np.errstate(invalid="ignore"):
            before, after = (np.abs(np.diff(v, axis=1))[pairs] for v in (measured, found))
        assert (before > 180).sum() > 5 * (after > 180).sum()
