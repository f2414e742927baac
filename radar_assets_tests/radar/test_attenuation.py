"""Path-integrated attenuation of storms whose loss is known."""

import numpy as np
import pytest

from radar_assets.products import product
from radar_assets.radar.attenuation import added_phase
from radar_assets_tests.samples import CONVECTION, sample_volume
from radar_assets_tests.volumes import constant, make_volume

COEFFICIENT = 0.08
GATE = 360.0
KM = np.arange(600) * GATE / 1000


def storms(seed, most):
    """Loss in dB of 360 rays with one to four storms each, the greatest at the end being `most`."""
    generator = np.random.default_rng(seed)
    rate = np.zeros((360, KM.size))
    for ray in range(360):
        for _ in range(generator.integers(1, 5)):
            centre, size = generator.uniform(15, 200), generator.uniform(2, 12)
            rate[ray] += generator.uniform(0.05, 1) * np.exp(-(((KM - centre) / size) ** 2))
    lost = np.cumsum(rate, axis=1)
    return most * lost / lost.max()


def measured(lost, *, offset=40.0, noise=3.0, seed=0, hump=0.0):
    """Differential phase that goes with a loss, wrapped; backscatter adds up to `hump`."""
    generator = np.random.default_rng(seed)
    rate = np.diff(lost, axis=1, prepend=0)
    true = offset + lost / COEFFICIENT + hump * rate / max(rate.max(), 1e-9)
    return ((true + generator.normal(0, noise, true.shape)) % 360).astype(np.float32)


def loss(phase, gate=GATE):
    return COEFFICIENT * added_phase(phase, gate)


@pytest.mark.parametrize("offset", [5.0, 40.0, 355.0])
@pytest.mark.parametrize("most", [1.0, 5.0, 15.0])
@pytest.mark.parametrize("noise", [0.0, 3.0, 6.0])
def test_a_loss_of_up_to_15_db_is_known_within_1_db(offset, most, noise):
    lost = storms(1, most)
    error = loss(measured(lost, offset=offset, noise=noise)) - lost
    assert np.abs(error).max() < 1
    assert abs(error.mean()) < 0.15


def test_backscatter_and_gaps_do_not_disturb_it():
    lost = storms(2, 15.0)
    phase = measured(lost, hump=10.0)
    generator = np.random.default_rng(3)
    phase[generator.random(phase.shape) < 0.2] = np.nan
    phase[:, 200:225] = -np.inf
    error = np.abs(loss(phase) - lost)[np.isfinite(phase)]
    assert (error < 1).mean() > 0.999
    assert error.max() < 2.5


def test_light_rain_takes_nothing():
    assert loss(measured(np.zeros((360, 600)), noise=3.0)).mean() < 0.15


@pytest.mark.parametrize("seed", range(3))
def test_noise_adds_nothing(seed):
    noise = np.random.default_rng(seed).uniform(0, 360, (360, 600)).astype(np.float32)
    assert not np.nan_to_num(added_phase(noise, GATE)).any()
    lost = storms(4, 10.0)
    phase = measured(lost)
    phase[:, 300:] = noise[:, 300:]
    found = loss(phase)
    assert np.abs(found - lost)[:, :290].max() < 1
    assert np.nanmax(found) < 11
    assert np.isnan(found[:, 400:]).all()


def test_it_never_decreases_and_begins_at_zero():
    found = loss(measured(storms(5, 15.0)))
    assert (np.diff(found, axis=1) >= 0).all()
    assert np.abs(found[:, 0]).max() < 0.3


def test_a_sweep_without_weather_loses_nothing():
    for value in (np.nan, -np.inf):
        assert not added_phase(np.full((360, 50), value, np.float32), GATE).any()


@pytest.mark.parametrize("gate", [120.0, 500.0])
def test_the_texture_of_real_storms_does_not_disturb_it(samples, gate):
    """Real rays: a loss made of their reflectivity, noise that their own phase has."""
    volume = sample_volume(samples, CONVECTION)
    rows = volume.sweep_slice(2)
    dbz, phase, rhohv = (volume.fields[name][rows] for name in ("DBZH", "PHIDP", "RHOHV"))
    weather = np.isfinite(phase) & (rhohv > 0.9) & (dbz > 5)
    rate = np.where(weather, 10 ** (0.08 * np.where(weather, dbz, 0)), 0)
    lost = np.minimum(np.cumsum(rate, axis=1) / np.cumsum(rate, axis=1).max() * 40, 15)
    difference = np.diff(np.where(weather, phase, np.nan), axis=1, prepend=np.nan) / np.sqrt(2)
    noise = np.where(np.isfinite(difference) & (np.abs(difference) < 40), difference, 0)
    made = np.where(weather, 40 + lost / COEFFICIENT + noise, np.nan).astype(np.float32)
    error = (loss(made, gate) - lost)[weather]
    error = error[np.isfinite(error)]
    assert error.size > 0.9 * weather.sum()
    assert (np.abs(error) < 1).mean() > 0.99
    assert abs(error.mean()) < 0.2


def test_the_product_shows_the_loss_where_there_is_echo_up_to_its_limit():
    def ramp(_, azimuth, distance):
        return np.where(distance > 20_000, 30 + np.maximum(distance - 40_000, 0) / 250, 30) % 360

    volume = make_volume({"DBZH": constant(35), "PHIDP": lambda i, a, r: ramp(i, a, r) + 0 * a})
    layer = product("PIA").layer(volume)
    ranges = volume.ranges()
    expected = np.minimum(COEFFICIENT * np.maximum(ranges - 40_000, 0) / 250, 20)
    np.testing.assert_allclose(layer.polar.values[0], expected, atol=0.5)
    assert "0.08 dB per degree" in layer.about.done[0]
    assert layer.about.parameters["cut"] == pytest.approx((expected >= 20).mean(), abs=0.02)
