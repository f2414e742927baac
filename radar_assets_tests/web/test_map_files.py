"""Pictures over HTTP: the products and thumbnails, and no other file."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from radar_assets.web.map_files import serve_products

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
    with closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)) as client:
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
