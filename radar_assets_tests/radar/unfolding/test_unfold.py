"""Unfolding velocity: known winds, noise, gaps, Py-ART's answer, and the invariant of folding."""

import dataclasses

import numpy as np
import pytest

from radar_assets.radar.filters import Quality, clean
from radar_assets.radar.unfolding import unfold
from radar_assets_tests.samples import CONVECTION, DOPPLER, sample_volume
from radar_assets_tests.volumes import make_volume

NYQUIST = 8.28
AZIMUTHS = np.arange(360) + 0.5
GATES = 200


def unfolded(measured, nyquist):
    """One sweep, unfolded as a volume of its own."""
    volume = make_volume({"VRAD": lambda i, azimuth, r: measured}, gates=measured.shape[1])
    return unfold(dataclasses.replace(volume, nyquist_velocity=(nyquist,)))


def dealias(measured, nyquist):
    return unfolded(measured, nyquist).values


def wind(speed, noise=0.0, seed=0):
    """Radial velocity of a wind from one side that grows with range; the true one."""
    growth = 0.4 + 0.6 * np.arange(GATES) / GATES
    true = speed * np.cos(np.radians(AZIMUTHS - 70))[:, None] * growth
    return true + np.random.default_rng(seed).normal(0, noise, true.shape)


def fold(true, nyquist=NYQUIST):
    return ((true + nyquist) % (2 * nyquist) - nyquist).astype(np.float32)


def patches(share, seed=1, size=12):
    """Patches of echo that cover a share of the sweep, over the seam too."""
    from scipy.ndimage import gaussian_filter

    values = gaussian_filter(
        np.random.default_rng(seed).normal(size=(360, GATES)), size, mode=("wrap", "nearest")
    )
    return values > np.quantile(values, 1 - share)


def rms(found, true):
    return float(np.sqrt(np.nanmean((found - true) ** 2)))


def assert_folds_only(found, measured, nyquist):
    """Each value differs by a multiple of twice the Nyquist velocity, and no gate is lost."""
    np.testing.assert_array_equal(np.isnan(found), np.isnan(measured))
    np.testing.assert_array_equal(np.isneginf(found), np.isneginf(measured))
    valued = np.isfinite(measured)
    folds = (found[valued] - measured[valued]) / (2 * nyquist)
    np.testing.assert_allclose(folds, np.rint(folds), atol=1e-4)


@pytest.mark.parametrize("speed", [5, 15, 25, 40])
@pytest.mark.parametrize("noise", [0, 0.5, 1.0])
def test_a_wind_is_found_again(speed, noise):
    true = wind(speed, noise)
    measured = fold(true)
    found = dealias(measured, NYQUIST)
    assert_folds_only(found, measured, NYQUIST)
    assert (rms(measured, true) > 5) is (speed > NYQUIST)
    wrong = np.abs(found - true) > NYQUIST
    assert wrong.mean() < 1e-3
    assert rms(found[~wrong], true[~wrong]) < 0.1


@pytest.mark.parametrize("share", [0.5, 0.7])
@pytest.mark.parametrize("speed", [15, 25])
def test_a_wind_is_found_in_patches_of_echo(share, speed):
    true = wind(speed, 0.5)
    measured = fold(true)
    measured[~patches(share)] = -np.inf
    found = dealias(measured, NYQUIST)
    assert_folds_only(found, measured, NYQUIST)
    echo = np.isfinite(measured)
    assert (np.abs(found - true)[echo] > NYQUIST).mean() < 0.02


@pytest.mark.parametrize("seed", range(4))
def test_clear_borders_are_believed_before_noisy_ones(seed):
    true = wind(25, 1.5, seed)
    measured = fold(true)
    measured[~patches(0.4, seed + 1, size=6)] = np.nan
    found = dealias(measured, NYQUIST)
    echo = np.isfinite(measured)
    assert (np.abs(found - true)[echo] > NYQUIST).mean() < 0.005


def test_echo_on_both_sides_of_the_seam_hangs_together():
    measured = np.full((360, 30), np.nan, np.float32)
    measured[300:350] = np.linspace(0, 8, 50)[:, None]
    measured[10:40] = 10 - 2 * NYQUIST  # 10 m/s, folded
    np.testing.assert_allclose(dealias(measured, NYQUIST)[10:40], 10, atol=1e-4)


def test_it_does_not_matter_where_the_rays_begin():
    measured = fold(wind(20))
    measured[~patches(0.5)] = np.nan
    found = dealias(measured, NYQUIST)
    for first in (1, 100, 259):
        turned = dealias(np.roll(measured, first, axis=0), NYQUIST)
        np.testing.assert_allclose(turned, np.roll(found, first, axis=0), atol=1e-4)


def test_noise_stays_as_it_is():
    measured = np.random.default_rng(3).uniform(-NYQUIST, NYQUIST, (360, GATES))
    measured = measured.astype(np.float32)
    assert (dealias(measured, NYQUIST) != measured).mean() < 0.06


def test_noise_beside_a_wind_does_not_lead_it_astray():
    true = wind(20)
    measured = fold(true)
    measured[100:140] = np.random.default_rng(3).uniform(-NYQUIST, NYQUIST, (40, GATES))
    found = dealias(measured, NYQUIST)
    assert_folds_only(found, measured, NYQUIST)
    clear = np.r_[0:98, 142:360]
    assert (np.abs(found - true)[clear] > NYQUIST).mean() < 1e-3


def test_what_does_not_fold_stays_as_it_is():
    measured = fold(wind(7))
    np.testing.assert_array_equal(dealias(measured, NYQUIST), measured)


@pytest.mark.parametrize("value", [np.nan, -np.inf])
def test_a_sweep_without_values_stays_as_it_is(value):
    empty = np.full((360, 20), value, np.float32)
    np.testing.assert_array_equal(dealias(empty, NYQUIST), empty)


@pytest.mark.parametrize("gates", [1, 2, 7])
def test_single_gates_stay_as_they_are(gates):
    measured = np.full((360, 20), np.nan, np.float32)
    measured[5, 3 : 3 + gates] = 2
    np.testing.assert_array_equal(dealias(measured, NYQUIST), measured)


def unfolded_by_pyart(measured, nyquist):
    import pyart

    volume = make_volume({"VRAD": lambda i, azimuth, r: measured}, gates=measured.shape[1])
    volume = dataclasses.replace(volume, nyquist_velocity=(nyquist,))
    radar = volume.to_pyart()
    gates = pyart.filters.GateFilter(radar)
    gates.exclude_masked("VRAD")
    done = pyart.correct.dealias_region_based(
        radar, vel_field="VRAD", gatefilter=gates, nyquist_vel=nyquist, centered=True
    )
    return np.ma.filled(done["data"], np.nan)


@pytest.mark.parametrize("speed", [6, 14, 22])
def test_pyart_finds_the_same(speed):
    measured = fold(wind(speed, 0.3))
    theirs = unfolded_by_pyart(measured, NYQUIST)
    np.testing.assert_allclose(dealias(measured, NYQUIST), theirs, atol=1e-3)


def test_real_velocity_that_does_not_fold_stays_as_it_is_as_pyart_says(samples):
    volume = clean(sample_volume(samples, DOPPLER), Quality())
    for index in range(len(volume.sweeps)):
        measured = volume.sweep_values("VRAD", index)
        found = dealias(measured, 33.13)
        np.testing.assert_array_equal(found, measured)
        theirs = unfolded_by_pyart(np.where(np.isfinite(measured), measured, np.nan), 33.13)
        valued = np.isfinite(measured)
        np.testing.assert_allclose(found[valued], theirs[valued], atol=1e-3)


FASTEST = 16.6
"""m/s, the highest speed in the real storms; at it, they fold"""


@pytest.mark.parametrize("index", [0, 1, 2])
def test_real_velocity_keeps_the_invariant(samples, index):
    volume = sample_volume(samples, CONVECTION)
    for seen in (volume, clean(volume, Quality())):
        measured = seen.sweep_values("VRAD", index)
        assert_folds_only(dealias(measured, FASTEST), measured, FASTEST)


@pytest.mark.parametrize("index", [1, 2])
def test_real_folds_are_mended(samples, index):
    volume = clean(sample_volume(samples, CONVECTION), Quality())
    steady = volume.sweep_values("WRAD", index) <= 3.5
    measured = np.where(steady, volume.sweep_values("VRAD", index), np.float32(np.nan))
    assert jumps(measured) > 2 * jumps(dealias(measured, FASTEST)) > 0


def jumps(velocity):
    """Neighbours, along rays and across them, that differ by more than the Nyquist velocity."""
    values = np.where(np.isfinite(velocity), velocity, np.nan)
    return sum(int((np.abs(np.diff(values, axis=axis)) > FASTEST).sum()) for axis in (0, 1))
