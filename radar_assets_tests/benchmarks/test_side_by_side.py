"""Windows side by side: in threads, as a run does them, in processes, and one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from itertools import count
from multiprocessing import get_context
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from radar_assets.radar.names import VolumeId
from radar_assets.stages.base.capacity import cores
from radar_assets_tests.benchmarks.window import Place

WINDOWS = 4
_PROCESSES = get_context("forkserver")
_PROCESSES.set_forkserver_preload(["radar_assets_tests.benchmarks.window"])


@pytest.fixture
def places(tmp_path: Path, source: Path, identity: VolumeId) -> Iterator[list[Place]]:
    """The window of the volume, several times, each time in new folders."""
    numbers = count()
    return (
        [
            Place(tmp_path / str(next(numbers)), source, identity.radar, identity.time)
            for _ in range(WINDOWS)
        ]
        for _ in count()
    )


def _work(pool: Executor, windows: list[Place]) -> None:
    list(pool.map(Place.call, windows))


@pytest.mark.benchmark(group="four windows, one after the other")
def test_in_turn(benchmark: BenchmarkFixture, places: Iterator[list[Place]]):
    with ThreadPoolExecutor(1) as pool:
        benchmark.pedantic(_work, setup=lambda: ((pool, next(places)), {}), rounds=2)


@pytest.mark.benchmark(group="four windows, in threads")
def test_threads(benchmark: BenchmarkFixture, places: Iterator[list[Place]]):
    with ThreadPoolExecutor(cores()) as pool:
        benchmark.pedantic(
            _work, setup=lambda: ((pool, next(places)), {}), rounds=2, warmup_rounds=1
        )


@pytest.mark.benchmark(group="four windows, in threads")
def test_threads_floor(benchmark: BenchmarkFixture, places: Iterator[list[Place]]):
    """In processes that run already."""
    with ProcessPoolExecutor(cores(), mp_context=_PROCESSES) as pool:
        benchmark.pedantic(
            _work, setup=lambda: ((pool, next(places)), {}), rounds=2, warmup_rounds=1
        )
