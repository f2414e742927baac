"""Servers that refuse connections and logins, and what answers as no FTP server does."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path, PurePosixPath

import pytest

from radar_assets import settings
from radar_assets.errors import (
    AccessDenied,
    ConnectionLimit,
    RadarAssetsError,
    SettingsError,
    SourceUnreachable,
)
from radar_assets.ingest.sources.registry import open_source
from radar_assets_tests.ftp_server import Server
from radar_assets_tests.ingest.networks import servers

HELLO, WHO, IN, PASSIVE = "220 hello", "331 password", "230 in", "227 there"


@contextmanager
def scripted(*replies: str) -> Iterator[str]:
    """A server that greets with the first line and answers each command with the next."""

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with client, suppress(OSError), client.makefile("rb") as commands:
                for reply in replies:
                    client.sendall(f"{reply}\r\n".encode())
                    commands.readline()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"ftp://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()


def refusal(url: str) -> RadarAssetsError:
    source = settings.Source(url=url, timeout="20s")
    with (
        closing(open_source("here", source)) as client,
        pytest.raises(RadarAssetsError) as raised,
    ):
        client.list_folder(PurePosixPath("RMA1"))
    return raised.value


@pytest.mark.parametrize(
    "replies",
    [
        [HELLO, "530 Non-anonymous sessions must use encryption."],
        [HELLO, "550 SSL/TLS required on the control channel"],
        [HELLO, "421-Sorry, cleartext sessions are not accepted.\r\n421 Please use TLS."],
        [HELLO, "503 Use AUTH first."],
        [HELLO, WHO, "534 Policy requires SSL."],
        [HELLO, IN, "200 A", *(PASSIVE, "522 Data connections must be encrypted.", "250 in") * 2],
    ],
)
def test_a_server_that_wants_tls_is_no_limit_and_no_wrong_password(replies: list[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as data:
        port = data.getsockname()[1]
        there = f"227 (127,0,0,1,{port >> 8},{port & 255})"
        with scripted(*(there if reply == PASSIVE else reply for reply in replies)) as url:
            error = refusal(url)
    assert type(error) is SettingsError
    assert "let the url of source here begin with ftps://" in str(error)


@pytest.mark.parametrize(
    "replies",
    [
        ["421 Demasiadas conexiones desde su direcci\u00f3n"],
        ["421 Se ha alcanzado el m\u00e1ximo"],
        [HELLO, "530 Lo siento, el n\u00famero m\u00e1ximo de clientes ya est\u00e1 conectado"],
        [HELLO, WHO, "530 Maximum number of sessions reached for this account"],
        [HELLO, WHO, "530 L\u00edmite alcanzado"],
    ],
)
def test_limits_are_understood_in_the_words_of_servers(replies: list[str]) -> None:
    with scripted(*replies) as url:
        assert type(refusal(url)) is ConnectionLimit


@pytest.mark.parametrize(
    ("replies", "expected"),
    [
        ([HELLO, WHO, "530 Login incorrect."], "check the credentials of source here"),
        ([HELLO, WHO, "430 Invalid username or password"], "check the credentials of source here"),
        ([HELLO, WHO, "530 Demasiados intentos fallidos de conexiones"], "check the credentials"),
        ([HELLO, WHO, "500 OOPS: cannot change directory"], "not about the password"),
        ([HELLO, "502 no such command"], "not about the password"),
    ],
)
def test_a_refused_login_is_about_the_password_only_where_the_server_says_so(
    replies: list[str], expected: str
) -> None:
    with scripted(*replies) as url:
        error = refusal(url)
    assert type(error) is AccessDenied
    assert expected in str(error)


@pytest.mark.parametrize("greeting", ["HTTP/1.1 400 Bad Request", "SSH-2.0-OpenSSH_9.2", "+OK"])
def test_what_is_no_ftp_server_is_named(greeting: str) -> None:
    with scripted(greeting) as url:
        error = refusal(url)
    assert isinstance(error, SourceUnreachable)
    port = url.rpartition(":")[2]
    assert str(error) == (
        f"what answers at {url} on port {port} is no FTP server; check the url of source here"
    )


def test_a_greeting_of_many_lines_is_one() -> None:
    with scripted("220-hello\r\n 220 you\r\n220-are\r\n220 here", "421 Too many users") as url:
        assert type(refusal(url)) is ConnectionLimit


def test_a_silent_limit_is_one_while_other_connections_work(tmp_path: Path) -> None:
    """A server that closes connections beyond its limit, without a word."""
    with Server(tmp_path) as server:
        known = servers(tmp_path / "data", server.url, patience=20.0)
        with known.listing("s0") as lease:
            lease.list_folder(PurePosixPath())
        server.most, server.refusal = 1, ""
        with known.fetching("s0") as lease:
            lease.list_folder(PurePosixPath())
        health = known.health("s0")
        known.close()
    assert "grants 1 connection at a time" in health.describe()
    assert health.granted is not None
