"""The database of an older daemon, in each of its versions, and what else may be given for one."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from radar_assets.errors import StorageError
from radar_assets.ingest.archive.state_db import Listed, StateDb
from radar_assets_tests.ingest.old_database import FIRST, SECOND, database, downloaded

CONTENT = b"what was downloaded"
SHA256, MD5 = hashlib.sha256(CONTENT).hexdigest(), hashlib.md5(CONTENT).hexdigest()


@pytest.mark.parametrize("columns", [FIRST, SECOND, "filename, status"])
def test_every_version_of_the_table_is_read(tmp_path: Path, columns: str) -> None:
    known = {"local_path": "/old/file", "file_size": 5, "checksum": MD5}
    given = {name: value for name, value in known.items() if name in columns}
    with StateDb(database(tmp_path, columns, downloaded(**given))) as state:
        found = state.look_up("file")
    assert found == Listed("file", *(given.get(name) for name in known))


def test_only_what_was_completed_counts(tmp_path: Path) -> None:
    path = database(
        tmp_path,
        SECOND,
        downloaded("whole"),
        {**downloaded("half"), "status": "failed"},
        {**downloaded("none"), "status": None},
        {"filename": None, "status": "completed"},
    )
    with StateDb(path) as state:
        assert [listed.file_name for listed in state.not_found()] == ["whole"]
        assert state.look_up("half") is None


def test_what_was_looked_up_is_found(tmp_path: Path) -> None:
    with StateDb(database(tmp_path, FIRST, downloaded("a"), downloaded("b"))) as state:
        state.look_up("a")
        state.look_up("c")
        assert [listed.file_name for listed in state.not_found()] == ["b"]


def test_the_last_download_of_a_name_counts(tmp_path: Path) -> None:
    path = database(tmp_path, SECOND, downloaded(file_size=1), downloaded(file_size=2))
    with StateDb(path) as state:
        assert [listed.size for listed in state.not_found()] == [2]


def test_values_of_a_wrong_type_are_not_known(tmp_path: Path) -> None:
    row = downloaded(local_path=b"\0", file_size="many", checksum=7)
    with StateDb(database(tmp_path, "filename, local_path, file_size, checksum, status", row)) as s:
        assert s.look_up("file") == Listed("file", None, None, None)


def test_the_database_is_not_written_to(tmp_path: Path) -> None:
    path = database(tmp_path, FIRST, downloaded())
    before = path.read_bytes()
    path.chmod(0o400)
    with StateDb(path) as state:
        state.look_up("file")
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
    assert Listed("file", None, size, checksum).fault(path) == fault


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
