import math

import numpy as np
import pytest

from radar_assets.products import product
from radar_assets_tests.samples import TRUNCATED, sample_volume
from radar_assets_tests.volumes import constant, make_volume, noise

RADIUS = 4 / 3 * 6_371_000


def column_maximum(volume):
    return product("COLMAXo").layer(volume).polar


def ground(slant, elevation):
    """4/3 earth by the angle at its centre, unlike the code under test."""
    angle = math.radians(elevation)
    return RADIUS * math.atan2(slant * math.cos(angle), RADIUS + slant * math.sin(angle))


def gate_at(volume, sweep, distance):
    """Nearest gate in ground distance, by looking at all; None beyond either end."""
    edges = [
        ground(volume.first_gate + k * volume.gate_size, sweep.elevation)
        for k in range(sweep.gates + 1)
    ]
    if not edges[0] <= distance < edges[-1]:
        return None
    centres = (
        ground(volume.first_gate + (k + 0.5) * volume.gate_size, sweep.elevation)
        for k in range(sweep.gates)
    )
    return min(enumerate(centres), key=lambda pair: abs(pair[1] - distance))[0]


def ray_at(volume, sweep, azimuth):
    """Nearest ray in azimuth, by looking at all, in acquisition order."""

    def apart(ray):
        row = (sweep.first_ray + ray) % sweep.rays
        turn = (row + volume.row_centre) * 360 / sweep.rays - azimuth
        return abs((turn + 180) % 360 - 180)

    return min(range(sweep.rays), key=apart)


def brute_force(volume, field, azimuth, distance):
    """Value of a cell: the greatest echo, else undetect, else nodata."""
    found = []
    for index, sweep in enumerate(volume.sweeps):
        gate = gate_at(volume, sweep, distance)
        if gate is not None:
            found.append(volume.sweep_values(field, index)[ray_at(volume, sweep, azimuth), gate])
    echoes = [value for value in found if math.isfinite(value)]
    if echoes:
        return max(echoes)
    return -math.inf if any(value == -math.inf for value in found) else math.nan


@pytest.mark.parametrize("row_centre", [0.0, 0.5])
@pytest.mark.parametrize("rays", [360, [360, 180, 720]])
def test_each_cell_equals_brute_force(rays, row_centre):
    volume = make_volume(
        {"DBZH": noise(3, nodata=0.5, undetect=0.4)},
        elevations=(0.53, 4.0, 29.71),
        rays=rays,
        gates=[120, 120, 80],
        first_rays=[161, 67, 299 if rays == 360 else 555],
        first_gate=1770.0,
        row_centre=row_centre,
    )
    polar = column_maximum(volume)
    assert polar.values.shape == (360, 120)
    generator = np.random.default_rng(5)
    for row, gate in zip(
        generator.integers(360, size=400), generator.integers(120, size=400), strict=True
    ):
        # a hair clockwise, so that no two rays are equally near
        azimuth = row + row_centre + 1e-6
        distance = ground(1770 + (gate + 0.5) * 360, 0.53)
        expected = brute_force(volume, "DBZH", azimuth, distance)
        np.testing.assert_equal(polar.values[row, gate], np.float32(expected))


def test_one_sweep_is_its_own_maximum():
    volume = make_volume({"DBZH": noise()}, first_rays=161, first_gate=1770.0)
    expected = np.roll(volume.fields["DBZH"], 161, axis=0)
    np.testing.assert_array_equal(column_maximum(volume).values, expected)


def test_it_never_exceeds_what_was_measured_and_loses_nothing_of_the_lowest_sweep():
    volume = make_volume(
        {"DBZH": noise()}, elevations=(0.53, 1.3, 5.0), first_rays=[5, 100, 359], gates=[99, 99, 50]
    )
    values = column_maximum(volume).values
    raw = volume.fields["DBZH"]
    assert np.nanmax(values) <= raw[np.isfinite(raw)].max()
    lowest = np.roll(volume.sweep_values("DBZH", 0), 5, axis=0)
    echo = np.isfinite(lowest)
    assert (values[echo] >= lowest[echo]).all()


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (20, 30, 30),
        (30, 20, 30),
        (-20, -np.inf, -20),
        (-np.inf, -20, -20),
        (np.nan, -20, -20),
        (np.nan, -np.inf, -np.inf),
        (-np.inf, np.nan, -np.inf),
        (np.nan, np.nan, np.nan),
    ],
)
def test_echo_prevails_over_no_echo_over_not_measured(low, high, expected):
    volume = make_volume(
        {"DBZH": lambda i, azimuth, r: np.full((360, r.size), (low, high)[i])},
        elevations=(0.5, 1.0),
        gates=20,
    )
    cell = column_maximum(volume).values[10, 10]
    np.testing.assert_equal(cell, np.float32(expected))


def test_a_short_sweep_adds_nothing_beyond_its_end():
    volume = make_volume(
        {"DBZH": lambda i, azimuth, r: np.full((360, r.size), (-np.inf, 50.0)[i])},
        elevations=(0.5, 1.0),
        gates=[40, 10],
    )
    row = column_maximum(volume).values[0]
    assert (row[:9] == 50).all()
    assert np.isneginf(row[11:]).all()


def test_the_sweep_that_reaches_farthest_gives_the_cells():
    volume = make_volume({"DBZH": constant(7)}, elevations=(0.5, 1.0), gates=[10, 40])
    polar = column_maximum(volume)
    assert polar.grid.elevation == 1.0
    assert polar.values.shape == (360, 40)
    assert (polar.values == 7).all()


def test_reflectivity_is_dbzh_else_th():
    both = make_volume({"TH": constant(9), "DBZH": constant(7)}, gates=9)
    uncorrected = make_volume({"TH": constant(9)}, gates=9)
    assert column_maximum(both).field == "DBZH"
    assert (column_maximum(both).values == 7).all()
    assert column_maximum(uncorrected).field == "TH"
    assert (column_maximum(uncorrected).values == 9).all()


def test_a_real_volume_keeps_its_maximum(samples):
    volume = sample_volume(samples, TRUNCATED)
    values = column_maximum(volume).values
    echo = np.isfinite(values)
    assert values[echo].max() == pytest.approx(50.085, abs=0.001)
    assert echo.mean() == pytest.approx(0.314, abs=0.0005)
