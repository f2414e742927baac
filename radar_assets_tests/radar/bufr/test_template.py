import pytest

from radar_assets.errors import BufrCorrupt
from radar_assets.radar.bufr.bits import BitReader, BitWriter
from radar_assets.radar.bufr.tables import compile_template
from radar_assets.radar.bufr.template import read_group, write_group


def coded(descriptors, values) -> bytes:
    bits = BitWriter()
    write_group(bits, compile_template(descriptors), values)
    return bits.to_bytes()


def decoded(descriptors, data: bytes):
    return read_group(BitReader(data, 0, len(data)), compile_template(descriptors))


@pytest.mark.parametrize(
    ("descriptor", "value", "raw", "width"),
    [
        ("002135", 0.53, 9053, 15),
        ("002135", -1.0, 8900, 15),
        ("002134", 359.99, 35999, 16),
        ("005001", -27.5026, 6249740, 25),
        ("006001", -64.90575, 11509425, 26),
        ("007001", 313, 713, 15),
        ("007001", -400, 0, 15),
        ("021203", 1770, 177, 14),
        ("030194", None, 4095, 12),
        ("005001", None, 33554431, 25),
        ("030197", 255 - 1, 254, 8),
    ],
)
def test_a_value_is_raw_plus_reference_over_a_power_of_ten(descriptor, value, raw, width):
    data = (raw << (-width % 8)).to_bytes((width + 7) // 8, "big")
    assert coded((descriptor,), [value]) == data
    assert decoded((descriptor,), data) == [value]


def test_groups_are_nested_lists_that_know_their_first_bit():
    descriptors = ("030196", "104000", "031001", "030196", "101000", "031002", "030198")
    values = [7, [[1, b"ab"], [2, b""], [3, b"\xff\xff"]]]
    data = coded(descriptors, values)
    groups = decoded(descriptors, data)
    assert groups == values
    assert [group.bit for group in groups[1]] == [16, 16 + 40, 16 + 64]


def test_all_ones_are_data_in_counts_and_octets():
    descriptors = ("101000", "031001", "030198")
    assert decoded(descriptors, coded(descriptors, [b"\xff" * 255])) == [b"\xff" * 255]


@pytest.mark.parametrize("padding", [b"\0", b" "])
def test_texts_lose_their_padding(padding):
    assert decoded(("001192",), b"ar" + padding) == ["ar"]


def test_a_text_outside_ascii_is_corrupt_at_its_bit():
    with pytest.raises(BufrCorrupt, match="IA5") as error:
        decoded(("030196", "001192"), b"\x01\xc3\xa9x")
    assert error.value.bit == 8


@pytest.mark.parametrize(
    ("descriptor", "value"),
    [("030194", 4095), ("030194", 4096), ("030194", -1), ("005001", -90.1), ("002134", 655.35)],
)
def test_a_value_outside_its_element_cannot_be_written(descriptor, value):
    with pytest.raises(BufrCorrupt):
        coded((descriptor,), [value])
