"""What ran, how long it took and how often it failed: arithmetic over passes.

A pass is one stage of one window, done once.
"""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class By(StrEnum):
    """What passes are summed up by."""

    RADAR = "radar"
    STAGE = "stage"
    DAY = "day"


@dataclass(frozen=True)
class FailedItem:
    """One failed file, volume or product."""

    volume_id: str
    """empty where it is not known"""
    code: str
    message: str


@dataclass(frozen=True)
class Pass:
    """One stage of one window, done once."""

    radar: str
    window: str
    """partition key"""
    stage: str
    time: datetime
    run_id: str
    seconds: float
    """that the work took"""
    is_made: bool
    """whether anything came of it"""
    items: int
    """files, volumes or products"""
    failed_items: tuple[FailedItem, ...] = ()
    volumes: Mapping[str, float | None] = field(default_factory=dict)
    """volumes it is about, with the seconds that each took; None where that is not known"""

    @property
    def is_success(self) -> bool:
        """Whether nothing failed."""
        return self.is_made and not self.failed_items

    def holds(self, text: str) -> bool:
        """Whether a text occurs in its names, identifiers or errors."""
        texts = (f"{item.volume_id} {item.code} {item.message}" for item in self.failed_items)
        words = (self.radar, self.window, self.stage, self.run_id, *self.volumes, *texts)
        return any(text.lower() in word.lower() for word in words)


_KEYS: Mapping[By, Callable[[Pass], str]] = {
    By.RADAR: lambda item: item.radar,
    By.STAGE: lambda item: item.stage,
    By.DAY: lambda item: f"{item.time:%Y-%m-%d}",
}


def summaries(passes: Iterable[Pass], by: By) -> list[dict[str, Any]]:
    """Sum up passes: number, failures, success rate, and seconds that each took.

    Keys: the name of `by`, `passes`, `failed`, `success_rate` (0 to 1), `seconds_total`,
    `seconds_median`, `seconds_95` and `seconds_max`.
    """
    groups: dict[str, list[Pass]] = defaultdict(list)
    for item in passes:
        groups[_KEYS[by](item)].append(item)
    return [{by.value: name, **_summary(groups[name])} for name in sorted(groups)]


def _summary(passes: Sequence[Pass]) -> dict[str, Any]:
    seconds = sorted(item.seconds for item in passes)
    failed = sum(not item.is_success for item in passes)
    return {
        "passes": len(passes),
        "failed": failed,
        "success_rate": round(1 - failed / len(passes), 4),
        "seconds_total": round(sum(seconds), 3),
        "seconds_median": round(statistics.median(seconds), 3),
        "seconds_95": round(seconds[min(len(seconds) - 1, int(0.95 * len(seconds)))], 3),
        "seconds_max": round(seconds[-1], 3),
    }


def slowest(passes: Iterable[Pass], number: int) -> list[dict[str, Any]]:
    """The volumes that took longest to decode and write, each at its slowest."""
    found: dict[str, tuple[float, Pass]] = {}
    for item in passes:
        for volume, seconds in item.volumes.items():
            if seconds is not None and seconds > found.get(volume, (0.0, item))[0]:
                found[volume] = seconds, item
    ranked = sorted(found.items(), key=lambda entry: -entry[1][0])
    return [
        {"volume_id": volume, "seconds": seconds, "window": item.window, "run_id": item.run_id}
        for volume, (seconds, item) in ranked[:number]
    ]


def most_failing(passes: Iterable[Pass], number: int) -> list[dict[str, Any]]:
    """The volumes with most failures, with the code and message of the last one."""
    counts: Counter[str] = Counter()
    last: dict[str, tuple[datetime, FailedItem]] = {}
    for item in passes:
        for trouble in item.failed_items:
            if trouble.volume_id:
                counts[trouble.volume_id] += 1
                if item.time >= last.get(trouble.volume_id, (item.time, trouble))[0]:
                    last[trouble.volume_id] = item.time, trouble
    return [
        {
            "volume_id": volume,
            "failures": count,
            "error_code": last[volume][1].code,
            "error_message": last[volume][1].message,
        }
        for volume, count in counts.most_common(number)
    ]
