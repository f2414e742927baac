"""Unfolding whole volumes: known winds under real texture, and what is in doubt."""

import numpy as np
import pytest

from radar_assets.radar.unfolding import unfold
from radar_assets_tests.radar.unfolding.winds import GATES, WINDS, measured
from radar_assets_tests.samples import CONVECTION, DOPPLER, sample_volume

NYQUISTS = (13.25, 8.28, 6.63)


def patches(share, seed=1, size=8):
    from scipy.ndimage import gaussian_filter

    values = gaussian_filter(
        np.random.default_rng(seed).normal(size=(360, GATES)), size, mode=("wrap", "nearest")
    )
    return values > np.quantile(values, 1 - share)


def noise(spread=1.0, seed=5):
    return np.random.default_rng(seed).normal(0, spread, (360, GATES))


@pytest.fixture(scope="module")
def texture(samples):
    """What real velocities have beside their neighbours' median, and where they have a value."""
    from scipy.ndimage import median_filter

    volume = sample_volume(samples, DOPPLER)
    values = volume.sweep_values("VRAD", 1)[:, :GATES]
    echo = np.isfinite(values)
    rest = np.where(echo, values - median_filter(np.where(echo, values, 0), 5), 0)
    return np.clip(rest, -3, 3), echo


def assert_right(volume, truth, least_right, least_shown, nyquist):
    unfolded = unfold(volume)
    echo = np.isfinite(truth)
    np.testing.assert_array_equal(np.isfinite(unfolded.values), echo)
    shown = unfolded.sure & echo
    right = np.abs(unfolded.values[shown] - truth[shown]) < nyquist
    assert right.mean() >= least_right
    assert shown.sum() >= least_shown * echo.sum()


@pytest.mark.parametrize("nyquist", NYQUISTS)
@pytest.mark.parametrize("name", WINDS)
def test_known_winds_are_found_again(name, nyquist):
    volume, truth = measured(WINDS[name], [nyquist] * 3, texture=noise())
    assert_right(volume, truth, 0.99, 0.8, nyquist)


@pytest.mark.parametrize("nyquist", NYQUISTS[:2])
@pytest.mark.parametrize("name", WINDS)
def test_known_winds_are_found_in_patches_of_echo(name, nyquist):
    volume, truth = measured(WINDS[name], [nyquist] * 3, texture=noise(), echo=patches(0.5))
    assert_right(volume, truth, 0.98, 0.75, nyquist)


@pytest.mark.parametrize("nyquist", NYQUISTS)
@pytest.mark.parametrize("name", WINDS)
def test_known_winds_are_found_under_real_texture(name, nyquist, texture):
    values, echo = texture
    volume, truth = measured(WINDS[name], [nyquist] * 3, texture=values, echo=echo)
    assert_right(volume, truth, 0.98, 0.7, nyquist)


def test_sweeps_may_fold_at_velocities_of_their_own():
    nyquists = (4.42, 4.42, 4.42, 6.63, 6.63, 6.63, 6.63, 8.28, 8.28, 8.28)
    elevations = (0.5, 0.9, 1.3, 1.9, 2.3, 3.0, 3.5, 5.0, 6.9, 9.1)
    volume, truth = measured(WINDS["jet"], nyquists, elevations=elevations, texture=noise())
    unfolded = unfold(volume)
    assert unfolded.sweeps == set(range(10))
    for index, nyquist in enumerate(nyquists):
        rows = volume.sweep_slice(index)
        shown = unfolded.sure[rows]
        right = np.abs(unfolded.values[rows][shown] - truth[rows][shown]) < nyquist
        assert right.mean() > 0.99, index
        assert shown.mean() > 0.9, index


def test_every_gate_follows_its_neighbours():
    texture = noise(0.3)
    volume, truth = measured(WINDS["shear"], [8.28] * 3, texture=texture)
    rough = np.random.default_rng(9).random(truth.shape) < 0.1
    spikes = np.where(rough, np.random.default_rng(2).uniform(-6, 6, truth.shape), 0)
    values = truth + spikes.astype(np.float32)
    folded = values - 16.56 * np.rint(values / 16.56)
    volume.fields["VRAD"][:] = folded
    assert (np.abs(unfold(volume).values - values)[rough] < 8.28).mean() > 0.99


def test_an_echo_far_from_all_others_is_in_doubt():
    echo = np.zeros((360, GATES), bool)
    echo[:, :40] = True
    echo[40:50, 200:230] = True
    volume, truth = measured(WINDS["convergence"], [4.42] * 3, texture=noise(0.5), echo=echo)
    unfolded = unfold(volume)
    far = np.isfinite(truth).copy()
    far[:, :40] = False
    assert not unfolded.sure[far].any()
    assert unfolded.sure[np.isfinite(truth) & ~far].mean() > 0.9


def test_ground_far_from_other_echo_stands_still():
    echo = np.zeros((360, GATES), bool)
    echo[:, :100] = echo[120:200, 150:200] = True

    def wind(elevation, azimuth, distance):
        moving = 18 * np.cos(np.radians(azimuth - 160)) + 0 * distance
        return np.where(np.arange(GATES) < 100, moving, 0)

    texture = np.where(np.arange(GATES) < 100, noise(1), noise(0.1))
    volume, truth = measured(wind, [6.63] * 3, texture=texture, echo=echo)
    unfolded = unfold(volume)
    ground = np.isfinite(truth)
    ground[:, :100] = False
    assert (np.abs(unfolded.values[ground]) < 1).all()
    assert unfolded.sure[ground].mean() > 0.9


def test_ground_in_a_wind_is_never_shown_as_moving():
    ground = np.zeros((360, GATES), bool)
    ground[120:200, 150:200] = True

    def wind(elevation, azimuth, distance):
        return np.where(ground, 0, 9 * np.cos(np.radians(azimuth - 160)) + 0 * distance)

    volume, _ = measured(wind, [6.63] * 3, texture=np.where(ground, noise(0.1), noise(1)))
    unfolded = unfold(volume)
    inside = np.tile(ground, (3, 1))
    moving = unfolded.sure & (np.abs(unfolded.values) > 6.63)
    assert moving[inside].mean() < 0.02


def test_noise_is_never_sure():
    chance = np.random.default_rng(3)
    volume, _ = measured(lambda e, azimuth, r: 0 * azimuth * r, [8.28] * 3)
    volume.fields["VRAD"][:] = chance.uniform(-8.28, 8.28, volume.fields["VRAD"].shape)
    assert unfold(volume).sure.mean() < 0.01


def test_what_cannot_be_unfolded_is_as_measured():
    volume, _ = measured(WINDS["jet"], [8.28] * 3)
    fast = volume.fields["VRAD"].copy()
    fast[400, 10] = 9.0
    other = type(volume)(**{**vars(volume), "fields": {"VRAD": fast}})
    unfolded = unfold(other)
    assert unfolded.sweeps == {0, 2}
    rows = volume.sweep_slice(1)
    np.testing.assert_array_equal(unfolded.values[rows], fast[rows])


@pytest.mark.parametrize(
    ("identity", "nyquist"), [(CONVECTION, 16.64), (DOPPLER, 33.13)], ids=["RMA1", "RMA11"]
)
def test_real_volumes_keep_the_invariant(samples, identity, nyquist):
    from dataclasses import replace

    volume = sample_volume(samples, identity)
    known = replace(volume, nyquist_velocity=(nyquist,) * len(volume.sweeps))
    unfolded = unfold(known)
    values, given = unfolded.values, volume.fields["VRAD"]
    echo = np.isfinite(given)
    np.testing.assert_array_equal(np.isfinite(values), echo)
    np.testing.assert_array_equal(values[~echo], given[~echo])
    folds = (values[echo] - given[echo]) / (2 * nyquist)
    np.testing.assert_allclose(folds, np.rint(folds), atol=1e-4)
    assert not unfolded.sure[~echo].any()
