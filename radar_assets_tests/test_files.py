"""Files appear whole or not at all."""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from radar_assets import files
from radar_assets.errors import NoSpace, StorageError


@pytest.mark.parametrize("before", [None, b"old"])
@pytest.mark.parametrize("scratch", [None, "scratch"])
def test_a_file_is_replaced_in_one_step(
    before: bytes | None, scratch: str | None, tmp_path: Path
) -> None:
    path, elsewhere = tmp_path / "a" / "b" / "file", scratch and tmp_path / scratch
    if before is not None:
        files.write_bytes(path, before)
    with files.replacing(path, elsewhere) as temporary:
        temporary.write_bytes(b"new")
        assert temporary.parent == (elsewhere or path.parent)
        assert (path.read_bytes() if path.exists() else None) == before
    assert path.read_bytes() == b"new"
    assert [item for item in tmp_path.rglob("*") if item.is_file()] == [path]


@pytest.mark.parametrize("before", [None, b"old"])
def test_an_error_leaves_everything_as_it_was(before: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "file"
    if before is not None:
        files.write_bytes(path, before)
    with suppress(ValueError), files.replacing(path) as temporary:
        temporary.write_bytes(b"half")
        raise ValueError
    assert {item.name: item.read_bytes() for item in tmp_path.iterdir()} == (
        {} if before is None else {"file": before}
    )


def _replace(path: Path, write: Callable[[], object]) -> None:
    with files.replacing(path):
        write()


def _fill(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    usage = files.shutil.disk_usage(folder)._replace(free=4096)
    monkeypatch.setattr(files.shutil, "disk_usage", lambda _: usage)


@pytest.mark.parametrize(
    "error", [RuntimeError("NetCDF: HDF error"), PermissionError(13, "Permission denied")]
)
def test_whatever_a_library_makes_of_a_full_disk_is_reported_as_such(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write() -> None:
        _fill(monkeypatch, tmp_path)
        raise error

    with pytest.raises(NoSpace, match="4096 bytes are free"):
        _replace(tmp_path / "file", write)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_begun_on_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _fill(monkeypatch, tmp_path)
    with pytest.raises(NoSpace, match="4096 bytes are free"):
        files.write_bytes(tmp_path / "file", b"data")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENOSPC, NoSpace),
        (errno.EDQUOT, NoSpace),
        (errno.EIO, StorageError),
        (None, StorageError),
    ],
)
def test_a_library_that_fails_once_more_in_closing_hides_no_error(
    number: int | None, kind: type[StorageError], tmp_path: Path
) -> None:
    def write() -> None:
        try:
            raise OSError(number, "Can't write data") if number else ValueError
        finally:
            raise RuntimeError("Can't decrement id ref count")

    with pytest.raises(StorageError, match="Can't decrement") as reported:
        _replace(tmp_path / "file", write)
    assert type(reported.value) is kind
    assert list(tmp_path.iterdir()) == []


def test_publish_moves_a_finished_file(tmp_path: Path) -> None:
    (tmp_path / "part").write_bytes(b"whole")
    files.publish(tmp_path / "part", tmp_path / "new" / "file")
    assert [item.name for item in tmp_path.rglob("*")] == ["new", "file"]
    assert (tmp_path / "new" / "file").read_bytes() == b"whole"


def test_nothing_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), files.replacing(tmp_path / "file"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_found(tmp_path: Path) -> None:
    with suppress(FileNotFoundError), files.replacing(tmp_path / "RMA1_file") as temporary:
        pass
    assert list(files.leftovers(tmp_path)) == []
    temporary.touch()
    for name in ("RMA1_file", ".hidden", f"x{temporary.name}", f".{'0' * 31}-RMA1_file"):
        (tmp_path / name).touch()
    assert list(files.leftovers(tmp_path)) == [temporary]
    assert list(files.leftovers(tmp_path, "RMA1_")) == [temporary]
    assert list(files.leftovers(tmp_path, "RMA11_")) == []
    assert list(files.leftovers(tmp_path / "absent")) == []


def test_empty_folders_go_with_their_last_file(tmp_path: Path) -> None:
    first, second = tmp_path / "root/a/b/first", tmp_path / "root/a/second"
    files.write_bytes(first, b"")
    files.write_bytes(second, b"")
    files.remove(first, tmp_path / "root")
    assert not first.parent.exists()
    assert second.exists()
    files.remove(second, tmp_path / "root")
    assert [path.name for path in tmp_path.rglob("*")] == ["root"]


def test_removing_what_is_gone_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    files.remove(tmp_path / "a/file", tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("size", [0, 1, 1_000_000])
def test_digest(size: int, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * size)
    assert files.sha256(tmp_path / "file") == hashlib.sha256(b"x" * size).hexdigest()
