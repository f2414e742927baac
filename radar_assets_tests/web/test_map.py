"""The map: its files, its API and its attackers over HTTP, and its page in a real browser."""

from __future__ import annotations

import http.client
import json
import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
import requests

from radar_assets.errors import InputMissing
from radar_assets.maps import cog
from radar_assets.maps.grid import WGS84, transformer
from radar_assets.web.map.page_files import export_page
from radar_assets.web.map.serve import serve_map
from radar_assets_tests.browser import Browser, browser
from radar_assets_tests.defs.country import COMPOSITE, EAST, WEST, Country
from radar_assets_tests.waiting import LONG, wait_until

TIMES = ("12:20", "12:30", "12:40")
NEWEST = "2025-11-18T12:50:00Z"
SECRET = b"not for the web"
SOFTWARE = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader")
"""WebGL without a graphics card"""


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Country:
    made = Country(tmp_path_factory.mktemp("map"))
    for number, time in enumerate(TIMES):
        made.put(WEST, f"{time[:4]}1:00", 30 + 5 * number)
        made.put(EAST, f"{time[:4]}3:00", 20 + 5 * number)
        assert made.compose(time).success
    (made.workspace.root / "secret").write_bytes(SECRET)
    (made.workspace.root / "products" / "link").symlink_to(made.workspace.root / "secret")
    return made


@pytest.fixture(scope="module")
def url(country: Country) -> Iterator[str]:
    with serve_map(country.workspace) as address:
        yield address


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser("--window-size=1280,800", *SOFTWARE, "--lang=en") as found:
        yield found


def raw(url: str, path: str, method: str = "GET") -> tuple[int, bytes]:
    with closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=LONG)) as client:
        client.request(method, path)
        answer = client.getresponse()
        return answer.status, answer.read()


def test_latest_is_the_newest_file_with_ranges_and_etags(url: str, country: Country) -> None:
    about = requests.get(f"{url}/latest/{COMPOSITE}/COLMAX.json", timeout=LONG).json()
    assert about["time"] == NEWEST
    for suffix in ("png", "tif"):
        answer = requests.get(f"{url}/latest/{COMPOSITE}/COLMAX.{suffix}", timeout=LONG)
        content = (country.workspace.root / about[suffix]).read_bytes()
        assert answer.content == content
        path = f"{url}/{about[suffix]}"
        part = requests.get(path, headers={"Range": "bytes=2-9"}, timeout=LONG)
        assert (part.status_code, part.content) == (206, content[2:10])
        again = requests.get(path, headers={"If-None-Match": answer.headers["ETag"]}, timeout=LONG)
        assert (again.status_code, again.content) == (304, b"")


def test_the_value_is_the_pixel_and_undetect_is_not_nodata(url: str, country: Country) -> None:
    about = requests.get(f"{url}/latest/{COMPOSITE}/COLMAX.json", timeout=LONG).json()
    raster = cog.read(country.workspace.root / about["tif"])
    grid, states = raster.grid, set()
    for row in range(0, grid.height, 16):
        for column in range(0, grid.width, 16):
            lon, lat = transformer(grid.crs, WGS84).transform(
                grid.west + (column + 0.5) * grid.pixel, grid.north - (row + 0.5) * grid.pixel
            )
            query = {"owner": COMPOSITE, "product": "COLMAX", "lon": lon, "lat": lat}
            answer = requests.get(f"{url}/api/value", query, timeout=LONG).json()
            pixel = float(raster.values[row, column])
            expected = (
                "nodata" if np.isnan(pixel) else "value" if np.isfinite(pixel) else "undetect"
            )
            assert answer["state"] == expected
            assert answer["value"] == (pixel if expected == "value" else None)
            states.add(expected)
    assert {"value", "nodata"} <= states


def test_frames_are_those_of_the_time(url: str) -> None:
    query = {"owner": COMPOSITE, "product": "COLMAX", "last": NEWEST, "first": "2025-11-18T12:35"}
    found = requests.get(f"{url}/api/frames", query, timeout=LONG).json()
    assert [frame["time"][11:16] for frame in found] == ["12:40", "12:50"]


@pytest.mark.parametrize(
    "path",
    ["/secret", "/../secret", "/products/../secret", "/products/%2e%2e/secret",
     "/products/..%2fsecret",
     "/index/..%2f..%2fnetwork.toml", "/link", "/products/link",
     "/products/%2Fetc%2Fpasswd", "//etc/passwd",
     "/latest/..%2f/secret.png", "/latest/CENTRE/COLMAX.toml", "/volumes/", "/products/"],
)  # fmt: skip
def test_no_path_leads_to_another_file(url: str, path: str) -> None:
    status, body = raw(url, path)
    assert status == 404
    assert SECRET not in body
    assert json.loads(body)["status"] == 404


def test_what_is_no_request_is_refused(url: str) -> None:
    assert raw(url, "/products/%00")[0] == 400
    assert raw(url, "/products/x", "DELETE")[0] == 405
    assert raw(url, "/api/value?owner=A&product=B&lon=x&lat=nan")[0] == 400
    assert raw(url, f"/api/frames?owner={COMPOSITE}&product=B&first=1900-01-01T00:00")[0] == 400
    status, body = raw(url, "/api/value?owner=%3Cscript%3E&product=B&lon=0&lat=0")
    assert (status, json.loads(body)["code"]) == (404, InputMissing.code)


def test_no_script_of_others_runs_in_the_page(url: str) -> None:
    answer = requests.get(url, timeout=LONG)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "http" not in answer.text.replace("http-equiv", "")


def opened(page: Browser, address: str) -> Browser:
    """The page at an address, once its newest frame is on the screen."""
    page.open("about:blank")
    page.open(address)
    wait_until(lambda: page.run("return document.body.dataset.frame || '';"), "the first frame")
    wait_until(lambda: page.run("return radarMap.view.map.areTilesLoaded();"), "the images")
    return page


def shown(page: Browser) -> Any:
    return page.run("return document.body.dataset.frame;")


def coloured(page: Browser) -> int:
    """Strongly coloured pixels of the map: echo, for lines and background are pale."""
    return int(
        page.run(
            """const map = radarMap.view.map;
            await new Promise((done) => { map.once("render", done); map.triggerRepaint(); });
            const from = map.getCanvas(), to = document.createElement("canvas");
            to.width = from.width; to.height = from.height;
            const pen = to.getContext("2d"); pen.drawImage(from, 0, 0);
            const data = pen.getImageData(0, 0, to.width, to.height).data; let count = 0;
            for (let i = 0; i < data.length; i += 4) {
              const [r, g, b] = [data[i], data[i + 1], data[i + 2]];
              if (Math.max(r, g, b) - Math.min(r, g, b) > 90) count += 1;
            } return count;"""
        )
    )


def test_the_newest_frame_is_drawn_and_the_loop_steps(chromium: Browser, url: str) -> None:
    page = opened(chromium, f"{url}/#owner={COMPOSITE}&product=COLMAX&language=en")
    assert shown(page) == NEWEST
    wait_until(lambda: coloured(page) > 1000, "echo on the map")
    wait_until(lambda: page.run("return radarMap.loop.frames.length;") == 3, "the loop")
    page.run(
        "document.body.dispatchEvent("
        "new KeyboardEvent('keydown', {key: 'ArrowLeft', bubbles: true}));"
    )
    assert shown(page) == "2025-11-18T12:40:00Z"
    assert "time=2025-11-18T12%3A40" in page.run("return location.hash;")
    page.run("document.getElementById('play').click();")
    wait_until(lambda: shown(page) == "2025-11-18T12:30:00Z", "the loop's first frame")
    wait_until(lambda: shown(page) == NEWEST, "the loop's last frame")
    page.run("document.getElementById('play').click();")


def test_a_click_shows_the_value_of_the_geotiff(chromium: Browser, url: str) -> None:
    page = opened(chromium, f"{url}/#owner={COMPOSITE}&product=COLMAX&language=en")
    query = {"owner": COMPOSITE, "product": "COLMAX", "lon": -63.7, "lat": -31.0}
    wanted = requests.get(f"{url}/api/value", query, timeout=LONG).json()
    assert wanted["state"] == "value"
    page.run("await radarMap.ask({lng: -63.7, lat: -31.0});")
    assert page.run("return document.body.dataset.value;") == f"value {wanted['value']:g}"


def test_product_language_and_theme_are_chosen_and_kept_in_the_link(
    chromium: Browser, url: str
) -> None:
    page = opened(chromium, f"{url}/#owner={COMPOSITE}&product=COLMAX&language=es&theme=dark")
    assert "Velocidad" in page.text()
    assert page.run("return document.documentElement.dataset.theme;") == "dark"
    page.run(
        "const s = document.getElementById('product'); s.value = 'RAIN';"
        "s.dispatchEvent(new Event('change'));"
    )
    wait_until(
        lambda: "mm/h" in page.run("return document.getElementById('legend').innerText;"), "legend"
    )
    page.run("document.getElementById('language').click();")
    assert "Speed" in page.text()
    assert {"product=RAIN", "language=en"} <= set(page.run("return location.hash;")[1:].split("&"))


def test_a_radar_that_goes_silent_looks_old(
    chromium: Browser, country: Country, tmp_path: Path
) -> None:
    root = tmp_path / "site"
    shutil.copytree(country.workspace.root, root, symlinks=True)
    export_page(root)
    content = json.loads((root / "index/latest.json").read_text("utf-8"))
    fresh = (datetime.now(UTC) - timedelta(minutes=4)).strftime("%Y-%m-%dT%H:%M:%SZ")
    content["owners"][WEST]["newest"] = fresh
    (root / "index/latest.json").write_text(json.dumps(content), "utf-8")
    handler = partial(SimpleHTTPRequestHandler, directory=str(root))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            page = opened(chromium, f"http://127.0.0.1:{server.server_port}/#language=en")
            lines = page.run(
                "return [...document.querySelectorAll('#radars li')]"
                ".map((l) => [l.innerText, l.className]);"
            )
            states = {text.split()[0]: name for text, name in lines}
            assert states == {WEST: "", EAST: "old", COMPOSITE: "old"}
            assert shown(page) == NEWEST  # from files alone
            page.run("await radarMap.ask({lng: -63.7, lat: -31.0});")
            assert "values need the server" in page.text()
        finally:
            server.shutdown()


def test_new_frames_come_by_events(chromium: Browser, url: str, country: Country) -> None:
    page = opened(chromium, f"{url}/#owner={COMPOSITE}&product=COLMAX&language=en")
    wait_until(lambda: page.run("return radarMap.loop.frames.length;") == 3, "the loop")
    country.put(WEST, "12:51:00", 50)
    assert country.compose("12:50").success
    wait_until(lambda: shown(page) == "2025-11-18T13:00:00Z", "the new frame")


def test_the_page_fits_a_phone(url: str) -> None:
    with browser("--window-size=500,900", *SOFTWARE, "--lang=es") as phone:
        page = opened(phone, f"{url}/")
        assert page.run("return document.documentElement.scrollWidth <= innerWidth;")
        inside = """const b = document.getElementById(arguments[0]).getBoundingClientRect();
            return b.width > 20 && b.right <= innerWidth && b.bottom <= innerHeight;"""
        for name in ("play", "slider", "product", "opacity"):
            assert page.run(inside, name), name
