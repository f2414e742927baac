from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest

from radar_assets.radar.bufr import NODATA, UNDETECT, decode, encode
from radar_assets.simulator.scan import DOPPLER_SCAN, REFLECTIVITY_SCAN, SCANS, Site, scan_volume
from radar_assets.simulator.storms import Weather
from radar_assets_tests.simulator.sites import CORDOBA, NOON

COARSE = REFLECTIVITY_SCAN.coarser(8)
RANGES = {
    "DBZH": (-33, 75),
    "DBZV": (-35, 75),
    "ZDR": (-9.9, 9.9),
    "RHOHV": (0.01, 1),
    "PHIDP": (0, 360),
    "KDP": (-2, 20),
    "VRAD": (-33.101, 33.101),
    "WRAD": (0, 20),
}


@pytest.fixture(scope="session")
def fields(reflectivity, doppler):
    return {**reflectivity, **doppler}


def gates(field):
    return np.concatenate([sweep.values.ravel() for sweep in field.sweeps])


def test_the_same_arguments_give_the_same_bytes():
    first, again, other = (
        {
            name: encode(field)
            for name, field in scan_volume(CORDOBA, COARSE, NOON, Weather(1), seed=seed).items()
        }
        for seed in (7, 7, 8)
    )
    assert first == again
    assert all(first[name] != other[name] for name in first)


@pytest.mark.parametrize("scan", SCANS.values(), ids=lambda scan: scan.volume)
def test_what_is_encoded_is_decoded(scan):
    for name, field in scan_volume(CORDOBA, scan.coarser(8), NOON, Weather(1)).items():
        decoded = decode(encode(field))
        assert (decoded.radar, decoded.quantity, decoded.time) == ("RMA1", name, NOON)
        assert (decoded.latitude, decoded.longitude) == (field.latitude, field.longitude)
        assert decoded.altitude == field.altitude
        for found, sent in zip(decoded.sweeps, field.sweeps, strict=True):
            assert (found.start, found.end) == (sent.start, sent.end)
            assert (found.elevation, found.first_azimuth) == (sent.elevation, sent.first_azimuth)
            assert (found.gate_size, found.first_gate) == (sent.gate_size, sent.first_gate)
            assert np.array_equal(found.values, sent.values, equal_nan=True)


def test_geometry_is_that_of_the_strategy(reflectivity, doppler):
    for volume, scan in ((reflectivity, REFLECTIVITY_SCAN), (doppler, DOPPLER_SCAN)):
        assert tuple(volume) == scan.fields
        for name, field in volume.items():
            shorter = 17 if name == "KDP" else 0
            shapes = [sweep.values.shape for sweep in field.sweeps]
            assert shapes == [(360, count - shorter) for count in scan.gates]
            assert tuple(sweep.elevation for sweep in field.sweeps) == scan.elevations
            assert {sweep.values.dtype for sweep in field.sweeps} == {np.dtype(np.float32)}


@pytest.mark.parametrize(("scan", "minutes"), [(REFLECTIVITY_SCAN, 4), (DOPPLER_SCAN, 1.5)])
def test_sweeps_follow_each_other(scan, minutes):
    sweeps = next(iter(scan_volume(CORDOBA, scan.coarser(16), NOON, Weather(1)).values())).sweeps
    assert sweeps[0].start == NOON
    assert sweeps[-1].end == NOON + scan.duration
    assert scan.duration == pytest.approx(timedelta(minutes=minutes), abs=timedelta(seconds=5))
    for earlier, later in pairwise(sweeps):
        assert timedelta(0) < later.start - earlier.end <= timedelta(seconds=5)
        assert 0 < (later.first_azimuth - earlier.first_azimuth) % 360 < 10


@pytest.mark.parametrize("name", RANGES)
def test_values_are_plausible(fields, name):
    values = gates(fields[name])
    echo = values[np.isfinite(values)]
    low, high = RANGES[name]
    assert low <= echo.min() < echo.max() <= high
    assert np.count_nonzero(values == UNDETECT) > echo.size > 10_000
    assert np.count_nonzero(values == NODATA) > 0


def test_missing_rays_are_whole_and_lie_at_the_seam(reflectivity):
    counts = set()
    for sweeps in zip(*(field.sweeps for field in reflectivity.values()), strict=True):
        missing = [np.flatnonzero((sweep.values == NODATA).all(axis=1)) for sweep in sweeps]
        for rows, sweep in zip(missing, sweeps, strict=True):
            assert np.array_equal(rows, missing[0])
            assert np.count_nonzero(sweep.values == NODATA) == rows.size * sweep.values.shape[1]
            assert all(0 < (row - sweep.first_azimuth) % 360 <= 3 for row in rows)
        counts.add(missing[0].size)
    assert {0} < counts <= {0, 1, 2, 3}


def test_weak_echo_far_away_is_not_detected(reflectivity):
    weakest = [
        np.ma.masked_invalid(reflectivity["DBZH"].sweeps[0].values[:, part]).min()
        for part in (slice(0, 60), slice(500, 653))
    ]
    assert weakest[0] < 0 < weakest[1]


def test_a_field_with_failed_estimates_holds_nan(doppler):
    assert 0 < np.isnan(gates(doppler["VRAD"])).sum() < 200


def test_kdp_is_the_slope_of_phidp_around_its_shifted_gate(reflectivity):
    kdp, phase = (reflectivity[name].sweeps[0].values for name in ("KDP", "PHIDP"))
    phase = np.where(np.isfinite(phase), phase, np.nan)
    slope = (phase[:, 17:] - phase[:, :-17]) / (2 * 17 * 0.36)
    good = np.isfinite(kdp) & np.isfinite(slope) & (np.abs(slope) < 10)
    strong = good & (kdp > 0.5)
    assert strong.sum() > 100
    assert np.median(slope[strong] - kdp[strong]) == pytest.approx(0, abs=0.15)


def test_the_coded_offset_of_kdp_is_right_only_without_gaps(reflectivity):
    for kdp, dbzh in zip(reflectivity["KDP"].sweeps, reflectivity["DBZH"].sweeps, strict=True):
        gap = (dbzh.values == NODATA).any()
        assert (kdp.first_gate, dbzh.first_gate) == (1770 if gap else 4770, 1770)


def test_velocity_is_the_wind_along_the_beam(doppler):
    sweep = doppler["VRAD"].sweeps[0]
    azimuth = np.radians(np.arange(0.5, 360))[:, None]
    height = CORDOBA.altitude + (np.arange(320) * 360 + 1950) * np.sin(np.radians(0.6))
    east, north = Weather(1).winds(height.astype(np.float32))
    wind = east * np.sin(azimuth) + north * np.cos(azimuth)
    moving = np.isfinite(sweep.values) & (np.abs(sweep.values) > 3)
    assert np.corrcoef(sweep.values[moving], wind[moving])[0, 1] > 0.98


def test_velocity_folds_at_the_nyquist_velocity():
    storm = Weather(1, wind=(40.0, 0.0))
    values = gates(scan_volume(CORDOBA, DOPPLER_SCAN.coarser(4), NOON, storm)["VRAD"])
    speed = np.abs(values[np.isfinite(values)])
    assert 32 < speed.max() <= 33.101


def test_the_ground_echoes_in_low_sweeps_near_the_radar(reflectivity):
    def ground(sweep):
        rho, dbzh = (reflectivity[name].sweeps[sweep].values for name in ("RHOHV", "DBZH"))
        return np.isfinite(dbzh) & (dbzh > 10) & (rho < 0.7)

    low = ground(0)
    assert low[:, :80].sum() > 300
    assert low[:, 80:].sum() < 10
    assert ground(6).sum() < 10


def test_coarser_scans_cover_the_same_range():
    assert COARSE.gate_size * COARSE.gates[0] == pytest.approx(653 * 360, rel=0.02)
    assert len(COARSE.elevations) == 15


def test_a_site_is_coded_to_five_decimals_and_whole_metres():
    site = Site("RMA2", -34.8008211, -58.5155749, 47.4)
    field = scan_volume(site, DOPPLER_SCAN.coarser(16), NOON, Weather(1))["VRAD"]
    assert (field.latitude, field.longitude, field.altitude) == (-34.80082, -58.51557, 47)
