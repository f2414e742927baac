"""Bandwidth limits, with a clock of their own and with real transfers."""

from __future__ import annotations

import struct
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radar_assets.ingest.sources.client import BLOCK
from radar_assets.ingest.sources.pace import Pace
from radar_assets_tests.ftp_server import Server
from radar_assets_tests.ingest.clock import Clock
from radar_assets_tests.ingest.place import SIZE, Place


@given(
    rate=st.integers(100, 10_000_000),
    steps=st.lists(st.tuples(st.floats(0, 5), st.floats(0.01, 1)), min_size=1, max_size=50),
)
def test_no_stretch_of_time_has_more_than_the_rate_and_two_blocks(
    rate: int, steps: list[tuple[float, float]]
) -> None:
    clock = Clock()
    pace = Pace(rate, None, clock, clock.sleep)
    arrivals = []
    for pause, share in steps:
        clock.now += pause
        size = max(1, int(pace.block * share))
        arrivals.append((clock.now, size))
        pace.spend(size)
    for index, (start, _) in enumerate(arrivals):
        total = 0
        for moment, size in arrivals[index:]:
            total += size
            assert total <= rate * (moment - start) * (1 + 1e-9) + 2 * pace.block


def test_a_steady_stream_is_as_fast_as_allowed() -> None:
    clock = Clock()
    pace = Pace(100_000, None, clock, clock.sleep)
    for _ in range(100):
        pace.spend(10_000)
    assert clock.now - 1000 == pytest.approx(10)


def test_what_comes_more_slowly_is_not_held_up() -> None:
    clock = Clock()
    pace = Pace(100_000, None, clock, clock.sleep)
    for _ in range(10):
        clock.now += 1
        pace.spend(10_000)
    assert clock.now - 1000 == pytest.approx(10)


def test_idle_time_is_no_credit() -> None:
    clock = Clock()
    pace = Pace(100_000, None, clock, clock.sleep)
    clock.now += 1000
    for _ in range(11):
        pace.spend(10_000)
    assert clock.now - 2000 == pytest.approx(1)


def test_without_a_limit_nothing_waits() -> None:
    pace = Pace(None, sleep=lambda seconds: pytest.fail("waits"))
    pace.spend(10**12)
    assert pace.block == BLOCK


@pytest.mark.parametrize(("rate", "block"), [(0.5, 1), (1000, 1000), (10**9, BLOCK)])
def test_a_block_is_good_for_a_second_at_most(rate: float, block: int) -> None:
    assert Pace(rate).block == block


def test_connections_share_the_rate_whatever_their_number() -> None:
    for number in (1, 3):
        clock = Clock()
        pace = Pace(100_000, None, clock, clock.sleep)
        for _ in range(100):
            for _ in range(number):
                pace.spend(10_000)
        assert clock.now - 1000 == pytest.approx(10 * number)


def test_processes_share_the_rate_by_a_file(tmp_path: Path) -> None:
    clock = Clock()
    paces = [Pace(100_000, tmp_path / "pace", clock, clock.sleep) for _ in range(3)]
    for _ in range(100):
        for pace in paces:
            pace.spend(10_000)
    assert clock.now - 1000 == pytest.approx(30)


@pytest.mark.parametrize("content", [b"", b"nonsense", struct.pack("<d", 1e9)])
def test_a_file_of_another_boot_or_a_broken_one_holds_up_nothing(
    content: bytes, tmp_path: Path
) -> None:
    clock = Clock()
    (tmp_path / "pace").write_bytes(content)
    Pace(100_000, tmp_path / "pace", clock, clock.sleep).spend(10_000)
    assert clock.now - 1000 <= 0.2


def test_a_folder_that_cannot_be_written_keeps_the_rate_of_the_process() -> None:
    clock = Clock()
    pace = Pace(100_000, Path("/proc/none/pace"), clock, clock.sleep)
    for _ in range(100):
        pace.spend(10_000)
    assert clock.now - 1000 == pytest.approx(10)


@pytest.mark.parametrize("is_folder", [False, True])
def test_a_source_is_read_no_faster_than_allowed(
    is_folder: bool, place: Place, server: Server
) -> None:
    access = {"max_rate": 4 * SIZE, "max_connections": 2}
    started = time.monotonic()
    place.fetch(place.remote if is_folder else server, access=access)
    least = (SIZE - 2 * BLOCK) / (4 * SIZE)
    assert least < time.monotonic() - started < 100 * least
