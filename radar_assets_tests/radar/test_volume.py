from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radar_assets.radar.bufr import NODATA
from radar_assets.radar.volume import completeness
from radar_assets_tests.fields import START, bufr_field, climbing, field_sweep, ramp, volume_of
from radar_assets_tests.samples import CONVECTION, DOPPLER, TRUNCATED, VOLUMES, sample_volume


@given(st.integers(1, 720), st.integers(0, 35999))
def test_azimuths_are_sector_centres_from_the_first_ray_clockwise(rays, hundredths):
    sweep = field_sweep(ramp(rays, 1), first_azimuth=hundredths / 100)
    volume = volume_of(bufr_field("DBZH", sweep))
    rows = (volume.fields["DBZH"][:, 0] // 1000).astype(int)
    azimuths = volume.azimuths()
    np.testing.assert_allclose(azimuths, (rows + 0.5) * 360 / rays)
    assert ((azimuths >= 0) & (azimuths < 360)).all()
    assert volume.sweeps[0].first_ray == rows[0]
    assert abs(azimuths[0] - hundredths / 100) <= 180 / rays + 1e-9


def test_ray_times_are_the_centres_of_equal_shares_of_the_sweep():
    volume = volume_of(bufr_field("DBZH", *climbing(ramp(4, 2), ramp(3, 2))))
    assert volume.ray_seconds().tolist() == [3, 9, 15, 21, 25 + 4, 25 + 12, 25 + 20]
    assert volume.start == START
    assert volume.end == START + timedelta(seconds=49)


def test_a_sweep_that_ends_before_it_starts_takes_no_time():
    """So older files have it; in new ones its end is estimated."""
    volume = volume_of(bufr_field("DBZH", field_sweep(ramp(4, 2))))
    backwards = replace(volume.sweeps[0], end=START - timedelta(seconds=5))
    volume = replace(volume, sweeps=(backwards,))
    assert volume.ray_seconds().tolist() == [0, 0, 0, 0]
    assert volume.end == START


def test_a_volume_takes_the_memory_of_its_fields():
    volume = volume_of(bufr_field("DBZH"), bufr_field("ZDR"))
    assert volume.nbytes == 2 * 12 * 20 * 4


def test_ranges_are_gate_centres():
    volume = volume_of(bufr_field("DBZH", field_sweep(ramp(4, 3))))
    assert volume.ranges().tolist() == [1770 + 180, 1770 + 540, 1770 + 900]


def test_elevations_are_those_of_the_sweep_of_each_ray():
    volume = volume_of(bufr_field("DBZH", *climbing(ramp(2, 2), ramp(3, 2))))
    assert volume.elevations().tolist() == [0.53, 0.53, 1.53, 1.53, 1.53]


def test_a_sweeps_values_are_a_view_without_the_padding():
    volume = volume_of(bufr_field("DBZH", *climbing(ramp(2, 2), ramp(3, 4))))
    assert volume.sweep_slice(1) == slice(2, 5)
    assert volume.sweep_values("DBZH", 0).shape == (2, 2)
    assert np.shares_memory(volume.sweep_values("DBZH", 1), volume.fields["DBZH"])


@pytest.mark.parametrize("identity", VOLUMES, ids=str)
def test_real_ray_times_increase_within_their_sweeps(samples: Path, identity):
    volume = sample_volume(samples, identity)
    seconds = volume.ray_seconds()
    assert (np.diff(seconds) > 0).all()
    for index, sweep in enumerate(volume.sweeps):
        own = seconds[volume.sweep_slice(index)]
        assert (sweep.start - volume.start).total_seconds() < own[0]
        assert own[-1] < (sweep.end - volume.start).total_seconds()
    assert volume.start == identity.time


def test_the_real_truncated_volume_radiated_for_244_seconds(samples: Path):
    volume = sample_volume(samples, TRUNCATED)
    assert (volume.end - volume.start).total_seconds() == 244
    assert volume.azimuths()[0] == 161.5
    assert volume.ranges()[0] == 1950.0


COMPLETENESS = {
    "complete": (("DBZH", "ZDR"), None, (), True, "complete"),
    "as promised": (("DBZH", "ZDR"), {"ZDR", "DBZH"}, (), True, "complete"),
    "more than promised": (("DBZH", "ZDR"), {"DBZH"}, (), True, "complete"),
    "field missing": (
        ("DBZH",),
        {"DBZH", "RHOHV", "KDP"},
        ("KDP", "RHOHV"),
        False,
        "fields missing: KDP, RHOHV",
    ),
}


@pytest.mark.parametrize("case", COMPLETENESS)
def test_completeness_compares_with_what_the_strategy_promises(case):
    present, expected, missing, is_complete, words = COMPLETENESS[case]
    report = completeness(volume_of(*map(bufr_field, present)), expected)
    assert report.present == present
    assert report.missing == missing
    assert report.expected == tuple(sorted(present if expected is None else expected))
    assert (report.is_complete, report.describe()) == (is_complete, words)


def test_a_field_without_some_sweeps_makes_a_volume_incomplete():
    zdr = bufr_field("ZDR", climbing(ramp(), ramp())[0])
    volume = volume_of(bufr_field("DBZH", *climbing(ramp(), ramp(), ramp())), zdr)
    report = completeness(volume, {"DBZH", "ZDR"})
    assert (report.missing, report.partial) == ((), {"ZDR": (1.53, 2.53)})
    assert not report.is_complete
    assert report.describe() == "sweeps without ZDR: 1.53, 2.53 degrees"
    assert completeness(volume, {"DBZH"}).is_complete


def test_a_field_without_any_sweep_of_the_volume_is_missing():
    elsewhen = field_sweep(start=START + timedelta(seconds=60))
    volume = volume_of(bufr_field("DBZH"), bufr_field("ZDR", elsewhen))
    for expected in (None, {"DBZH", "ZDR"}):
        report = completeness(volume, expected)
        assert (report.present, report.missing, report.partial) == (("DBZH",), ("ZDR",), {})
        assert report.describe() == "fields missing: ZDR"


@pytest.mark.parametrize("identity", [CONVECTION, DOPPLER], ids=str)
def test_real_fields_have_all_sweeps_of_their_volume(samples: Path, identity):
    assert completeness(sample_volume(samples, identity), None).describe() == "complete"


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        ({"DBZH"}, "sweeps not scanned: 1.53 degrees"),
        ({"DBZH", "ZDR"}, "fields missing: ZDR; sweeps not scanned: 1.53 degrees"),
    ],
)
def test_a_volume_with_sweeps_not_radiated_is_incomplete(expected, words):
    silent = np.full((4, 6), NODATA)
    volume = volume_of(bufr_field("DBZH", *climbing(ramp(4, 6), silent)))
    report = completeness(volume, expected)
    assert report.unscanned == (1.53,)
    assert not report.is_complete
    assert report.describe() == words
