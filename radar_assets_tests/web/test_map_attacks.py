"""Clients that mean harm, against the server of the map: nothing leaks, hangs or is launched."""

from __future__ import annotations

import http.client
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest

from radar_assets.errors import PortTaken
from radar_assets.stages.base.workspace import Workspace
from radar_assets.web.map import protocol
from radar_assets.web.map.app import MapOptions
from radar_assets.web.map.serve import serve_map
from radar_assets_tests.waiting import LONG, wait_until

SECRET = b"not for the web"
PICTURE = "/RMA1/map.png"


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder that holds the data root, and a secret beside it."""
    folder = tmp_path_factory.mktemp("web")
    root = folder / "data"
    for name in ("products/RMA1", "quicklooks/RMA1", "thumbnails/RMA1"):
        (root / name).mkdir(parents=True)
        (root / name / "map.png").write_bytes(name.encode() * 10)
    for place in (root, root / "bufr", root / "volumes", root / "products.old", folder):
        place.mkdir(exist_ok=True)
        (place / "secret").write_bytes(SECRET)
    for base in (root / "products", root / "thumbnails"):
        (base / "file").symlink_to(folder / "secret")
        (base / "folder").symlink_to(root / "bufr")
        (base / "inside").symlink_to(base / "RMA1")
        (base / "turning").symlink_to(base / "turning")
        os.mkfifo(base / "pipe")
    return folder


@pytest.fixture(scope="module")
def url(outside: Path) -> Iterator[str]:
    with serve_map(Workspace(outside / "data")) as address:
        yield address


def ask(
    url: str, path: str, method: str = "GET", body: Any = None, **headers: str
) -> tuple[int, bytes, http.client.HTTPMessage]:
    """What the server answers to a path that is sent as it is; `Some_Name` is a header."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=LONG)) as client:
        client.request(method, path, body, named)
        answer = client.getresponse()
        return answer.status, answer.read(), answer.headers


def test_products_quicklooks_and_thumbnails_are_served(url: str) -> None:
    for path in (PICTURE, f"{PICTURE}?v=1", f"/products{PICTURE}"):
        assert ask(url, path)[:2] == (200, b"products/RMA1" * 10)
    assert ask(url, f"/thumbnails{PICTURE}")[1] == b"thumbnails/RMA1" * 10
    assert ask(url, f"/quicklooks{PICTURE}")[1] == b"quicklooks/RMA1" * 10


@pytest.mark.parametrize(
    "way",
    ["/../{}", "/../../{}", "/%2e%2e/{}", "/%2e%2e%2f{}", "/..%2f{}", "/RMA1/../../{}",
     "/thumbnails/../{}", "/thumbnails/%2e%2e/{}", "/thumbnails/..%2f{}", "//thumbnails/../{}",
     "/thumbnails/RMA1/../../../{}", "/%74humbnails/../{}", "/.old/{}", "/products.old/{}", "/{}",
     "/..%5c{}"],
)  # fmt: skip
@pytest.mark.parametrize("target", ["secret", "bufr/secret", "volumes/secret"])
def test_no_path_leads_to_another_file(url: str, way: str, target: str) -> None:
    status, body, _ = ask(url, way.format(target))
    assert status in (400, 404)
    assert SECRET not in body


@pytest.mark.parametrize("base", ["", "/thumbnails"])
@pytest.mark.parametrize(
    "path", ["file", "folder/secret", "folder/", "inside/map.png", "turning", "pipe", ""]
)
def test_no_link_leads_to_a_file_and_nothing_is_listed(url: str, base: str, path: str) -> None:
    if not (base or path):
        return  # the page itself
    status, body, _ = ask(url, f"{base}/{path}")
    assert status == 404
    assert SECRET not in body


def test_an_absolute_path_leads_to_no_file(url: str, outside: Path) -> None:
    for path in (f"{outside}/secret", f"/{outside}/secret", f"/thumbnails/{outside}/secret"):
        assert ask(url, path)[0] == 404


@pytest.mark.parametrize("path", ["/%00", "/RMA1/map.png%00", "/%ff", "/%ed%a0%80/../", "/%c0%ae/"])
def test_what_cannot_be_a_path_is_refused(url: str, path: str) -> None:
    assert ask(url, path)[0] in (400, 404)


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH"])
def test_nothing_can_be_written(url: str, method: str) -> None:
    assert ask(url, PICTURE, method)[0] == 405


def test_a_base_on_another_disk_is_served(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk" / "map.png").write_bytes(b"map")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "products").symlink_to(tmp_path / "disk")
    with serve_map(Workspace(tmp_path / "data")) as url:
        assert ask(url, "/map.png")[:2] == (200, b"map")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ("bytes=0-3", 206),
        ("bytes=-3", 206),
        ("bytes=999999-", 416),
        ("bytes=5-1", 400),
        ("bytes=0-99999999999999999999999999", 206),
        ("bytes=" + ",".join(["0-0"] * 16), 206),
        ("bytes=" + ",".join(["0-0"] * 5000), 416),
    ],
)
def test_ranges_are_bounded(url: str, sent: str, status: int) -> None:
    found, body, _ = ask(url, PICTURE, Range=sent)
    assert found == status
    assert len(body) < 10_000


def test_bodies_are_bounded_whether_they_say_their_length_or_not(url: str) -> None:
    path = "/api/volumes/RMA1_0315_01_2025-11-18T12:30:20Z/processing"
    for body in (b"x" * 70_000, b"[" * 60_000, iter([b"x" * 10_000] * 20)):
        with suppress(ConnectionError):  # it is closed before all is sent
            assert ask(url, path, "POST", body, Host="localhost")[0] in (400, 401, 413)
    assert ask(url, path, "POST", b"{}", Content_Length="-5")[0] in (400, 413)


def connect(url: str) -> socket.socket:
    host, _, port = urlsplit(url).netloc.partition(":")
    return socket.create_connection((host, int(port)), LONG)


def is_closed(client: socket.socket) -> bool:
    with suppress(ConnectionError):
        while client.recv(65536):
            pass
    return True


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET /RMA1/map.png",
        b"GET / HTTP/1.0\r\nX: y\r\n",
        b"POST /api/volumes/x/processing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{",
        b"GET /RMA1/map.png HTTP/1.1\r\nHost: localhost\r\n\r\nGET /RMA1/map.png HT",
    ],
)
def test_a_request_that_does_not_end_is_given_up(
    url: str, sent: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "SENDING", 0.5)
    with closing(connect(url)) as client:
        client.sendall(sent)
        assert is_closed(client)


def test_a_request_that_drips_is_given_up(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "SENDING", 0.5)
    with closing(connect(url)) as client:
        client.sendall(b"GET /")

        def drip() -> bool:
            try:
                client.sendall(b"x")
            except ConnectionError:
                return True
            return False

        wait_until(drip, "the end of the connection", pause=0.1)


def test_an_answer_that_is_not_read_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "READING", 0.5)
    (tmp_path / "products").mkdir()
    large = tmp_path / "products" / "large.tif"
    with large.open("wb") as file:
        file.truncate(100 * 1024**2)

    def is_open() -> bool:
        return any(file.path == str(large) for file in psutil.Process().open_files())

    with serve_map(Workspace(tmp_path)) as url, closing(connect(url)) as client:
        client.sendall(b"GET /large.tif HTTP/1.0\r\n\r\n")
        assert client.recv(4) == b"HTTP"
        wait_until(is_open, "the answer")
        wait_until(lambda: not is_open(), "the end of the answer")


def test_an_endless_request_is_refused(url: str) -> None:
    line = b"X-Header: " + b"x" * 1000 + b"\r\n"
    with closing(connect(url)) as client, suppress(ConnectionError):
        client.sendall(b"GET / HTTP/1.0\r\n")
        for _ in range(300):
            client.sendall(line)
        client.sendall(b"\r\n")
        assert b" 200 " not in client.recv(65536)


def test_a_flood_of_idle_connections_is_bounded(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "SENDING", 2)
    threads, memory = threading.active_count(), psutil.Process().memory_info().rss
    clients = [connect(url) for _ in range(100)]
    try:
        for client in clients:
            client.sendall(b"GET /RMA1")
        assert ask(url, PICTURE)[0] == 200
        assert threading.active_count() <= threads + 42  # workers of all requests
        assert psutil.Process().memory_info().rss - memory < 32 * 1024**2
        assert all(is_closed(client) for client in clients)
    finally:
        for client in clients:
            client.close()


def test_pages_of_others_read_as_the_settings_say(url: str, outside: Path) -> None:
    friend, other = "https://friend.example", "https://other.example"
    header = "Access-Control-Allow-Origin"
    assert ask(url, PICTURE, Origin=other)[2][header] == "*"
    with serve_map(Workspace(outside / "data"), options=MapOptions(origins=(friend,))) as narrow:
        assert ask(narrow, PICTURE, Origin=friend)[2][header] == friend
        assert ask(narrow, PICTURE, Origin=other)[2][header] is None


def test_a_port_in_use_is_an_error(url: str, tmp_path: Path) -> None:
    port = urlsplit(url).port
    assert port
    with pytest.raises(PortTaken), serve_map(Workspace(tmp_path), port):
        pass
