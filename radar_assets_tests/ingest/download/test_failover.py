"""Fetching files from real FTP servers that stand in for each other."""

from __future__ import annotations

import shutil
from collections import Counter

import pytest

from radar_assets.errors import FileTooLarge, SourceUnreachable
from radar_assets.ingest.download.one_file import Download
from radar_assets.ingest.sources.client import RemoteFile
from radar_assets_tests.ftp_server import Server
from radar_assets_tests.ingest.mirrors import MODIFIED, Archive, die_after, kinds
from radar_assets_tests.ingest.networks import NOBODY
from radar_assets_tests.ingest.tree import message, put, utc


def test_what_is_busy_comes_from_another_source(
    archive: Archive, first: Server, second: Server
) -> None:
    known = archive.known(first.url, second.url, source={"max_connections": 1}, patience=0.1)
    with known.listing("s0"):
        result = archive.fetch(known)
    assert kinds(result) == {"Download"}
    assert [type(fault.error).__name__ for fault in result.faults] == ["SourceBusy"]


def test_files_that_a_dead_server_owes_come_from_the_next(
    archive: Archive, first: Server, second: Server
) -> None:
    die_after(first, 9)
    known = archive.known(first.url, second.url)
    result = archive.fetch(known)
    assert all(archive.has(file) for file in archive.files)
    assert Counter(o.remote.server for o in result.outcomes if isinstance(o, Download)) == {
        "s0": 9,
        "s1": 11,
    }
    assert [fault.message[:4] for fault in result.faults] == ["s0: "]
    assert known.ranked("RMA1") == ["s1", "s0"]
    assert set(second.sent("MLSD")) <= {"/RMA1", *(f"/{f.path.parent}" for f in archive.files)}


@pytest.mark.parametrize("accident", ["missing", "truncated", "refused"])
def test_a_file_that_one_server_cannot_give_comes_from_the_next(
    accident: str, archive: Archive, first: Server, second: Server
) -> None:
    path = archive.roots[0] / archive.files[7].path
    if accident == "missing":
        path.unlink()
    elif accident == "truncated":
        path.write_bytes(path.read_bytes()[:-4] + b"oops")
    else:
        first.replies["RETR"] = ["553 No."]
    known = archive.known(first.url, second.url)
    result = archive.fetch(known)
    assert all(archive.has(file) for file in archive.files)
    sources = [o.remote.server for o in result.outcomes if isinstance(o, Download)]
    assert sources.count("s1") == 1
    assert known.ranked("RMA1") == ["s0", "s1"]


def test_another_version_does_not_stand_in(archive: Archive, second: Server) -> None:
    put(archive.roots[1], archive.files[7].name, message(999), MODIFIED)
    result = archive.fetch(archive.known(NOBODY, second.url))
    (error,) = [o for o in result.outcomes if not isinstance(o, Download)]
    assert isinstance(error, SourceUnreachable)
    assert result.outcomes.index(error) == 7


def test_without_any_server_left_the_first_reason_is_reported(
    archive: Archive, first: Server, second: Server
) -> None:
    shutil.rmtree(archive.roots[0] / "RMA1/2025")
    second.is_down = True
    known = archive.known(first.url, second.url, NOBODY)
    for _ in range(3):
        result = archive.fetch(known)
        assert kinds(result) == {"RemoteFileMissing"}
        assert result.faults == ()
    assert [known.health(name).failures for name in ("s0", "s1", "s2")] == [0, 1, 1]
    assert second.connections == 1


def test_what_no_other_server_can_mend_is_not_asked_of_one(
    archive: Archive, first: Server, second: Server
) -> None:
    large = RemoteFile(archive.files[0].name, 2**24, utc(MODIFIED), "s0")
    (outcome,) = archive.fetch(archive.known(first.url, second.url), [large]).outcomes
    assert isinstance(outcome, FileTooLarge)
    assert second.connections == 0


def test_a_refused_login_is_not_repeated_and_the_next_server_serves(
    archive: Archive, second: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FTP_PASSWORD", "wrong-secret")
    with Server(archive.roots[0], user="radar", password="right") as strict:
        login = {"password_env": "FTP_PASSWORD"}
        result = archive.fetch(archive.known(strict.url, second.url, source=login))
        assert len(strict.sent("PASS")) == 2
    assert kinds(result) == {"Download"}
    assert [type(fault.error).__name__ for fault in result.faults] == ["AccessDenied"]
    assert "secret" not in result.faults[0].message
