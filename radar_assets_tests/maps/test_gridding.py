import numpy as np
import pytest
from pyproj import Geod, Transformer

from radar_assets.maps.grid import map_grid
from radar_assets.maps.gridding import equidistant, gridding
from radar_assets.radar.geometry import PolarGrid, slant_range
from radar_assets_tests.targets import SITES, each_site

WGS84 = Geod(ellps="WGS84")
each_crs = pytest.mark.parametrize("crs", ["EPSG:3857", "EPSG:4326"])
SMALL = PolarGrid(0.53, rays=360, gates=50, first_gate=1770, gate_size=360)


@pytest.fixture(autouse=True)
def _no_tables_in_memory():
    gridding.cache_clear()


def to_degrees(crs, x, y):
    return Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(x, y)


def from_degrees(crs, longitude, latitude):
    return Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(longitude, latitude)


def sample_pixels(grid, count=3000):
    """Random pixels: rows, columns, degrees east and north of their centres."""
    generator = np.random.default_rng(1)
    rows = generator.integers(grid.height, size=count)
    columns = generator.integers(grid.width, size=count)
    x = grid.west + (columns + 0.5) * grid.pixel
    y = grid.north - (rows + 0.5) * grid.pixel_height
    return rows, columns, *to_degrees(grid.crs, x, y)


def from_site(site, longitude, latitude):
    """Azimuth in degrees and distance in metres, by the geodesic."""
    origin = np.full_like(longitude, site.longitude), np.full_like(latitude, site.latitude)
    azimuth, _, distance = WGS84.inv(*origin, longitude, latitude)
    return azimuth % 360, distance


@each_site
@each_crs
def test_the_site_is_the_centre_of_a_pixel(site, crs):
    grid = map_grid(site, 240_000, 500, crs)
    x, y = from_degrees(crs, site.longitude, site.latitude)
    assert np.abs(grid.columns() - x).min() < 1e-6 * grid.pixel
    assert np.abs(grid.rows() - y).min() < 1e-6 * grid.pixel_height


@each_site
@each_crs
def test_a_pixel_at_the_site_spans_one_step_of_ground(site, crs):
    grid = map_grid(site, 240_000, 500, crs)
    x, y = from_degrees(crs, site.longitude, site.latitude)
    for dx, dy in ((grid.pixel, 0), (0, grid.pixel_height)):
        longitude, latitude = to_degrees(crs, [x + dx], [y + dy])
        _, distance = from_site(site, np.array(longitude), np.array(latitude))
        assert distance[0] == pytest.approx(500, rel=0.005)


def test_pixels_are_square_in_mercator_and_on_the_ground_in_degrees():
    mercator, degrees = (
        map_grid(SITES["RMA9"], 100_000, 500, crs) for crs in ("EPSG:3857", "EPSG:4326")
    )
    assert mercator.pixel == mercator.pixel_height
    assert degrees.pixel > 1.6 * degrees.pixel_height
    assert (mercator.crs, degrees.crs) == ("EPSG:3857", "EPSG:4326")


@each_site
@each_crs
def test_the_grid_is_the_smallest_around_the_whole_circle(site, crs):
    grid = map_grid(site, 480_000, 1000, crs)
    azimuths = np.arange(0, 360, 0.1)
    origin = np.full_like(azimuths, site.longitude), np.full_like(azimuths, site.latitude)
    longitude, latitude, _ = WGS84.fwd(*origin, azimuths, np.full_like(azimuths, 480_000))
    x, y = from_degrees(crs, longitude, latitude)
    west, south, east, north = grid.bounds
    margins = np.array([x.min() - west, east - x.max(), y.min() - south, north - y.max()])
    sizes = np.repeat([grid.pixel, grid.pixel_height], 2)
    assert (margins >= 0).all()
    assert (margins < 2 * sizes).all()
    assert grid.bounds_wgs84 == pytest.approx(
        [*to_degrees(crs, west, south), *to_degrees(crs, east, north)]
    )


@each_site
@each_crs
def test_interpolated_projection_equals_proj(site, crs):
    grid = map_grid(site, 480_000, 1000, crs)
    rows, columns, longitude, latitude = sample_pixels(grid)
    azimuth, distance = from_site(site, longitude, latitude)
    east, north = (values[rows, columns] for values in equidistant(site, grid))
    error = np.hypot(
        east - distance * np.sin(np.radians(azimuth)),
        north - distance * np.cos(np.radians(azimuth)),
    )
    assert error.max() < 0.2


@each_site
@each_crs
@pytest.mark.parametrize("row_centre", [0.0, 0.5])
def test_each_pixel_shows_the_gate_above_its_centre(site, row_centre, crs):
    polar = PolarGrid(0.53, 360, 653, 1770.0, 360.0, row_centre)
    table = gridding(site, polar, 500.0, None, crs)
    rows, columns, longitude, latitude = sample_pixels(table.grid)
    azimuth, distance = from_site(site, longitude, latitude)
    index = table.index[rows, columns]
    gate_position = (slant_range(distance, 0.53) - 1770) / 360
    metre = 1 / 360
    inside = (gate_position > metre) & (gate_position < 653 - metre)
    outside = (gate_position < -metre) | (gate_position > 653 + metre)
    assert (index[inside] >= 0).all()
    assert (index[outside] == -1).all()
    row, gate = np.divmod(index[inside], 653)
    assert np.abs(gate_position[inside] - (gate + 0.5)).max() <= 0.5 + metre
    turn = azimuth[inside] - (row + row_centre)
    across = ((turn + 180) % 360 - 180) * np.radians(1) * distance[inside]
    half_sector = np.radians(0.5) * distance[inside]
    assert (np.abs(across) <= half_sector + 1).all()


@each_crs
def test_the_map_is_neither_mirrored_nor_turned(crs):
    table = gridding(SITES["RMA11"], SMALL, 500.0, None, crs)
    azimuths = np.repeat(SMALL.azimuths()[:, None], SMALL.gates, axis=1).astype(np.float32)
    drawn = table.take(azimuths, fill=np.nan)
    middle_row, middle_column = table.grid.height // 2, table.grid.width // 2
    assert drawn[5, middle_column + 2] == pytest.approx(5, abs=4)
    assert drawn[middle_row, -5] == pytest.approx(90, abs=4)
    assert drawn[-5, middle_column] == pytest.approx(180, abs=4)
    assert drawn[middle_row, 5] == pytest.approx(270, abs=4)


@pytest.mark.parametrize(("dtype", "fill"), [(np.uint8, 0), (np.float32, np.nan), (np.int16, -7)])
def test_arrays_keep_their_type_and_take_the_fill_outside(dtype, fill):
    table = gridding(SITES["RMA11"], SMALL, 500.0)
    drawn = table.take(np.full((360, 50), 3, dtype=dtype), fill=fill)
    assert drawn.dtype == dtype
    assert drawn.shape == (table.grid.height, table.grid.width)
    np.testing.assert_array_equal(drawn[table.index < 0], np.array(fill, dtype=dtype))
    assert (drawn[table.index >= 0] == 3).all()


def test_tables_are_kept_on_disk(tmp_path):
    made = gridding(SITES["RMA11"], SMALL, 500.0, tmp_path)
    (file,) = tmp_path.iterdir()
    np.save(file, np.where(made.index < 0, -1, 7).astype(np.int32))
    gridding.cache_clear()
    assert gridding(SITES["RMA11"], SMALL, 500.0, tmp_path).index.max() == 7


def test_tables_of_other_geometries_have_other_names(tmp_path):
    steeper = PolarGrid(0.6, 360, 50, 1770, 360)
    gridding(SITES["RMA11"], SMALL, 500.0, tmp_path)
    gridding(SITES["RMA11"], SMALL, 600.0, tmp_path)
    gridding(SITES["RMA11"], steeper, 500.0, tmp_path)
    gridding(SITES["RMA3"], SMALL, 500.0, tmp_path)
    gridding(SITES["RMA3"], SMALL, 500.0, tmp_path, "EPSG:4326")
    assert len(list(tmp_path.iterdir())) == 5


def damage_by_cutting(file, index):
    file.write_bytes(file.read_bytes()[:-100])


def damage_by_emptying(file, index):
    file.write_bytes(b"")


def damage_by_garbage(file, index):
    file.write_bytes(b"not an array" * 99)


def damage_by_another_shape(file, index):
    np.save(file, index[:-1])


def damage_by_another_type(file, index):
    np.save(file, index.astype(np.int64))


def damage_by_impossible_gates(file, index):
    np.save(file, index + 1_000_000)


@pytest.mark.parametrize(
    "damage",
    [
        damage_by_cutting,
        damage_by_emptying,
        damage_by_garbage,
        damage_by_another_shape,
        damage_by_another_type,
        damage_by_impossible_gates,
    ],
)
def test_a_damaged_table_is_made_anew(tmp_path, damage):
    made = gridding(SITES["RMA11"], SMALL, 500.0, tmp_path)
    (file,) = tmp_path.iterdir()
    good = file.read_bytes()
    damage(file, made.index)
    gridding.cache_clear()
    again = gridding(SITES["RMA11"], SMALL, 500.0, tmp_path)
    np.testing.assert_array_equal(again.index, made.index)
    assert file.read_bytes() == good


def test_a_cache_that_cannot_be_written_does_no_harm(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    assert gridding(SITES["RMA11"], SMALL, 500.0, blocked).index.max() > 0
