"""Tiles over HTTP, put together again by the list of frames that viewers read."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
from PIL import Image

from radar_assets.maps import cog
from radar_assets.web.map.serve import serve_map
from radar_assets_tests.defs.country import COMPOSITE, EAST, WEST, Country
from radar_assets_tests.waiting import LONG


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Country:
    made = Country(tmp_path_factory.mktemp("tiles"))
    for number, time in enumerate(("12:20", "12:30")):
        made.put(WEST, f"{time[:4]}1:00", 30 + 5 * number)
        made.put(EAST, f"{time[:4]}3:00", 20 + 5 * number)
        assert made.compose(time).success
    return made


@pytest.fixture(scope="module")
def url(country: Country) -> Iterator[str]:
    with serve_map(country.workspace) as address:
        yield address


@pytest.fixture(scope="module")
def maps(url: str) -> dict[str, Any]:
    found: dict[str, Any] = requests.get(f"{url}/public/weather-maps.json", timeout=LONG).json()
    return found


def picture(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGBA"))


def test_the_list_has_what_viewers_read(maps: dict[str, Any], url: str) -> None:
    assert (maps["version"], maps["host"]) == ("2.0", url)
    assert maps["satellite"] == {"infrared": []}
    assert maps["radar"]["nowcast"] == []
    times = [frame["time"] for frame in maps["radar"]["past"]]
    assert times == [1763469000, 1763469600]  # the ends of the windows: 12:30 and 12:40
    assert all(frame["path"].startswith("/v2/radar/") for frame in maps["radar"]["past"])


def whole(maps: dict[str, Any], zoom: int, west: int, north: int, shape: tuple[int, int]) -> Any:
    """A map of the newest frame, put together of tiles; pixels are of the zoom."""
    base = maps["host"] + maps["radar"]["past"][-1]["path"]
    columns = range(west // 256, (west + shape[1] - 1) // 256 + 1)
    rows = range(north // 256, (north + shape[0] - 1) // 256 + 1)
    made = [
        [
            picture(requests.get(f"{base}/256/{zoom}/{x}/{y}/2/1_1.png", timeout=LONG).content)
            for x in columns
        ]
        for y in rows
    ]
    joined = np.concatenate([np.concatenate(row, axis=1) for row in made])
    top, left = north - 256 * rows[0], west - 256 * columns[0]
    return joined[top : top + shape[0], left : left + shape[1]]


def test_tiles_make_up_the_picture_pixel_for_pixel(maps: dict[str, Any], country: Country) -> None:
    path: Path = country.workspace.root / country.rows("12:30")["COLMAX"]["path"]
    grid = cog.read(path).grid
    own = picture(path.with_suffix(".png").read_bytes())
    found = whole(maps, grid.zoom, grid.column, grid.row, grid.shape)
    np.testing.assert_array_equal(found[..., 3], own[..., 3])
    shown = own[..., 3] > 0
    np.testing.assert_array_equal(found[shown], own[shown])
    assert 0.1 < shown.mean() < 1


@pytest.mark.parametrize("step", [-1, 1])
def test_other_zooms_show_the_same_places(
    step: int, maps: dict[str, Any], country: Country
) -> None:
    path: Path = country.workspace.root / country.rows("12:30")["COLMAX"]["path"]
    grid = cog.read(path).grid
    own = picture(path.with_suffix(".png").read_bytes())[..., 3] > 0
    factor = 2.0**step
    edges = [round(edge * factor) for edge in (grid.column, grid.row, *grid.shape)]
    found = whole(maps, grid.zoom + step, edges[0], edges[1], (edges[2], edges[3]))
    assert (found[..., 3] > 0).mean() == pytest.approx(own.mean(), abs=0.02)
    if step == 1:
        np.testing.assert_array_equal(found[::2, ::2, 3] > 0, own)


def test_a_radar_without_pictures_has_no_frames(url: str) -> None:
    found = requests.get(f"{url}/public/weather-maps.json?owner={WEST}", timeout=LONG).json()
    assert found["radar"]["past"] == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v2/radar/CENTRE/COLMAX/1763469600/256/7/0/0/2/1_1.png", 200),
        ("/v2/radar/CENTRE/COLMAX/1763469600/512/7/41/76/2/1_1.png", 200),
        ("/v2/radar/CENTRE/COLMAX/1763469601/256/7/41/76/2/1_1.png", 404),
        ("/v2/radar/CENTRE/COLMAX/1763469600/256/20/1/1/2/1_1.png", 404),
        ("/v2/radar/NOBODY/COLMAX/1763469600/256/7/41/76/2/1_1.png", 404),
        ("/v2/radar/CENTRE/COLMAX/1763469600/9999/7/41/76/2/1_1.png", 400),
        ("/v2/radar/CENTRE/COLMAX/-1/256/7/41/76/2/1_1.png", 400),
        ("/public/weather-maps.json?owner=NOBODY", 404),
        (f"/public/weather-maps.json?owner={WEST}&product=VIL", 404),
        (f"/public/weather-maps.json?owner={COMPOSITE}&product=RAIN", 200),
    ],
)
def test_what_there_is_not_is_said(path: str, status: int, url: str) -> None:
    answer = requests.get(url + path, timeout=LONG)
    assert answer.status_code == status
    if path.endswith("/7/0/0/2/1_1.png"):
        assert not picture(answer.content)[..., 3].any()
