import dataclasses

import numpy as np
import pytest

from radar_assets.errors import ProductNotApplicable
from radar_assets.maps.description import Description
from radar_assets.products import choose, product
from radar_assets_tests.samples import CONVECTION, DOPPLER, TRUNCATED, sample_volume
from radar_assets_tests.volumes import constant, make_volume


def sweep_of(volume, number, name="ZDRo"):
    return product(name).layer(volume, choose({name: {"sweep": number}}))


@pytest.fixture
def volume():
    """Sweeps in no order, each with its index and azimuth in its values."""
    return make_volume(
        {"ZDR": lambda i, azimuth, r: 1000 * i + azimuth + 0 * r},
        elevations=(2.3, 0.5, 90.0, 1.3),
        first_rays=[3, 161, 0, 20],
        gates=[9, 7, 5, 8],
    )


@pytest.mark.parametrize(
    ("number", "index", "elevation", "gates"), [(0, 1, 0.5, 7), (1, 3, 1.3, 8), (2, 0, 2.3, 9)]
)
def test_a_sweep_is_drawn_by_its_index_by_elevation_with_its_rows_from_north(
    volume, number, index, elevation, gates
):
    layer = sweep_of(volume, number)
    polar = layer.polar
    assert (layer.about.sweep, polar.grid.elevation) == (number, elevation)
    assert layer.about.elevations == (elevation,)
    assert polar.values.shape == (360, gates)
    np.testing.assert_allclose(polar.values[:, 0], 1000 * index + polar.grid.azimuths())


def test_the_lowest_sweep_is_drawn_where_none_is_chosen(volume):
    layer = product("ZDRo").layer(volume)
    assert (layer.about.sweep, layer.about.elevations) == (0, (0.5,))


def test_an_index_beyond_the_sweeps_is_not_applicable(volume):
    said = "3 sweeps that are not vertical, numbered from 0; there is none"
    with pytest.raises(ProductNotApplicable, match=said):
        sweep_of(volume, 3)


def test_a_field_that_a_sweep_lacks_is_not_applicable():
    volume = make_volume(
        {"DBZH": constant(1), "ZDR": lambda i, azimuth, r: (np.nan, 1.0)[i] + 0 * azimuth * r},
        elevations=(0.5, 1.0),
        gates=9,
    )
    with pytest.raises(ProductNotApplicable, match=r"has no ZDR at 0\.5 degrees"):
        sweep_of(volume, 0)
    assert (sweep_of(volume, 1).polar.values == 1).all()
    assert (sweep_of(volume, 0, "DBZHo").polar.values == 1).all()


def test_nodata_and_undetect_stay_different():
    volume = make_volume(
        {"DBZH": lambda i, azimuth, r: np.where(azimuth < 90, np.nan, -np.inf) + 0 * r}, gates=4
    )
    for name in ("DBZHo", "DBZH"):
        values = product(name).layer(volume).polar.values
        assert np.isnan(values[:90]).all()
        assert np.isneginf(values[90:]).all()


@pytest.mark.parametrize("identity", [CONVECTION, DOPPLER, TRUNCATED], ids=str)
def test_filtered_and_raw_fields_differ_on_real_volumes(samples, identity):
    volume = sample_volume(samples, identity)
    removed = 0
    for field in volume.fields:
        raw, kept = (product(name).layer(volume).polar.values for name in (f"{field}o", field))
        assert (np.isfinite(raw) | ~np.isfinite(kept)).all()
        removed += np.isfinite(raw).sum() - np.isfinite(kept).sum()
        assert np.isfinite(kept).sum() < np.isfinite(raw).sum(), field
    assert removed > 10_000


def test_quality_control_changes_no_value_that_it_keeps(samples):
    volume = sample_volume(samples, CONVECTION)
    for field in ("DBZH", "ZDR", "RHOHV", "KDP", "WRAD"):
        raw, kept = (product(name).layer(volume).polar.values for name in (f"{field}o", field))
        echo = np.isfinite(kept)
        np.testing.assert_array_equal(kept[echo], raw[echo])


def test_phase_is_unwrapped_and_the_raw_field_is_not():
    ramp = make_volume(
        {"DBZH": constant(30), "PHIDP": lambda i, azimuth, r: (r / 200 + 0 * azimuth) % 360},
        gates=400,
    )
    raw, unwrapped = (product(name).layer(ramp).polar.values for name in ("PHIDPo", "PHIDP"))
    assert raw.max() < 360
    assert (np.diff(unwrapped, axis=1) > 0).all()
    wrapped = product("PHIDP").layer(ramp, choose({"PHIDP": {"unwrap": False}})).polar.values
    np.testing.assert_array_equal(wrapped, raw)


def folded(nyquist=(10.0,), speed=16.0, field="VRAD"):
    """A uniform wind, folded at 10 m/s."""

    def wind(_, azimuth, r):
        true = speed * np.cos(np.radians(azimuth - 70)) + 0 * r
        return (true + 10) % 20 - 10

    made = make_volume({field: wind}, gates=50)
    return dataclasses.replace(made, nyquist_velocity=nyquist)


def velocity(volume, **parameters):
    return product("VRAD").layer(volume, choose({"VRAD": parameters})).polar


def test_velocity_is_unfolded_and_the_raw_field_is_not():
    raw = product("VRADo").layer(folded()).polar.values
    polar = velocity(folded())
    true = 16 * np.cos(np.radians(polar.grid.azimuths() - 70))
    np.testing.assert_allclose(polar.values, np.broadcast_to(true[:, None], raw.shape), atol=1e-4)
    assert np.abs(raw).max() < 10 < np.abs(polar.values).max()
    assert polar.parameters["dealiased"] is True
    assert polar.parameters["nyquist_velocity"] == 10


def test_velocity_stays_folded_unless_its_nyquist_velocity_is_known_and_wanted():
    raw = product("VRADo").layer(folded()).polar.values
    for polar in (velocity(folded(nyquist=())), velocity(folded(), dealias=False)):
        np.testing.assert_array_equal(polar.values, raw)
        assert polar.parameters["dealiased"] is False


def test_velocity_stays_folded_where_it_contradicts_the_nyquist_velocity():
    polar = velocity(folded(nyquist=(8.0,)))
    np.testing.assert_array_equal(polar.values, product("VRADo").layer(folded()).polar.values)
    assert polar.parameters["dealiased"] is False


def test_each_sweep_has_its_own_nyquist_velocity():
    volume = make_volume({"VRAD": constant(3)}, elevations=(2.0, 0.5), gates=9)
    volume = dataclasses.replace(volume, nyquist_velocity=(8.0, 4.0))
    found = [velocity(volume, sweep=number).parameters["nyquist_velocity"] for number in (0, 1)]
    assert found == [4, 8]


def test_velocity_in_doubt_is_nodata_unless_it_is_wanted():
    chance = np.random.default_rng(1)
    noise = make_volume({"VRAD": lambda i, azimuth, r: chance.uniform(-8, 8, (360, 50))}, gates=50)
    noise = dataclasses.replace(noise, nyquist_velocity=(8.0,))
    polar = velocity(noise)
    assert np.isnan(polar.values).mean() > 0.98
    assert polar.parameters["doubtful"] > 0.98
    assert np.isfinite(velocity(noise, confident=False).values).all()
    assert np.isfinite(product("VRADo").layer(noise).polar.values).all()


def test_velocity_beyond_all_plausible_speeds_is_nodata():
    polar = velocity(folded(), max_speed=12)
    slow = np.abs(16 * np.cos(np.radians(polar.grid.azimuths() - 70))) <= 12
    assert np.isfinite(polar.values[slow]).all()
    assert np.isnan(polar.values[~slow]).all()


@pytest.mark.parametrize(
    ("chosen", "done"),
    [
        ({}, ("unfolded at a Nyquist velocity of 10 m/s", "0 % of the gates removed as doubtful")),
        ({"dealias": False}, ("not unfolded", "Nyquist velocity 10 m/s")),
    ],
)
def test_velocity_says_what_was_done(chosen, done):
    layer = product("VRAD").layer(folded(), choose({"VRAD": chosen}))
    assert layer.about.done == done
    assert Description.from_tags(layer.about.tags()).done == done


def test_velocity_without_a_nyquist_velocity_says_so():
    polar = velocity(folded(nyquist=()))
    assert polar.done == ("not unfolded: Nyquist velocity not known",)


def test_colours_of_velocity_span_the_nyquist_velocity_or_the_data():
    for name, span in (("VRADo", 10), ("VRAD", 20)):
        assert product(name).layer(folded()).palette.vmax == span
    assert product("VRADo").layer(folded(nyquist=(), speed=3.0)).palette.vmax == 5
