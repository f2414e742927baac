"""Quality control of real texture: weather stays, spokes, clutter and insects go."""

import numpy as np
import pytest

from radar_assets.products import product
from radar_assets.radar.filters import Quality, clean
from radar_assets.radar.quality.reasons import Reason
from radar_assets_tests.samples import CONVECTION, TRUNCATED, sample_volume
from radar_assets_tests.truth.quality import (
    FIELD_SETS,
    lay_spokes,
    populations,
    reason_table,
    weather_table,
    with_fields,
)
from radar_assets_tests.truth.spokes import KINDS


@pytest.fixture(scope="module")
def storms(samples):
    return sample_volume(samples, CONVECTION)


@pytest.fixture(scope="module")
def known(storms):
    return populations(storms)


def test_weather_stays(storms, known):
    assert known.weather.sum() > 40_000
    assert (clean(storms, Quality()).removed[known.weather] > 0).mean() < 0.03
    rays = clean(storms, Quality()).removed[known.weather] == Reason.INTERFERENCE
    assert rays.mean() < 0.005


def test_insects_and_clutter_go(storms, known):
    removed = clean(storms, Quality()).removed
    assert (removed[known.insects] > 0).mean() > 0.99
    assert (removed[known.clutter] > 0).mean() > 0.99


@pytest.mark.parametrize("names", FIELD_SETS, ids=" ".join)
@pytest.mark.parametrize("kind", KINDS)
def test_spokes_over_storms_go_and_the_storms_stay(storms, known, names, kind):
    laid = lay_spokes(with_fields(storms, names), known.weather, kind)
    assert laid.removed > 0.95
    assert laid.lost < 0.01


@pytest.mark.parametrize("kind", KINDS)
def test_spokes_over_a_mountain_range_go(samples, kind):
    volume = sample_volume(samples, TRUNCATED)
    echo = np.isfinite(volume.fields["DBZH"])
    assert lay_spokes(volume, echo, kind, seeds=(0,)).removed > 0.95


@pytest.mark.parametrize("names", [FIELD_SETS[0], FIELD_SETS[-1]], ids=" ".join)
def test_the_spokes_of_real_storms_are_gone(storms, names):
    """Rays whose outer half is filled with echo that does not correlate, whatever their azimuth."""
    outer = slice(478, None)
    echo = np.isfinite(storms.fields["DBZH"][:, outer])
    rhohv = storms.fields["RHOHV"][:, outer]
    spokes = (echo.mean(axis=1) > 0.95) & (np.where(echo, rhohv, 1).mean(axis=1) < 0.85)
    assert spokes.sum() == 7
    removed = clean(with_fields(storms, names), Quality()).removed[:, outer]
    assert (removed[spokes][(echo & (rhohv < 0.9))[spokes]] > 0).mean() > 0.98


def test_the_spokes_of_a_volume_without_correlation_are_gone(samples):
    volume = sample_volume(samples, TRUNCATED)
    raw, kept = (product(name).layer(volume).polar.values for name in ("COLMAXo", "COLMAX"))
    outer = np.isfinite(raw[:, 480:])
    assert outer.sum() > 1_000
    assert np.isfinite(kept[:, 480:]).sum() < 0.02 * outer.sum()


def test_clutter_of_a_mountain_range_goes_as_before_and_more(samples):
    """72 to 162 km in the west, at the lowest elevation; limits alone remove 7 %."""
    volume = sample_volume(samples, TRUNCATED)
    echo = np.isfinite(volume.fields["DBZH"][:360])
    west = (volume.azimuths()[:360] > 200)[:, None] & (np.arange(volume.gates) > 200)
    assert (clean(volume, Quality()).removed[:360][echo & west] > 0).mean() > 0.7


def test_the_tables_have_a_row_for_each_case(storms):
    assert len(list(weather_table(storms))) == 2 + len(FIELD_SETS)
    (row,) = list(reason_table([storms]))[2:]
    assert row.startswith("| RMA1 0301_02 | ")
