"""Pictures over HTTP: the products and thumbnails, and no other file."""

from __future__ import annotations

import http.client
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from radar_assets.web import map_files
from radar_assets.web.map_files import serve_products
from radar_assets_tests.waiting import LONG, wait_until

SECRET = b"not for the web"


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder that holds the data root, and a secret beside it."""
    return tmp_path_factory.mktemp("web")


@pytest.fixture(scope="module")
def url(outside: Path) -> Iterator[str]:
    """Server of a data root with a file in every folder."""
    root = outside / "data"
    for folder in ("products/RMA1", "quicklooks/RMA1", "thumbnails/RMA1"):
        (root / folder).mkdir(parents=True)
        (root / folder / "map.png").write_bytes(folder.encode())
    for folder in (root, root / "bufr", root / "volumes", root / "products.old", outside):
        folder.mkdir(exist_ok=True)
        (folder / "secret").write_bytes(SECRET)
    with serve_products(root) as address:
        yield address


def get(url: str, path: str, method: str = "GET") -> tuple[int, bytes, str | None]:
    """Status, body and permission for other origins of a path that is sent as it is."""
    with closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=LONG)) as client:
        client.request(method, path)
        answer = client.getresponse()
        return answer.status, answer.read(), answer.getheader("Access-Control-Allow-Origin")


def test_the_root_is_the_folder_of_products(url: str) -> None:
    assert get(url, "/RMA1/map.png") == (200, b"products/RMA1", "*")
    assert get(url, "/RMA1/map.png?v=1") == (200, b"products/RMA1", "*")


def test_thumbnails_have_a_folder_of_their_own(url: str) -> None:
    assert get(url, "/thumbnails/RMA1/map.png") == (200, b"thumbnails/RMA1", "*")
    assert get(url, "/./thumbnails/RMA1/map.png") == (200, b"thumbnails/RMA1", "*")
    assert get(url, "/quicklooks/RMA1/map.png") == (200, b"quicklooks/RMA1", "*")


def test_a_listing_names_products_only(url: str) -> None:
    status, body, _ = get(url, "/")
    assert status == 200
    assert b"RMA1" in body
    assert b"bufr" not in body
    assert b"secret" not in body


@pytest.mark.parametrize(
    "way",
    [
        "/../{}",
        "/../../{}",
        "/%2e%2e/{}",
        "/%2e%2e%2f{}",
        "/..%2f{}",
        "/RMA1/../../{}",
        "/thumbnails/../{}",
        "/thumbnails/%2e%2e/{}",
        "/thumbnails/..%2f{}",
        "/thumbnails/../../{}",
        "/thumbnails/RMA1/../../../{}",
        "/./thumbnails/../{}",
        "//thumbnails/../{}",
        "/%74humbnails/../{}",
        "/.old/{}",
        "/{}",
    ],
)
@pytest.mark.parametrize("target", ["secret", "bufr/secret", "volumes/secret"])
def test_no_path_leads_to_another_file(url: str, way: str, target: str) -> None:
    status, body, _ = get(url, way.format(target))
    assert status == 404
    assert SECRET not in body


def test_an_absolute_path_leads_to_no_file(url: str, outside: Path) -> None:
    for path in (f"{outside}/secret", f"/{outside}/secret", f"/thumbnails/{outside}/secret"):
        assert get(url, path)[0] == 404


@pytest.mark.parametrize("way", ["/thumbnails/..", "/thumbnails/../", "/..", "/thumbnails/%2e%2e/"])
def test_no_listing_shows_the_data_root(url: str, way: str) -> None:
    _, body, _ = get(url, way)
    assert b"bufr" not in body
    assert b"secret" not in body


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
def test_nothing_can_be_written(url: str, method: str) -> None:
    assert get(url, "/RMA1/map.png", method)[0] == 501


def test_a_relative_data_root_is_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "products").mkdir()
    (tmp_path / "products" / "map.png").write_bytes(b"map")
    monkeypatch.chdir(tmp_path)
    with serve_products(Path()) as url:
        assert get(url, "/map.png")[:2] == (200, b"map")


def test_a_port_in_use_is_an_error(url: str, tmp_path: Path) -> None:
    port = urlsplit(url).port
    assert port
    with pytest.raises(OSError, match="in use"), serve_products(tmp_path, port):
        pass


def test_the_server_ends_with_its_context(tmp_path: Path) -> None:
    with serve_products(tmp_path) as url:
        assert get(url, "/map.png")[0] == 404
    with pytest.raises(ConnectionRefusedError):
        get(url, "/map.png")


@pytest.fixture
def linked(url: str, outside: Path) -> str:
    """The server, with links in its folders and things that are no files."""
    data = outside / "data"
    for folder in (data / "products", data / "thumbnails"):
        with suppress(FileExistsError):
            (folder / "file").symlink_to(outside / "secret")
            (folder / "folder").symlink_to(data / "bufr")
            (folder / "inside").symlink_to(folder / "RMA1")
            (folder / "broken").symlink_to(outside / "none")
            (folder / "turning").symlink_to(folder / "turning")
            (folder / "page").mkdir()
            (folder / "page" / "index.html").symlink_to(outside / "secret")
            os.mkfifo(folder / "pipe")
    return url


@pytest.mark.parametrize("base", ["", "/thumbnails"])
@pytest.mark.parametrize(
    "path",
    ["file", "folder/secret", "folder/", "inside/map.png", "broken", "turning", "page/index.html"],
)
def test_no_link_leads_to_a_file(linked: str, base: str, path: str) -> None:
    status, body, _ = get(linked, f"{base}/{path}")
    assert status == 404
    assert SECRET not in body


def test_a_folder_is_listed_whatever_it_holds(linked: str) -> None:
    status, body, _ = get(linked, "/page/")
    assert status == 200
    assert b"index.html" in body
    assert SECRET not in body


def test_what_is_no_file_is_not_opened(linked: str) -> None:
    assert get(linked, "/pipe")[0] == 404


def test_a_base_on_another_disk_is_served(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk" / "map.png").write_bytes(b"map")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "products").symlink_to(tmp_path / "disk")
    (tmp_path / "link").symlink_to(tmp_path / "data")
    for root in (tmp_path / "data", tmp_path / "link"):
        with serve_products(root) as url:
            assert get(url, "/map.png")[:2] == (200, b"map")


@pytest.mark.parametrize(
    "path", ["/%00", "/RMA1/map.png%00", "/%ff", "/%ed%a0%80", "/%ed%a0%80/../", "/%c0%ae/", "/a%"]
)
def test_what_cannot_be_a_path_is_refused(
    url: str, path: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert get(url, path)[0] == (404 if path == "/a%" else 400)
    assert capfd.readouterr() == ("", "")


def connect(url: str) -> socket.socket:
    host, _, port = urlsplit(url).netloc.partition(":")
    return socket.create_connection((host, int(port)), LONG)


def is_closed(client: socket.socket) -> bool:
    with suppress(ConnectionError):
        while client.recv(65536):
            pass
    return True


@pytest.mark.parametrize("sent", [b"", b"GET /RMA1/map.png", b"GET / HTTP/1.0\r\nX: y\r\n"])
def test_a_request_that_does_not_end_is_given_up(
    url: str, sent: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(map_files, "_TIMEOUT", 0.5)
    with closing(connect(url)) as client:
        client.sendall(sent)
        assert is_closed(client)


def test_a_request_that_drips_is_given_up(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(map_files, "_TIMEOUT", 0.5)
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
    monkeypatch.setattr(map_files, "_TIMEOUT", 0.5)
    (tmp_path / "products").mkdir()
    with (tmp_path / "products" / "large.tif").open("wb") as file:
        file.truncate(100 * 1024**2)
    with serve_products(tmp_path) as url:
        before = threading.active_count()
        with closing(connect(url)) as client:
            client.sendall(b"GET /large.tif HTTP/1.0\r\n\r\n")
            assert client.recv(4) == b"HTTP"
            wait_until(lambda: threading.active_count() == before, "the end of the answer")


def test_an_endless_request_is_refused(url: str) -> None:
    line = b"X-Header: " + b"x" * 1000 + b"\r\n"
    with closing(connect(url)) as client, suppress(ConnectionError):
        client.sendall(b"GET / HTTP/1.0\r\n")
        for _ in range(50):
            client.sendall(line)
        client.sendall(b"\r\n")
        assert b" 200 " not in client.recv(65536)


def test_a_flood_of_idle_connections_is_bounded(
    url: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(map_files, "_TIMEOUT", 2)
    threads, memory = threading.active_count(), psutil.Process().memory_info().rss
    clients = [connect(url) for _ in range(100)]
    try:
        for client in clients:
            client.sendall(b"GET /RMA1")
        assert threading.active_count() <= threads + 32
        assert get(url, "/RMA1/map.png")[:2] == (200, b"products/RMA1")
        assert threading.active_count() <= threads + 32
        assert psutil.Process().memory_info().rss - memory < 32 * 1024**2
        assert all(is_closed(client) for client in clients)
    finally:
        for client in clients:
            client.close()
    wait_until(lambda: threading.active_count() <= threads, "the end of the threads")
    assert capfd.readouterr() == ("", "")
