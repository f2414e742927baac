"""What lies in a folder besides files and folders."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest

from radar_assets.errors import RemoteFileMissing
from radar_assets.ingest.sources.client import SourceClient
from radar_assets.ingest.sources.folder import FolderClient
from radar_assets_tests.ingest.tree import name, put

BUFR = name("2025-11-18T12:30:20")
HOUR = BUFR.remote_path.parent


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        os.chdir(path.parent)  # a socket's path must be short
        made.bind(path.name)


STRANGE: dict[str, Callable[[Path], None]] = {
    "pipe": os.mkfifo,
    "socket": _socket,
    "device": lambda path: path.symlink_to("/dev/zero"),
}
UNSEEN: dict[str, Callable[[Path], None]] = {
    "link to itself": lambda path: path.symlink_to(path),
    "link through a file": lambda path: path.symlink_to(path.parent / str(BUFR) / "x"),
    "link to a name too long": lambda path: path.symlink_to("x" * 300),
}


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SourceClient:
    monkeypatch.chdir(tmp_path)
    put(tmp_path, BUFR)
    return FolderClient("here", tmp_path)


@pytest.mark.parametrize("make", STRANGE.values(), ids=STRANGE)
def test_what_is_neither_file_nor_folder_is_not_there(
    make: Callable[[Path], None], source: SourceClient, tmp_path: Path
) -> None:
    make(tmp_path / HOUR / "strange")
    assert [entry.name for entry in source.list_folder(HOUR)] == [str(BUFR)]
    with pytest.raises(RemoteFileMissing):
        source.fetch(HOUR / "strange")


@pytest.mark.parametrize("make", UNSEEN.values(), ids=UNSEEN)
def test_an_entry_that_cannot_be_seen_leaves_the_others(
    make: Callable[[Path], None], source: SourceClient, tmp_path: Path
) -> None:
    make(tmp_path / HOUR / "unseen")
    found = {entry.name: (entry.is_folder, entry.size) for entry in source.list_folder(HOUR)}
    assert found == {str(BUFR): (False, 12), "unseen": (False, 0)}


@pytest.mark.parametrize("path", [HOUR, HOUR / "none", BUFR.remote_path / "x", PurePosixPath()])
def test_only_a_file_is_fetched(path: PurePosixPath, source: SourceClient) -> None:
    with pytest.raises(RemoteFileMissing):
        source.fetch(path)
