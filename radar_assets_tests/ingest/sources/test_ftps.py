"""FTPS with a private authority, against a server that demands resumed TLS sessions."""

from __future__ import annotations

import ftplib
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

import pytest

from radar_assets.errors import SettingsError, SourceError, SourceUnreachable, UntrustedServer
from radar_assets.ingest.sources.connection import _Tls
from radar_assets_tests.ftp_server import Server
from radar_assets_tests.ingest.authority import Authority
from radar_assets_tests.ingest.place import CONTENT, QUICK, Place, announced


@pytest.mark.parametrize("passive", [True, False], ids=["passive", "active"])
def test_fetches_and_resumes(passive: bool, place: Place, authority: Authority) -> None:
    access = {"ca_file": authority.ca_file, "passive": passive}
    with Server(place.remote, certificate=authority.certificate(), drop_after=100_000) as server:
        server.watch = place.note_files
        done = place.fetch(server, access=access)
        assert server.sent("PROT") == ["P", "P"]
        assert bool(server.sent("PORT")) == (not passive)
    assert place.target.read_bytes() == CONTENT
    assert (done.attempts, done.resumed_at_byte) == (2, 100_000)
    assert place.seen <= {CONTENT}


def test_a_new_session_for_the_data_is_refused_by_the_server(
    place: Place, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_Tls, "ntransfercmd", ftplib.FTP_TLS.ntransfercmd)
    access = {"ca_file": authority.ca_file}
    certificate = authority.certificate()
    with Server(place.remote, certificate=certificate) as server, pytest.raises(SourceError):
        place.fetch(server, announced(), access=access)


@pytest.mark.parametrize(
    ("host", "is_known", "words"),
    [
        ("127.0.0.1", False, "unable to get local issuer certificate"),
        ("ftp.example.org", True, "certificate is not valid for '127.0.0.1'"),
    ],
    ids=["unknown authority", "another host"],
)
def test_a_certificate_that_is_not_trusted_is_refused_before_the_login(
    host: str, is_known: bool, words: str, place: Place, authority: Authority
) -> None:
    access = {"ca_file": authority.ca_file} if is_known else {}
    with Server(place.remote, certificate=authority.certificate(host)) as server:
        with pytest.raises(UntrustedServer, match=words) as refused:
            place.fetch(server, announced(), access=access)
        assert server.sent("USER") == []
        assert (refused.value.attempts, server.connections) == (1, 1)
    assert "ca_file of source here" in str(refused.value)


def test_a_server_without_tls_gets_no_login(place: Place, server: Server) -> None:
    access = {"url": server.url.replace("ftp:", "ftps:")}
    with pytest.raises(UntrustedServer, match=r"offers no TLS \(reply 500\)"):
        place.fetch(server, announced(), access=access)
    assert server.sent("USER") == []


@pytest.mark.parametrize("reply", ["536 PROT P not supported.", "534 no", "502 no"])
def test_a_server_that_encrypts_no_data_is_not_trusted(
    reply: str, place: Place, authority: Authority
) -> None:
    with Server(place.remote, certificate=authority.certificate()) as server:
        server.replies["PROT"] = [reply]
        with pytest.raises(UntrustedServer, match=rf"not encrypt data .*{reply[:3]}") as refused:
            place.fetch(server, announced(), access={"ca_file": authority.ca_file})
        assert server.sent("RETR") == []
    assert "credentials" not in str(refused.value)


@pytest.mark.parametrize("content", [None, b"no certificate"], ids=["absent", "damaged"])
def test_certificates_that_cannot_be_read_are_said(
    content: bytes | None, place: Place, server: Server
) -> None:
    ca_file = place.remote / "ca.pem"
    if content:
        ca_file.write_bytes(content)
    access = {"url": server.url.replace("ftp:", "ftps:"), "ca_file": ca_file}
    with pytest.raises(SettingsError, match=r"ca\.pem, the ca_file of source here"):
        place.fetch(server, announced(), access=access)
    assert server.connections == 0


@pytest.fixture
def mute() -> Iterator[str]:
    """Address of a server that agrees to TLS and says no more."""

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                connections.append(connection)
                connection.sendall(b"220 hello\r\n")
                connection.recv(100)
                connection.sendall(b"234 go on\r\n")

    connections: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        yield f"ftps://127.0.0.1:{listener.getsockname()[1]}"
        for connection in connections:
            connection.close()


def test_a_handshake_that_stalls_comes_to_an_end(place: Place, mute: str) -> None:
    access = {"url": mute, "timeout": timedelta(seconds=0.3)}
    with pytest.raises(SourceUnreachable, match="timed out") as error:
        place.fetch(place.remote, announced(), access=access)
    assert error.value.attempts == QUICK.attempts
