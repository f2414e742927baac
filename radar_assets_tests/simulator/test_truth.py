"""One truth, seen by radars that overlap: storms are where they are on every map."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from radar_assets.maps.grid import MapGrid
from radar_assets.maps.gridding import map_raster
from radar_assets.maps.raster import Raster
from radar_assets.products import product
from radar_assets.radar.assembly import assemble
from radar_assets.radar.names import BufrName, VolumeId
from radar_assets.simulator.flaws import Flaws, flaws_of
from radar_assets.simulator.scan import REFLECTIVITY_SCAN, Site, scan_volume
from radar_assets.simulator.storms import Weather
from radar_assets.simulator.truth import column_maximum, reflectivity
from radar_assets_tests.simulator.sites import CORDOBA, NOON

WEATHER = Weather(2)
EAST = Site("RMA2", -31.9, -62.0, 120)
"""a radar 210 km from that of Cordoba"""


@cache
def colmax(site: Site, flaws: Flaws) -> Raster:
    fields = scan_volume(site, REFLECTIVITY_SCAN.coarser(2), NOON, WEATHER, flaws=flaws)
    identity = VolumeId(site.radar, "0315", "01", NOON)
    volume = assemble({BufrName(identity, name): field for name, field in fields.items()})
    return map_raster(product("COLMAXo").layer(volume))


@pytest.fixture(scope="module")
def common() -> MapGrid:
    """Middle of what both radars see, beyond their clutter."""
    grids = [colmax(site, Flaws()).grid for site in (CORDOBA, EAST)]
    whole = grids[0].common(grids[1])
    assert whole is not None
    return MapGrid(
        zoom=whole.zoom,
        column=whole.column + 120,
        row=whole.row + 64,
        width=whole.width - 240,
        height=whole.height - 128,
        crs=whole.crs,
    )


def seen(site: Site, grid: MapGrid, flaws: Flaws = Flaws()) -> np.ndarray:  # noqa: B008
    raster = colmax(site, flaws)
    return raster.values[raster.grid.window(grid)]


def drift(one: np.ndarray, other: np.ndarray) -> tuple[int, int]:
    """Pixels by which one pattern is moved against another."""
    spectrum = np.fft.rfft2(np.maximum(other, 0)) * np.conj(np.fft.rfft2(np.maximum(one, 0)))
    peak = np.unravel_index(np.fft.irfft2(spectrum, one.shape).argmax(), one.shape)
    rows, columns = (
        int((place + size // 2) % size - size // 2)
        for place, size in zip(peak, one.shape, strict=True)
    )
    return rows, columns


def test_two_radars_and_the_truth_agree_where_storms_are(common: MapGrid):
    pictures = [seen(CORDOBA, common), seen(EAST, common)]
    both = (pictures[0] > 20) & (pictures[1] > 20)
    assert both.sum() > 3000
    assert np.corrcoef(pictures[0][both], pictures[1][both])[0, 1] > 0.85
    assert abs(np.median(pictures[0][both] - pictures[1][both])) < 1
    truth = np.where(both, column_maximum(WEATHER, common, NOON), 0)
    masked = [np.where(both, picture, 0) for picture in pictures]
    assert max(map(abs, drift(*masked))) <= 1
    assert max(map(abs, drift(masked[0], truth))) <= 2
    assert max(map(abs, drift(masked[1], truth))) <= 2
    for picture in pictures:
        assert np.corrcoef(picture[both], truth[both])[0, 1] > 0.85
        assert np.median(np.abs(picture[both] - truth[both])) < 2


def test_each_radar_errs_in_its_own_way(common: MapGrid):
    pictures = {
        site: seen(site, common, Flaws(calibration=flaws_of(site.radar).calibration))
        for site in (CORDOBA, EAST)
    }
    both = (pictures[CORDOBA] > 20) & (pictures[EAST] > 20)
    apart = [flaws_of(site.radar).calibration for site in pictures]
    found = np.median(pictures[CORDOBA][both] - pictures[EAST][both])
    right = np.median(seen(CORDOBA, common)[both] - seen(EAST, common)[both])
    assert abs(apart[0] - apart[1]) > 0.5
    assert found - right == pytest.approx(apart[0] - apart[1], abs=0.5)


def test_the_truth_on_a_map_is_that_at_its_points(common: MapGrid):
    whole = reflectivity(WEATHER, common, NOON, 3000)
    assert whole.shape == common.shape
    part = MapGrid(
        zoom=common.zoom,
        column=common.column + 32,
        row=common.row + 48,
        width=64,
        height=96,
        crs=common.crs,
    )
    inner = reflectivity(WEATHER, part, NOON, 3000)
    window = whole[common.window(part)]
    assert (window > 0).any()
    echo = (window > -15) | (inner > -15)
    assert np.abs(window - inner)[echo].max() < 0.2
    assert not np.array_equal(whole, reflectivity(Weather(3), common, NOON, 3000))


def test_the_highest_of_a_column_is_nowhere_below_a_level(common: MapGrid):
    highest = column_maximum(WEATHER, common, NOON)
    for height in (1000, 5000):
        assert (highest >= reflectivity(WEATHER, common, NOON, height)).all()
