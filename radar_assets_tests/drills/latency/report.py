"""The table of a drill."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from radar_assets_tests.drills.latency.composing import Composition
from radar_assets_tests.drills.latency.measure import STAGES, Journey

AIM = 45.0
"""seconds that 95 of 100 volumes stay below"""
_MEANINGS = {
    "sensor": "files settle, the sensor polls",
    "queue": "the run waits for its turn",
    "process": "its process starts",
    "work": "download to last picture",
}


@dataclass(frozen=True)
class Setting:
    """How a drill was made."""

    launcher: str
    radars: int
    minutes: float
    cores: int
    busy: float
    """mean number of busy cores"""
    published: int
    """volumes"""


def table(
    journeys: Sequence[Journey], compositions: Sequence[Composition], setting: Setting
) -> str:
    """The drill as Markdown."""
    parts = {stage: [journey.stages[stage] for journey in journeys] for stage in STAGES}
    rows = [("**whole way**", [journey.seconds for journey in journeys])]
    rows += [(f"{stage}: {_MEANINGS[stage]}", parts[stage]) for stage in STAGES]
    made = [item.seconds for item in compositions if item.made]
    rows += [(f"composite, from when it is due ({len(made)})", made)]
    head = (
        f"{setting.radars} radars, {setting.minutes:g} minutes, launcher {setting.launcher}: "
        f"{len(journeys)} of {setting.published} volumes drawn, {setting.busy:.1f} of "
        f"{setting.cores} cores busy."
    )
    return "\n".join(
        [
            head,
            "",
            "| seconds | p50 | p95 | longest |",
            "|---|--:|--:|--:|",
            *(_row(name, values) for name, values in rows),
            "",
        ]
    )


def quantile(values: Sequence[float], share: float) -> float:
    """The value that this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _row(name: str, values: Sequence[float]) -> str:
    if not values:
        return f"| {name} | - | - | - |"
    middle, high = quantile(values, 0.5), quantile(values, 0.95)
    return f"| {name} | {middle:.1f} | {high:.1f} | {max(values):.1f} |"
