"""Tables and budgets of a run: `python -m … RESULTS.json docs/performance.md`.

The part of the page between two marks is replaced by what was measured. Exits with 1 where a
budget is missed.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from radar_assets_tests.pages import write


@dataclass(frozen=True)
class Budget:
    """What a step may take: of its floor, of time, or of what it measured itself."""

    times: float | None = None
    """as often as its floor"""
    milliseconds: float | None = None
    value: float | None = None
    """in the unit of the measurement"""

    def __str__(self) -> str:
        parts = [(self.times, " floors"), (self.milliseconds, " ms"), (self.value, "")]
        return ", ".join(f"≤ {limit:g}{unit}" for limit, unit in parts if limit is not None)


BUDGETS = {
    "decode BUFR, 3 fields": Budget(times=1.5),
    "BUFR files to a CF/Radial file": Budget(times=1.5),
    "export CfRadial 2": Budget(times=2),
    "export ODIM_H5": Budget(times=2),
    "PNG of a field": Budget(milliseconds=15),
    "GeoTIFF of a field": Budget(milliseconds=40),
    "COLMAX, drawn": Budget(milliseconds=60),
    "compose five products of 18 radars": Budget(value=2),
    "all sums of rain of a window, of a country": Budget(milliseconds=1000),
    "definitions of 18 radars, loaded": Budget(milliseconds=4000),
    "a window as a process of its own": Budget(value=6),
    "a day's backfill, of 144 small windows": Budget(value=0.3),
    "memory of a window": Budget(value=600),
}


@dataclass
class Step:
    """A group of benchmarks."""

    name: str
    seconds: float | None = None
    floor: float | None = None
    value: float | None = None
    unit: str = ""

    @property
    def ratio(self) -> float | None:
        """How often the step's floor fits into it."""
        return self.seconds / self.floor if self.seconds and self.floor else None

    def misses(self) -> bool:
        """Whether the step takes more than its budget."""
        budget = BUDGETS.get(self.name, Budget())
        pairs = (
            (self.ratio, budget.times),
            (self.seconds and 1000 * self.seconds, budget.milliseconds),
            (self.value, budget.value),
        )
        return any(limit is not None and (found or 0) > limit for found, limit in pairs)


def steps(results: Mapping[str, Any]) -> list[Step]:
    """Steps of a run of pytest-benchmark, in its order; of each test the fastest round."""
    found: dict[str, Step] = defaultdict(lambda: Step(""))
    for entry in results["benchmarks"]:
        step = found[entry["group"]]
        step.name = entry["group"]
        if "value" in entry["extra_info"]:
            step.value, step.unit = entry["extra_info"]["value"], entry["extra_info"]["unit"]
        elif entry["name"].endswith("floor"):
            step.floor = entry["stats"]["min"]
        else:
            step.seconds = entry["stats"]["min"]
    return list(found.values())


def tables(found: Iterable[Step], machine: str) -> str:
    """The steps as Markdown."""
    rows = [*_rows(found)]
    return "\n".join(
        [f"Measured on {machine}; the fastest round of each.", "",
         "| step | takes | floor | ratio | budget | |", "|---|--:|--:|--:|--:|---|", *rows, ""]
    )  # fmt: skip


def _rows(found: Iterable[Step]) -> Iterator[str]:
    for step in found:
        budget = str(BUDGETS.get(step.name, ""))
        takes = f"{step.value:.3g} {step.unit}" if step.value is not None else _ms(step.seconds)
        ratio = f"{step.ratio:.2f}" if step.ratio else ""
        verdict = "" if not budget else "**missed**" if step.misses() else "met"
        yield f"| {step.name} | {takes} | {_ms(step.floor)} | {ratio} | {budget} | {verdict} |"


def _ms(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return f"{1000 * seconds:.3g} ms" if seconds < 1 else f"{seconds:.2f} s"


def main() -> None:
    """Write the tables into the page, print them, and judge."""
    results, page = Path(sys.argv[1]), Path(sys.argv[2])
    found = steps(json.loads(results.read_text("utf-8")))
    cores = len(os.sched_getaffinity(0))
    text = tables(found, f"{cores} cores, Python {platform.python_version()}")
    write(page, "benchmarks", text)
    sys.stdout.write(text)
    missed = [step.name for step in found if step.misses()]
    if missed:
        sys.exit(f"over budget: {', '.join(missed)}")


if __name__ == "__main__":
    main()
