"""Unfinished files of killed processes are removed; what can still be used is kept."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from radar_assets.files import replacing
from radar_assets.ingest.archive.leftovers import remove_leftovers

HORIZON = timedelta(hours=6)
MINUTE = timedelta(minutes=1)


def abandon(folder: Path, name: str) -> Path:
    """Make an unfinished file, as a process does that is killed while it writes."""
    with suppress(FileNotFoundError), replacing(folder / "final" / name, folder) as temporary:
        pass
    temporary.write_bytes(b"half")
    return temporary


def removed(root: Path, age: timedelta = timedelta()) -> set[Path]:
    """What is removed of RMA1 when all files have an age."""
    before = files(root)
    folders = {name: root / name for name in ("scratch", "partials", "cache")}
    found = remove_leftovers("RMA1", now=datetime.now(UTC) + age, horizon=HORIZON, **folders)
    assert set(found) == before - files(root)
    return set(found)


def files(root: Path) -> set[Path]:
    return {path for path in root.rglob("*") if path.is_file()}


def test_unfinished_files_of_the_radar_go_at_once(tmp_path: Path) -> None:
    ours = {
        abandon(tmp_path / "scratch", "RMA1_0315_01_20251118T123020Z.nc"),
        abandon(tmp_path / "scratch", "RMA1_20251118T123020Z_DBZH_00.png"),
    }
    abandon(tmp_path / "scratch", "RMA11_20251118T123020Z_DBZH_00.png")
    (tmp_path / "scratch/RMA1_notes.txt").touch()
    assert removed(tmp_path) == ours
    assert removed(tmp_path) == set()


def test_interrupted_downloads_stay_as_long_as_the_late_horizon(tmp_path: Path) -> None:
    (tmp_path / "partials").mkdir()
    part = tmp_path / "partials/RMA1_0315_01_DBZH_20251118T123020Z.BUFR.5-.part"
    other = tmp_path / "partials/RMA11_0315_01_DBZH_20251118T123020Z.BUFR.5-.part"
    part.touch()
    other.touch()
    assert removed(tmp_path, HORIZON - MINUTE) == set()
    assert removed(tmp_path, HORIZON + MINUTE) == {part}


def test_the_cache_that_all_share_is_cleaned_after_a_day(tmp_path: Path) -> None:
    abandoned = abandon(tmp_path / "cache", "table.npy")
    (tmp_path / "cache/other.npy").touch()
    assert removed(tmp_path, timedelta(hours=23)) == set()
    assert removed(tmp_path, timedelta(hours=25)) == {abandoned}


def test_a_platform_without_folders_has_nothing_to_remove(tmp_path: Path) -> None:
    assert removed(tmp_path) == set()
