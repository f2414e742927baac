"""BUFR messages that announce, or inflate to, more than they may."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from radar_assets.errors import BufrCorrupt, BufrError, BufrTooLarge, BufrTruncated
from radar_assets.radar.bufr import message
from radar_assets.radar.bufr.bits import BitWriter
from radar_assets.radar.bufr.tables import compile_template
from radar_assets.radar.bufr.template import write_group
from radar_assets_tests.fields import START
from radar_assets_tests.hostile import actions
from radar_assets_tests.hostile.probe import MOST, probe

MOMENT = [2025, 11, 18, 12, 30, 20]
GIGABYTE = 1 << 30


def sweep(chunks: list[list[bytes]], rays: int = 12, gates: int = 20) -> list[Any]:
    return [[MOMENT, MOMENT], 90, 0.53, gates, 360, 1770, rays, 0.0, [[230, 0, chunks]]]


def join(*sweeps: list[Any]) -> bytes:
    values = [[["RMA", "11"]], 0, 0, 0, *MOMENT[:5], -27.5, -64.9, 313, list(sweeps)]
    bits = BitWriter()
    write_group(bits, compile_template(message.POLAR_VOLUME), values)
    return message.join(START, 2, 2, bits.to_bytes())


def zeros(size: int) -> bytes:
    """A zlib stream of so many zeros."""
    return b"".join(_deflated(size))


def _deflated(size: int) -> Iterator[bytes]:
    packer, block = zlib.compressobj(1), bytes(1 << 20)
    for _ in range(size >> 20):
        yield packer.compress(block)
    yield packer.compress(bytes(size % (1 << 20))) + packer.flush()


def pieces(packed: bytes, size: int) -> list[list[bytes]]:
    return [[packed[i : i + size]] for i in range(0, len(packed), size)]


def bomb_in_full_chunks() -> bytes:
    return join(sweep(pieces(zeros(GIGABYTE), 65534)))


def bomb_in_small_chunks() -> bytes:
    return join(sweep(pieces(zeros(GIGABYTE), 100)))


def bombs_in_every_sweep() -> bytes:
    return join(*[sweep(pieces(zeros(GIGABYTE // 8), 65534))] * 20)


def largest_sweeps() -> bytes:
    return join(*[sweep([[zeros(100)]], 2046, 4094)] * 255)


def largest_sweep_that_is_empty() -> bytes:
    return join(sweep([[zeros(100)]], 2046, 4094))


def largest_volume_without_its_last_sweep() -> bytes:
    whole, short = pieces(zeros(8 * 2000 * 1000), 65534), [[zeros(100)]]
    return join(*[sweep(whole, 2000, 1000)] * 7, sweep(short, 2000, 1000))


def empty_chunks() -> bytes:
    return join(*[sweep([[b""]] * 65534)] * 2)


def one_byte_chunks() -> bytes:
    return join(*[sweep([[b"x"]] * 65534)] * 2)


def cut_after_a_count() -> bytes:
    whole = bytearray(join(sweep([[zeros(100)]])))
    start = 8 + 22 + 14 + 4
    packed = bytes(whole[start : start + 35]) + b"\xff" * 3
    return message.join(START, 2, 2, packed)


def surplus() -> bytes:
    return join(sweep([[zeros(100)]])) + bytes(1 << 24)


def gzip_bomb() -> bytes:
    return gzip.compress(b"BUFR" + bytes(GIGABYTE // 4), 1)


def shorter_than_announced() -> bytes:
    return b"BUFR\xff\xff\xff\x04" + bytes(100) + b"7777"


CASES: dict[Callable[[], bytes], type[BufrError]] = {
    bomb_in_full_chunks: BufrCorrupt,
    bomb_in_small_chunks: BufrCorrupt,
    bombs_in_every_sweep: BufrCorrupt,
    largest_sweeps: BufrTooLarge,
    largest_sweep_that_is_empty: BufrCorrupt,
    largest_volume_without_its_last_sweep: BufrCorrupt,
    empty_chunks: BufrTooLarge,
    one_byte_chunks: BufrTooLarge,
    cut_after_a_count: BufrTruncated,
    surplus: BufrCorrupt,
    gzip_bomb: BufrTooLarge,
    shorter_than_announced: BufrTruncated,
}


@pytest.mark.parametrize("action", [actions.decode_file, actions.inspect_file])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_a_message_takes_no_more_than_its_header_allows(case, action, tmp_path: Path):
    path = tmp_path / "hostile.BUFR"
    path.write_bytes(case())
    outcome = probe(action, path)
    assert outcome.kind is CASES[case], outcome
    assert outcome.growth < MOST
    assert outcome.seconds < 10


@pytest.mark.parametrize("case", [surplus, gzip_bomb, shorter_than_announced])
def test_checking_a_frame_takes_blocks(case, tmp_path: Path):
    path = tmp_path / "hostile.BUFR"
    path.write_bytes(case())
    outcome = probe(actions.check_frame, path)
    assert outcome.kind is CASES[case], outcome
    assert outcome.growth < 10


def test_the_probe_sees_what_is_taken():
    assert 95 < probe(actions.take, 100).growth < 110
