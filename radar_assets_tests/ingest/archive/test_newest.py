"""The newest volume of a radar, found on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from radar_assets.ingest.archive.newest import newest_observation
from radar_assets_tests.ingest.tree import name, put, utc


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for time in ("11:59:59", "12:30:20", "12:05:00"):
        put(tmp_path, name(f"2025-11-18T{time}"))
    return tmp_path / "RMA1"


def test_the_newest_file_is_found(folder: Path) -> None:
    assert newest_observation(folder) == utc("2025-11-18T12:30:20")


def test_empty_folders_and_strange_files_hide_nothing(folder: Path) -> None:
    (folder / "2025/11/18/12/5000").mkdir()
    (folder / "2025/11/19").mkdir()
    (folder / "2025/11/18/12/3020/zzz").touch()
    (folder / "2026").mkdir()
    assert newest_observation(folder) == utc("2025-11-18T12:30:20")


def test_a_stray_file_among_the_folders_hides_nothing(folder: Path) -> None:
    (folder / "readme").touch()
    (folder / "2025/11/18/zzz").touch()
    assert newest_observation(folder) == utc("2025-11-18T12:30:20")


def test_a_radar_without_files_has_no_newest_one(tmp_path: Path) -> None:
    assert newest_observation(tmp_path / "RMA1") is None
