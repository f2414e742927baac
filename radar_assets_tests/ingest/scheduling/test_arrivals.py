"""Readiness as a table: files, clock and previous listing -> state."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from radar_assets.ingest.scheduling.arrivals import ArrivalRules, assess
from radar_assets.ingest.sources.source import RemoteFile
from radar_assets_tests.ingest.tree import name, utc

TIME = utc("2025-11-18T12:30:20")
EXPECTED = frozenset({"DBZH", "VRAD"})
RULES = ArrivalRules(timedelta(minutes=15), timedelta(seconds=20))


def seconds(count: float) -> datetime:
    """A moment so long after the volume's time."""
    return TIME + timedelta(seconds=count)


def file(
    kind: str, size: int = 100, modified: float | None = 60, *, gzipped: bool = False
) -> RemoteFile:
    stamp = None if modified is None else seconds(modified)
    return RemoteFile(name("2025-11-18T12:30:20", kind, gzipped=gzipped), size, stamp, "here")


@dataclass(frozen=True)
class Case:
    what: str
    files: tuple[RemoteFile, ...]
    now: datetime
    state: str
    missing: frozenset[str] = frozenset()
    expected: frozenset[str] | None = EXPECTED
    sizes: dict[str, int] = field(default_factory=dict)
    allow_incomplete: bool = True


DBZH, VRAD = file("DBZH"), file("VRAD")
LATE = seconds(15 * 60)
V = frozenset({"VRAD"})
SIZES = {str(DBZH.name): 100, str(VRAD.name): 100}

CASES = [
    Case("whole and settled", (DBZH, VRAD), seconds(80), "ready"),
    Case("whole, just written", (DBZH, VRAD), seconds(79), "waiting"),
    Case("just written, same size as before", (DBZH, VRAD), seconds(61), "ready", sizes=SIZES),
    Case("growing", (DBZH, file("VRAD", 150)), seconds(61), "waiting", sizes=SIZES),
    Case("growing for ever", (DBZH, file("VRAD", 150, 15 * 60)), LATE, "ready", sizes=SIZES),
    Case("time unknown, first time", (file("DBZH", modified=None), VRAD), seconds(90), "waiting"),
    Case(
        "time unknown, second time",
        (file("DBZH", modified=None), VRAD),
        seconds(90),
        "ready",
        sizes=SIZES,
    ),
    Case("empty file", (DBZH, file("VRAD", 0)), seconds(300), "waiting", sizes={str(VRAD.name): 0}),
    Case("empty file to the end", (DBZH, file("VRAD", 0)), LATE, "ready"),
    Case("a field is missing", (DBZH,), LATE - timedelta(seconds=1), "waiting", V),
    Case("a field will not come", (DBZH,), LATE, "overdue", V),
    Case("incomplete is not wanted", (DBZH,), LATE, "skipped", V, allow_incomplete=False),
    Case("complete at the last moment", (DBZH, file("VRAD", 1, 899)), LATE, "ready"),
    Case("more fields than expected", (DBZH, VRAD, file("TH")), seconds(80), "ready"),
    Case("one of them still comes", (DBZH, VRAD, file("TH", 1, 79)), seconds(80), "waiting"),
    Case("unknown strategy, young", (DBZH,), seconds(800), "waiting", expected=None),
    Case("unknown strategy, old", (DBZH,), LATE, "ready", expected=None),
    Case(
        "unknown strategy, incomplete not wanted",
        (DBZH,),
        LATE,
        "ready",
        expected=None,
        allow_incomplete=False,
    ),
    Case("delivered twice", (DBZH, VRAD, DBZH), seconds(80), "ready"),
    Case("both plain and gzipped", (file("DBZH", gzipped=True), DBZH, VRAD), seconds(80), "ready"),
    Case("gzipped alone", (file("DBZH", gzipped=True), VRAD), seconds(80), "ready"),
    Case("a little early", (DBZH, VRAD), seconds(-60), "waiting"),
    Case("a little early, second time", (DBZH, VRAD), seconds(-60), "ready", sizes=SIZES),
    Case("written in the future", (DBZH, file("VRAD", 100, 9000)), seconds(80), "waiting"),
    Case(
        "written in the future, second time",
        (DBZH, file("VRAD", 100, 9000)),
        seconds(80),
        "ready",
        sizes=SIZES,
    ),
    Case("written in the future, old", (DBZH, file("VRAD", 1, 9000)), LATE, "ready"),
    Case("written before it was measured", (DBZH, file("VRAD", 100, -1)), seconds(80), "waiting"),
    Case("written as it was measured", (DBZH, file("VRAD", 100, 0)), seconds(80), "ready"),
    Case(
        "a server in local time, second time",
        (file("DBZH", modified=-10800), file("VRAD", modified=-10800)),
        seconds(80),
        "ready",
        sizes=SIZES,
    ),
    Case("a server in local time, old", (DBZH, file("VRAD", 1, -10000)), LATE, "ready"),
    Case("from next year", (DBZH,), seconds(-400 * 86400), "overdue", V),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.what)
def test_states(case: Case) -> None:
    rules = ArrivalRules(RULES.incomplete_after, RULES.settle_after, case.allow_incomplete)
    (arrival,) = assess(case.files, lambda _: case.expected, case.now, rules, case.sizes)
    assert (arrival.state, arrival.missing) == (case.state, case.missing)
    fields = [file.name.field for file in arrival.files]
    assert fields == sorted(set(fields))
    assert arrival.is_due == (case.state in ("ready", "overdue"))


@pytest.mark.parametrize(
    ("files", "now", "expected", "is_settling"),
    [
        ((DBZH, VRAD), seconds(61), EXPECTED, True),
        ((DBZH, VRAD), seconds(80), EXPECTED, False),
        ((DBZH,), seconds(61), EXPECTED, False),
        ((DBZH, file("VRAD", 0)), seconds(61), EXPECTED, False),
        ((DBZH, VRAD), seconds(61), None, False),
    ],
    ids=["all there", "settled", "a field is missing", "an empty file", "unknown strategy"],
)
def test_a_volume_settles_when_everything_is_there(
    files: tuple[RemoteFile, ...],
    now: datetime,
    expected: frozenset[str] | None,
    is_settling: bool,
) -> None:
    (arrival,) = assess(files, lambda _: expected, now, RULES, {})
    assert arrival.is_settling == is_settling


def test_the_plain_file_is_taken_unless_it_is_empty() -> None:
    zipped = file("DBZH", gzipped=True)
    for plain, taken in ((DBZH, DBZH), (file("DBZH", 0), zipped)):
        for files in ((plain, zipped), (zipped, plain)):
            (arrival,) = assess(files, lambda _: EXPECTED, LATE, RULES, {})
            assert arrival.files == (taken,)


def test_the_newer_of_two_deliveries_is_taken() -> None:
    newer = file("DBZH", 90, 70)
    (arrival,) = assess((newer, DBZH), lambda _: EXPECTED, LATE, RULES, {})
    assert arrival.files == (newer,)


def test_volumes_come_in_order_of_time() -> None:
    times = ["2025-11-18T12:40:00", "2025-11-18T12:30:00", "2026-01-01T00:00:00"]
    files = [
        RemoteFile(name(time, volume=v), 1, None, "here") for time in times for v in ("02", "01")
    ]
    found = [arrival.id for arrival in assess(files, lambda _: None, LATE, RULES, {})]
    assert [(f"{v.time:%H:%M}", v.volume) for v in found] == [
        ("12:30", "01"),
        ("12:30", "02"),
        ("12:40", "01"),
        ("12:40", "02"),
        ("00:00", "01"),
        ("00:00", "02"),
    ]
