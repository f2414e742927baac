"""The day of a network in small: two radars, with the hours in which a half and all are silent."""

from __future__ import annotations

from pathlib import Path

from radar_assets_tests.drills.day import play


def test_every_file_of_a_day_is_ingested_once(tmp_path: Path) -> None:
    report = play(tmp_path, radars=2, hours=9, step=20)
    assert report["wrong"] == []
    assert int(str(report["files ingested"])) > 300
    assert report["files recorded as failed"]
