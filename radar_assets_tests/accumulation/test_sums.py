from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
import pytest

from radar_assets.accumulation.intervals import interval
from radar_assets.accumulation.sums import (
    HOURS,
    MAX_MISSING,
    Amount,
    accumulate,
    joined,
    rounded,
    total,
)
from radar_assets.errors import ProductError
from radar_assets_tests.accumulation.rasters import NOON, raster

SHAPE = (5, 7)
WINDOW = timedelta(minutes=10)


@dataclass
class Memory:
    """What was made, and what was asked for."""

    pieces: dict[datetime, np.ndarray]
    totals: dict[tuple[int, datetime], Amount] = field(default_factory=dict)
    asked: list[tuple[int, datetime]] = field(default_factory=list)

    def piece(self, end: datetime) -> np.ndarray | None:
        self.asked.append((0, end))
        return self.pieces.get(end)

    def total(self, hours: int, end: datetime) -> tuple[np.ndarray, np.ndarray] | None:
        self.asked.append((hours, end))
        amount = self.totals.get((hours, end))
        return (amount.values, amount.share) if amount else None

    def make(self, end: datetime) -> dict[int, Amount]:
        """Make all sums that end at a time, the shorter ones first; keep them."""
        made = {}
        for hours in HOURS:
            self.totals[hours, end] = made[hours] = total(hours, end, WINDOW, self, SHAPE)
        return made

    def plain(self, hours: int, end: datetime) -> Amount:
        """A sum by adding all of its windows."""
        count = hours * 6
        return accumulate((self.pieces.get(end - i * WINDOW) for i in range(count)), SHAPE)


def ends(hours: float, end: datetime = NOON) -> list[datetime]:
    """Ends of the windows of a time, newest first."""
    return [end - i * WINDOW for i in range(round(hours * 6))]


def equal(one: Amount, other: Amount) -> None:
    assert one.windows == other.windows
    np.testing.assert_array_equal(one.rain, other.rain)
    np.testing.assert_array_equal(one.missing, other.missing)
    assert one.rain.dtype == one.values.dtype == one.share.dtype == np.float32


@pytest.mark.parametrize("is_moving", [True, False])
def test_six_millimetres_an_hour_are_six_millimetres_in_an_hour(is_moving: bool):
    rain = raster(np.full((64, 64), 6.0))
    piece = interval(rain, rain, 10, is_moving=is_moving)
    hour = accumulate([piece] * 6, piece.shape)
    assert (hour.values == 6).all()
    assert (hour.share == 0).all()
    assert (joined([hour] * 24).values == 144).all()


def test_a_missing_window_gives_its_share():
    hour = accumulate([np.full(SHAPE, 1, np.float32)] * 5 + [None], SHAPE)
    assert (hour.values == 5).all()
    assert (hour.share == np.float32(1 / 6)).all()
    day = joined([hour] + [accumulate([np.ones(SHAPE, np.float32)] * 6, SHAPE)] * 23)
    assert (day.share == np.float32(1 / 144)).all()


def test_too_much_missing_is_nodata_pixel_by_pixel():
    pieces = [np.ones(SHAPE, np.float32) for _ in range(6)]
    for piece in pieces[:2]:
        piece[0] = np.nan
    pieces[4][1] = np.nan
    hour = accumulate(pieces, SHAPE)
    assert np.isnan(hour.values[0]).all()
    assert (hour.values[1] == 5).all()
    assert (hour.values[2:] == 6).all()
    np.testing.assert_array_equal(hour.share[:3, 0], np.float32([2 / 6, 1 / 6, 0]))


@pytest.mark.parametrize(("windows", "missing"), [(6, 1), (18, 3), (36, 6), (144, 24)])
def test_exactly_a_sixth_may_be_missing(windows: int, missing: int):
    assert missing / windows == MAX_MISSING
    one = np.ones(SHAPE, np.float32)
    enough = accumulate([None] * missing + [one] * (windows - missing), SHAPE)
    short = accumulate([None] * (missing + 1) + [one] * (windows - missing - 1), SHAPE)
    assert (enough.values == windows - missing).all()
    assert np.isnan(short.values).all()


def test_all_missing_is_nodata_and_no_rain_is_zero():
    assert np.isnan(accumulate([None] * 6, SHAPE).values).all()
    assert (accumulate([np.zeros(SHAPE, np.float32)] * 6, SHAPE).values == 0).all()


def test_amounts_add_up_without_rounding_whatever_the_order():
    rng = np.random.default_rng(3)
    pieces = [rounded(rng.gamma(0.3, 8, SHAPE).astype(np.float32)) for _ in range(144)]
    day = accumulate(pieces, SHAPE)
    exact = np.sum(pieces, axis=0, dtype=np.float64)
    np.testing.assert_array_equal(day.rain, exact)
    np.testing.assert_array_equal(accumulate(pieces[::-1], SHAPE).rain, exact)
    np.testing.assert_array_equal(day.rain - pieces[0] + pieces[0], exact)


def test_drizzle_is_not_rounded_away():
    piece = rounded(np.full(SHAPE, 0.1 / 6, np.float32))
    assert accumulate([piece] * 144, SHAPE).values == pytest.approx(2.4, rel=0.03)


def windows_of_two_days(rng: np.random.Generator) -> dict[datetime, np.ndarray]:
    """Rain of windows; some are missing, for some only parts of the map."""
    found = {}
    for end in ends(48):
        piece = rounded(rng.gamma(0.3, 3, SHAPE).astype(np.float32))
        piece[rng.random(SHAPE) < 0.1] = np.nan
        if rng.random() > 0.05:
            found[end] = piece
    for end in ends(2, NOON - timedelta(hours=9)):  # two hours of half of the map
        found.get(end, np.zeros(SHAPE))[:3] = np.nan
    return found


def test_sums_made_of_shorter_ones_are_those_of_all_windows():
    memory = Memory(windows_of_two_days(np.random.default_rng(4)))
    for end in reversed(ends(24)):
        for hours, amount in memory.make(end).items():
            equal(amount, memory.plain(hours, end))
    assert any(np.isnan(a.values).any() and a.share.max() < 1 for a in memory.totals.values())
    assert any(np.isnan(a.values).any() for (hours, _), a in memory.totals.items() if hours == 24)


def test_a_sum_is_made_of_few_rasters():
    memory = Memory({end: np.ones(SHAPE, np.float32) for end in ends(48)})
    for end in reversed(ends(24.2)):
        memory.asked.clear()
        memory.make(end)
    assert len(memory.asked) == 6 + 3 + 2 + 4
    assert (memory.totals[24, NOON].values == 144).all()


def test_sums_that_were_not_stored_are_made_of_their_windows():
    memory = Memory(windows_of_two_days(np.random.default_rng(5)))
    for hours in HOURS:
        equal(total(hours, NOON, WINDOW, memory, SHAPE), memory.plain(hours, NOON))


def test_a_sum_that_lost_what_fell_is_not_used():
    known = np.ones(SHAPE, np.float32)
    lossy = accumulate([None, None, known, known, known, known], SHAPE)
    assert Amount.read(lossy.values, lossy.share, 6) is None
    for pieces in ([None] + [known] * 5, [None] * 6, [known] * 6):
        amount = accumulate(pieces, SHAPE)
        found = Amount.read(amount.values, amount.share, 6)
        assert found is not None
        equal(found, amount)


def test_shares_of_any_span_are_read_exactly():
    for windows in (6, 12, 36, 144, 288):
        missing = np.arange(windows + 1, dtype=np.uint16)[None]
        amount = Amount(np.zeros(missing.shape, np.float32), missing, windows)
        full = np.where(missing < windows, np.float32(0), np.float32(np.nan))
        found = Amount.read(full, amount.share, windows)
        assert found is not None
        np.testing.assert_array_equal(found.missing, missing)


def test_windows_that_make_no_hour_are_refused():
    with pytest.raises(ProductError, match="0:07:00 do not make an hour"):
        total(1, NOON, timedelta(minutes=7), Memory({}), SHAPE)
