"""Spokes go, and weather that lies along a ray stays."""

import dataclasses

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d

from radar_assets.radar.filters import Quality, clean
from radar_assets.radar.quality.reasons import Reason
from radar_assets_tests.truth.spokes import KINDS, lay
from radar_assets_tests.volumes import constant, make_volume

FAR = 120_000.0


def calm(gate_size=360.0, elevations=(0.5, 1.3), **fields):
    """A volume that measured no echo in a radius of 120 km."""
    return make_volume(
        {"DBZH": constant(-np.inf)} | fields,
        elevations=elevations,
        gates=round(FAR / gate_size),
        gate_size=gate_size,
        first_rays=[7, 300][: len(elevations)],
    )


def line(seed, *, cells):
    """Storms in the rays around 100 degrees, from 30 to 100 km, with RHOHV of weather."""
    generator = np.random.default_rng(seed)

    def formula(index, azimuth, r):
        km = r.ravel() / 1000
        profile = 38 + 8 * np.sin(2 * np.pi * km / cells + generator.uniform(0, 6))
        texture = gaussian_filter1d(generator.normal(size=(azimuth.size, km.size)), 1.5, axis=1)
        inside = (np.abs(azimuth - 100.5) <= 1) & (r > 30_000) & (r < 100_000)
        return np.where(inside, profile + 1.5 * texture, -np.inf)

    return formula


@pytest.mark.parametrize("gate_size", [120.0, 360.0])
@pytest.mark.parametrize("kind", KINDS)
def test_spokes_are_found_by_reflectivity_alone(kind, gate_size):
    volume, own = lay(calm(gate_size), kind)
    removed = clean(volume, Quality()).removed
    assert (removed[own] > 0).mean() > 0.99
    assert (removed[own] == Reason.INTERFERENCE).mean() > 0.9
    assert not removed[~own].any()


@pytest.mark.parametrize("level", [10.0, 25.0, 45.0])
def test_a_spoke_is_found_at_any_power(level):
    volume = calm(DBZH=lambda i, azimuth, r: spoke(azimuth, r, level))
    removed = clean(volume, Quality(min_reflectivity=-40)).removed
    assert (removed[np.isfinite(volume.fields["DBZH"])] == Reason.INTERFERENCE).all()


def spoke(azimuth, r, level):
    ideal = level + 20 * np.log10(r / 60_000)
    return np.where(azimuth.astype(int) == 200, ideal, -np.inf)


@pytest.mark.parametrize("cells", [8, 15, 40])
@pytest.mark.parametrize("seed", range(4))
def test_a_line_of_storms_along_a_ray_stays(seed, cells):
    volume = calm(DBZH=line(seed, cells=cells))
    assert not (clean(volume, Quality()).removed == Reason.INTERFERENCE).any()


def test_a_line_of_even_reflectivity_along_a_ray_stays():
    volume = calm(
        DBZH=lambda i, azimuth, r: np.where(
            (np.abs(azimuth - 100.5) <= 1) & (r > 30_000) & (r < 100_000), 40.0, -np.inf
        )
    )
    assert not clean(volume, Quality()).removed.any()


def test_what_correlates_as_weather_or_moves_steadily_is_no_spoke():
    rays = {"DBZH": lambda i, azimuth, r: spoke(azimuth, r, 20.0)}
    assert clean(calm(**rays), Quality()).removed.any()
    correlated = calm(**rays, RHOHV=constant(0.98))
    moving = calm(**rays, VRAD=lambda i, azimuth, r: 5 + r / 1e5 + 0 * azimuth)
    fastest = dataclasses.replace(moving, nyquist_velocity=(8.28, 8.28))
    for volume in (correlated, fastest):
        assert not (clean(volume, Quality()).removed == Reason.INTERFERENCE).any()


def test_rays_of_random_velocity_are_spokes_whatever_their_power():
    generator = np.random.default_rng(3)
    fields = {
        "DBZH": lambda i, azimuth, r: np.where(azimuth.astype(int) == 200, 20.0 + 0 * r, -np.inf),
        "VRAD": lambda i, azimuth, r: generator.uniform(-8, 8, (azimuth.size, r.size)),
    }
    volume = dataclasses.replace(calm(**fields), nyquist_velocity=(8.28, 8.28))
    reflectivity = dataclasses.replace(volume, fields={"DBZH": volume.fields["DBZH"]})
    assert (clean(volume, Quality()).removed == Reason.INTERFERENCE).any()
    assert not (clean(reflectivity, Quality()).removed == Reason.INTERFERENCE).any()


def test_a_wide_field_of_constant_power_is_no_spoke():
    volume = calm(
        DBZH=lambda i, azimuth, r: np.where(azimuth < 20, 20 + 20 * np.log10(r / 60_000), -np.inf)
    )
    assert not (clean(volume, Quality()).removed == Reason.INTERFERENCE).any()


def test_the_step_can_be_left_out():
    volume, own = lay(calm(), "whole")
    removed = clean(volume, Quality(interference=False)).removed
    assert not (removed == Reason.INTERFERENCE).any()
    assert not removed[own].all()


def test_a_vertical_sweep_has_no_spokes():
    volume, own = lay(calm(elevations=(90.0,)), "whole")
    assert own.any()
    assert not (clean(volume, Quality()).removed == Reason.INTERFERENCE).any()


def test_missing_rays_and_sweeps_without_echo_disturb_nothing():
    volume, own = lay(calm(), "whole", each=3)
    reflectivity = volume.fields["DBZH"].copy()
    reflectivity[40:60] = np.nan
    reflectivity[360:] = np.nan
    removed = clean(dataclasses.replace(volume, fields={"DBZH": reflectivity}), Quality()).removed
    left = own & np.isfinite(reflectivity)
    assert (removed[left] == Reason.INTERFERENCE).mean() > 0.95
    assert not removed[360:].any()
