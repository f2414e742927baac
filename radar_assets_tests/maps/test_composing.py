"""Maps of radars become one: who prevails at a pixel, and how well a beam sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from pyproj import Geod, Transformer

from radar_assets.errors import ProductError
from radar_assets.maps.beams import HALF_LIFE, HEIGHT, LENGTH, ageing, beam_quality
from radar_assets.maps.composing import Composed, Mosaic, Part, compose
from radar_assets.maps.description import Description
from radar_assets.maps.grid import MapGrid, map_grid
from radar_assets.maps.palettes import palette
from radar_assets.maps.raster import Raster
from radar_assets.radar.volume import Site
from radar_assets_tests.targets import SITES, each_site

N, U = np.nan, -np.inf
ABOUT = Description(
    name="RMA11",
    time=datetime(2025, 11, 18, tzinfo=UTC),
    product="COLMAX",
    title="",
    units="dBZ",
    field="DBZH",
    filtered=True,
    sites={},
    sources={},
)
GRID = MapGrid(zoom=7, column=0, row=0, width=2, height=1, crs="EPSG:3857")


def part(values: Sequence[float], quality: float, source: int = 1, column: int = 0) -> Part:
    """A row of pixels of one quality, from a column on."""
    grid = replace(GRID, column=column, width=len(values))
    raster = Raster(np.float32([values]), grid, palette("colmax"), ABOUT)
    return Part(raster, np.full(grid.shape, quality, np.float32), source)


def made(rule: Composed, *parts: Part, grid: MapGrid = GRID) -> Mosaic:
    return compose(iter(parts), grid, rule)


@pytest.mark.parametrize("is_turned", [False, True])
@pytest.mark.parametrize(
    ("better", "worse", "best", "maximum"),
    [
        (N, N, N, N),
        (N, U, U, U),
        (U, N, U, U),
        (U, U, U, U),
        (N, 20, 20, 20),
        (20, N, 20, 20),
        (U, 20, U, 20),
        (20, U, 20, 20),
        (10, 20, 10, 20),
        (20, 10, 20, 20),
    ],
)
def test_the_table_of_nodata_undetect_and_echo(
    *, better: float, worse: float, best: float, maximum: float, is_turned: bool
) -> None:
    parts = [part([better] * 2, 80, source=1), part([worse] * 2, 40, source=2)]
    ordered = parts[::-1] if is_turned else parts
    expected = {Composed.BEST: best, Composed.MAXIMUM: maximum}
    for rule, value in expected.items():
        mosaic = made(rule, *ordered)
        np.testing.assert_array_equal(mosaic.values, np.float32([[value] * 2]))
        judged = 0 if np.isnan([better, worse]).all() else 40 if np.isnan(better) else 80
        assert (mosaic.quality == judged).all()
        assert (mosaic.source == {0: 0, 80: 1, 40: 2}[judged]).all()


@pytest.mark.parametrize("rule", Composed)
def test_one_radar_alone_is_itself(rule: Composed) -> None:
    mosaic = made(rule, part([N, 30], 50, source=7))
    np.testing.assert_array_equal(mosaic.values, np.float32([[N, 30]]))
    assert mosaic.source.tolist() == [[0, 7]]


@pytest.mark.parametrize("rule", Composed)
def test_disjoint_radars_are_united(rule: Composed) -> None:
    grid = replace(GRID, width=5)
    mosaic = made(rule, part([10, 20], 50), part([30, U], 20, 2, column=3), grid=grid)
    np.testing.assert_array_equal(mosaic.values, np.float32([[10, 20, N, 30, U]]))
    assert mosaic.source.tolist() == [[1, 1, 0, 2, 2]]


@pytest.mark.parametrize("rule", Composed)
def test_what_lies_outside_of_the_composite_or_does_not_count_is_left_out(rule: Composed) -> None:
    mosaic = made(rule, part([1, 2, 3], 50, column=-1), part([4], 90, column=9), part([9, 9], 0))
    np.testing.assert_array_equal(mosaic.values, np.float32([[2, 3]]))


@pytest.mark.parametrize(
    "grid", [replace(GRID, zoom=8), replace(GRID, crs="EPSG:4326"), replace(GRID, zoom=8, row=900)]
)
def test_maps_of_another_zoom_or_system_are_refused_wherever_they_are(grid: MapGrid) -> None:
    other = part([1, 2], 50)
    wrong = replace(other, raster=replace(other.raster, grid=grid))
    with pytest.raises(ProductError, match="no part of the map"):
        made(Composed.BEST, wrong)


@each_site
def test_quality_falls_with_distance_and_height(site: Site) -> None:
    grid = map_grid(site, 240_000, 7)
    quality = beam_quality(site, grid, 0.5, 0.0, 240_000.0)
    azimuth = np.full(4, 70.0)
    distance = np.array([1_000.0, 50_000.0, 150_000.0, 239_000.0])
    place = Geod(ellps="WGS84").fwd(
        np.full(4, site.longitude), np.full(4, site.latitude), azimuth, distance
    )
    x, y = Transformer.from_crs(4326, 3857, always_xy=True).transform(*place[:2])
    column = ((x - grid.west) / grid.pixel).astype(int)
    row = ((grid.north - y) / grid.pixel).astype(int)
    # 4/3 earth, by its parabola
    height = distance * np.sin(np.radians(0.5)) + distance**2 / (2 * 8_494_666.7)
    expected = 100 * np.exp(-((distance / LENGTH) ** 2) - (height / HEIGHT) ** 2)
    assert quality[row, column] == pytest.approx(expected, abs=1.5)
    assert quality[0, 0] == 0


def test_a_beam_counts_between_two_distances() -> None:
    site = SITES["RMA11"]
    grid = map_grid(site, 240_000, 6)
    whole = beam_quality(site, grid, 0.5, 0.0, 240_000.0)
    inner = beam_quality(site, grid, 0.5, 0.0, 120_000.0)
    outer = beam_quality(site, grid, 0.5, 120_000.0, 240_000.0)
    np.testing.assert_array_equal(np.maximum(inner, outer), whole)
    assert ((inner > 0) & (outer > 0)).sum() == 0
    assert 2.9 < (outer > 0).sum() / (inner > 0).sum() < 3.2


def test_quality_ages() -> None:
    assert ageing(timedelta()) == 1
    assert ageing(HALF_LIFE) == 0.5
    assert ageing(-HALF_LIFE) == 1
