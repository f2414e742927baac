import math
from functools import partial

import numpy as np
import pytest

from radar_assets_tests.products.oracle import column, height_at, some_cells
from radar_assets_tests.products.plain import plain, steps
from radar_assets_tests.samples import TRUNCATED, sample_volume
from radar_assets_tests.volumes import SITE, constant, make_volume, noise

NO_ECHO = -10.0
ELEVATIONS = (0.53, 1.3, 2.33, 3.12, 5.0, 12.0)


tops = partial(plain, "ETOP")


def expected(samples, distance, threshold=18.0):
    """Top in kilometres above sea level, and whether it is that of a beam with nothing above."""
    if all(math.isnan(sample.value) for sample in samples):
        return math.nan, False
    echoes = [i for i, sample in enumerate(samples) if sample.value >= threshold]
    if not echoes:
        return -math.inf, False
    top = echoes[-1]
    low = samples[top]
    if top + 1 == len(samples) or math.isnan(samples[top + 1].value):
        return (height_at(distance, low.elevation + 0.5) + SITE.altitude) / 1000, True
    high = samples[top + 1]
    above = max(high.value, NO_ECHO)
    angle = (above - threshold) * (low.elevation - high.elevation) / (above - low.value)
    return (height_at(distance, angle + high.elevation) + SITE.altitude) / 1000, False


def test_each_cell_equals_brute_force():
    volume = make_volume(
        {"DBZH": noise(6)},
        elevations=ELEVATIONS,
        gates=[120, 120, 70, 120, 80, 100],
        first_rays=[161, 5, 99, 1, 0, 300],
        first_gate=1770.0,
    )
    polar = tops(volume)
    kinds = set()
    for row, gate, azimuth, distance in some_cells(volume, polar, 500):
        value, is_cut = expected(column(volume, "DBZH", azimuth, distance), distance)
        np.testing.assert_allclose(polar.values[row, gate], value, atol=1e-4)
        kinds.add((math.isfinite(value), is_cut))
    assert kinds == {(True, True), (True, False), (False, False)}


def test_between_beams_the_elevation_is_interpolated():
    volume = make_volume({"DBZH": steps(25, 10)}, elevations=(2.33, 3.12), gates=300)
    polar = tops(volume)
    for gate, distance in enumerate(polar.grid.ground_distances()[:290]):
        # Lakshmanan et al.: 25 and 10 dBZ at these elevations give a top at 2.6987 degrees
        top = (height_at(distance, 2.6987) + SITE.altitude) / 1000
        assert polar.values[0, gate] == pytest.approx(top, abs=1e-4)


def test_the_top_lies_between_its_beam_and_the_next_one():
    volume = make_volume({"DBZH": noise(2, nodata=0)}, elevations=ELEVATIONS, gates=90)
    polar = tops(volume, cut_tops=False)
    for row, gate, azimuth, distance in some_cells(volume, polar, 200):
        top = polar.values[row, gate] * 1000 - SITE.altitude
        if not math.isfinite(top):
            continue
        samples = column(volume, "DBZH", azimuth, distance)
        beam = max(i for i, sample in enumerate(samples) if sample.value >= 18)
        assert samples[beam].height - 0.1 <= top <= samples[beam + 1].height + 0.1


def test_a_top_above_the_highest_beam_ends_at_its_upper_edge_and_is_counted():
    volume = make_volume({"DBZH": steps(10, 30)}, elevations=(1.0, 2.0), gates=100)
    polar = tops(volume)
    distance = polar.grid.ground_distances()[50]
    edge = (height_at(distance, 2.5) + SITE.altitude) / 1000
    assert polar.values[0, 50] == pytest.approx(edge, abs=1e-4)
    assert polar.parameters["share_of_cut_tops"] == 1
    dropped = tops(volume, cut_tops=False)
    assert np.isnan(dropped.values[:, :99]).all()
    assert dropped.parameters["share_of_cut_tops"] == 1


def test_what_was_not_measured_above_cuts_the_top_but_no_echo_does_not():
    unknown = make_volume({"DBZH": steps(30, np.nan)}, elevations=(1.0, 2.0), gates=50)
    nothing = make_volume({"DBZH": steps(30, -np.inf)}, elevations=(1.0, 2.0), gates=50)
    assert tops(unknown).parameters["share_of_cut_tops"] == 1
    assert tops(nothing).parameters["share_of_cut_tops"] == 0


def test_no_echo_and_not_measured_stay_different():
    silent = make_volume({"DBZH": steps(10, -np.inf)}, elevations=(1.0, 2.0), gates=50)
    absent = make_volume({"DBZH": constant(np.nan)}, elevations=(1.0, 2.0), gates=50)
    assert np.isneginf(tops(silent).values).all()
    assert np.isnan(tops(absent).values).all()


def test_real_cells_equal_brute_force(samples):
    volume = sample_volume(samples, TRUNCATED)
    polar = tops(volume, threshold=10)
    found = 0
    for row, gate, azimuth, distance in some_cells(volume, polar, 200):
        value, _ = expected(column(volume, "DBZH", azimuth, distance), distance, 10)
        np.testing.assert_allclose(polar.values[row, gate], value, atol=1e-4)
        found += math.isfinite(value)
    assert found > 5
