from datetime import timedelta

import numpy as np
import pytest
from pyproj import Geod

from radar_assets.simulator.storms import Scene, Weather
from radar_assets_tests.simulator.sites import CORDOBA, NOON, TERMAS

GRID = np.arange(-150_000, 150_000, 1000, dtype=np.float32)
LEVEL = np.float32(3000)


def scene(weather: Weather, minutes: float = 0, site=CORDOBA) -> Scene:
    return weather.scene(site.latitude, site.longitude, NOON + timedelta(minutes=minutes))


def level(weather: Weather, minutes: float = 0) -> np.ndarray:
    return scene(weather, minutes).reflectivity(GRID[None, :], GRID[:, None], LEVEL)


def test_weather_is_a_function_of_seed_place_and_time():
    assert np.array_equal(level(Weather(1)), level(Weather(1)))
    assert not np.array_equal(level(Weather(1)), level(Weather(2)))
    assert not np.array_equal(level(Weather(1)), level(Weather(1), 10))


@pytest.mark.parametrize("hours", range(0, 48, 5))
@pytest.mark.parametrize("site", [CORDOBA, TERMAS], ids=lambda site: site.radar)
def test_there_are_always_storms_around_a_radar(hours, site):
    wide = np.arange(-230_000, 230_000, 2000, dtype=np.float32)
    found = scene(Weather(3), 60 * hours, site).reflectivity(wide[None, :], wide[:, None], LEVEL)
    assert found.max() > 35
    assert 0.02 < (found > 0).mean() < 0.5


def test_a_storm_fades_with_height():
    weather = scene(Weather(1))
    heights = np.array([3000, 16000], np.float32)[:, None, None]
    low, high = weather.reflectivity(GRID[None, None, :], GRID[None, :, None], heights)
    assert low.max() > 40
    assert high.max() < 0


@pytest.mark.parametrize("wind", [(14.0, 4.0), (-8.0, 12.0)])
def test_cells_move_with_the_wind(wind):
    weather, minutes = Weather(5, wind), 10
    seconds = 60 * minutes
    before = {patch.cell: (patch.x, patch.y) for patch in scene(weather).patches}
    after = {patch.cell: (patch.x, patch.y) for patch in scene(weather, minutes).patches}
    both = before.keys() & after.keys()
    moved = np.mean([np.subtract(after[cell], before[cell]) / seconds for cell in both], axis=0)
    assert len(both) > 50
    assert moved == pytest.approx(wind, abs=0.3)


@pytest.mark.parametrize("wind", [(15.0, 0.0), (-9.0, 12.0)])
def test_the_echo_pattern_moves_with_the_wind(wind):
    weather, minutes = Weather(5, wind), 5
    before, after = (np.maximum(level(weather, m), 0) for m in (0, minutes))
    spectrum = np.fft.rfft2(after) * np.conj(np.fft.rfft2(before))
    correlation = np.fft.irfft2(spectrum, before.shape)
    north, east = np.unravel_index(correlation.argmax(), correlation.shape)
    shift = (np.array([east, north]) + 150) % 300 - 150
    assert shift == pytest.approx(np.array(wind) * 60 * minutes / 1000, abs=1.5)


def test_the_weather_is_the_same_from_every_site():
    rows, columns = np.linspace(-31.3, -27.5, 400), np.linspace(-65.5, -63.5, 200)
    time = NOON + timedelta(minutes=7)
    truth = Weather(2).reflectivity(rows, columns, 3000, time)
    assert truth.shape == (400, 200)
    assert 0.02 < (truth > 0).mean() < 0.9
    for site in (CORDOBA, TERMAS):
        seen = scene(Weather(2), 7, site)
        x, y = seen.plane(rows, columns)
        points = seen.reflectivity(x[None, :], y[:, None], LEVEL)
        echo = (truth > -15) | (points > -15)
        assert np.abs(points - truth)[echo].max() < 0.2


def test_rays_are_geodesics():
    azimuth = np.arange(0.5, 360, dtype=np.float32)
    distance = np.linspace(2000, 230_000, 300, dtype=np.float32)
    weather = scene(Weather(1))
    x, y = weather.rays(azimuth, distance)
    turns, lengths = np.meshgrid(azimuth, distance, indexing="ij")
    start = np.full(turns.shape, CORDOBA.longitude), np.full(turns.shape, CORDOBA.latitude)
    longitude, latitude, _ = Geod(ellps="WGS84").fwd(*start, turns, lengths)
    true_x, true_y = weather.plane(latitude, longitude)
    assert np.hypot(x - true_x, y - true_y).max() < 1


def test_a_sweep_equals_its_points():
    weather = scene(Weather(4))
    azimuth = np.arange(0.5, 360, dtype=np.float32)
    distance = np.arange(2000, 230_000, 720, dtype=np.float32)
    height = np.float32(500) + distance * np.float32(0.02)
    sweep = weather.sweep(azimuth, distance, height)
    points = weather.reflectivity(*weather.rays(azimuth, distance), height)
    echo = (points > -15) | (sweep > -15)
    assert echo.mean() > 0.05
    assert np.allclose(sweep[echo], points[echo], atol=0.01)


def test_winds_grow_and_veer_with_height():
    east, north = Weather(wind=(10.0, 0.0)).winds(np.array([0, 2000, 10_000], np.float32))
    assert (np.diff(np.hypot(east, north)) > 0).all()
    assert (east[1], north[1]) == pytest.approx((10, 0))
    assert north[2] < 0
