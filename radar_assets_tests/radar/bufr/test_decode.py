import gzip
import json
import math
import struct
import zlib
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from radar_assets.radar.bufr import NODATA, UNDETECT, decode, encode, read
from radar_assets.radar.inspection import inspect
from radar_assets_tests.fields import assert_equal_fields, bufr_field, field_sweep
from radar_assets_tests.radar.bufr.messages import (
    FIRST_SWEEP,
    SMALL,
    edited,
    packed,
    rebuilt,
    sweep_member,
)
from radar_assets_tests.samples import NAMES, sample_field, sample_path

WORKED_EXAMPLE = bytes.fromhex(
    "42554652 0bf238 04"
    "000016 00 0029 0000 00 00 06 02 00 10 02 07e9 0a 14 0f 18 1d"
    "00000e 00 0001 80 d5cc c11f d5cb 00"
    "0bf208 00"
    "01 524d41 3131" + "00" * 14 + "00000fd34a3d82fae8615f3d620b2415"
)
"""how RMA11_0315_02_VRAD_20251020T152429Z.BUFR begins"""

PATHS = pytest.mark.parametrize("name", NAMES, ids=str)


@PATHS
def test_a_real_file_says_what_an_independent_decoder_says(samples: Path, name):
    expected = json.loads((samples / "expected.json").read_text())[str(name)]
    found = inspect(sample_path(samples, name).read_bytes())
    assert found.keys() == expected.keys()
    assert len(found["sweeps"]) == len(expected["sweeps"])
    assert {key: found[key] for key in found if key != "sweeps"} == pytest.approx(
        {key: expected[key] for key in expected if key != "sweeps"}, abs=1e-6
    )
    for ours, theirs in zip(found["sweeps"], expected["sweeps"], strict=True):
        assert ours == pytest.approx(theirs, abs=1e-6)


@PATHS
def test_a_real_file_decodes_to_float32_without_loss(samples: Path, name):
    coded = read(sample_path(samples, name).read_bytes())
    field = sample_field(samples, name)
    assert field.quantity == name.field
    assert field.time == name.id.time
    for raw, sweep in zip(coded.sweeps, field.sweeps, strict=True):
        doubles = np.frombuffer(raw.payload(), "<f8").reshape(sweep.values.shape)
        assert np.array_equal(sweep.values == NODATA, doubles == np.finfo(np.float64).max)
        assert np.array_equal(sweep.values == UNDETECT, doubles == np.finfo(np.float64).min)
        is_value = np.isfinite(sweep.values)
        assert np.array_equal(sweep.values[is_value].astype("f8"), doubles[is_value])


def test_the_worked_example_decodes_to_what_is_printed_beside_it(samples: Path):
    (name,) = (name for name in NAMES if str(name) == "RMA11_0315_02_VRAD_20251020T152429Z.BUFR")
    data = sample_path(samples, name).read_bytes()
    assert data.startswith(WORKED_EXAMPLE)
    coded = read(data)
    assert (coded.radar, coded.latitude, coded.longitude, coded.altitude) == (
        "RMA11",
        -27.5026,
        -64.90575,
        313.0,
    )
    first = coded.sweeps[0]
    assert first.bit == FIRST_SWEEP
    assert (first.start, first.end) == (
        datetime(2025, 10, 20, 15, 24, 29, tzinfo=UTC),
        datetime(2025, 10, 20, 15, 25, 4, tzinfo=UTC),
    )
    assert (first.elevation, first.gates, first.gate_size, first.first_gate) == (
        0.53,
        320,
        360,
        1770,
    )
    assert (first.rays, first.first_azimuth, first.quantity) == (360, 63.0, 40)
    assert len(first.packed) == 3 * 65534 + 44326
    assert [sweep.first_azimuth for sweep in coded.sweeps] == [63, 67, 71, 104, 176]


def test_a_message_begins_as_the_worked_example_does():
    field = bufr_field(
        "VRAD",
        field_sweep(first_azimuth=63.0, start=datetime(2025, 10, 20, 15, 24, 29, tzinfo=UTC)),
        time=datetime(2025, 10, 20, 15, 24, 29, tzinfo=UTC),
    )
    data = encode(field)
    is_length = {4, 5, 6, 44, 45, 46}
    station = 8 * 48 + 8 + 152 + 118
    for i in range(station // 8):
        if i not in is_length:
            assert data[i] == WORKED_EXAMPLE[i], f"byte {i}"


@pytest.mark.parametrize(
    ("double", "value"),
    [
        (b"\xff\xff\xff\xff\xff\xff\xef\x7f", np.inf),
        (b"\xff\xff\xff\xff\xff\xff\xef\xff", -np.inf),
        (struct.pack("<d", math.nan), np.nan),
        (struct.pack("<d", -31.5), -31.5),
    ],
    ids=["nodata", "undetect", "nan", "value"],
)
def test_a_double_of_the_payload_is_nodata_undetect_nan_or_a_value(double, value):
    data = rebuilt(packed(zlib.compress(double * 6)))
    values = decode(data).sweeps[0].values
    assert values.dtype == np.float32
    np.testing.assert_array_equal(values, np.full((2, 3), value, np.float32))


def test_payload_rows_are_rays_and_columns_are_gates():
    payload = np.arange(6, dtype="<f8").tobytes()
    values = decode(rebuilt(packed(zlib.compress(payload)))).sweeps[0].values
    np.testing.assert_array_equal(values, [[0, 1, 2], [3, 4, 5]])


def test_a_gzipped_file_decodes_as_its_content_does():
    assert_equal_fields(decode(gzip.compress(SMALL)), decode(SMALL))


def test_an_optional_section_2_is_stepped_over():
    optional = b"\0\0\x06\0ab"
    data = SMALL[:30] + optional + SMALL[30:]
    data = edited(17, b"\x80", data=data)
    data = edited(4, len(data).to_bytes(3, "big"), data=data)
    assert_equal_fields(decode(data), decode(SMALL))


def test_a_missing_height_is_that_of_a_radar_which_does_not_fill_it_in():
    def forget_height(values):
        values[11] = None

    assert decode(rebuilt(forget_height)).altitude == 0.0


def test_a_sweep_that_ends_before_it_starts_is_no_error():
    span = [[2025, 11, 18, 12, 30, 20], [2025, 11, 18, 12, 30, 10]]
    sweep = decode(rebuilt(sweep_member(0, span))).sweeps[0]
    assert (sweep.end - sweep.start).total_seconds() == -10


@pytest.mark.parametrize("size", [1, 65533])
def test_chunks_of_any_size_are_joined(size):
    payload = zlib.compress(np.arange(6, dtype="<f8").tobytes())
    chunks = [[payload[i : i + size]] for i in range(0, len(payload), size)]

    def rechunk(values):
        values[-1][0][-1][0][2] = [*chunks, [b""]]

    assert decode(rebuilt(rechunk)).sweeps[0].values[1, 2] == 5
