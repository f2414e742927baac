import pytest
from hypothesis import given
from hypothesis import strategies as st

from radar_assets.errors import BufrCorrupt, BufrTruncated
from radar_assets.radar.bufr.bits import BitReader, BitWriter

numbers = st.integers(0, 64).flatmap(lambda w: st.tuples(st.integers(0, (1 << w) - 1), st.just(w)))
pieces = st.lists(numbers | st.binary(max_size=20), max_size=20)


def written(items) -> bytes:
    bits = BitWriter()
    for item in items:
        if isinstance(item, bytes):
            bits.octets(item)
        else:
            bits.uint(*item)
    return bits.to_bytes()


@given(pieces)
def test_what_is_written_is_read_back_at_any_alignment(items):
    data = written(items)
    bits = BitReader(data, 0, len(data))
    for item in items:
        found = bits.octets(len(item)) if isinstance(item, bytes) else bits.uint(item[1])
        assert found == (item if isinstance(item, bytes) else item[0])
    assert bits.remaining < 8
    assert bits.uint(bits.remaining) == 0


@given(pieces)
def test_packed_bits_are_those_of_the_binary_numbers_in_a_row(items):
    flat = [
        number
        for item in items
        for number in ([(octet, 8) for octet in item] if isinstance(item, bytes) else [item])
    ]
    text = "".join(f"{value:0{width}b}" for value, width in flat if width)
    text += "0" * (-len(text) % 8)
    assert written(items) == bytes(int(text[i : i + 8], 2) for i in range(0, len(text), 8))


@pytest.mark.parametrize("phase", range(8))
def test_octets_are_read_at_every_phase_of_a_bit(phase):
    run = bytes(range(256))
    data = b"\xaa" + written([(0, phase), run, (1, 1)])
    bits = BitReader(data, 1, len(data))
    bits.uint(phase)
    assert bits.octets(256) == run
    assert bits.bit == 8 + phase + 8 * 256
    assert bits.uint(1) == 1


def test_numbers_are_big_endian_and_the_offset_counts_from_the_message():
    bits = BitReader(b"\xff\xb5\x80", 1, 3)
    assert (bits.uint(3), bits.uint(5), bits.bit, bits.uint(1)) == (0b101, 0b10101, 16, 1)


@pytest.mark.parametrize("width", [0, 1, 7, 8, 13])
def test_reading_past_the_end_is_truncation_at_that_bit(width):
    bits = BitReader(b"\0" * 4, 1, 3)
    bits.uint(width)
    with pytest.raises(BufrTruncated) as error:
        bits.uint(17 - width)
    assert error.value.bit == 8 + width


def test_octets_past_the_end_are_truncation_at_that_bit():
    bits = BitReader(b"\0" * 4, 0, 3)
    bits.uint(3)
    with pytest.raises(BufrTruncated, match="3 bits too early") as error:
        bits.octets(3)
    assert error.value.bit == 3


@pytest.mark.parametrize(("value", "width"), [(-1, 8), (256, 8), (1, 0), (2, 1)])
def test_a_number_that_does_not_fit_is_refused(value, width):
    with pytest.raises(BufrCorrupt, match=f"{value} does not fit in {width} bits"):
        BitWriter().uint(value, width)
