"""Every way a message can be wrong is one error of the right kind, at the right bit."""

import gzip
import tracemalloc
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radar_assets.errors import (
    BufrCorrupt,
    BufrError,
    BufrTooLarge,
    BufrTruncated,
    BufrUnsupported,
)
from radar_assets.radar.bufr import decode, message
from radar_assets.radar.bufr.decode import MAX_GATES
from radar_assets_tests.radar.bufr.messages import (
    FIRST_SWEEP,
    SMALL,
    edited,
    packed,
    parameter_member,
    rebuilt,
    station_member,
    sweep_member,
)

GOOD_PAYLOAD = np.zeros(6, "<f8").tobytes()
SPAN = [2025, 11, 18, 12, 30, 20]
SECTION_3, SECTION_4 = 30, 44


def nameless_second_sweep(values):
    values[-1][1][-1][0][0] = None


def with_everything_missing(values):
    """Whatever may be coded as missing, in the station and in the second sweep."""
    values[1:4] = [None] * 3
    values[11] = None
    values[-1][1][1] = None


FRAMES = {
    "other magic": (edited(0, b"HDF5"), BufrCorrupt, 0, "begin with BUFR"),
    "edition 3": (edited(7, b"\x03"), BufrUnsupported, 56, "edition 3"),
    "trailing bytes": (SMALL + b"\r\n", BufrCorrupt, 8 * len(SMALL), "2 bytes follow"),
    "no end mark": (edited(-4, b"7778"), BufrCorrupt, 8 * (len(SMALL) - 4), "7777"),
    "section 1 too short": (edited(8, b"\0\0\x15"), BufrCorrupt, 64, "section 1"),
    "section 1 overrun": (edited(8, b"\xff\0\0"), BufrCorrupt, 64, "section 1"),
    "section 2 overrun": (
        edited(SECTION_3, b"\xff\0\0", data=edited(17, b"\x80")),
        BufrCorrupt,
        8 * SECTION_3,
        "section 2",
    ),
    "section 3 overrun": (
        edited(SECTION_3, b"\0\xff\xff"),
        BufrCorrupt,
        8 * SECTION_3,
        "section 3",
    ),
    "section 4 overrun": (
        edited(SECTION_4, b"\0\xff\xff"),
        BufrCorrupt,
        8 * SECTION_4,
        "section 4",
    ),
    "section 4 too short": (
        edited(SECTION_4, (len(SMALL) - SECTION_4 - 6).to_bytes(3, "big")),
        BufrCorrupt,
        8 * SECTION_4,
        "do not fill",
    ),
    "other category": (edited(18, b"\x02"), BufrUnsupported, 8 * 18, "category 2"),
    "other local table": (edited(22, b"\x03"), BufrUnsupported, 8 * 22, "version 3"),
    "month 13 in section 1": (edited(25, b"\x0d"), BufrCorrupt, 8 * 23, "time"),
    "two subsets": (edited(34, b"\0\x02"), BufrUnsupported, 8 * 34, "2 subsets"),
    "compressed subsets": (edited(36, b"\xc0"), BufrUnsupported, 8 * 36, "compressed"),
    "other descriptors": (
        edited(37, b"\xc1\x1f\xd5\xcc"),
        BufrUnsupported,
        8 * 37,
        "301031 321204 321203",
    ),
    "RHI scan": (edited(41, b"\xd5\xfd"), BufrUnsupported, 8 * SECTION_3, "RHI scan"),
    "helical scan": (edited(41, b"\xd5\xfe"), BufrUnsupported, 8 * SECTION_3, "helical scan"),
}

CONTENTS = {
    "two stations": (
        rebuilt(station_member(0, [["RMA", "1"], ["RMA", "2"]])),
        BufrCorrupt,
        None,
        "2 stations",
    ),
    "no station": (rebuilt(station_member(0, [])), BufrCorrupt, None, "0 stations"),
    "missing latitude": (
        rebuilt(station_member(9, None)),
        BufrCorrupt,
        8 * 48,
        "position is missing",
    ),
    "missing longitude": (
        rebuilt(station_member(10, None)),
        BufrCorrupt,
        8 * 48,
        "position is missing",
    ),
    "31 November": (rebuilt(station_member(6, 31)), BufrCorrupt, None, "time"),
    "no sweep": (rebuilt(station_member(-1, [])), BufrCorrupt, None, "no sweep"),
    "month 14": (
        rebuilt(sweep_member(0, [[2025, 14, 18, 12, 30, 20], SPAN])),
        BufrCorrupt,
        FIRST_SWEEP,
        "sweep 1 has no start: 2025 14 18 12 30 20 is not a time",
    ),
    "missing year": (
        rebuilt(sweep_member(0, [SPAN, [None, *SPAN[1:]]])),
        BufrCorrupt,
        FIRST_SWEEP,
        "sweep 1 has no end: missing 11 18 12 30 20 is not a time",
    ),
    "missing elevation": (
        rebuilt(sweep_member(2, None)),
        BufrCorrupt,
        FIRST_SWEEP,
        "no geometry",
    ),
    "zero gates": (rebuilt(sweep_member(3, 0)), BufrCorrupt, FIRST_SWEEP, "no geometry"),
    "gates of no length": (rebuilt(sweep_member(4, 0)), BufrCorrupt, FIRST_SWEEP, "no geometry"),
    "zero rays": (rebuilt(sweep_member(6, 0)), BufrCorrupt, FIRST_SWEEP, "no geometry"),
    "missing azimuth": (rebuilt(sweep_member(7, None)), BufrCorrupt, FIRST_SWEEP, "no geometry"),
    "no quantity": (rebuilt(sweep_member(8, [])), BufrUnsupported, FIRST_SWEEP, "0 quantities"),
    "other compression": (
        rebuilt(parameter_member(1, 1)),
        BufrUnsupported,
        FIRST_SWEEP,
        "sweep 1 is compressed by method 1, not by zlib",
    ),
    "compression missing": (
        rebuilt(parameter_member(1, None)),
        BufrUnsupported,
        FIRST_SWEEP,
        "sweep 1 is compressed by an unnamed method",
    ),
    "quantity missing": (
        rebuilt(parameter_member(0, None)),
        BufrCorrupt,
        FIRST_SWEEP,
        "sweep 1 names no quantity",
    ),
    "no quantity in the second sweep": (
        rebuilt(nameless_second_sweep),
        BufrCorrupt,
        None,
        "sweep 2 names no quantity",
    ),
    "two quantities in turn": (
        rebuilt(parameter_member(0, 40)),
        BufrCorrupt,
        None,
        "sweep 2 holds quantity 0, the first one quantity 40",
    ),
    "no payload": (rebuilt(packed(b"")), BufrCorrupt, FIRST_SWEEP, "2 rays of 3 gates"),
    "no zlib stream": (rebuilt(packed(b"GIF89a")), BufrCorrupt, FIRST_SWEEP, "damaged"),
    "zlib checksum": (
        rebuilt(packed(zlib.compress(GOOD_PAYLOAD)[:-4] + b"abcd")),
        BufrCorrupt,
        FIRST_SWEEP,
        "damaged",
    ),
    "zlib cut": (
        rebuilt(packed(zlib.compress(GOOD_PAYLOAD)[:-1])),
        BufrCorrupt,
        FIRST_SWEEP,
        "2 rays of 3 gates",
    ),
    "data behind the zlib stream": (
        rebuilt(packed(zlib.compress(GOOD_PAYLOAD) + b"\0")),
        BufrCorrupt,
        FIRST_SWEEP,
        "2 rays of 3 gates",
    ),
    "a gate too few": (
        rebuilt(packed(zlib.compress(GOOD_PAYLOAD[8:]))),
        BufrCorrupt,
        FIRST_SWEEP,
        "2 rays of 3 gates",
    ),
    "a byte too many": (
        rebuilt(packed(zlib.compress(GOOD_PAYLOAD + b"\0"))),
        BufrCorrupt,
        FIRST_SWEEP,
        "2 rays of 3 gates",
    ),
    "16 bits of padding": (
        rebuilt(tail=lambda bits: bits + b"\0\0"),
        BufrCorrupt,
        None,
        "bits remain as padding",
    ),
    "a bit set in the padding": (edited(-5, b"\x01"), BufrCorrupt, None, "bits remain as padding"),
    "bits end early": (
        rebuilt(tail=lambda bits: bits[:-4]),
        BufrTruncated,
        None,
        "too early",
    ),
}

CASES = FRAMES | CONTENTS


@pytest.mark.parametrize("case", CASES)
def test_a_broken_message_is_the_right_error_at_the_right_bit(case):
    data, kind, bit, words = CASES[case]
    with pytest.raises(BufrError, match=words) as error:
        decode(data)
    assert type(error.value) is kind
    assert bit is None or error.value.bit == bit


def test_what_may_be_missing_is_no_fault():
    field = decode(rebuilt(with_everything_missing))
    assert (field.altitude, field.quantity) == (0.0, "DBZH")


@pytest.mark.parametrize("member", [2, 3, 4, 5, 6, 7])
@pytest.mark.parametrize("number", [1, 2])
def test_a_sweep_without_a_part_of_its_geometry_is_named(member, number):
    def drop(values):
        values[-1][number - 1][member] = None

    with pytest.raises(BufrCorrupt, match=f"^sweep {number} has no geometry"):
        decode(rebuilt(drop))


def test_an_unknown_quantity_is_not_guessed():
    def rename(values):
        for sweep in values[-1]:
            sweep[-1][0][0] = 91

    with pytest.raises(BufrUnsupported, match="quantity code 91") as error:
        decode(rebuilt(rename))
    assert error.value.bit == FIRST_SWEEP


@given(st.integers(0, len(SMALL) - 1))
def test_a_cut_message_is_truncated_wherever_it_is_cut(size):
    with pytest.raises(BufrTruncated) as error:
        decode(SMALL[:size])
    assert error.value.bit == 8 * size


@given(st.integers(2, len(gzip.compress(SMALL)) - 1))
def test_a_cut_gzip_file_is_truncated_wherever_it_is_cut(size):
    with pytest.raises(BufrTruncated) as error:
        decode(gzip.compress(SMALL)[:size])
    assert error.value.bit == 8 * size


def test_a_damaged_gzip_file_is_corrupt():
    data = gzip.compress(SMALL)
    with pytest.raises(BufrCorrupt, match="gzip"):
        decode(edited(-8, b"abcd", data=data))


def test_bytes_behind_a_gzip_file_are_corrupt():
    with pytest.raises(BufrCorrupt, match="3 bytes follow"):
        decode(gzip.compress(SMALL) + b"abc")


def test_more_gates_than_any_volume_has_are_refused_before_inflating():
    def grow(values):
        for sweep in values[-1]:
            sweep[3], sweep[6] = 4094, 2046
        values[-1] *= 3

    assert MAX_GATES < 6 * 4094 * 2046
    with pytest.raises(BufrTooLarge, match=str(6 * 4094 * 2046)):
        decode(rebuilt(grow))


def test_a_payload_that_inflates_to_far_more_is_not_expanded():
    bomb = rebuilt(packed(zlib.compress(bytes(50_000_000), 9)))
    assert len(bomb) < 100_000
    peak = peak_memory(lambda: decode(bomb), BufrCorrupt)
    assert peak < 2_000_000


def test_a_gzip_bomb_is_expanded_no_further_than_a_message_can_be():
    bomb = gzip.compress(bytes(100_000_000), 1)
    peak = peak_memory(lambda: decode(bomb), BufrTooLarge)
    assert message.MAX_LENGTH < peak < 3 * message.MAX_LENGTH


def peak_memory(action, kind) -> int:
    """Most bytes allocated at once while `action` raises an error of the given kind."""
    tracemalloc.start()
    try:
        with pytest.raises(kind):
            action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


flips = st.lists(st.integers(0, 8 * len(SMALL) - 1), min_size=1, max_size=8, unique=True)


@settings(max_examples=300)
@given(flips)
def test_flipped_bits_raise_nothing_but_bufr_errors(bits):
    data = bytearray(SMALL)
    for bit in bits:
        data[bit // 8] ^= 0x80 >> bit % 8
    try:
        field = decode(bytes(data))
    except BufrError:
        return
    assert [sweep.values.shape for sweep in field.sweeps] == [(2, 3), (2, 2)]


@settings(max_examples=200)
@given(st.binary(max_size=200), st.binary(max_size=120))
def test_arbitrary_data_bits_raise_nothing_but_bufr_errors(prefix, rest):
    frame = message.split(SMALL)
    packed_bits = SMALL[frame.data_start : frame.data_stop]
    data = message.join(frame.time, 2, 2, packed_bits[: 2 * len(prefix)] + prefix + rest)
    with pytest.raises(BufrError):
        decode(data)
