"""What a stage made of a window, and what its checks say of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from radar_assets.errors import InputMissing, NoSpace, StorageError
from radar_assets.errors.advice import advice
from radar_assets.stages.base.rows import Row

_DISK_CODES = {advice(kind).code for kind in (StorageError, NoSpace, OSError, MemoryError)}


class Severity(StrEnum):
    """How bad it is when a check fails."""

    WARN = "WARN"
    ERROR = "ERROR"


@dataclass(frozen=True)
class Verdict:
    """The outcome of one check."""

    check: str
    faults: tuple[str, ...] = ()
    """what is wrong, a sentence each; the check passed when empty"""
    severity: Severity = Severity.ERROR


class Markdown(str):
    """Text that is shown formatted."""

    __slots__ = ()


@dataclass(frozen=True)
class Shortfall:
    """Why a run that recorded a window is to fail all the same."""

    reason: str
    kind: Literal["failure", "refused", "final"] = "failure"
    """failure: external, a retry may succeed; refused: single files that servers which answer do
    not give; final: a retry would fail alike"""


@dataclass(frozen=True)
class StageResult:
    """The outcome of a stage for a window, ready to be recorded."""

    rows: Sequence[Row]
    totals: Mapping[str, float]
    made: int
    """files, volumes or products that are there now"""
    verdicts: tuple[Verdict, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    """further entries of the record"""
    is_open: bool = False
    """the window may still get files, and has nothing to show yet: it is not recorded"""
    shortfall: Shortfall | None = None
    is_wanted: bool = False
    """that rows failed is what the network file asks for; the window is closed with them"""

    @property
    def has_failed(self) -> bool:
        """Whether there was something to do and nothing came of it."""
        return not self.is_wanted and self.made == 0 and any(row.is_failed for row in self.rows)

    @property
    def reason(self) -> str:
        """The first failure, in words."""
        return next((row.error_message or "" for row in self.rows if row.is_failed), "")


def disk_shortfall(rows: Sequence[Row]) -> Shortfall | None:
    """The first failure of the disk or of memory: another run may not meet it."""
    text = next((row.error_message for row in rows if is_of_disk(row)), None)
    return Shortfall(text) if text else None


def is_of_disk(row: Row) -> bool:
    """Whether a row failed because of disk or memory: what was made before is still true."""
    return row.error_code in _DISK_CODES


def was_hindered(row: Row) -> bool:
    """Whether a row failed for what says nothing against what was made before."""
    return is_of_disk(row) or row.error_code == InputMissing.code


def lost_shortfall(rows: Sequence[Row]) -> Shortfall | None:
    """The first recorded input that is not stored: it is for an operator to make again."""
    lost = next((row for row in rows if row.error_code == InputMissing.code), None)
    return Shortfall(lost.error_message or "", "final") if lost else None
