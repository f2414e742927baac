"""What kinds of echo are distinguished by, one by one."""

import dataclasses

import numpy as np
import pytest

from radar_assets.radar.filters import Quality, clean
from radar_assets.radar.quality.reasons import Reason
from radar_assets_tests.volumes import constant, make_volume

NYQUIST = 13.25


def made(nyquist=NYQUIST, **fields):
    volume = make_volume(fields, gates=60)
    return dataclasses.replace(volume, nyquist_velocity=(nyquist,))


def noise(mean, spread, seed=0):
    generator = np.random.default_rng(seed)
    return lambda i, azimuth, r: generator.normal(mean, spread, (azimuth.size, r.size))


def uniform(limit, seed=1):
    generator = np.random.default_rng(seed)
    return lambda i, azimuth, r: generator.uniform(-limit, limit, (azimuth.size, r.size))


def reasons(volume, **quality):
    """Shares of the reasons among all gates."""
    found = clean(volume, Quality(**quality)).removed
    return np.bincount(found.ravel(), minlength=len(Reason)) / found.size


def test_rain_stays():
    volume = made(
        DBZH=noise(30, 1), RHOHV=noise(0.98, 0.005), ZDR=noise(1, 0.2), PHIDP=noise(60, 2),
        VRAD=noise(8, 0.5), WRAD=constant(2),
    )  # fmt: skip
    assert reasons(volume)[Reason.KEPT] == 1


def test_the_edge_of_a_storm_stays_for_what_it_correlates_with():
    """A wide spectrum and low values of single gates amid high ones are no reason to remove."""
    fields = {"DBZH": noise(12, 1), "WRAD": constant(9), "VRAD": uniform(NYQUIST)}
    assert reasons(made(**fields, RHOHV=noise(0.96, 0.02)))[Reason.KEPT] == 1
    assert reasons(made(**fields, RHOHV=noise(0.9, 0.02)))[Reason.NOISE] > 0.99
    assert reasons(made(**fields, RHOHV=noise(0.96, 0.02)), keep_rhohv=1)[Reason.NOISE] > 0.99


def test_insects_are_known_by_their_shape():
    insects = {"DBZH": noise(10, 1), "ZDR": noise(5, 1)}
    assert reasons(made(**insects))[Reason.BIOLOGICAL] > 0.99
    assert reasons(made(**insects), biological=False)[Reason.BIOLOGICAL] == 0
    rain = {"DBZH": noise(10, 1), "ZDR": noise(1, 0.3)}
    assert reasons(made(**rain))[Reason.KEPT] == 1
    strong = {"DBZH": noise(45, 1), "ZDR": noise(5, 0.3)}
    assert reasons(made(**strong))[Reason.KEPT] == 1
    uncorrelated = {"DBZH": noise(10, 1), "ZDR": noise(2.6, 0.3), "RHOHV": noise(0.7, 0.05)}
    assert reasons(made(**uncorrelated))[Reason.BIOLOGICAL] > 0.99


@pytest.mark.parametrize(
    "fields",
    [
        {"DBZH": noise(35, 8)},
        {"DBZH": noise(35, 8), "ZDR": noise(0, 3)},
        {"DBZH": noise(35, 8), "ZDR": noise(0, 3), "RHOHV": noise(0.7, 0.1), "PHIDP": uniform(180)},
    ],
    ids=["reflectivity", "with ZDR", "polarimetric"],
)
def test_clutter_is_known_by_its_texture(fields):
    assert reasons(made(**fields))[Reason.CLUTTER] > 0.98
    assert reasons(made(**fields), min_score=0)[Reason.CLUTTER] == 0


def test_clutter_is_known_by_standing_still():
    still = {"VRAD": noise(0, 0.05), "WRAD": constant(0.8)}
    assert reasons(made(**still))[Reason.CLUTTER] == 1
    assert reasons(made(**still), clutter=False)[Reason.KEPT] == 1
    weather = {"VRAD": noise(0, 0.6), "WRAD": constant(0.8)}
    assert reasons(made(**weather))[Reason.KEPT] == 1


@pytest.mark.parametrize("nyquist", [4.42, 6.63, 8.28, 16.64, 33.1])
def test_width_is_judged_by_the_nyquist_velocity(nyquist):
    white = nyquist / np.sqrt(3)
    random = {"VRAD": uniform(nyquist), "WRAD": noise(white, 0.02 * nyquist)}
    assert reasons(made(nyquist, **random))[Reason.NOISE] > 0.99
    assert reasons(made(nyquist, **random), max_width=1)[Reason.KEPT] == 1
    turbulent = {"VRAD": noise(2, 0.1 * nyquist), "WRAD": constant(white)}
    assert reasons(made(nyquist, **turbulent))[Reason.KEPT] > 0.99
    narrow = {"VRAD": uniform(nyquist), "WRAD": constant(0.3 * nyquist)}
    assert reasons(made(nyquist, **narrow))[Reason.KEPT] == 1


def test_folds_are_no_texture():
    def folding(i, azimuth, r):
        velocity = 20 * np.cos(np.radians(azimuth)) + 0 * r
        return velocity - 2 * NYQUIST * np.rint(velocity / (2 * NYQUIST))

    assert reasons(made(VRAD=folding, WRAD=constant(8)))[Reason.KEPT] == 1


def test_the_highest_speed_stands_for_a_nyquist_velocity_nobody_knows():
    volume = make_volume({"VRAD": uniform(NYQUIST), "WRAD": constant(NYQUIST / 3**0.5)}, gates=60)
    assert volume.nyquist_velocity == ()
    assert reasons(volume)[Reason.NOISE] > 0.99


def test_second_trips_are_removed_where_they_are_not_wanted():
    volume = made(
        DBZH=noise(30, 1), RHOHV=noise(0.97, 0.01), VRAD=uniform(NYQUIST), WRAD=constant(7.6)
    )
    assert reasons(volume)[Reason.KEPT] == 1
    assert reasons(volume, second_trips=True)[Reason.SECOND_TRIP] > 0.99


def test_small_objects_say_so():
    volume = made(DBZH=lambda i, azimuth, r: np.where(azimuth * r % 97 < 3, 30.0, -np.inf))
    found = reasons(volume)
    assert found[Reason.SMALL_OBJECT] > 0
    assert found[1:].sum() == found[Reason.SMALL_OBJECT]


def test_reflectivity_alone_on_sweeps_of_one_size():
    """As the radars of strategy 1000 deliver it."""
    volume = make_volume({"DBZH": noise(30, 1)}, elevations=(0.5, 0.9, 1.3), rays=360, gates=80)
    cleaned = clean(volume, Quality())
    assert not cleaned.removed.any()
    assert cleaned.skipped == (
        "min_rhohv", "max_zdr", "max_width", "biological", "clutter", "min_object_rhohv",
    )  # fmt: skip


def test_a_vertical_volume():
    volume = make_volume(
        {"DBZH": noise(25, 1), "VRAD": noise(-6, 0.5), "RHOHV": noise(0.98, 0.01)},
        elevations=(90.0,),
        gates=40,
        gate_size=300.0,
    )
    assert not clean(volume, Quality()).removed.any()
