"""Progress of a fetch: counts, pace and the time it will end, reported now and then."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from radar_assets.ingest.download.progress import FetchProgress, Progress


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_progress_is_reported_once_in_a_while() -> None:
    reported: list[FetchProgress] = []
    clock = Clock()
    progress = Progress(3, reported.append, every=5, clock=clock)
    for _ in range(12):
        clock.now += 1
        progress.add(bytes_done=1000)
    assert [(progress.seconds, progress.bytes_done) for progress in reported] == [
        (5, 5000),
        (10, 10000),
    ]


def test_progress_counts_what_all_threads_do() -> None:
    reported: list[FetchProgress] = []
    progress = Progress(1, reported.append, every=0)
    with ThreadPoolExecutor(4) as pool:
        for _ in range(500):
            pool.submit(progress.add, files_done=1, bytes_done=3)
    assert max(reported, key=lambda progress: progress.files_done).bytes_done == 1500
    assert sorted(progress.files_done for progress in reported) == list(range(1, 501))


@pytest.mark.parametrize(
    ("progress", "line"),
    [
        (FetchProgress(36), "0 of 36 windows, 0 of 0 files, 0.0 MB at 0.0 MB/s"),
        (
            FetchProgress(36, 9, 90, 80, 30_000_000, 15.0),
            "9 of 36 windows, 80 of 90 files, 30.0 MB at 2.0 MB/s, ends in 45 s",
        ),
        (
            FetchProgress(36, 1, 10, 10, 0, 150.0),
            "1 of 36 windows, 10 of 10 files, 0.0 MB at 0.0 MB/s, ends in 1 h 27 min",
        ),
        (
            FetchProgress(2, 1, 1, 1, 0, 61.0),
            "1 of 2 windows, 1 of 1 files, 0.0 MB at 0.0 MB/s, ends in 1 min 1 s",
        ),
        (FetchProgress(1, 1, 1, 1, 0, 1.0), "1 of 1 windows, 1 of 1 files, 0.0 MB at 0.0 MB/s"),
    ],
)
def test_a_line_says_how_far_how_fast_and_when_it_ends(progress: FetchProgress, line: str) -> None:
    assert progress.describe() == line
