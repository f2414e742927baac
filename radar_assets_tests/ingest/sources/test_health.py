"""Which source to ask first, as a table, and the file that remembers how they served."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from radar_assets.ingest.sources.health import Health, HealthFile, Measure, SourceChoice, ranked
from radar_assets_tests.ingest.tree import utc

NOW = utc("2025-11-18T12:00:00")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
MANY = 10**6


def served(seconds: float, age: timedelta = MINUTE) -> Health:
    """Of a source that takes so many seconds for a usual volume."""
    half = seconds / 2
    return Health(
        listing=Measure(value=half, at=NOW - age), speed=Measure(value=5e6 / half, at=NOW - age)
    )


def failed(age: timedelta, failures: int = 1, health: Health | None = None) -> Health:
    return (health or Health()).model_copy(
        update={"failed_at": NOW - age, "failures": failures, "reason": "SourceUnreachable"}
    )


@dataclass(frozen=True)
class Case:
    says: str
    sources: list[tuple[int, Health]]
    """priority and health of the sources a, b…"""
    order: str


CASES = [
    Case("nothing is known", [(1, Health()), (1, Health()), (1, Health())], "abc"),
    Case("a lower priority", [(2, Health()), (1, Health()), (3, Health())], "bac"),
    Case("priority goes before speed", [(1, served(20)), (2, served(1))], "ab"),
    Case("a faster one", [(1, served(20)), (1, served(1))], "ba"),
    Case("one that is not much faster", [(1, served(2)), (1, served(1.01))], "ab"),
    Case("one that is listed first and was not measured", [(1, Health()), (1, served(1))], "ab"),
    Case("one that is listed last and was not measured", [(1, served(9)), (1, Health())], "ab"),
    Case(
        "speeds that are like their neighbours'",
        [(1, served(3.6)), (1, served(1.9)), (1, served(1))],
        "bca",
    ),
    Case("a slow one gets another chance", [(1, served(20, 7 * HOUR)), (1, served(1))], "ab"),
    Case(
        "one that was only listed", [(1, Health(listing=served(9).listing)), (1, served(1))], "ab"
    ),
    Case("one that failed is asked last", [(1, failed(MINUTE / 2)), (9, served(99))], "ba"),
    Case("two that failed", [(2, failed(MINUTE / 2)), (1, failed(MINUTE / 3))], "ba"),
    Case("its pause is over", [(1, failed(MINUTE)), (2, Health())], "ab"),
    Case("pauses double", [(1, failed(3 * MINUTE, 3)), (2, Health())], "ba"),
    Case("the third pause is over", [(1, failed(4 * MINUTE, 3)), (2, Health())], "ab"),
    Case("pauses do not grow for ever", [(1, failed(HOUR / 2, MANY)), (2, Health())], "ab"),
    Case("the longest pause", [(1, failed(HOUR / 2 - MINUTE, MANY)), (2, Health())], "ba"),
    Case("a clock that was ahead for a day", [(1, failed(-24 * HOUR)), (2, Health())], "ab"),
    Case("a measurement from the future", [(1, served(20, -24 * HOUR)), (1, served(1))], "ab"),
]


@pytest.mark.parametrize("case", CASES, ids=[case.says for case in CASES])
def test_sources_are_asked_in_order(case: Case) -> None:
    candidates = [
        SourceChoice(name, priority, health)
        for name, (priority, health) in zip("abc", case.sources, strict=False)
    ]
    assert "".join(ranked(candidates, NOW)) == case.order


def test_a_failure_that_many_see_at_once_counts_once() -> None:
    health = Health()
    for second in range(60):
        health = health.failed("SourceUnreachable", NOW + timedelta(seconds=second))
    assert (health.failures, health.failed_at) == (1, NOW)
    again = health.failed("AccessDenied", NOW + MINUTE)
    assert (again.failures, again.failed_at, again.reason) == (2, NOW + MINUTE, "AccessDenied")


def test_one_success_ends_the_penalty() -> None:
    health = failed(MINUTE, MANY).answered(NOW)
    assert (health.failures, health.failed_at, health.reason) == (0, None, "")
    assert health.failed("SourceUnreachable", NOW).pause == MINUTE


def test_measurements_are_smoothed_and_forgotten() -> None:
    def after(health: Health, age: timedelta, seconds: float) -> float:
        measured = health.answered(NOW + age, listing=seconds).listing
        assert measured
        return measured.value

    first = Health().answered(NOW, listing=1.0)
    assert after(Health(), timedelta(), 1.0) == 1.0
    assert after(first, timedelta(seconds=10), 11.0) == 1.0
    assert after(first, MINUTE, 11.0) == pytest.approx(4.0)
    assert after(first, 7 * HOUR, 11.0) == 11.0
    assert after(first, -7 * HOUR, 11.0) == 11.0
    assert first.answered(NOW + HOUR, speed=5e6).listing == first.listing
    assert first.answered(NOW + HOUR, listing=0.0).listing == first.listing


@pytest.fixture
def file(tmp_path: Path) -> HealthFile:
    return HealthFile(tmp_path / "s0" / "health.json", "ftp://host/L2")


def test_what_is_written_is_read(file: HealthFile) -> None:
    file.update(
        lambda known: known.answered(NOW, listing=0.5, speed=1e6).failed("AccessDenied", NOW)
    )
    health = file.read()
    assert health.listing == Measure(value=0.5, at=NOW)
    assert health.speed == Measure(value=1e6, at=NOW)
    assert (health.failures, health.failed_at, health.reason) == (1, NOW, "AccessDenied")


BROKEN = [
    "",
    "{",
    "[]",
    '{"failures": -1}',
    '{"failures": "many"}',
    '{"failed_at": "yesterday"}',
    '{"failed_at": "2025-11-18T12:00:00"}',
    '{"speed": {"value": 0, "at": "2025-11-18T12:00:00Z"}}',
    '{"speed": {"value": Infinity, "at": "2025-11-18T12:00:00Z"}}',
]


@pytest.mark.parametrize("text", BROKEN)
def test_a_broken_file_is_as_if_nothing_was_known(
    text: str, file: HealthFile, tmp_path: Path
) -> None:
    path = tmp_path / "s0" / "health.json"
    path.parent.mkdir()
    path.write_text(text, "utf-8")
    assert file.read() == Health(url="ftp://host/L2")
    file.update(lambda known: known.failed("AccessDenied", NOW))
    assert file.read().failures == 1


def test_a_source_at_another_address_is_another_one(file: HealthFile, tmp_path: Path) -> None:
    file.update(lambda known: known.failed("SourceUnreachable", NOW))
    moved = HealthFile(tmp_path / "s0" / "health.json", "ftp://other/L2")
    assert moved.read() == Health(url="ftp://other/L2")


def test_nothing_fails_where_nothing_can_be_written() -> None:
    file = HealthFile(Path("/proc/radar_assets/health.json"), "ftp://host")
    file.update(lambda known: known.failed("SourceUnreachable", NOW))
    assert file.read() == Health(url="ftp://host")


def test_what_a_killed_process_left_is_removed(file: HealthFile, tmp_path: Path) -> None:
    left = tmp_path / "s0" / f".{'0' * 32}-health.json"
    left.parent.mkdir()
    left.write_text("{", "utf-8")
    file.update(lambda known: known.failed("SourceUnreachable", NOW))
    assert {path.name for path in left.parent.iterdir()} == {"health.json", "health.lock"}
    assert json.loads((tmp_path / "s0" / "health.json").read_text("utf-8"))["failures"] == 1
