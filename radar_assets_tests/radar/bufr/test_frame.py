"""Whether a file is one whole message, seen without decoding it."""

import gzip
import hashlib
import itertools
import os
import random
import tracemalloc
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from radar_assets.errors import BufrCorrupt, BufrError, BufrTooLarge, BufrTruncated
from radar_assets.radar.bufr.frame import MAX_LENGTH, Content, check_file, inflate
from radar_assets_tests.radar.bufr.messages import SMALL, edited
from radar_assets_tests.samples import NAMES, sample_path

PACKED = gzip.compress(SMALL)
EMPTY = gzip.compress(b"", mtime=0)
TWICE = gzip.compress(SMALL[:50]) + gzip.compress(SMALL[50:])
"""a file of two members"""
LARGE = b"BUFR" + (1_000_000).to_bytes(3, "big") + random.Random(0).randbytes(999_989) + b"7777"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "file"


@pytest.fixture(scope="module")
def lasting(tmp_path_factory):
    return tmp_path_factory.mktemp("frame") / "file"


@pytest.mark.parametrize("data", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("level", [None, 0, 1, 9])
def test_a_message_is_the_same_however_it_is_stored(data, level, path):
    path.write_bytes(data if level is None else gzip.compress(data, level))
    digest = hashlib.sha256(data).hexdigest()
    assert check_file(path) == Content(len(data), digest, level is not None)
    assert inflate(path.read_bytes()) == data


@given(st.lists(st.integers(0, len(SMALL)), max_size=5), st.sampled_from([0, 1, 511, 20_000]))
def test_a_gzip_file_of_any_members_and_padding_is_one_message(lasting, cuts, padding):
    edges = [0, *sorted(cuts), len(SMALL)]
    members = [gzip.compress(SMALL[i:j]) for i, j in itertools.pairwise(edges)]
    lasting.write_bytes(b"".join(members) + bytes(padding))
    assert check_file(lasting) == Content(len(SMALL), hashlib.sha256(SMALL).hexdigest(), True)
    assert inflate(lasting.read_bytes()) == SMALL


@given(st.integers(10, 20_000))
def test_members_are_found_wherever_a_block_of_the_file_ends(lasting, size):
    stored = gzip.compress(LARGE[:size], 0)
    lasting.write_bytes(stored + bytes(size // 2) + gzip.compress(LARGE[size:], 1))
    assert check_file(lasting).size == len(LARGE)


def test_a_message_that_was_gzipped_twice_is_reported(path):
    with pytest.raises(BufrCorrupt, match="gzipped twice"):
        inflate(gzip.compress(PACKED))


def test_every_real_file_is_whole(samples):
    for name in NAMES:
        path = sample_path(samples, name)
        assert check_file(path).size == path.stat().st_size


DAMAGED = {
    "no beginning": (edited(0, b"beef"), BufrCorrupt, "does not begin with BUFR"),
    "no end": (edited(-4, b"7778"), BufrCorrupt, "does not end in 7777"),
    "surplus": (SMALL + b"7777", BufrCorrupt, "4 bytes follow the end of the message"),
    "empty": (b"", BufrTruncated, "0 bytes are too few"),
    "gzipped nothing": (gzip.compress(b""), BufrTruncated, "0 bytes are too few"),
    "gzipped half": (gzip.compress(SMALL[:99]), BufrTruncated, "bytes are missing"),
    "gzipped surplus": (PACKED + b"abc", BufrCorrupt, "3 bytes follow the end of the gzip file"),
    "gzip checksum": (edited(-8, b"abcd", data=PACKED), BufrCorrupt, "gzip file is damaged"),
    "gzipped surplus behind zeros": (PACKED + bytes(9) + b"ab", BufrCorrupt, "^2 bytes follow"),
    "gzipped surplus behind two members": (TWICE + b"\x1f", BufrTruncated, "ends too early"),
    "gzipped surplus like a member": (PACKED + b"\x1f\x8b" * 20, BufrCorrupt, "file is damaged"),
    "two messages gzipped": (PACKED + PACKED, BufrCorrupt, "bytes follow the end of the message"),
    "second checksum": (edited(-8, b"abcd", data=TWICE), BufrCorrupt, "gzip file is damaged"),
    "countless members": (EMPTY * 70_000, BufrTooLarge, "more than 65536 members"),
    "gzipped twice": (gzip.compress(PACKED), BufrCorrupt, "does not begin with BUFR"),
    "gzipped too much": (gzip.compress(bytes(MAX_LENGTH + 1)), BufrTooLarge, str(MAX_LENGTH)),
}


@pytest.mark.parametrize(("data", "kind", "words"), DAMAGED.values(), ids=DAMAGED)
def test_what_is_not_one_message_is_named(data, kind, words, path):
    path.write_bytes(data)
    with pytest.raises(BufrError, match=words) as error:
        check_file(path)
    assert type(error.value) is kind


@pytest.mark.parametrize("whole", [SMALL, PACKED, TWICE], ids=["plain", "gzipped", "two members"])
@given(data=st.data())
def test_a_cut_file_is_truncated_wherever_it_is_cut(lasting, whole, data):
    size = data.draw(st.integers(0, len(whole) - 1))
    lasting.write_bytes(whole[:size])
    with pytest.raises(BufrError) as error:
        check_file(lasting)
    assert type(error.value) is BufrTruncated


@given(st.binary(max_size=200))
@example(b"BUFR\0\0\x0c\x047777")
def test_any_bytes_whatsoever_are_a_frame_or_a_bufr_error(lasting, data):
    for start in (b"", b"BUFR", b"\x1f\x8b", PACKED[:10]):
        lasting.write_bytes(start + data)
        with suppress(BufrError):
            content = check_file(lasting)
            message = inflate(start + data)
            assert message[:7] == b"BUFR" + content.size.to_bytes(3, "big")
            assert (len(message), message[-4:]) == (content.size, b"7777")


@pytest.mark.parametrize("start", [SMALL, PACKED + b"x"], ids=["plain", "gzipped"])
@pytest.mark.parametrize(
    ("size", "kind"), [(16_000_000, BufrCorrupt), (2_000_000_000, BufrTooLarge)]
)
def test_a_long_tail_takes_little_memory(start, size, kind, path):
    path.write_bytes(start)
    os.truncate(path, size)
    tracemalloc.start()
    try:
        with pytest.raises(kind, match=r"\d+ bytes"):
            check_file(path)
        assert tracemalloc.get_traced_memory()[1] < 600_000
    finally:
        tracemalloc.stop()


def test_the_bytes_after_the_end_are_counted_however_many(path):
    path.write_bytes(PACKED + b"x")
    os.truncate(path, len(PACKED) + 1_000_000)
    with pytest.raises(BufrCorrupt, match=r"^1000000 bytes follow"):
        check_file(path)
    with pytest.raises(BufrCorrupt, match=r"^1000000 bytes follow"):
        inflate(path.read_bytes())


@pytest.mark.parametrize("level", [None, 0, 9])
def test_the_longest_message_is_none_too_many(level, path):
    body = random.Random(0).randbytes(MAX_LENGTH - 12)
    data = b"BUFR" + MAX_LENGTH.to_bytes(3, "big") + b"\x04" + body + b"7777"
    path.write_bytes(data if level is None else gzip.compress(data, level))
    assert check_file(path).size == MAX_LENGTH


@pytest.mark.parametrize("kind", ["plain", "bomb", "gzipped"])
def test_checking_takes_little_memory(kind, path):
    content = {
        "plain": LARGE,
        "bomb": gzip.compress(bytes(100_000_000), 1),
        "gzipped": gzip.compress(LARGE),
    }
    path.write_bytes(content[kind])
    tracemalloc.start()
    try:
        if kind == "bomb":
            with pytest.raises(BufrTooLarge):
                check_file(path)
        else:
            check_file(path)
        assert tracemalloc.get_traced_memory()[1] < 600_000
    finally:
        tracemalloc.stop()
