"""The newest good file of a radar, found on disk."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from radar_assets.errors import SiteMismatch
from radar_assets.ingest.archive.newest import newest_observation
from radar_assets.radar.bufr import encode
from radar_assets.radar.names import BufrName, VolumeId
from radar_assets.radar.volume import Site
from radar_assets_tests.fields import bufr_field, field_sweep
from radar_assets_tests.ingest.tree import utc

NEWEST = utc("2025-11-18T12:30:20")


def put(root: Path, time: str, *, says: str = "", **content: object) -> Path:
    """A file of RMA11 whose data are of its time, or of another one or radar."""
    moment = utc(f"2025-11-18T{time}")
    data_time = utc(f"2025-11-18T{says}") if says else moment
    field = bufr_field("DBZH", field_sweep(start=data_time), **{"time": data_time, **content})
    path = root / BufrName(VolumeId("RMA11", "0315", "01", moment), "DBZH").path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode(field))
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for time in ("11:59:59", "12:30:20", "12:05:00"):
        put(tmp_path, time)
    return tmp_path


def newest(root: Path):
    return newest_observation(root / "bufr/RMA11")


def test_the_newest_file_is_found(root: Path) -> None:
    assert newest(root) == NEWEST


def test_empty_folders_and_strange_files_hide_nothing(root: Path) -> None:
    folder = root / "bufr/RMA11"
    (folder / "2025/11/18/12/5000").mkdir()
    (folder / "2025/11/19").mkdir()
    (folder / "2025/11/18/12/3020/zzz").touch()
    (folder / "2026").mkdir()
    assert newest(root) == NEWEST


def test_a_stray_file_among_the_folders_hides_nothing(root: Path) -> None:
    folder = root / "bufr/RMA11"
    (folder / "readme").touch()
    (folder / "2025/11/18/zzz").touch()
    assert newest(root) == NEWEST


def test_a_radar_without_files_has_no_newest_one(tmp_path: Path) -> None:
    assert newest(tmp_path) is None


@pytest.mark.parametrize("content", [{"radar": "RMA1"}, {"says": "12:10:00"}, {"says": "18:00:00"}])
def test_a_file_with_data_of_another_radar_or_time_is_not_good(
    root: Path, content: dict[str, str]
) -> None:
    put(root, "12:40:00", **content)
    assert newest(root) == NEWEST


@pytest.mark.parametrize("damage", [b"", b"BUFR", b"\0" * 100])
def test_a_damaged_file_is_not_good(root: Path, damage: bytes) -> None:
    put(root, "12:40:00").write_bytes(damage)
    cut = put(root, "12:50:00")
    cut.write_bytes(cut.read_bytes()[:-5])
    assert newest(root) == NEWEST


def test_one_good_file_of_a_volume_is_enough(root: Path) -> None:
    good = put(root, "12:40:00")
    (good.parent / good.name.replace("DBZH", "ZDR")).write_bytes(good.read_bytes())
    assert newest(root) == utc("2025-11-18T12:40:00")


def test_a_file_from_a_place_that_is_refused_is_not_good(root: Path) -> None:
    put(root, "12:40:00", latitude=-31.0)

    def check(name: BufrName, site: Site) -> None:
        if site.latitude == -31.0:
            raise SiteMismatch(str(name))

    assert newest_observation(root / "bufr/RMA11", check) == NEWEST
    assert newest_observation(root / "bufr/RMA11") == utc("2025-11-18T12:40:00")


def test_a_file_that_is_replaced_is_read_again(root: Path) -> None:
    path = put(root, "12:40:00", radar="RMA1")
    assert newest(root) == NEWEST
    put(root, "12:40:00").touch()
    assert newest(root) == utc("2025-11-18T12:40:00")
    path.unlink()
    assert newest(root) == NEWEST


def test_after_a_hundred_bad_files_the_search_ends(tmp_path: Path) -> None:
    start = utc("2025-11-18T12:00:00")
    for number in range(120):
        time = start + timedelta(seconds=number)
        put(tmp_path, f"{time:%H:%M:%S}").write_bytes(b"bad")
    assert newest(tmp_path) == start + timedelta(seconds=20)
