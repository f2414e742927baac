from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from radar_assets.accumulation.intervals import interval
from radar_assets.errors import ProductError
from radar_assets.maps.gridding import map_raster
from radar_assets.maps.raster import Raster
from radar_assets.products import product
from radar_assets_tests.accumulation.rasters import amount_of, cells, dry, raster
from radar_assets_tests.samples import CONVECTION, TRUNCATED, sample_volume

SHAPE = (160, 360)
MOVING = pytest.mark.parametrize("is_moving", [True, False])


def track(speed: int, radius: float, *, is_moving: bool) -> tuple[np.ndarray, np.ndarray, float]:
    """Sum of a cell that moves east; its values along the track, and the rain that fell."""
    frames = [cells(SHAPE, (40 + x, 80), radius=radius) for x in range(0, 280, speed)]
    pieces = [
        interval(raster(before), raster(after), 10, is_moving=is_moving)
        for before, after in pairwise(frames)
    ]
    margin = speed + round(3 * radius)
    along = sum(pieces)[80, 40 + margin : 40 + speed * len(pieces) - margin]
    return sum(pieces), along, sum((amount_of(a) + amount_of(b)) / 2 for a, b in pairwise(frames))


def ripple(along: np.ndarray) -> float:
    return float((along.max() - along.min()) / along.mean())


@MOVING
@pytest.mark.parametrize("minutes", [5, 10, 15])
def test_constant_rain_gives_its_rate_times_the_time_exactly(minutes: float, is_moving: bool):
    constant = raster(np.full((100, 200), 6.0))
    piece = interval(constant, constant, minutes, is_moving=is_moving)
    assert piece.dtype == np.float32
    assert (piece == np.float32(minutes / 10)).all()
    assert (interval(None, constant, minutes) == np.float32(minutes / 10)).all()


@pytest.mark.parametrize(("speed", "radius"), [(10, 3), (18, 3), (18, 5), (22, 4)])
def test_a_fast_cell_leaves_a_track_without_beads(speed: int, radius: float):
    whole, along, fallen = track(speed, radius, is_moving=True)
    _, beads, _ = track(speed, radius, is_moving=False)
    assert ripple(along) < 0.1
    assert ripple(beads) > max(0.25, 5 * ripple(along))
    assert whole.sum() == pytest.approx(fallen, rel=0.02)


def test_a_slow_wide_cell_is_the_same_with_and_without_motion():
    with_motion, without = (track(3, 12, is_moving=moving)[0] for moving in (True, False))
    np.testing.assert_allclose(with_motion, without, atol=0.005 * without.max())


def test_cells_that_move_apart_each_keep_their_own_motion():
    frames = [cells(SHAPE, (60 + 12 * k, 40), (300 - 12 * k, 120), radius=4) for k in range(14)]
    whole = sum(interval(raster(a), raster(b), 10) for a, b in pairwise(frames))
    assert ripple(whole[40, 90:190]) < 0.1
    assert ripple(whole[120, 170:270]) < 0.1


@MOVING
def test_no_rain_appears_where_it_never_was(is_moving: bool):
    before, after = cells(SHAPE, (60, 80), radius=4), cells(SHAPE, (78, 80), radius=4)
    piece = interval(raster(before), raster(after), 10, is_moving=is_moving)
    rows, columns = np.indices(SHAPE)
    away = np.hypot(columns - np.clip(columns, 60, 78), rows - 80)
    assert piece[away < 3].min() > 0
    assert (piece[away > 20] == 0).all()
    nothing = raster(dry(SHAPE))
    assert (interval(nothing, nothing, 10, is_moving=is_moving) == 0).all()


@MOVING
def test_rain_that_dies_or_is_born_counts_half(is_moving: bool):
    cell, nothing = cells(SHAPE, (100, 80), radius=6), dry(SHAPE)
    for pair in ((cell, nothing), (nothing, cell)):
        piece = interval(*map(raster, pair), 10, is_moving=is_moving)
        assert piece.sum() == pytest.approx(amount_of(cell) / 2, rel=0.06 if is_moving else 0.01)


@MOVING
def test_nodata_is_where_the_newest_raster_has_it(is_moving: bool):
    before, after = cells(SHAPE, (90, 80), radius=8), cells(SHAPE, (105, 80), radius=8)
    before[:, :30] = before[60:70, 85:100] = np.nan
    after[:, 300:] = after[85:95, 95:110] = np.nan
    piece = interval(raster(before), raster(after), 10, is_moving=is_moving)
    np.testing.assert_array_equal(np.isnan(piece), np.isnan(after))


@MOVING
def test_where_nothing_was_known_before_the_newest_rate_held(is_moving: bool):
    after = cells(SHAPE, (100, 80), radius=8)
    alone = interval(None, raster(after), 10, is_moving=is_moving)
    assert alone.sum() == pytest.approx(amount_of(after), rel=1e-3)
    unknown = interval(raster(np.full(SHAPE, np.nan)), raster(after), 10, is_moving=is_moving)
    np.testing.assert_array_equal(unknown, alone)


def test_a_hole_amid_constant_rain_does_not_drain_it():
    before = np.full(SHAPE, 6.0)
    before += np.random.default_rng(1).normal(0, 1e-4, SHAPE)
    after = np.roll(before, 8, axis=1)
    before[60:90, 100:140] = np.nan
    after[70:80, 200:220] = np.nan
    piece = interval(raster(before), raster(after), 10)
    np.testing.assert_allclose(piece[~np.isnan(after)], 1, atol=2e-3)


def test_noise_does_not_carry_rain_away():
    rng = np.random.default_rng(2)
    frames = []
    for x in (60, 76):
        cell = cells(SHAPE, (x, 80), radius=6)
        speckles = rng.random(SHAPE) < 0.01
        noisy = np.where(cell > 0, cell * 10 ** rng.normal(0, 0.1, SHAPE), cell)
        frames.append(np.where(speckles, rng.uniform(0.2, 3, SHAPE), noisy))
    piece = interval(*map(raster, frames), 10)
    along = piece[78:83, 62:75].mean(axis=0)
    assert ripple(along) < 0.35
    assert piece.sum() == pytest.approx(sum(map(amount_of, frames)) / 2, rel=0.03)


def test_rasters_of_different_maps_are_refused():
    values = dry((32, 32))
    with pytest.raises(ProductError, match=r"summed over maps of 32 x 32 .* and 32 x 32"):
        interval(raster(values), raster(values, column=10_416), 10)


def test_the_same_rasters_give_the_same_bytes():
    pair = raster(cells(SHAPE, (60, 80), radius=4)), raster(cells(SHAPE, (75, 84), radius=4))
    assert interval(*pair, 10).tobytes() == interval(*pair, 10).tobytes()


# Real rain, moved by a known way


@pytest.fixture(params=[CONVECTION, TRUNCATED], ids=str)
def real(request: pytest.FixtureRequest, samples: Path) -> Raster:
    return map_raster(product("RAIN").layer(sample_volume(samples, request.param)))


def moved(real: Raster, east: float, south: float) -> Raster:
    """A window of a raster under which the rain has moved, with its nodata."""
    margin = 60
    height, width = (size - 2 * margin for size in real.values.shape)
    top, left = margin - round(south), margin - round(east)
    return raster(real.values[top : top + height, left : left + width], zoom=8)


@pytest.mark.parametrize(("east", "south"), [(12, 0), (20, -12), (-30, 24), (0, 36)])
def test_real_rain_is_where_it_was_halfway(real: Raster, east: float, south: float):
    piece = interval(moved(real, 0, 0), moved(real, east, south), 10)
    still = interval(moved(real, 0, 0), moved(real, east, south), 10, is_moving=False)
    steps = [moved(real, east * k / 12, south * k / 12).values for k in range(13)]
    truth = np.mean([np.maximum(np.nan_to_num(step), 0) for step in steps], axis=0) / 6
    known = ~np.isnan(steps).any(axis=0)
    errors = [np.abs(found - truth)[known].sum() for found in (piece, still)]
    assert errors[0] < 0.5 * errors[1]
    assert piece[known].sum() == pytest.approx(truth[known].sum(), rel=0.12)
    np.testing.assert_array_equal(np.isnan(piece), np.isnan(steps[-1]))
