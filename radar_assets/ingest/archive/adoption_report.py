"""Results of an adoption: counts, days, and the windows that are to be recorded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from radar_assets.ingest.archive.adopt import HERE, AdoptionOutcome, CandidateFile
from radar_assets.ingest.archive.spans import RadarSpan, joined
from radar_assets.ingest.scheduling.plan import Plan
from radar_assets.radar.names import ISO
from radar_assets.settings import Network

_NOT_ADOPTED = (
    AdoptionOutcome.CONFLICT,
    AdoptionOutcome.BROKEN,
    AdoptionOutcome.MISMATCH,
    AdoptionOutcome.UNKNOWN,
    AdoptionOutcome.FAILED,
)
_GAP = timedelta(days=1)
"""a longer gap in an archive splits the command that processes it"""


@dataclass
class AdoptedDay:
    """The files of a radar's day that are here now."""

    first: datetime
    """time of the earliest volume"""
    last: datetime
    files: int = 0


@dataclass
class AdoptionReport:
    """Adds up the outcomes of files."""

    counts: Counter[AdoptionOutcome] = field(default_factory=Counter)
    days: dict[tuple[str, date], AdoptedDay] = field(default_factory=dict)
    not_adopted: list[CandidateFile] = field(default_factory=list)
    """BUFR files by name that could not be adopted, and folders that could not be listed"""
    missing: list[CandidateFile] = field(default_factory=list)
    recorded: Counter[str] = field(default_factory=Counter)
    """rows of the older daemon's database that were recorded, by table"""

    def add(self, found: CandidateFile) -> None:
        """Count a file."""
        self.counts[found.outcome] += 1
        if found.outcome in _NOT_ADOPTED:
            self.not_adopted.append(found)
        elif found.outcome == AdoptionOutcome.MISSING:
            self.missing.append(found)
        elif found.name and found.outcome in HERE:
            self._add_to_day(found.name.id.radar, found.name.id.time)

    def add_folder(self, error: OSError) -> None:
        """Count a folder that cannot be listed as failed."""
        self.add(CandidateFile(str(error.filename), AdoptionOutcome.FAILED, str(error)))

    def spans(self, network: Network) -> list[RadarSpan]:
        """Windows of the files that are here, nearby days as one."""
        return joined(self._spans(network), _GAP)

    def _spans(self, network: Network) -> Iterator[RadarSpan]:
        for (radar, _), day in self.days.items():
            plan = Plan.of(network, radar)
            yield RadarSpan(
                radar, plan.window_of(day.first), plan.window_of(day.last) + plan.window
            )

    def _add_to_day(self, radar: str, time: datetime) -> None:
        day = self.days.setdefault((radar, time.date()), AdoptedDay(time, time))
        day.first, day.last = min(day.first, time), max(day.last, time)
        day.files += 1


def advice(spans: list[RadarSpan], network: Network) -> Iterator[str]:
    """What to change in the network file before all of the spans can be recorded."""
    for span in spans:
        plan = Plan.of(network, span.radar)
        if span.start < plan.first:
            yield (
                f"{span.radar} starts at {_text(plan.first)} in the network file: "
                f"to record all, let it start at {_text(span.start)}"
            )
        if plan.end and span.end > plan.end:
            yield (
                f"{span.radar} ends at {_text(plan.end)} in the network file: "
                f"to record all, let it end at {_text(span.end)}"
            )


def _text(time: datetime) -> str:
    return f"{time:{ISO}}"
