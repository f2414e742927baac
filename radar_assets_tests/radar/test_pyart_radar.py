from pathlib import Path

import numpy as np
import pytest

from radar_assets.radar import cfradial
from radar_assets.radar.bufr import NODATA, UNDETECT
from radar_assets_tests.fields import bufr_field, climbing, field_sweep, ramp, volume_of
from radar_assets_tests.samples import TRUNCATED, sample_volume


@pytest.fixture(scope="module")
def volume():
    first, second = ramp(6, 5), ramp(4, 3)
    first[0, 1], first[0, 2], first[0, 3] = UNDETECT, NODATA, np.nan
    return volume_of(
        bufr_field("VRAD", *climbing(first, second)),
        bufr_field("WRAD", *climbing(ramp(6, 5), ramp(4, 3))),
        nyquist_velocity=(6.63, 13.25),
        digests={"RMA11_0315_01_VRAD_20251118T123020Z.BUFR": "00" * 32},
    )


@pytest.fixture(scope="module")
def radar(volume):
    return volume.to_pyart()


def test_every_sweep_has_its_rays_and_angle(radar):
    assert (radar.nsweeps, radar.nrays, radar.ngates) == (2, 10, 5)
    assert radar.fixed_angle["data"].tolist() == pytest.approx([0.53, 1.53])
    assert radar.sweep_start_ray_index["data"].tolist() == [0, 6]
    assert radar.sweep_end_ray_index["data"].tolist() == [5, 9]
    assert radar.get_azimuth(1).tolist() == [45, 135, 225, 315]
    assert radar.get_elevation(1).tolist() == pytest.approx([1.53] * 4)
    assert radar.scan_type == "ppi"
    assert radar.sweep_mode["data"].tolist() == ["azimuth_surveillance"] * 2


def test_a_sweep_that_looks_up_is_vertical_pointing():
    up = volume_of(bufr_field("VRAD", field_sweep(), field_sweep(elevation=90.0)))
    assert up.to_pyart().sweep_mode["data"].tolist() == [
        "azimuth_surveillance",
        "vertical_pointing",
    ]


def test_gates_without_a_value_are_masked(radar, volume):
    found = radar.fields["VRAD"]["data"]
    assert found.dtype == np.float32
    assert found.mask[0].tolist() == [False, True, True, True, False]
    assert found.mask[6:].tolist() == [[False] * 3 + [True] * 2] * 4
    assert np.array_equal(found.compressed(), volume.fields["VRAD"][~found.mask])
    assert np.isfinite(found.compressed()).all()


def test_fields_have_the_names_and_units_of_the_radar(radar):
    assert set(radar.fields) == {"VRAD", "WRAD"}
    assert radar.fields["VRAD"]["units"] == "m/s"
    assert radar.fields["VRAD"]["long_name"] == "Radial velocity away from the radar"


def test_nyquist_velocity_is_that_of_the_sweep(radar):
    assert radar.get_nyquist_vel(0) == pytest.approx(6.63)
    assert radar.get_nyquist_vel(1) == pytest.approx(13.25)


def test_without_nyquist_velocity_none_is_invented():
    assert volume_of(bufr_field("VRAD")).to_pyart().instrument_parameters == {}


@pytest.mark.parametrize("frequency", [None, 5.6e9])
def test_retrievals_of_pyart_take_a_volume_whose_frequency_is_known_or_not(frequency, tmp_path):
    """At C band its coefficients are those that it takes where nothing is known."""
    from pyart.io import read_cfradial
    from pyart.retrieve import est_rain_rate_kdp

    volume = volume_of(bufr_field("KDP", field_sweep(ramp(2, 9))), frequency=frequency)
    rates = [est_rain_rate_kdp(volume.to_pyart(), kdp_field="KDP")]
    if frequency:
        cfradial.write(volume, tmp_path / "volume.nc")
        radar = read_cfradial(str(tmp_path / "volume.nc"))
        assert radar.instrument_parameters["frequency"]["data"].tolist() == [5.6e9]
        rates.append(est_rain_rate_kdp(radar, kdp_field="KDP"))
    for rate in rates:
        assert rate["data"][0, 2] == pytest.approx(29.7 * 2**0.85, rel=1e-6)


def test_times_are_seconds_since_the_first_sweep(radar):
    assert radar.time["units"] == "seconds since 2025-11-18T12:30:20Z"
    assert radar.time["data"].tolist() == [2, 6, 10, 14, 18, 22, 28, 34, 40, 46]


def test_ranges_are_gate_centres():
    radar = volume_of(bufr_field("DBZH", field_sweep(ramp(2, 120)))).to_pyart()
    assert radar.range["data"][100] == 1770 + 100.5 * 360
    assert radar.range["meters_to_center_of_first_gate"] == 1950.0
    assert radar.range["meters_between_gates"] == 360.0


def test_the_site_is_that_of_the_volume(radar):
    assert radar.latitude["data"].tolist() == [-27.5026]
    assert radar.longitude["data"].tolist() == [-64.90575]
    assert radar.altitude["data"].tolist() == [313.0]
    assert radar.metadata["instrument_name"] == "RMA11"
    assert radar.metadata["source"] == "RMA11_0315_01_VRAD_20251118T123020Z.BUFR"


def test_a_radar_does_not_share_its_arrays_with_the_volume(radar, volume):
    assert not np.shares_memory(radar.fields["VRAD"]["data"].data, volume.fields["VRAD"])


def test_the_real_truncated_volume_becomes_a_radar_of_13_sweeps(samples: Path):
    volume = sample_volume(samples, TRUNCATED)
    radar = volume.to_pyart()
    assert radar.nsweeps == 13
    assert radar.fields["DBZH"]["data"].max() == pytest.approx(50.085, abs=5e-4)
    assert radar.fields["DBZH"]["data"].count() == 330506
    assert radar.fields["KDP"]["data"].count() == 11860
    assert radar.range["data"][100] == 1770 + 100.5 * 360
