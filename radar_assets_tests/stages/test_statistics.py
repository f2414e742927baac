"""Arithmetic over passes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from radar_assets.stages.base.statistics import (
    By,
    FailedItem,
    Pass,
    most_failing,
    slowest,
    summaries,
)

NOON = datetime(2025, 11, 18, 12, tzinfo=UTC)
A, B = "RMA1_0315_01_2025-11-18T12:00:20Z", "RMA1_0315_01_2025-11-18T12:10:20Z"
GOOD = Pass(
    radar="RMA1",
    window="2025-11-18-12:00",
    stage="volumes",
    time=NOON,
    run_id="one",
    seconds=1.0,
    is_made=True,
    items=1,
    volumes={A: 1.0},
)
PARTLY = replace(
    GOOD, time=NOON + timedelta(days=1), failed_items=(FailedItem(A, "RA211", "cut short"),)
)
FAILED = replace(
    GOOD,
    radar="RMA2",
    stage="png",
    seconds=3.0,
    is_made=False,
    run_id="two",
    failed_items=(FailedItem(B, "RA401", "damaged"), FailedItem("", "RA201", "odd name")),
    volumes={B: None},
)


def test_passes_are_summed_up() -> None:
    (row,) = summaries([GOOD, PARTLY, replace(GOOD, seconds=0.5)], By.RADAR)
    assert row == {
        "radar": "RMA1",
        "passes": 3,
        "failed": 1,
        "success_rate": 0.6667,
        "seconds_total": 2.5,
        "seconds_median": 1.0,
        "seconds_95": 1.0,
        "seconds_max": 1.0,
    }


@pytest.mark.parametrize(
    ("by", "groups"),
    [
        (By.RADAR, {"RMA1": 2, "RMA2": 1}),
        (By.STAGE, {"volumes": 2, "png": 1}),
        (By.DAY, {"2025-11-18": 2, "2025-11-19": 1}),
    ],
)
def test_passes_are_summed_up_by(by: By, groups: dict[str, int]) -> None:
    rows = summaries([GOOD, PARTLY, FAILED], by)
    assert {row[by.value]: row["passes"] for row in rows} == groups


def test_nothing_gives_no_summary() -> None:
    assert summaries([], By.DAY) == []


def test_volumes_are_ranked_by_their_slowest_pass() -> None:
    again = replace(GOOD, volumes={A: 4.0, B: 2.0}, run_id="three")
    ranked = [(row["volume_id"], row["seconds"]) for row in slowest([GOOD, again, FAILED], 5)]
    assert ranked == [(A, 4.0), (B, 2.0)]
    assert len(slowest([GOOD, again], 1)) == 1


def test_volumes_are_ranked_by_failures_and_have_the_last() -> None:
    later = replace(
        PARTLY, time=PARTLY.time + timedelta(1), failed_items=(FailedItem(A, "RA212", "!"),)
    )
    assert most_failing([later, PARTLY, FAILED], 5) == [
        {"volume_id": A, "failures": 2, "error_code": "RA212", "error_message": "!"},
        {"volume_id": B, "failures": 1, "error_code": "RA401", "error_message": "damaged"},
    ]


@pytest.mark.parametrize("text", ["rma2", "12:00", "two", "12:10:20Z", "RA401", "ODD NAME"])
def test_a_pass_is_found_by_what_it_tells(text: str) -> None:
    assert FAILED.holds(text)
    assert not FAILED.holds("nothing of it")
