"""The database of an older daemon, in each of its versions, and what else may be given for one."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from radar_assets.errors import StorageError
from radar_assets.ingest.archive.state_db import OldDownload, OldProduct, OldVolume, StateDb
from radar_assets_tests.ingest.old_database import (
    FIRST,
    PARTIAL,
    PRODUCTS,
    SECOND,
    THIRD,
    VOLUMES,
    add_table,
    database,
    downloaded,
)

CONTENT = b"what was downloaded"
SHA256, MD5 = hashlib.sha256(CONTENT).hexdigest(), hashlib.md5(CONTENT).hexdigest()


@pytest.mark.parametrize("columns", [FIRST, SECOND, "filename, status"])
def test_every_version_of_the_table_is_read(tmp_path: Path, columns: str) -> None:
    known = {"local_path": "/old/file", "remote_path": "/L2/file", "file_size": 5, "checksum": MD5}
    given = {name: value for name, value in known.items() if name in columns}
    with StateDb(database(tmp_path, columns, downloaded(**given))) as state:
        found = state.find("file")
    size = given.pop("file_size", None)
    assert found == OldDownload("file", size=size, **given)


def test_only_completed_downloads_are_looked_for(tmp_path: Path) -> None:
    path = database(
        tmp_path,
        SECOND,
        downloaded("whole"),
        {**downloaded("half"), "status": "failed"},
        {**downloaded("none"), "status": None},
        {"filename": None, "status": "completed"},
    )
    with StateDb(path) as state:
        assert [item.file_name for item in state.not_found()] == ["whole"]
        assert state.find("half") is None
        assert [(item.file_name, item.status) for item in state.downloads()] == [
            *(("half", "failed"), ("none", None), ("whole", "completed"))
        ]


def test_what_was_asked_for_is_found(tmp_path: Path) -> None:
    with StateDb(database(tmp_path, FIRST, downloaded("a"), downloaded("b"))) as state:
        state.find("a")
        state.find("c")
        assert [item.file_name for item in state.not_found()] == ["b"]


def test_the_last_download_of_a_name_counts(tmp_path: Path) -> None:
    path = database(tmp_path, SECOND, downloaded(file_size=1), downloaded(file_size=2))
    with StateDb(path) as state:
        assert [item.size for item in state.not_found()] == [2]


def test_a_completed_download_counts_before_a_later_failure(tmp_path: Path) -> None:
    rows = (downloaded(file_size=1), {**downloaded(file_size=2), "status": "failed"})
    with StateDb(database(tmp_path, SECOND, *rows)) as state:
        assert [(item.status, item.size) for item in state.downloads()] == [("completed", 1)]


def test_all_columns_of_a_download_are_read(tmp_path: Path) -> None:
    row = downloaded(
        local_path="/old/file",
        remote_path="/L2/file",
        server="ftp.example",
        file_size=5,
        checksum=MD5,
        downloaded_at="2025-11-18T12:35:00",
        attempts=3,
        updated_at="2025-11-18T12:35:01",
        error_message="the first time",
    )
    with StateDb(database(tmp_path, THIRD, row)) as state:
        (found,) = state.downloads()
    assert found == OldDownload(
        file_name="file",
        status="completed",
        local_path="/old/file",
        remote_path="/L2/file",
        server="ftp.example",
        size=5,
        checksum=MD5,
        downloaded_at="2025-11-18T12:35:00",
        attempts=3,
        updated_at="2025-11-18T12:35:01",
        error="the first time",
    )


def test_interrupted_downloads_are_read_with_their_attempts(tmp_path: Path) -> None:
    path = database(
        tmp_path, SECOND, downloaded("whole"), {**downloaded("failed"), "status": "failed"}
    )
    rows = [
        {
            "filename": name,
            "remote_path": f"/L2/{name}",
            "bytes_downloaded": 7,
            "total_bytes": 9,
            "last_attempt": "2025-11-18",
            "attempt_count": 4,
        }
        for name in ("whole", "failed", "begun")
    ]
    add_table(path, "partial_downloads", PARTIAL, rows)
    tried = {"attempts": 4, "bytes_downloaded": 7, "last_attempt_at": "2025-11-18"}
    with StateDb(path) as state:
        assert [*state.downloads()] == [
            OldDownload("begun", "partial", remote_path="/L2/begun", size=9, **tried),
            OldDownload("failed", "failed", **tried),
            OldDownload("whole", "completed"),
        ]


def test_volumes_and_products_are_read(tmp_path: Path) -> None:
    path = database(tmp_path, FIRST)
    volume = OldVolume(
        volume_id="RMA1_0315_01_2025-11-18T12:30:20Z",
        radar="RMA1",
        strategy="0315",
        volume="01",
        observed_at="2025-11-18T12:30:20",
        status="failed",
        is_complete=0,
        expected_fields="DBZH,ZDR",
        present_fields="DBZH",
        netcdf_path="/old/x.nc",
        processed_at="2025-11-18T12:40:00",
        error="no ZDR",
    )
    product = OldProduct("RMA1_0315_01_x", "image", "failed", "2025-11-18", "KeyError", "'ZDR'")
    names = {
        "radar": "radar_name",
        "volume": "vol_nr",
        "observed_at": "observation_datetime",
        "present_fields": "downloaded_fields",
        "error": "error_message",
    }
    for table, columns, item in (
        ("volume_processing", VOLUMES, volume),
        ("product_generation", PRODUCTS, product),
    ):
        row = {names.get(name, name): value for name, value in vars(item).items()}
        add_table(path, table, columns, [row])
    with StateDb(path) as state:
        assert ([*state.volumes()], [*state.products()]) == ([volume], [product])


def test_a_database_without_these_tables_has_none(tmp_path: Path) -> None:
    with StateDb(database(tmp_path, FIRST)) as state:
        assert ([*state.volumes()], [*state.products()]) == ([], [])


def test_values_of_a_wrong_type_are_not_known(tmp_path: Path) -> None:
    row = downloaded(local_path=b"\0", file_size="many", checksum=7)
    with StateDb(database(tmp_path, "filename, local_path, file_size, checksum, status", row)) as s:
        assert s.find("file") == OldDownload("file")


def test_the_database_is_not_written_to(tmp_path: Path) -> None:
    path = database(tmp_path, FIRST, downloaded())
    before = path.read_bytes()
    path.chmod(0o400)
    with StateDb(path) as state:
        state.find("file")
    assert path.read_bytes() == before
    assert [item.name for item in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize(
    ("size", "checksum", "fault"),
    [
        (None, None, None),
        (len(CONTENT), None, None),
        (len(CONTENT), SHA256, None),
        (len(CONTENT), SHA256.upper(), None),
        (None, MD5, None),
        (None, "", None),
        (None, "crc:1234", None),
        (1, SHA256, "it has 19 bytes, the daemon noted 1"),
        (None, SHA256[::-1], "its sha256 is not the one that the daemon noted"),
        (None, MD5[::-1], "its md5 is not the one that the daemon noted"),
    ],
)
def test_a_file_is_compared_with_what_was_noted(
    tmp_path: Path, size: int | None, checksum: str | None, fault: str | None
) -> None:
    path = tmp_path / "file"
    path.write_bytes(CONTENT)
    assert OldDownload("file", size=size, checksum=checksum).fault(path) == fault


@pytest.mark.parametrize("content", [b"no database at all" * 100, b""])
def test_what_is_no_such_database_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "state.db"
    path.write_bytes(content)
    with pytest.raises(StorageError, match=r"state\.db"):
        StateDb(path)


def test_a_database_that_is_absent_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"state\.db"):
        StateDb(tmp_path / "state.db")
    assert list(tmp_path.iterdir()) == []
