"""Results of an adoption, and what is to be done with them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from radar_assets.ingest.archive.adopt import AdoptionOutcome, CandidateFile
from radar_assets.ingest.archive.adoption_report import AdoptionReport, advice
from radar_assets.ingest.archive.spans import RadarSpan, joined
from radar_assets.radar.names import BufrName, VolumeId
from radar_assets.settings import Network
from radar_assets_tests.ingest.tree import utc

SITE = {"sources": ["server"], "latitude": -30, "longitude": -60}


def network(**changes: object) -> Network:
    sources = {"server": {"url": "folder"}}
    radars = {"RMA1": {**SITE, **changes}, "RMA2": SITE}
    return Network.model_validate({"sources": sources, "radars": radars})


def span(first: str, last: str, radar: str = "RMA1") -> RadarSpan:
    return RadarSpan(radar, utc(f"2025-11-{first}"), utc(f"2025-11-{last}"))


def summary(
    *times: str, radar: str = "RMA1", outcome: AdoptionOutcome = AdoptionOutcome.ADOPTED
) -> AdoptionReport:
    """A summary of a file of each time."""
    made = AdoptionReport()
    for time in times:
        name = BufrName(VolumeId(radar, "0315", "01", utc(f"2025-11-{time}")), "DBZH")
        made.add(CandidateFile("path", outcome, "", name))
    return made


@pytest.mark.parametrize("outcome", AdoptionOutcome)
def test_files_that_are_here_are_counted_by_day_and_the_others_listed(
    outcome: AdoptionOutcome,
) -> None:
    made = summary("18T12:31", outcome=outcome)
    assert made.counts == {outcome: 1}
    is_here = outcome in (AdoptionOutcome.ADOPTED, AdoptionOutcome.PRESENT)
    assert [day.files for day in made.days.values()] == [1] * is_here
    is_fine = is_here or outcome in (
        AdoptionOutcome.IGNORED,
        AdoptionOutcome.SKIPPED,
        AdoptionOutcome.MISSING,
    )
    assert len(made.not_adopted) == (not is_fine)
    assert len(made.missing) == (outcome == AdoptionOutcome.MISSING)


@pytest.mark.parametrize(
    ("times", "spans"),
    [
        ([], []),
        (["18T12:31"], [span("18T12:30", "18T12:40")]),
        (["18T12:59", "18T12:31", "18T12:45"], [span("18T12:30", "18T13:00")]),
        (["18T23:59", "19T00:00"], [span("18T23:50", "19T00:10")]),
        (["18T12:00", "19T12:00"], [span("18T12:00", "19T12:10")]),
        (["18T12:00", "20T12:00"], [span("18T12:00", "18T12:10"), span("20T12:00", "20T12:10")]),
    ],
)
def test_the_windows_of_nearby_days_are_one_span(times: list[str], spans: list[RadarSpan]) -> None:
    assert summary(*times).spans(network()) == spans


def test_the_files_of_a_day_are_counted() -> None:
    made = summary("18T12:31", "18T23:59", "19T00:00")
    found = {day: (d.files, d.first, d.last) for (_, day), d in made.days.items()}
    eve, next_day = utc("2025-11-18T23:59"), utc("2025-11-19T00:00")
    assert found == {
        date(2025, 11, 18): (2, utc("2025-11-18T12:31"), eve),
        date(2025, 11, 19): (1, next_day, next_day),
    }


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"start": "2025-11-18T12:30:00Z", "end": "2025-11-18T12:40:00Z"}, []),
        ({"start": "2025-11-18T12:31:00Z"}, ["RMA1 starts at 2025-11-18T12:40:00Z"]),
        ({"end": "2025-11-18T12:39:00Z"}, ["RMA1 ends at 2025-11-18T12:39:00Z"]),
    ],
)
def test_files_outside_of_the_radars_time_give_advice(
    changes: dict[str, str], said: list[str]
) -> None:
    made = network(**changes)
    found = list(advice(summary("18T12:30").spans(made), made))
    assert [text.split(" in the network file")[0] for text in found] == said


@pytest.mark.parametrize(
    ("spans", "gap", "expected"),
    [
        ([], 0, []),
        ([span("18T12:10", "18T12:20"), span("18T12:00", "18T12:10")], 0, [(0, 20)]),
        ([span("18T12:00", "18T12:10"), span("18T12:20", "18T12:30")], 0, [(0, 10), (20, 30)]),
        ([span("18T12:00", "18T12:10"), span("18T12:20", "18T12:30")], 10, [(0, 30)]),
        ([span("18T12:00", "18T12:30"), span("18T12:10", "18T12:20")], 0, [(0, 30)]),
    ],
)
def test_spans_that_touch_are_joined(
    spans: list[RadarSpan], gap: int, expected: list[tuple[int, int]]
) -> None:
    found = joined(spans, timedelta(minutes=gap))
    assert [(item.start.minute, item.end.minute) for item in found] == expected


def test_spans_of_different_radars_are_not_joined() -> None:
    spans = [span("18T12:00", "18T12:10"), span("18T12:10", "18T12:20", "RMA2")]
    assert joined(spans) == spans


def test_a_span_has_a_command() -> None:
    assert span("18T12:00", "19T00:10").command == (
        "radar-assets run --radar RMA1 --from 2025-11-18T12:00 --to 2025-11-19T00:10"
    )
