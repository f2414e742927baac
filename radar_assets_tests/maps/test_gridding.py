import numpy as np
import pytest
from pyproj import Geod, Transformer

from radar_assets.maps.grid import ALIGNMENT, map_grid
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
    y = grid.north - (rows + 0.5) * grid.pixel
    return rows, columns, *to_degrees(grid.crs, x, y)


def from_site(site, longitude, latitude):
    """Azimuth in degrees and distance in metres, by the geodesic."""
    origin = np.full_like(longitude, site.longitude), np.full_like(latitude, site.latitude)
    azimuth, _, distance = WGS84.inv(*origin, longitude, latitude)
    return azimuth % 360, distance


@each_site
@each_crs
def test_the_grid_is_the_smallest_around_the_whole_circle(site, crs):
    grid = map_grid(site, 480_000, 7, crs)
    azimuths = np.arange(0, 360, 0.1)
    origin = np.full_like(azimuths, site.longitude), np.full_like(azimuths, site.latitude)
    longitude, latitude, _ = WGS84.fwd(*origin, azimuths, np.full_like(azimuths, 480_000))
    x, y = from_degrees(crs, longitude, latitude)
    west, south, east, north = grid.bounds
    margins = np.array([x.min() - west, east - x.max(), y.min() - south, north - y.max()])
    assert (margins >= 0).all()
    assert (margins < ALIGNMENT * grid.pixel).all()
    assert {edge % ALIGNMENT for edge in (grid.column, grid.row, *grid.shape)} == {0}
    assert grid.bounds_wgs84 == pytest.approx(
        [*to_degrees(crs, west, south), *to_degrees(crs, east, north)]
    )


@each_site
@each_crs
def test_interpolated_projection_equals_proj(site, crs):
    grid = map_grid(site, 480_000, 7, crs)
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
    table = gridding(site, polar, 8, None, crs)
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
    table = gridding(SITES["RMA11"], SMALL, 8, None, crs)
    azimuths = np.repeat(SMALL.azimuths()[:, None], SMALL.gates, axis=1).astype(np.float32)
    drawn = table.take(azimuths, fill=np.nan)
    site_x, site_y = from_degrees(crs, SITES["RMA11"].longitude, SITES["RMA11"].latitude)
    row = np.abs(table.grid.rows() - site_y).argmin()
    column = np.abs(table.grid.columns() - site_x).argmin()
    far = 30
    assert drawn[row - far, column + 2] == pytest.approx(4, abs=4)
    assert drawn[row, column + far] == pytest.approx(90, abs=4)
    assert drawn[row + far, column] == pytest.approx(180, abs=4)
    assert drawn[row, column - far] == pytest.approx(270, abs=4)


@each_site
@each_crs
def test_the_greatest_gate_above_each_pixel_is_drawn(site, crs):
    polar = PolarGrid(0.53, 360, 200, 1770.0, 120.0)
    table = gridding(site, polar, 8, None, crs)
    values = np.random.default_rng(2).uniform(0, 60, (360, 200)).astype(np.float32)
    values[values < 5] = -np.inf
    values[values > 58] = np.nan
    origin = (np.full((360, 200), getattr(site, name)) for name in ("longitude", "latitude"))
    azimuth = np.broadcast_to(polar.azimuths()[:, None], (360, 200))
    distance = np.broadcast_to(polar.ground_distances(), (360, 200))
    x, y = from_degrees(crs, *WGS84.fwd(*origin, azimuth, distance)[:2])
    column = ((x - table.grid.west) / table.grid.pixel).astype(int)
    row = ((table.grid.north - y) / table.grid.pixel).astype(int)
    expected = table.take(values, np.nan)
    for place in zip(row.ravel(), column.ravel(), values.ravel(), strict=True):
        expected[place[:2]] = np.fmax(expected[place[:2]], place[2])
    drawn = table.greatest(values)
    np.testing.assert_array_equal(drawn, expected)
    assert np.sort(drawn[np.isfinite(drawn)])[-1] == values[np.isfinite(values)].max()


@pytest.mark.parametrize(("dtype", "fill"), [(np.uint8, 0), (np.float32, np.nan), (np.int16, -7)])
def test_arrays_keep_their_type_and_take_the_fill_outside(dtype, fill):
    table = gridding(SITES["RMA11"], SMALL, 8)
    drawn = table.take(np.full((360, 50), 3, dtype=dtype), fill=fill)
    assert drawn.dtype == dtype
    assert drawn.shape == (table.grid.height, table.grid.width)
    np.testing.assert_array_equal(drawn[table.index < 0], np.array(fill, dtype=dtype))
    assert (drawn[table.index >= 0] == 3).all()


def test_tables_are_kept_on_disk(tmp_path):
    made = gridding(SITES["RMA11"], SMALL, 8, tmp_path)
    (file,) = tmp_path.iterdir()
    changed = np.where(made.index < 0, -1, 7).astype(np.int32)
    np.savez(file, index=changed, pixel=made.pixel)
    gridding.cache_clear()
    assert gridding(SITES["RMA11"], SMALL, 8, tmp_path).index.max() == 7


def test_tables_of_other_geometries_have_other_names(tmp_path):
    steeper = PolarGrid(0.6, 360, 50, 1770, 360)
    gridding(SITES["RMA11"], SMALL, 8, tmp_path)
    gridding(SITES["RMA11"], SMALL, 7, tmp_path)
    gridding(SITES["RMA11"], steeper, 8, tmp_path)
    gridding(SITES["RMA3"], SMALL, 8, tmp_path)
    gridding(SITES["RMA3"], SMALL, 8, tmp_path, "EPSG:4326")
    assert len(list(tmp_path.iterdir())) == 5


def damage_by_cutting(file, made):
    file.write_bytes(file.read_bytes()[:-100])


def damage_by_emptying(file, made):
    file.write_bytes(b"")


def damage_by_garbage(file, made):
    file.write_bytes(b"not an array" * 99)


def damage_by_an_array(file, made):
    with file.open("wb") as stream:
        np.save(stream, made.index)


def damage_by_leaving_one_out(file, made):
    np.savez(file, index=made.index)


def damage_by_another_shape(file, made):
    np.savez(file, index=made.index[:-1], pixel=made.pixel)


def damage_by_another_type(file, made):
    np.savez(file, index=made.index, pixel=made.pixel.astype(np.int64))


def damage_by_impossible_gates(file, made):
    np.savez(file, index=made.index + 1_000_000, pixel=made.pixel)


def damage_by_impossible_pixels(file, made):
    np.savez(file, index=made.index, pixel=made.pixel - 1_000_000)


@pytest.mark.parametrize(
    "damage",
    [
        damage_by_cutting,
        damage_by_emptying,
        damage_by_garbage,
        damage_by_an_array,
        damage_by_leaving_one_out,
        damage_by_another_shape,
        damage_by_another_type,
        damage_by_impossible_gates,
        damage_by_impossible_pixels,
    ],
)
def test_a_damaged_table_is_made_anew(tmp_path, damage):
    made = gridding(SITES["RMA11"], SMALL, 8, tmp_path)
    (file,) = tmp_path.iterdir()
    good = file.read_bytes()
    damage(file, made)
    gridding.cache_clear()
    again = gridding(SITES["RMA11"], SMALL, 8, tmp_path)
    np.testing.assert_array_equal(again.index, made.index)
    np.testing.assert_array_equal(again.pixel, made.pixel)
    assert file.read_bytes() == good


def test_a_cache_that_cannot_be_written_does_no_harm(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    assert gridding(SITES["RMA11"], SMALL, 8, blocked).index.max() > 0
