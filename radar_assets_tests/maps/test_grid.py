"""Windows of one lattice, and squares around a site."""

import dataclasses

import pytest
from pyproj import Geod

from radar_assets.errors import ProductError
from radar_assets.maps.grid import MapGrid, covering, ground_step, map_grid, site_grid
from radar_assets_tests.targets import SITES, each_site

PIXEL = 611.5


def part(column, row, width=4, height=3, **changes):
    """A window of a lattice by its upper left pixel."""
    grid = MapGrid(
        west=-7_000_000 + column * PIXEL,
        north=-3_000_000 - row * PIXEL,
        pixel=PIXEL,
        pixel_height=PIXEL,
        step=520.0,
        width=width,
        height=height,
        crs="EPSG:3857",
    )
    return dataclasses.replace(grid, **changes)


def test_a_window_is_the_rows_and_columns_that_it_covers():
    assert part(0, 0, 10, 8).window(part(5, 2)) == (slice(2, 5), slice(5, 9))
    assert part(3, 1).window(part(3, 1)) == (slice(0, 3), slice(0, 4))


@pytest.mark.parametrize(
    "other",
    [
        part(-1, 0),
        part(0, -1),
        part(7, 0),
        part(0, 6),
        part(0, 0, 11),
        part(0.5, 0),
        part(0, 0.01),
        part(0, 0, crs="EPSG:4326"),
        part(0, 0, pixel=2 * PIXEL),
        part(0, 0, pixel_height=PIXEL * 1.001),
    ],
    ids=lambda grid: f"{grid.west:.0f} {grid.north:.0f} {grid.width} {grid.pixel:.0f} {grid.crs}",
)
def test_what_is_no_window_is_refused(other):
    with pytest.raises(ProductError, match="is no part of the map of 10 x 8 pixels"):
        part(0, 0, 10, 8).window(other)


def test_the_covering_grid_is_the_smallest_that_holds_all():
    parts = [part(5, 2), part(0, 7, 2, 2), part(3, 3, 1, 1)]
    whole = covering(parts)
    assert (whole.west, whole.north) == (parts[1].west, parts[0].north)
    assert whole.shape == (7, 9)
    assert whole.window(parts[1]) == (slice(5, 7), slice(0, 2))
    assert covering(parts[:1]) == parts[0]


def test_maps_of_two_radars_are_no_windows_of_one_lattice_yet():
    grids = [map_grid(SITES[name], 100_000, 500) for name in ("RMA3", "RMA9")]
    with pytest.raises(ProductError):
        covering(grids)


@each_site
@pytest.mark.parametrize("crs", ["EPSG:3857", "EPSG:4326"])
def test_the_step_of_a_pixel_is_found_again(site, crs):
    grid = map_grid(site, 100_000, 500, crs)
    assert ground_step(grid, site.latitude, site.longitude) == pytest.approx(500, rel=1e-9)


@each_site
def test_a_square_around_a_site_reaches_as_far_in_all_directions(site):
    grid = site_grid(site, 200_000, 1000)
    west, south, east, north = grid.bounds
    assert -west == -south == east == north == pytest.approx(212_000)
    assert (grid.shape, grid.pixel) == ((1000, 1000), pytest.approx(424))
    left, low, right, high = grid.bounds_wgs84
    corner = Geod(ellps="WGS84").inv(site.longitude, site.latitude, right, high)
    assert corner[2] == pytest.approx(212_000 * 2**0.5, rel=1e-6)
    assert corner[0] == pytest.approx(45, abs=1e-6)
    assert left < site.longitude
    assert low < site.latitude
