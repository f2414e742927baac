"""The proxy of deploy/, as a real nginx runs it."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from time import monotonic

import pytest

from radar_assets_tests.nginx import NAME, Site, Upstream, login, nginx, prepared, proxy

OTHER = "https://evil.example"
MUTATION = "/graphql?query=mutation{wipeAssets(assetPartitionRanges:[]){__typename}}"
OPERATOR = {"Authorization": login("operators")}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data root with maps, and with links to a file outside of it."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "secret").write_text("secret")
    for name in ("products", "quicklooks", "thumbnails"):
        base = folder / "data" / name
        (base / "RMA1").mkdir(parents=True)
        (base / "RMA1" / "map.png").write_text(name)
        (base / "RMA1" / "link.png").symlink_to(folder / "secret")
        (base / "folder").symlink_to(folder)
    return folder / "data"


@pytest.fixture(scope="module")
def running(data: Path) -> Iterator[tuple[Site, Upstream]]:
    with Upstream.running() as server:
        port = server.server_port
        with proxy(data.with_name("nginx"), data, operators=port, viewers=port) as site:
            yield site, server


@pytest.fixture
def upstream(running: tuple[Site, Upstream]) -> Upstream:
    running[1].reached.clear()
    return running[1]


_ADDRESSES = count(2)


@pytest.fixture
def site(running: tuple[Site, Upstream]) -> Site:
    """For a client that it has not seen before."""
    return replace(running[0], client=f"127.0.0.{next(_ADDRESSES)}")


def test_nginx_takes_the_site(tmp_path: Path) -> None:
    whole = prepared(tmp_path, tmp_path, 443)
    done = subprocess.run(
        [nginx(), "-t", "-p", tmp_path, "-c", whole], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "warn" not in done.stderr, done.stderr


def test_pages_and_queries_of_the_own_site_pass(site: Site, upstream: Upstream) -> None:
    own = f"https://{NAME}:{site.port}"
    fetch = {"Origin": own, "Sec_Fetch_Site": "same-origin", "Sec_Fetch_Mode": "cors"}
    typed = {"Sec_Fetch_Site": "none", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"}
    link = {**typed, "Sec_Fetch_Site": "cross-site"}
    socket = {"Origin": own, "Upgrade": "websocket"}
    wanted = [
        ("GET", "/overview", {}),
        ("GET", "/overview", typed),
        ("GET", "/assets/RMA1/png", link),
        ("POST", "/graphql", fetch),
        ("POST", "/graphql", {}),
        ("GET", "/graphql", socket),
    ]
    for method, path, headers in wanted:
        assert site.ask(path, method, **OPERATOR, **headers).status == 200, (method, path, headers)
    assert [(method, path) for method, path, _ in upstream.reached] == [
        (method, path) for method, path, _ in wanted
    ]
    for _, _, headers in upstream.reached:
        assert headers["Host"] == "localhost"
        assert "Origin" not in headers
        assert "Authorization" not in headers
    assert upstream.reached[-1][2]["Upgrade"] == "websocket"


@pytest.mark.parametrize("prefix", ["", "/view"])
@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", MUTATION, {}),
        ("HEAD", MUTATION, {}),
        ("PUT", MUTATION, {}),
        ("GET", MUTATION.replace("?", "/?"), {}),
        ("GET", MUTATION.replace("graphql", "%67raphql"), {}),
        ("GET", MUTATION.replace("/", "//", 1), {}),
        ("GET", MUTATION.replace("/", "/./", 1), {}),
        ("GET", MUTATION.replace("/", "/x/../", 1), {}),
        ("GET", MUTATION, {"Upgrade": "h2c"}),
        ("GET", MUTATION, {"Upgrade": "websocket", "Origin": OTHER}),
        ("GET", MUTATION, {"Sec_Fetch_Site": "same-origin"}),
        (
            "GET",
            MUTATION,
            {
                "Sec_Fetch_Site": "cross-site",
                "Sec_Fetch_Mode": "navigate",
                "Sec_Fetch_Dest": "document",
            },
        ),
        ("POST", "/graphql", {"Origin": OTHER}),
        ("POST", "/graphql", {"Origin": "null"}),
        ("POST", "/graphql", {"Origin": f"http://{NAME}:{{port}}"}),
        ("POST", "/graphql", {"Origin": f"https://{NAME}.evil.example:{{port}}"}),
        ("POST", "/graphql", {"Origin": f"https://{NAME}"}),
        ("POST", "/graphql", {"Sec_Fetch_Site": "cross-site"}),
        ("POST", "/graphql", {"Sec_Fetch_Site": "same-site"}),
        ("POST", "/report_asset_materialization/a", {"Origin": OTHER}),
        ("GET", "/overview", {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "no-cors"}),
        (
            "GET",
            "/overview",
            {
                "Sec_Fetch_Site": "cross-site",
                "Sec_Fetch_Mode": "navigate",
                "Sec_Fetch_Dest": "iframe",
            },
        ),
    ],
)
def test_what_another_page_asks_for_is_refused(
    running: tuple[Site, Upstream], prefix: str, method: str, path: str, headers: dict[str, str]
) -> None:
    site, upstream = running
    upstream.reached.clear()
    role = "viewers" if prefix else "operators"
    sent = {name: value.format(port=site.port) for name, value in headers.items()}
    answer = site.ask(prefix + path, method, Authorization=login(role), **sent)
    assert answer.status == 403
    assert upstream.reached == []


def test_an_unknown_host_is_refused(site: Site, upstream: Upstream) -> None:
    for host in ("evil.example", f"evil.example:{site.port}", "127.0.0.1", f"{NAME}.evil.example"):
        for path in ("/graphql", "/overview", "/maps/RMA1/map.png"):
            assert site.ask(path, "POST", Host=host, **OPERATOR).status in (400, 421)
        with pytest.raises(ssl.SSLError):
            site.ask("/graphql", "POST", sni=host.partition(":")[0], Host=host, **OPERATOR)
    assert site.ask("/overview", Host=None, **OPERATOR).status in (400, 421)
    assert upstream.reached == []


def test_wrong_logins_are_limited_and_sessions_are_not(site: Site, upstream: Upstream) -> None:
    first = site.ask("/overview", **OPERATOR)
    cookie, *properties = first.headers["Set-Cookie"].split("; ")
    assert {"Secure", "HttpOnly", "SameSite=Strict", "Path=/"} == set(properties)
    reached = len(upstream.reached)

    started = monotonic()
    guesses = [
        site.ask("/overview", Authorization=login("operators", f"guess{number}"))
        for number in range(120)
    ]
    statuses = [answer.status for answer in guesses]
    assert set(statuses) == {401, 429}
    assert statuses.count(401) <= 22 + (monotonic() - started) / 6
    assert len(upstream.reached) == reached
    assert not [answer for answer in guesses if "Set-Cookie" in answer.headers]
    assert site.ask("/overview").status == 401  # not an attempt

    pages = [site.ask("/overview", Cookie=cookie, **OPERATOR).status for _ in range(60)]
    assert set(pages) == {200}
    for forged in ("radar=", "radar=0", cookie[:-1], f"{cookie}0"):
        assert is_limited(site, "/overview", forged)
    assert is_limited(site, "/view/", cookie)
    assert not is_limited(site, "/overview", cookie)


def is_limited(site: Site, path: str, cookie: str) -> bool:
    """Whether one of a few wrong logins is refused unseen; one in six seconds is not."""
    wrong = {"Cookie": cookie, "Authorization": login("operators", "guess")}
    return any(site.ask(path, **wrong).status == 429 for _ in range(30))


def test_each_login_opens_its_own_pages(site: Site, upstream: Upstream) -> None:
    viewer = {"Authorization": login("viewers")}
    assert site.ask("/view/overview", **viewer).status == 200
    assert site.ask("/overview", **viewer).status == 401
    assert site.ask("/view/overview", **OPERATOR).status == 401
    assert [path for _, path, _ in upstream.reached] == ["/view/overview"]


def test_every_answer_has_the_headers_and_no_version(site: Site) -> None:
    for answer in (
        site.ask("/overview", **OPERATOR),
        site.ask("/view/", Authorization=login("viewers")),
        site.ask("/overview"),
        site.ask(MUTATION, **OPERATOR),
        site.ask("/maps/RMA1/map.png"),
        site.ask("/maps/none"),
    ):
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
        assert answer.headers.get_all("X-Content-Type-Options") == ["nosniff"]
        assert answer.headers.get_all("X-Frame-Options") == ["DENY"]
        assert answer.headers["Server"] == "nginx"
        assert b"nginx/" not in answer.body
    assert site.ask("/", Host="evil.example").headers["Server"] == "nginx"


def test_maps_are_for_everybody_and_links_for_nobody(site: Site) -> None:
    for base, name in (
        ("/maps", "products"),
        ("/maps/quicklooks", "quicklooks"),
        ("/maps/thumbnails", "thumbnails"),
    ):
        found = site.ask(f"{base}/RMA1/map.png", Origin=OTHER, Sec_Fetch_Site="cross-site")
        assert (found.status, found.body) == (200, name.encode())
        for path in ("RMA1/link.png", "folder/secret", "../secret", "..%2f..%2fsecret", "%00"):
            refused = site.ask(f"{base}/{path}")
            assert refused.status in (400, 401, 403, 404), path
            assert b"secret" not in refused.body


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET /overview HTTP/1.1\r\nHost: ",
        f"POST /graphql HTTP/1.1\r\nHost: {NAME}\r\nAuthorization: {login('operators')}\r\n"
        "Content-Length: 100\r\n\r\n{".encode(),
    ],
)
def test_a_request_that_does_not_end_is_given_up(
    site: Site, upstream: Upstream, sent: bytes
) -> None:
    with site.connected() as connection:
        connection.sendall(sent)
        answer = b""
        while received := connection.recv(65536):
            answer += received
    assert answer == b"" or answer.startswith(b"HTTP/1.1 408")
    assert upstream.reached == []


def test_a_query_may_name_many_windows_and_is_bounded(site: Site, upstream: Upstream) -> None:
    windows = b'"2025-11-18-12:30",' * 52_560 * 8  # of eight years
    assert site.ask("/graphql", "POST", body=windows, **OPERATOR).status == 200
    assert site.ask("/graphql", "POST", body=windows * 3, **OPERATOR).status == 413
    assert len(upstream.reached) == 1
