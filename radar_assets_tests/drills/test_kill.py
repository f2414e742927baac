"""The drill of killed runs, in small."""

from __future__ import annotations

from pathlib import Path

from radar_assets_tests.drills.kill import drill


def test_nothing_is_to_be_seen_of_runs_that_were_killed(tmp_path: Path) -> None:
    report = drill(tmp_path, seed=1, times=2, span=1)
    assert report.wrong == []
    assert report.kills.total() == 2
    assert (report.windows, report.records) == (2, 8)
