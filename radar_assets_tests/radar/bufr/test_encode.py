import math
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from radar_assets.errors import BufrCorrupt, BufrTooLarge, BufrUnsupported
from radar_assets.radar.bufr import (
    NODATA,
    UNDETECT,
    Field,
    FieldSweep,
    decode,
    encode,
    message,
    read,
)
from radar_assets.radar.bufr.bits import BitReader
from radar_assets.radar.fields import FIELDS
from radar_assets_tests.fields import (
    START,
    assert_equal_fields,
    bufr_field,
    climbing,
    field_sweep,
    ramp,
)
from radar_assets_tests.samples import NAMES, sample_field, sample_path

SPECIAL = [math.inf, -math.inf, math.nan, 0.0, -31.5, 70.0]

seconds = st.datetimes(datetime(2018, 1, 1), datetime(2040, 1, 1)).map(  # noqa: DTZ001
    lambda time: time.replace(microsecond=0, tzinfo=UTC)
)
hundredths = st.integers(0, 35999).map(lambda i: i / 100)
values = arrays.arrays(
    np.float32,
    st.tuples(st.integers(1, 6), st.integers(1, 8)),
    elements=st.sampled_from(SPECIAL) | st.floats(-200, 200, width=32),
)
sweeps = st.builds(
    FieldSweep,
    start=seconds,
    end=seconds,
    elevation=st.integers(-100, 9000).map(lambda i: i / 100),
    gate_size=st.integers(1, 16382),
    first_gate=st.integers(0, 16382).map(lambda i: 10 * i),
    first_azimuth=hundredths,
    values=values,
)
fields = st.builds(
    Field,
    radar=st.from_regex(r"(RMA|AR)(0|[1-9][0-9]?)", fullmatch=True),
    quantity=st.sampled_from(sorted(FIELDS)),
    time=seconds,
    latitude=st.integers(-9000000, 9000000).map(lambda i: i / 1e5),
    longitude=st.integers(-18000000, 18000000).map(lambda i: i / 1e5),
    altitude=st.integers(-400, 9000).map(float),
    sweeps=st.lists(sweeps, min_size=1, max_size=4).map(tuple),
    local_table=st.sampled_from([1, 2]),
    subcategory=st.sampled_from([0, 2]),
)


@given(fields)
def test_decoding_gives_back_what_was_encoded(field):
    assert_equal_fields(decode(encode(field, level=1)), field)


@pytest.mark.parametrize("name", NAMES, ids=str)
def test_a_real_file_survives_encoding(samples: Path, name):
    field = sample_field(samples, name)
    assert_equal_fields(decode(encode(field, level=1)), field)


@pytest.mark.parametrize("name", NAMES, ids=str)
def test_a_real_file_is_encoded_to_its_own_bytes(samples: Path, name, monkeypatch):
    """Given the radar's own deflate, whose bytes depend on the build of zlib."""
    data = sample_path(samples, name).read_bytes()
    deflated = {sweep.payload(): sweep.packed for sweep in read(data).sweeps}
    monkeypatch.setattr(zlib, "compress", lambda payload, level: deflated[payload])
    assert encode(sample_field(samples, name)) == data


def test_nodata_undetect_and_nan_stay_apart():
    values = np.array([[NODATA, UNDETECT, np.nan, 0.0]], np.float32)
    data = encode(bufr_field("VRAD", field_sweep(values)))
    payload = np.frombuffer(read(data).sweeps[0].payload(), "<f8")
    limit = np.finfo(np.float64).max
    np.testing.assert_array_equal(payload, [limit, -limit, np.nan, 0.0])
    np.testing.assert_array_equal(decode(data).sweeps[0].values, values)


def test_payloads_are_cut_into_full_chunks():
    noise = np.random.default_rng(1).normal(size=(90, 500)).astype(np.float32)
    field = bufr_field("DBZH", *climbing(noise, ramp()))
    data = encode(field)
    assert len(read(data).sweeps[0].packed) > 2 * 65534
    assert_equal_fields(decode(data), field)
    bits = BitReader(data, 0, len(data))
    bits.uint(read(data).sweeps[0].bit + 176 + 8 + 8)
    sizes = []
    for _ in range(bits.uint(16)):
        sizes.append(bits.uint(16))
        bits.octets(sizes[-1])
    assert set(sizes[:-1]) == {65534}
    assert sum(sizes) == len(read(data).sweeps[0].packed)


def test_sweeps_may_be_ragged():
    field = bufr_field("DBZH", *climbing(ramp(12, 20), ramp(10, 7), ramp(3, 1)))
    assert_equal_fields(decode(encode(field)), field)


@pytest.mark.parametrize(
    ("radar", "identifiers"),
    [("RMA11", b"RMA11" + b"\0" * 14), ("AR5", b"ar\0" + b"5" + b"\0" * 15)],
)
def test_a_radar_is_named_as_its_files_name_it(radar, identifiers):
    data = encode(bufr_field(radar=radar))
    assert data[48:68] == b"\x01" + identifiers
    assert decode(data).radar == radar


def test_the_message_has_an_even_section_4_and_its_length_in_front():
    for size in range(1, 9):
        data = encode(bufr_field("DBZH", field_sweep(ramp(1, size) / 7)))
        assert int.from_bytes(data[4:7], "big") == len(data)
        assert int.from_bytes(data[44:47], "big") == len(data) - 44 - 4
        assert len(data) % 2 == 0


def test_angles_are_rounded_to_hundredths():
    sweep = decode(encode(bufr_field("DBZH", field_sweep(elevation=0.526, first_azimuth=161.004))))
    assert (sweep.sweeps[0].elevation, sweep.sweeps[0].first_azimuth) == (0.53, 161.0)


def test_the_station_time_is_that_of_the_message_across_midnight():
    midnight = datetime(2025, 11, 19, tzinfo=UTC)
    before = midnight - timedelta(seconds=1)
    coded = read(encode(bufr_field("DBZH", field_sweep(start=midnight), time=before)))
    assert coded.time == before
    assert coded.station_time == before.replace(second=0)


@pytest.mark.parametrize(
    ("field", "words"),
    [
        (bufr_field("DBZH", field_sweep(first_gate=1775)), "1775 m is no multiple of 10 m"),
        (bufr_field(radar="radar"), "'radar' is not a radar's name"),
        (bufr_field(radar="RMA1/../x"), "is not a radar's name"),
        (bufr_field(altitude=40000.0), "does not fit"),
        (bufr_field(latitude=-90.1), "does not fit"),
        (bufr_field("DBZH", field_sweep(elevation=-91.0)), "does not fit"),
        (bufr_field("DBZH", field_sweep(gate_size=16383)), "Range-bin size"),
        (bufr_field("DBZH", field_sweep(gate_size=16384)), "does not fit"),
        (bufr_field("DBZH", field_sweep(ramp(1, 4095))), "Number of bins"),
        (bufr_field("DBZH", field_sweep(ramp(2048, 1))), "does not fit"),
        (bufr_field("DBZH", *[field_sweep()] * 256), "256 does not fit in 8 bits"),
    ],
)
def test_a_value_that_the_format_cannot_hold_is_refused(field, words):
    with pytest.raises(BufrCorrupt, match=words):
        encode(field)


def test_a_field_without_a_quantity_code_is_unsupported():
    with pytest.raises(BufrUnsupported, match="NOPE"):
        encode(bufr_field("NOPE"))


def test_a_message_longer_than_bufr_allows_is_refused():
    zeros = np.zeros((400, 2500), np.float32)
    with pytest.raises(BufrTooLarge, match="longer than BUFR allows"):
        encode(bufr_field("DBZH", *[field_sweep(zeros)] * 3), level=0)


def test_the_longest_message_is_2_to_the_24_minus_2_bytes():
    largest = bytes(2**24 - 2 - 52)
    assert len(message.join(START, 2, 2, largest)) == 2**24 - 2
    with pytest.raises(BufrTooLarge, match="16777216 bytes"):
        message.join(START, 2, 2, largest + b"\0")
