"""Windows of one lattice, and squares around a site."""

import dataclasses

import pytest
from pyproj import Geod

from radar_assets.errors import ProductError
from radar_assets.maps.grid import MapGrid, covering, map_grid, pixel_size, window_at
from radar_assets.maps.site_grid import site_grid
from radar_assets_tests.targets import SITES, each_site


def part(column, row, width=4, height=3, **changes):
    """A window of the lattice by its upper left pixel."""
    grid = MapGrid(zoom=8, column=column, row=row, width=width, height=height, crs="EPSG:3857")
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
        part(0, 0, crs="EPSG:4326"),
        part(0, 0, zoom=7),
    ],
    ids=str,
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


@pytest.mark.parametrize("crs", ["EPSG:3857", "EPSG:4326"])
def test_maps_of_all_radars_are_windows_of_one_lattice(crs):
    grids = [map_grid(site, 100_000, 8, crs) for site in SITES.values()]
    whole = covering(grids)
    for grid in grids:
        rows, columns = whole.window(grid)
        assert whole.rows()[rows] == pytest.approx(grid.rows(), rel=1e-12)
        assert whole.columns()[columns] == pytest.approx(grid.columns(), rel=1e-12)


@pytest.mark.parametrize("crs", ["EPSG:3857", "EPSG:4326"])
def test_the_lattice_is_that_of_web_maps(crs):
    world = MapGrid(zoom=3, column=0, row=0, width=2048, height=2048, crs=crs)
    edges = {"EPSG:3857": (20037508.342789244, 20037508.342789244), "EPSG:4326": (180.0, 90.0)}
    assert (-world.west, world.north) == pytest.approx(edges[crs], rel=1e-12)
    assert world.bounds[2] == pytest.approx(edges[crs][0], rel=1e-12)
    assert pixel_size(8) == pytest.approx(611.4962, abs=1e-4)
    assert pixel_size(8, "EPSG:4326") == 360 / 65536


@pytest.mark.parametrize("crs", ["EPSG:3857", "EPSG:4326"])
def test_a_zoom_less_has_the_same_edges(crs):
    grid = map_grid(SITES["RMA3"], 240_000, 8, crs)
    for zoom in (7, 6, 5, 4):
        edges = grid.bounds
        grid = grid.coarser
        assert (grid.zoom, grid.bounds) == (zoom, pytest.approx(edges, rel=1e-12))
    with pytest.raises(ProductError, match="no map of zoom 2"):
        dataclasses.replace(grid, zoom=3, column=1).coarser  # noqa: B018


def test_grids_share_a_window_or_none():
    assert part(0, 0, 10, 8).common(part(5, 2, 10, 8)) == part(5, 2, 5, 6)
    assert part(0, 0, 10, 8).common(part(10, 2)) is None


def test_a_map_of_too_many_pixels_is_refused():
    with pytest.raises(ProductError, match="take a lower zoom"):
        map_grid(SITES["RMA3"], 480_000, 10)


@each_site
@pytest.mark.parametrize("crs", ["EPSG:3857", "EPSG:4326"])
def test_the_step_of_a_pixel_is_its_height_on_the_ground(site, crs):
    grid = map_grid(site, 100_000, 8, crs)
    west, south, _, north = grid.bounds_wgs84
    middle = (south + north) / 2
    pixel = (north - south) / grid.height
    distance = Geod(a=6_371_000, b=6_371_000).inv(west, middle, west, middle + pixel)[2]
    assert grid.step == pytest.approx(distance, rel=0.005)


@pytest.mark.parametrize("crs", ["EPSG:3857", "EPSG:4326"])
def test_a_window_is_found_by_its_corner(crs):
    grid = map_grid(SITES["RMA3"], 240_000, 8, crs)
    assert window_at(grid.west, grid.north, grid.pixel, grid.shape, crs) == grid
    for west, pixel in ((grid.west + 0.3 * grid.pixel, grid.pixel), (grid.west, grid.pixel * 1.01)):
        with pytest.raises(ProductError, match="no window of the lattice"):
            window_at(west, grid.north, pixel, grid.shape, crs)


@each_site
def test_a_square_around_a_site_reaches_as_far_in_all_directions(site):
    grid = site_grid(site, 200_000, 1000)
    west, south, east, north = grid.bounds
    assert -west == -south == east == north == pytest.approx(212_000)
    assert (grid.shape, grid.pixel) == ((1000, 1000), pytest.approx(424))
