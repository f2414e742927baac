"""What one stage made of one window."""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import dagster as dg

from radar_assets.defs.checks import Verdict
from radar_assets.defs.metadata import ROWS, Row, record
from radar_assets.errors import NoSpace, StorageError
from radar_assets.errors.advice import MEMORY, advice, full_text
from radar_assets.masking import mask_known

_OF_DISK = {advice(kind).code for kind in (StorageError, NoSpace, OSError, MemoryError)}
"""codes of errors of the machine, which say nothing about the input"""


@dataclass(frozen=True)
class StageResult:
    """The outcome of a stage for a window, ready to be recorded."""

    stage: str
    rows: Sequence[Row]
    totals: Mapping[str, float]
    made: int
    """files, volumes or products that are there now"""
    verdicts: tuple[Verdict, ...] = ()
    extra: Mapping[str, dg.MetadataValue[Any]] = field(default_factory=dict)
    is_open: bool = False
    """the window may still get files, and has nothing to show yet: it is not recorded"""
    shortfall: str | None = None
    """what the world kept from us and may give later; the run fails so that it is tried again"""
    is_refusal: bool = False
    """the shortfall is of single files, which sources that answer do not give"""
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

    def metadata(self) -> dict[str, dg.MetadataValue[Any]]:
        """The record's metadata."""
        return {**self.extra, **record(ROWS[self.stage], self.rows, self.totals)}


def kept_by_disk(rows: Sequence[Row]) -> str | None:
    """The first failure that is the disk's, in words: another run may not meet it."""
    return next((row.error_message for row in rows if is_of_disk(row)), None)


def is_of_disk(row: Row) -> bool:
    """Whether a row failed for the disk's sake, so that what was made before is still true."""
    return row.error_code in _OF_DISK


def log_failure(what: str, error: BaseException) -> None:
    """Write an error to the run's log, with the traceback unless memory ran out.

    The log does not keep `exc_info`.
    """
    trace = "" if advice(error) is MEMORY else "".join(traceback.format_exception(error))
    text = mask_known(f"{full_text(error, None)}\n{trace}".rstrip())
    dg.get_dagster_logger().error("%s failed: %s", what, text)
