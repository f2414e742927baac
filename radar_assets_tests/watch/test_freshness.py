"""Whether a radar still sends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from radar_assets.watch.freshness import FeedState, feed_of

NOW = datetime(2025, 11, 18, 12, tzinfo=UTC)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


@pytest.mark.parametrize(
    ("age", "cadence", "state"),
    [
        (0, 10, FeedState.FRESH),
        (30, 10, FeedState.FRESH),
        (31, 10, FeedState.STALE),
        (31, 15, FeedState.FRESH),
        (4, 1, FeedState.STALE),
        (-31, 10, FeedState.STALE),
    ],
)
def test_a_radar_is_stale_by_its_cadence(age: float, cadence: float, state: FeedState) -> None:
    feed = feed_of("R", newest=NOW - minutes(age), now=NOW, cadence=minutes(cadence), missed=3)
    assert feed.state is state
    assert feed.is_well == (state is FeedState.FRESH)
    assert bool(feed.detail) != feed.is_well


def test_a_volume_from_the_future_hides_no_silence() -> None:
    feed = feed_of("R", newest=NOW + minutes(180), now=NOW, cadence=minutes(10), missed=3)
    fault = "the newest volume is of 2025-11-18T15:00:00Z, 180 minutes in the future"
    assert feed.detail == f"{fault}: a clock is wrong"


def test_past_its_end_nothing_is_due() -> None:
    feed = feed_of("R", newest=None, now=NOW, cadence=minutes(10), missed=3, end=NOW)
    assert feed.state is FeedState.ENDED
    assert feed.is_well


def test_a_radar_that_never_sent_is_distinguished() -> None:
    feed = feed_of("R", newest=None, now=NOW, cadence=minutes(10), missed=3)
    assert (feed.state, feed.detail) == (FeedState.UNSEEN, "no volume has arrived yet")


def test_a_feed_whose_sources_are_down_is_unreachable() -> None:
    old = NOW - minutes(60)
    feed = feed_of("R", newest=old, now=NOW, cadence=minutes(10), missed=3, is_reachable=False)
    assert feed.state is FeedState.UNREACHABLE
    assert feed.detail.endswith("60 minutes old; none of its sources answers")
    fresh = feed_of("R", newest=NOW, now=NOW, cadence=minutes(10), missed=3, is_reachable=False)
    assert fresh.state is FeedState.FRESH
