from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from radar_assets.accumulation.gauges import (
    LEAST_GAUGES,
    MAX_FACTOR,
    Bias,
    Gauge,
    adjusted,
    mean_field_bias,
    read_gauges,
)
from radar_assets.errors import ProductError
from radar_assets.maps.grid import WGS84, MapGrid, transformer
from radar_assets_tests.accumulation.rasters import NOON, cells, raster

SHAPE = (200, 300)


@pytest.fixture
def rain() -> np.ndarray:
    """A day's rain: wide cells of up to 50 mm."""
    places = [(60, 60), (150, 120), (240, 70), (90, 160)]
    return np.maximum(cells(SHAPE, *places, radius=30), 0).astype(np.float32)


@pytest.fixture
def grid(rain: np.ndarray) -> MapGrid:
    return raster(rain).grid


def gauges_in(rain: np.ndarray, grid: MapGrid, factor: float, count: int = 40) -> list[Gauge]:
    """Gauges at random pixels that measure `factor` times the rain, 10 % more or less."""
    rng = np.random.default_rng(6)
    found = []
    for index in range(count):
        row, column = rng.integers(5, SHAPE[0] - 5), rng.integers(5, SHAPE[1] - 5)
        place = transformer(grid.crs, WGS84).transform(grid.columns()[column], grid.rows()[row])
        amount = float(rain[row, column]) * factor * rng.uniform(0.9, 1.1)
        found.append(Gauge(f"G{index}", place[1], place[0], NOON, amount))
    return found


@pytest.mark.parametrize("factor", [0.5, 1.0, 1.7, 3.0])
def test_a_known_bias_is_found_and_removed(rain: np.ndarray, grid: MapGrid, factor: float):
    gauges = gauges_in(rain, grid, factor)
    bias = mean_field_bias(rain, grid, gauges, NOON)
    assert bias.factor == pytest.approx(factor, rel=0.05)
    assert len(bias.stations) >= LEAST_GAUGES
    better = adjusted(rain, bias)
    assert better.dtype == np.float32
    again = mean_field_bias(better, grid, gauges, NOON)
    assert again.factor == pytest.approx(1, abs=0.02)


def test_too_few_gauges_change_nothing(rain: np.ndarray, grid: MapGrid):
    wet = [gauge for gauge in gauges_in(rain, grid, 2.0) if gauge.amount > 10]
    few = mean_field_bias(rain, grid, wet[: LEAST_GAUGES - 1], NOON)
    assert few == Bias(1.0, tuple(gauge.station for gauge in wet[: LEAST_GAUGES - 1]))
    assert mean_field_bias(rain, grid, wet[:LEAST_GAUGES], NOON).factor > 1.5


def test_gauges_of_other_times_over_nodata_and_off_the_map_do_not_count(
    rain: np.ndarray, grid: MapGrid
):
    gauges = [gauge for gauge in gauges_in(rain, grid, 2.0) if gauge.amount > 5]
    known = mean_field_bias(rain, grid, gauges, NOON)
    wrong = [replace(gauge, amount=500.0, station="wrong") for gauge in gauges]
    later = [replace(gauge, time=NOON + timedelta(hours=1)) for gauge in wrong]
    away = [replace(gauge, latitude=-60.0) for gauge in wrong]
    dry = [replace(gauge, amount=0.0) for gauge in wrong]
    assert mean_field_bias(rain, grid, [*gauges, *later, *away, *dry], NOON) == known
    rain[:] = np.nan
    assert mean_field_bias(rain, grid, gauges, NOON) == Bias(1.0, ())
    assert np.isnan(adjusted(rain, Bias(2.0, ()))).all()


def test_a_bias_is_bounded(rain: np.ndarray, grid: MapGrid):
    assert mean_field_bias(rain, grid, gauges_in(rain, grid, 20), NOON).factor == MAX_FACTOR
    low = mean_field_bias(10 * rain, grid, gauges_in(rain, grid, 1), NOON)
    assert low.factor == 1 / MAX_FACTOR


def test_a_table_is_read(tmp_path: Path):
    path = tmp_path / "gauges.csv"
    path.write_text(
        "station,latitude,longitude,time,mm,note\n"
        "87344,-31.3,-64.2,2025-11-18T12:00:00Z,12.5,\n"
        "87345,-31.4,-64.1,2025-11-18T09:00:00-03:00,0,x\n"
        "87346,-31.5,-64.0,2025-11-18T12:00,3.25,\n"
    )
    gauges = read_gauges(path)
    assert [gauge.station for gauge in gauges] == ["87344", "87345", "87346"]
    assert {gauge.time for gauge in gauges} == {NOON}
    assert [gauge.amount for gauge in gauges] == [12.5, 0, 3.25]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("87344,-31.3,-64.2,2025-11-18T12:00Z,", "line 2: could not convert"),
        ("87344,-31.3,-64.2,2025-11-18T12:00Z,nan", "leave out gauges without a value"),
        ("87344,-31.3,-64.2,2025-11-18T12:00Z,-1", "-1.0 mm is no amount"),
        ("87344,-131,-64.2,2025-11-18T12:00Z,1", "no place in degrees"),
        ("87344,-31.3,-64.2,noon,1", "line 2: Invalid isoformat"),
        ("87344,-31.3", "line 2"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, fault: str):
    path = tmp_path / "gauges.csv"
    path.write_text(f"station,latitude,longitude,time,mm\n{line}\n")
    with pytest.raises(ProductError, match=fault):
        read_gauges(path)


def test_a_table_without_a_column_or_a_file_is_named(tmp_path: Path):
    path = tmp_path / "gauges.csv"
    path.write_text("station,lat,lon,time,mm\n")
    with pytest.raises(ProductError, match=r"gauges\.csv lacks the columns latitude, longitude"):
        read_gauges(path)
    with pytest.raises(ProductError, match=r"none\.csv is no readable table"):
        read_gauges(tmp_path / "none.csv")
