"""Times of sweeps: as coded where they can be true, else estimated; none before the last ends."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radar_assets.radar.bufr import NODATA
from radar_assets.radar.timing import spans
from radar_assets_tests.fields import START, bufr_field, field_sweep, ramp, volume_of

MINUTE = START.replace(second=0)


def sweeps(*seconds: tuple[float, float], origin=MINUTE):
    return [
        field_sweep(start=origin + timedelta(seconds=start), end=origin + timedelta(seconds=end))
        for start, end in seconds
    ]


def seconds_of(found, origin=MINUTE):
    return [
        ((span.start - origin).total_seconds(), (span.end - origin).total_seconds())
        for span in found
    ]


@pytest.mark.parametrize(
    "coded",
    [
        [(20, 44)],
        [(20, 44), (44, 60), (65, 70)],
        [(20, 44), (300, 310)],
        [(20, 44), (-7200, -7100)],
    ],
    ids=["one", "one after another", "a pause", "another day's clock"],
)
def test_times_that_can_be_true_stay(coded):
    found = spans(sweeps(*coded), START)
    assert seconds_of(found) == coded
    assert not any(span.is_estimated for span in found)


@pytest.mark.parametrize(
    ("coded", "rates", "expected"),
    [
        ([(0, 0)], (), [(0, 30)]),
        ([(0, 0)], (20.0,), [(0, 18)]),
        ([(0, -40)], (), [(0, 30)]),
        ([(0, 0), (60, 60)], (), [(0, 60), (60, 120)]),
        ([(0, 0), (0, 0), (60, 60)], (), [(0, 30), (30, 60), (60, 90)]),
        ([(0, 0), (0, 0), (0, 0)], (), [(0, 30), (30, 60), (60, 90)]),
        ([(0, 0), (0, 0), (60, 60)], (20.0,) * 3, [(0, 18), (18, 36), (60, 78)]),
        ([(0, 0), (0, 0), (60, 60)], (6.0,) * 3, [(0, 30), (30, 60), (60, 120)]),
        ([(0, 0), (600, 600)], (), [(0, 120), (600, 720)]),
        ([(0, 60), (0, 60), (60, 120)], (), [(0, 30), (30, 60), (60, 120)]),
        ([(0, 20), (15, 35), (40, 50)], (), [(0, 15), (15, 35), (40, 50)]),
        ([(0, 20), (-5, 15), (20, 30)], (), [(0, 20), (20, 40), (40, 50)]),
        ([(0, 20), (20, 20), (30, 40)], (), [(0, 20), (20, 30), (30, 40)]),
        ([(0, 20), (20, 20)], (), [(0, 20), (20, 40)]),
        ([(0, 20), (99_999, 99_999), (40, 50)], (), [(0, 20), (99_999, 100_019), (40, 50)]),
        ([(0, 99_999), (20, 40)], (), [(0, 20), (20, 40)]),
        ([(0, 99_999)], (), [(0, 30)]),
    ],
)
def test_times_that_cannot_be_true_are_estimated(coded, rates, expected):
    found = spans(sweeps(*coded), MINUTE, rates)
    assert seconds_of(found) == expected
    assert [span.is_estimated for span in found] == [
        a != b for a, b in zip(coded, expected, strict=True)
    ]


def test_a_volume_coded_to_the_minute_begins_at_the_second_of_its_name():
    coded = sweeps((0, 0), (0, 0), (60, 60))
    found = spans(coded, MINUTE + timedelta(seconds=46))
    assert seconds_of(found) == [(46, 76), (76, 106), (106, 136)]


@pytest.mark.parametrize("seconds", [-1, 60, 119])
def test_a_name_that_is_not_of_the_same_minute_moves_nothing(seconds):
    found = spans(sweeps((0, 0)), MINUTE + timedelta(seconds=seconds))
    assert seconds_of(found) == [(0, 30)]


moments = st.integers(-300, 300)


@given(
    st.lists(st.tuples(moments, moments), min_size=1, max_size=12),
    st.integers(0, 59),
    st.none() | st.floats(1, 60),
)
def test_the_times_of_rays_always_grow(coded, second, rate):
    """Whatever a file codes: also where it goes back by minutes."""
    given_sweeps = sweeps(*coded)
    rates = () if rate is None else (rate,) * len(coded)
    found = spans(given_sweeps, MINUTE + timedelta(seconds=second), rates)
    assert all(span.start < span.end for span in found)
    assert all(one.end <= other.start for one, other in pairwise(found))


def test_rays_of_a_volume_without_durations_have_times_that_grow():
    codes = [
        field_sweep(ramp(360, 3), start=MINUTE, end=MINUTE, elevation=0.5 + i) for i in range(4)
    ]
    volume = volume_of(bufr_field("DBZH", *codes, time=MINUTE), scan_rate=(18.0,))
    assert (np.diff(volume.ray_seconds()) > 0).all()
    assert volume.end - volume.start == timedelta(seconds=80)
    assert all(sweep.is_estimated for sweep in volume.sweeps)


def test_the_scan_rate_is_that_of_the_planned_sweep():
    silent = np.full((4, 6), NODATA)
    codes = [
        field_sweep(values, start=MINUTE, end=MINUTE, elevation=0.5 + i)
        for i, values in enumerate((ramp(4, 6), silent, ramp(4, 6)))
    ]
    volume = volume_of(bufr_field("DBZH", *codes, time=MINUTE), scan_rate=(36.0, 18.0, 12.0))
    lengths = [(sweep.end - sweep.start).total_seconds() for sweep in volume.sweeps]
    assert lengths == [10, 30]
