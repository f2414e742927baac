"""The drill of growing records, in small."""

from __future__ import annotations

from pathlib import Path

from radar_assets_tests.drills.growth.__main__ import QUERIES, measure


def test_generated_records_are_found_by_pages_and_commands(tmp_path: Path) -> None:
    count, size, seconds = measure(tmp_path, radars=2, days=2)
    assert count == 2 * 4 * 2 * 144
    assert size > 0
    assert seconds.keys() == QUERIES.keys()
