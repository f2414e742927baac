"""How fast the page of the map is, by the browser's own clock, and how many pages its server bears.

`python -m radar_assets_tests.drills.page [--report docs/performance.md]` draws two hours of 18
radars into a temporary folder, opens them all as layers of one page, and then asks the server as
200 pages would.
"""

from __future__ import annotations

import argparse
import dataclasses
import socket
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import requests

from radar_assets.maps import png
from radar_assets.maps.gridding import map_raster
from radar_assets.products import product
from radar_assets.radar.volume import Site
from radar_assets.settings import load_network
from radar_assets.stages.base.workspace import Workspace
from radar_assets.stages.indexing.frames import frame_of
from radar_assets.stages.indexing.windows import update
from radar_assets.web.map.serve import serve_map
from radar_assets_tests.browser import Browser, browser
from radar_assets_tests.pages import write
from radar_assets_tests.volumes import make_volume
from radar_assets_tests.waiting import LONG, wait_until

FRAMES, PAGES, RATE = 12, 200, 20
PRODUCT = "COLMAXo"
SOFTWARE = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader")
_STEP = """const began = performance.now(); await radarMap.loop.go(arguments[0]);
const { map } = radarMap.view;
await new Promise((done) => { map.once("render", done); map.triggerRepaint(); });
return performance.now() - began;"""
_LOADED = """const { loop, view } = radarMap;
if (loop.frames.length < arguments[0]) return 0;
const items = loop.frames.flatMap((frame) => radarMap.drawn(frame));
await Promise.all(items.map((item) => view.fetched(item.frame)));
return performance.now();"""


def drawn(workspace: Workspace, radars: int) -> list[str]:
    """Draw and index the maps of the first radars of the network; their names."""
    network = load_network()
    names = [name for name in network.radars if network.radars[name].altitude is not None][:radars]
    newest = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=5)
    for number, name in enumerate(names):
        radar = network.radars[name]
        site = Site(radar.latitude, radar.longitude, radar.altitude or 0.0)
        volume = make_volume({"DBZH": _showers(number)}, site=site, gates=480)
        raster = map_raster(product(PRODUCT).layer(volume))
        frames = []
        for back in range(FRAMES):
            moment = newest - back * timedelta(minutes=10)
            about = dataclasses.replace(raster.about, name=name, sites={name: site}, time=moment)
            key = PurePosixPath(
                "products", name, f"{moment:%Y/%m/%d}", f"{name}_{moment:%H%M%S}.png"
            )
            workspace.store.put(key, png.encode(dataclasses.replace(raster, about=about)))
            frames.append(frame_of(workspace.store, str(key)))
        days = {datetime.fromisoformat(frame["time"]).date() for frame in frames}
        update(workspace, name, days, frames)
    return names


def _showers(seed: int) -> Any:
    def field(_: int, azimuth: Any, distance: Any) -> Any:
        wave = np.sin(azimuth / 9 + seed) * np.sin(distance / 9000 + seed)
        return np.where(wave > 0.3, 60 * wave, -np.inf)

    return field


def measured(page: Browser, url: str, names: list[str]) -> Iterator[tuple[str, str, str]]:
    """Figures of one page with all radars: what, figure, and what was asked for."""
    layers = ",".join(f"{name}:{PRODUCT}:0.8" for name in names[1:])
    page.open(f"{url}/#owner={names[0]}&product={PRODUCT}&hours=2&layers={layers}&language=en")
    mark = wait_until(
        lambda: page.run("return window.radarMap?.firstFrame || 0;"), "the first frame", pause=0.02
    )
    loaded = wait_until(lambda: page.run(_LOADED, FRAMES), "the loop", pause=0.02)
    count = page.run("return performance.getEntriesByType('resource').length + 1;")
    steps = [float(page.run(_STEP, index % FRAMES)) for index in range(2 * FRAMES)]
    heap = "return performance.memory.usedJSHeapSize / 1e6;"
    before = float(page.run(heap))
    rounds = 3
    for index in range(rounds * FRAMES):
        page.run(_STEP, index % FRAMES)
    after = float(page.run(heap))
    yield "first frame", f"{mark / 1000:.2f} s", "1 s"
    yield f"loop of {FRAMES} frames of {len(names)} radars loaded", f"{loaded / 1000:.2f} s", "5 s"
    yield "requests for all of it", f"{count}", "250"
    yield (
        "change of a frame of all radars, median",
        f"{statistics.median(steps[FRAMES:]):.0f} ms",
        "50 ms",
    )
    yield (
        f"memory of scripts before and after {rounds} loops",
        f"{before:.0f} → {after:.0f} MB",
        "no growth",
    )


def borne(url: str, names: list[str], seconds: float) -> Iterator[tuple[str, str, str]]:
    """Figures of the server while pages listen to events and ask."""
    latest = requests.get(f"{url}/index/latest.json", timeout=LONG).json()["owners"]
    paths = ["/index/latest.json", "/api/radars"]
    paths += ["/" + latest[name]["products"][PRODUCT]["png"] for name in names]
    taken: list[float] = []
    failed: list[str] = []

    def get(path: str) -> None:
        began = time.monotonic()
        answer = requests.get(url + path, timeout=LONG)
        taken.append(time.monotonic() - began)
        if not answer.ok:
            failed.append(path)

    with ExitStack() as stack, ThreadPoolExecutor(16) as pool:
        host, _, port = urlsplit(url).netloc.partition(":")
        for _ in range(PAGES):
            page = stack.enter_context(socket.create_connection((host, int(port)), LONG))
            page.sendall(b"GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        began = time.monotonic()
        for number in range(int(seconds * RATE)):
            time.sleep(max(0, began + number / RATE - time.monotonic()))
            pool.submit(get, paths[number % len(paths)])
    limit = f"{statistics.quantiles(taken, n=20)[-1] * 1000:.0f} ms"
    yield f"{PAGES} pages, {RATE} requests/s for {seconds:g} s: 95 of 100 within", limit, "300 ms"
    yield "errors among them", str(len(failed)), "0"


def main() -> None:
    """Measure, print, and write the table into a page of docs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--report", type=Path)
    parser.add_argument("--radars", type=int, default=18)
    parser.add_argument("--seconds", type=float, default=60)
    chosen = parser.parse_args()
    with TemporaryDirectory() as folder, ExitStack() as stack:
        workspace = Workspace(Path(folder))
        names = drawn(workspace, chosen.radars)
        url = stack.enter_context(serve_map(workspace))
        page = stack.enter_context(browser("--window-size=1280,800", *SOFTWARE))
        rows = [*measured(page, url, names), *borne(url, names, chosen.seconds)]
    text = table(rows)
    print(text)
    if chosen.report:
        write(chosen.report, "page", text)


def table(rows: list[tuple[str, str, str]]) -> str:
    """Figures as Markdown."""
    lines = [
        "| page of the map, drawn without a graphics card | measured | asked for |",
        "|---|---|---|",
    ]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows), ""])


if __name__ == "__main__":
    main()
