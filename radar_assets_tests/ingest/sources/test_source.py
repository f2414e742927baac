"""Both kinds of source behave alike; the FTP kind against a real server."""

from __future__ import annotations

import ftplib
import os
import re
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import NoReturn

import pytest

from radar_assets import settings
from radar_assets.errors import (
    AccessDenied,
    BadName,
    RadarAssetsError,
    RemoteFileMissing,
    SourceError,
    SourceUnreachable,
    TooManyEntries,
)
from radar_assets.ingest.sources.client import SourceClient
from radar_assets.ingest.sources.connection import FtpSettings
from radar_assets.ingest.sources.ftp import FtpClient
from radar_assets.ingest.sources.registry import open_source
from radar_assets_tests.ftp_server import SILENCE, Server
from radar_assets_tests.ingest.tree import name, noise, put, utc

SECRET = "hunter2-ñ"
BUFR = name("2025-11-18T12:30:20")
KINDS = [
    "folder",
    "ftp",
    "ftp, active",
    "ftp without MLSD",
    "ftp without MLSD and MDTM",
    "ftp without MLSD and LIST",
]


def source_settings(url: str, **more: str | bool) -> settings.Source:
    return settings.Source(url=url, timeout=timedelta(seconds=60), **more)


def client(url: str, **more: str | bool) -> closing[SourceClient]:
    return closing(open_source("here", source_settings(url, **more)))


@contextmanager
def opened(kind: str, root: Path) -> Iterator[SourceClient]:
    if kind == "folder":
        with client(str(root)) as source:
            yield source
        return
    refuse = [command for command in ("MLSD", "LIST", "MDTM") if command in kind]
    with (
        Server(root, refuse=refuse) as server,
        closing(
            open_source("here", source_settings(server.url, passive="active" not in kind))
        ) as source,
    ):
        yield source
    assert bool(server.sent("PORT")) == ("active" in kind)


@pytest.mark.parametrize("kind", KINDS)
def test_lists_files_and_folders(kind: str, tmp_path: Path) -> None:
    path = put(tmp_path, BUFR, noise(1234), "2025-11-18T12:31:00")
    (path.parent / "a folder").mkdir()
    with opened(kind, tmp_path) as source:
        found = {entry.name: entry for entry in source.list_folder(BUFR.remote_path.parent)}
    assert set(found) == {str(BUFR), "a folder"}
    assert found["a folder"].is_folder
    file = found[str(BUFR)]
    assert (file.is_folder, file.size) == (False, 1234)
    assert file.modified_at == (None if "MDTM" in kind else utc("2025-11-18T12:31:00"))


@pytest.mark.parametrize("kind", KINDS)
def test_missing_is_not_unreachable(kind: str, tmp_path: Path) -> None:
    with opened(kind, tmp_path) as source:
        with pytest.raises(RemoteFileMissing):
            source.list_folder(PurePosixPath("RMA1/2025"))
        with pytest.raises(RemoteFileMissing):
            b"".join(source.fetch(PurePosixPath("RMA1/none.BUFR")).blocks)
        assert source.list_folder(PurePosixPath()) == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("offset", [0, 1, 99_999])
def test_fetches_from_an_offset(kind: str, offset: int, tmp_path: Path) -> None:
    put(tmp_path, BUFR, noise(100_000))
    with opened(kind, tmp_path) as source:
        stream = source.fetch(BUFR.remote_path, offset)
        assert stream.offset == offset
        assert b"".join(stream.blocks) == noise(100_000)[offset:]
        assert len(source.list_folder(BUFR.remote_path.parent)) == 1


@pytest.mark.parametrize("kind", ["folder", "ftp"])
def test_goes_on_after_a_fetch_was_left_early(kind: str, tmp_path: Path) -> None:
    put(tmp_path, BUFR, noise(3_000_000))
    with opened(kind, tmp_path) as source:
        stream = source.fetch(BUFR.remote_path)
        next(stream.blocks)
        stream.blocks.close()
        assert len(source.list_folder(BUFR.remote_path.parent)) == 1


def test_a_missing_folder_does_not_end_the_use_of_mlsd(tmp_path: Path) -> None:
    put(tmp_path, BUFR)
    with (
        Server(tmp_path) as server,
        client(server.url) as source,
    ):
        with pytest.raises(RemoteFileMissing):
            source.list_folder(PurePosixPath("none"))
        source.list_folder(PurePosixPath())
        assert (len(server.sent("MLSD")), server.sent("LIST")) == (2, [])


def test_a_folder_that_is_gone_is_unreachable(tmp_path: Path) -> None:
    with opened("folder", tmp_path / "unmounted") as source, pytest.raises(SourceUnreachable):
        source.list_folder(PurePosixPath("RMA1"))


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (PermissionError(13, "x"), AccessDenied),
        (OSError(5, "Input/output error"), SourceUnreachable),
    ],
)
def test_a_folder_that_cannot_be_read(
    error: OSError, expected: type[SourceError], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Path) -> NoReturn:
        raise error

    monkeypatch.setattr(os, "scandir", broken)
    with opened("folder", tmp_path) as source, pytest.raises(expected):
        source.list_folder(PurePosixPath("RMA1"))


def test_links_are_followed_and_dead_ones_are_no_folders(tmp_path: Path) -> None:
    (tmp_path / "2025").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "2025")
    (tmp_path / "dead").symlink_to(tmp_path / "none")
    with opened("folder", tmp_path) as source:
        found = {entry.name: entry.is_folder for entry in source.list_folder(PurePosixPath())}
    assert found == {"2025": True, "link": True, "dead": False}


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (ftplib.error_temp("421 too many connections"), SourceUnreachable),
        (ftplib.error_temp("425 no data connection"), SourceUnreachable),
        (ftplib.error_temp("426 aborted"), SourceUnreachable),
        (ftplib.error_temp("450 busy"), SourceUnreachable),
        (ftplib.error_temp("451 local error"), SourceUnreachable),
        (ftplib.error_proto("nonsense"), SourceUnreachable),
        (ftplib.error_reply("200 what"), SourceUnreachable),
        (ConnectionResetError(104, "reset"), SourceUnreachable),
        (TimeoutError("timed out"), SourceUnreachable),
        (EOFError(), SourceUnreachable),
        (ValueError("hunter2 is no number"), SourceUnreachable),
        (ftplib.error_proto("hunter2"), SourceUnreachable),
        (ftplib.error_perm("530 log in, hunter2"), AccessDenied),
        (ftplib.error_perm("550 no such file, hunter2"), RemoteFileMissing),
        (ftplib.error_perm("553 not so, hunter2"), SourceError),
    ],
    ids=repr,
)
def test_replies_are_explained(reply: Exception, expected: type[SourceError]) -> None:
    source = FtpClient("here", FtpSettings(url="ftp://host"))
    with pytest.raises(SourceError) as explained, source._explained(PurePosixPath("x")):
        raise reply
    assert type(explained.value) is expected
    assert "hunter2" not in str(explained.value)


def test_a_wrong_folder_or_port_is_named(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        url, port = f"{server.url}/L9", server.port
        with (
            closing(open_source("here", source_settings(url))) as source,
            pytest.raises(RemoteFileMissing, match=re.escape(f"there is no folder {url}; check")),
        ):
            source.list_folder(PurePosixPath())
    with (
        closing(open_source("here", source_settings(url))) as source,
        pytest.raises(SourceUnreachable, match=f"does not answer on port {port} for its own"),
    ):
        source.list_folder(PurePosixPath())


def test_reconnects_after_the_server_was_down(tmp_path: Path) -> None:
    put(tmp_path, BUFR)
    with Server(tmp_path) as server:
        source = open_source("here", source_settings(server.url))
        assert source.list_folder(PurePosixPath())
    with closing(source), pytest.raises(SourceUnreachable, match="does not answer"):
        source.list_folder(PurePosixPath())


@pytest.mark.parametrize(
    "command", ["USER", "PASS", "TYPE", "PASV", "MLSD", "CWD", "LIST", "MDTM", "QUIT"]
)
def test_no_silence_is_waited_for_longer_than_told(command: str, tmp_path: Path) -> None:
    put(tmp_path, BUFR)
    refuse = ["MLSD"] if command in ("CWD", "LIST", "MDTM") else []
    with Server(tmp_path, refuse=refuse) as server:
        server.replies[command] = [SILENCE]
        chosen = settings.Source(url=server.url, timeout=timedelta(seconds=0.3))
        expected = nullcontext() if command == "QUIT" else pytest.raises(SourceUnreachable)
        started = time.monotonic()
        with closing(open_source("here", chosen)) as source, expected:
            source.list_folder(BUFR.remote_path.parent)
        assert 0.3 <= time.monotonic() - started < 20
        assert server.sent(command)


def test_connects_at_first_use_and_once(tmp_path: Path) -> None:
    put(tmp_path, BUFR)
    with (
        Server(tmp_path) as server,
        client(server.url) as source,
    ):
        assert server.connections == 0
        for _ in range(3):
            source.list_folder(PurePosixPath())
        assert server.connections == 1


@pytest.mark.parametrize(("password", "works"), [(SECRET, True), ("wrong-" + SECRET, False)])
def test_login(password: str, works: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FTP_USER", "radar")
    monkeypatch.setenv("FTP_PASSWORD", password)
    with Server(tmp_path, user="radar", password=SECRET) as server:
        chosen = source_settings(server.url, username_env="FTP_USER", password_env="FTP_PASSWORD")
        with closing(open_source("here", chosen)) as source:
            if works:
                assert source.list_folder(PurePosixPath()) == []
                return
            with pytest.raises(AccessDenied) as denied:
                source.list_folder(PurePosixPath())
    assert "radar" in str(denied.value)
    for text in (str(denied.value), repr(denied.value), repr(source), source.url):
        assert password not in text


def test_a_password_with_a_line_break_is_not_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FTP_USER", "radar")
    monkeypatch.setenv("FTP_PASSWORD", "x\r\nDELE y")
    with Server(tmp_path) as server:
        chosen = source_settings(server.url, username_env="FTP_USER", password_env="FTP_PASSWORD")
        with closing(open_source("here", chosen)) as source, pytest.raises(AccessDenied):
            source.list_folder(PurePosixPath())
        assert server.sent("DELE") == []


@pytest.mark.parametrize("path", ["a\r\nDELE b", "a\nb", "../a", "a/../../b", "/etc", "a\0"])
def test_hostile_paths_are_not_sent(path: str, tmp_path: Path) -> None:
    with (
        Server(tmp_path) as server,
        client(server.url) as source,
    ):
        with pytest.raises(BadName):
            source.list_folder(PurePosixPath(path))
        assert server.sent("MLSD") == server.sent("DELE") == []


def test_the_url_path_is_the_root(tmp_path: Path) -> None:
    put(tmp_path / "L2 ñ", BUFR)
    with Server(tmp_path) as server:
        for url in (f"{server.url}/L2%20ñ", (tmp_path / "L2 ñ").as_uri()):
            with client(url) as source:
                assert [entry.name for entry in source.list_folder(PurePosixPath())] == ["RMA1"]


def test_a_missing_credential_is_said_at_use(tmp_path: Path) -> None:
    source = open_source("here", source_settings("ftp://127.0.0.1", username_env="NOT_THERE"))
    with pytest.raises(RadarAssetsError, match="NOT_THERE"):
        source.list_folder(PurePosixPath())


def test_a_listing_that_cannot_be_read_is_replaced_by_names_and_sizes(tmp_path: Path) -> None:
    path = put(tmp_path, BUFR, noise(1234), "2025-11-18T12:31:00")
    (path.parent / "a folder").mkdir()
    with (
        Server(tmp_path, refuse=["MLSD"], strange_lists=True) as server,
        client(server.url) as source,
    ):
        found = {entry.name: entry for entry in source.list_folder(BUFR.remote_path.parent)}
    assert (found["a folder"].is_folder, found[str(BUFR)].size) == (True, 1234)


@pytest.mark.parametrize(
    ("pause", "timeout", "expected"), [(0.0, 30.0, TooManyEntries), (0.005, 0.3, SourceUnreachable)]
)
def test_an_endless_listing_is_given_up(
    pause: float, timeout: float, expected: type[SourceError], tmp_path: Path
) -> None:
    with Server(tmp_path) as server:
        server.endless = pause
        chosen = settings.Source(url=server.url, timeout=timedelta(seconds=timeout))
        with closing(open_source("here", chosen)) as source, pytest.raises(SourceError) as raised:
            source.list_folder(PurePosixPath())
        server.endless = None
    assert type(raised.value) is expected


def test_an_endless_reply_is_given_up(tmp_path: Path) -> None:
    with (
        Server(tmp_path) as server,
        client(server.url) as source,
    ):
        server.replies["MLSD"] = ["500-no\r\n" + " no\r\n" * 300 + "500 no"]
        with pytest.raises(SourceUnreachable, match="too long"):
            source.list_folder(PurePosixPath())
        assert source.list_folder(PurePosixPath()) == []
