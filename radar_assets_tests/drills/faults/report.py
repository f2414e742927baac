"""What came of the faults."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """One fault, and how it ended."""

    number: int
    kind: str
    windows: range
    what: str
    """what it did"""
    left: int
    """unfinished files that it left"""
    healing: str
    """command that was run after it"""
    seconds: float
    wrong: tuple[str, ...]

    def __str__(self) -> str:
        end = "; ".join(self.wrong) or "all as undisturbed"
        return (
            f"#{self.number} {self.kind}, windows {self.windows[0]}-{self.windows[-1]}: "
            f"{self.what}; {self.left} unfinished files left; {self.healing}: {end} "
            f"[{self.seconds:.0f} s]"
        )


def table(cases: Sequence[Case], seed: int, files: int, records: int) -> str:
    """Cases by their kind, as Markdown."""
    kinds = defaultdict[str, list[Case]](list)
    for case in cases:
        kinds[case.kind].append(case)
    wrong = sum(bool(case.wrong) for case in cases)
    head = (
        f"{len(cases)} faults of {len(kinds)} kinds, seed {seed}: {wrong} not healed. In the "
        f"end {files} files and {records} records are compared with an undisturbed platform."
    )
    return "\n".join(
        [
            head,
            "",
            "| fault | times | left unfinished files | healed by one more run |",
            "|---|--:|--:|--:|",
            *(_row(kind, kinds[kind]) for kind in sorted(kinds)),
            "",
        ]
    )


def _row(kind: str, cases: Sequence[Case]) -> str:
    left = sum(bool(case.left) for case in cases)
    healed = sum(not case.wrong for case in cases)
    return f"| {kind} | {len(cases)} | {left} | {healed} |"
