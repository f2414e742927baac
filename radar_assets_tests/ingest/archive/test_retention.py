"""What may be removed, as a decision on data, and where to find it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from radar_assets.ingest.archive.retention import (
    OldFile,
    bufr_file,
    days_before,
    is_needed,
    netcdf_file,
    windows_before,
)
from radar_assets.radar.names import BufrName, VolumeId
from radar_assets_tests.ingest.tree import utc

NOON = utc("2025-11-18T12:00")
HOUR = timedelta(hours=1)
WINDOW = timedelta(minutes=10)
FIRST = VolumeId("RMA1", "0315", "01", NOON)
SECOND = replace(FIRST, volume="02")


def old_file(volume: VolumeId = FIRST, stored_at: datetime = NOON) -> OldFile:
    return OldFile(Path("file"), volume, 100, stored_at)


@pytest.mark.parametrize(
    ("files", "later", "needed"),
    [
        pytest.param([old_file()], [], False, id="no later stage"),
        pytest.param([old_file()], [{}], True, id="never made"),
        pytest.param([old_file()], [{FIRST: NOON + HOUR}], False, id="made after it came"),
        pytest.param([old_file()], [{FIRST: NOON}], False, id="made when it came"),
        pytest.param([old_file()], [{FIRST: NOON - HOUR}], True, id="has come anew since"),
        pytest.param([old_file()], [{SECOND: NOON}], True, id="another volume was made"),
        pytest.param(
            [old_file(), old_file(SECOND)], [{FIRST: NOON}], True, id="one volume of the window not"
        ),
        pytest.param(
            [old_file(), old_file(SECOND)], [{FIRST: NOON, SECOND: NOON}], False, id="both"
        ),
        pytest.param(
            [old_file(), old_file(stored_at=NOON + HOUR)], [{FIRST: NOON}], True, id="a late field"
        ),
        pytest.param([old_file()], [{FIRST: NOON}, {}], True, id="one of two stages not"),
        pytest.param([old_file()], [{FIRST: NOON}, {FIRST: NOON}], False, id="two stages"),
    ],
)
def test_files_are_needed_until_all_is_made_of_them(
    files: list[OldFile], later: list[dict[VolumeId, datetime]], needed: bool
) -> None:
    assert is_needed(files, later) is needed


def make(folder: Path, *paths: str) -> None:
    for path in paths:
        (folder / path).mkdir(parents=True)


def test_days_that_begin_before_a_moment_are_found_oldest_first(tmp_path: Path) -> None:
    make(tmp_path, "2025/11/18", "2025/11/17", "2024/12/31", "2025/11/19", "2026/01/01")
    found = [day.relative_to(tmp_path).as_posix() for day in days_before(tmp_path, NOON)]
    assert found == ["2024/12/31", "2025/11/17", "2025/11/18"]
    assert list(days_before(tmp_path, utc("2024-12-31T00:00"))) == []


def test_folders_that_are_no_days_are_ignored(tmp_path: Path) -> None:
    make(tmp_path, "2025/02/30", "2025/1/1", "old/2025/11", "2025/11/xx", "lost+found")
    assert list(days_before(tmp_path, NOON)) == []
    assert list(days_before(tmp_path / "absent", NOON)) == []


def put(folder: Path, path: object, size: int = 1, modified: datetime = NOON) -> None:
    (folder / str(path)).parent.mkdir(parents=True, exist_ok=True)
    (folder / str(path)).write_bytes(b"x" * size)
    os.utime(folder / str(path), (modified.timestamp(), modified.timestamp()))


def bufr_path(volume: VolumeId) -> object:
    return BufrName(volume, "DBZH").path


def netcdf_path(volume: VolumeId) -> object:
    return volume.netcdf_path


@pytest.mark.parametrize(
    ("kind", "read", "place"),
    [("bufr", bufr_file, bufr_path), ("volumes", netcdf_file, netcdf_path)],
)
def test_only_windows_that_are_over_are_taken_and_only_files_of_volumes(
    tmp_path: Path, kind: str, read: Callable[[Path], OldFile], place: Callable[[VolumeId], object]
) -> None:
    times = [NOON + minutes * timedelta(minutes=1) for minutes in (0, 9, 10, 25)]
    volumes = [replace(FIRST, time=time) for time in times]
    for volume in volumes:
        put(tmp_path, place(volume))
    day = tmp_path / kind / "RMA1/2025/11/18"
    put(day, "12/0000/notes.txt")
    put(day, "readme.nc")

    def found(moment: datetime) -> dict[datetime, list[VolumeId]]:
        windows = windows_before(day, read, moment, WINDOW)
        return {start: [file.volume for file in files] for start, files in windows.items()}

    assert found(NOON + WINDOW - timedelta(seconds=1)) == {}
    assert found(NOON + WINDOW) == {NOON: volumes[:2]}
    assert found(NOON + 2 * WINDOW) == {NOON: volumes[:2], NOON + WINDOW: volumes[2:3]}


def test_a_bufr_file_came_when_it_was_stored_and_a_volume_when_it_was_written(
    tmp_path: Path,
) -> None:
    put(tmp_path, bufr_path(FIRST), size=5)
    put(tmp_path, netcdf_path(FIRST), size=7)
    bufr = bufr_file(tmp_path / str(bufr_path(FIRST)))
    netcdf = netcdf_file(tmp_path / str(netcdf_path(FIRST)))
    assert (bufr.volume, bufr.size) == (netcdf.volume, netcdf.size - 2) == (FIRST, 5)
    assert netcdf.stored_at == NOON
    assert bufr.stored_at.timestamp() == pytest.approx(bufr.path.stat().st_ctime, abs=1e-5)
