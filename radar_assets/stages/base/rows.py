"""Rows of the records of windows: a row per file, volume or product, with fixed columns and types.

They stand in for status tables: each materialization (or, where nothing could be made, observation)
of a window carries a table of rows.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, TypeVar, get_type_hints

from radar_assets.errors.advice import TEXT_LENGTH, advice, full_text

MESSAGE_LENGTH = TEXT_LENGTH

COMPLETED, FAILED, NOT_APPLICABLE = "completed", "failed", "not_applicable"


Rows = Sequence[Mapping[str, Any]]
"""rows as they are recorded: columns by their names"""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row of a record; a type of rows adds columns of text, numbers or booleans, or None."""

    table: ClassVar[str]
    """name of the table in a record"""
    path_column: ClassVar[str | None] = None
    """column with the path, below the data root, of the file that a row is about"""

    status: str = COMPLETED
    error_type: str | None = None
    error_code: str | None = None
    error_message: str | None = None

    @property
    def is_failed(self) -> bool:
        """Whether the row is about a failure."""
        return self.status == FAILED

    @property
    def version(self) -> str | None:
        """What is equal as long as the content is."""
        return getattr(self, "fingerprint", None)


@dataclass(frozen=True, kw_only=True)
class FileRow(Row):
    """One BUFR file of a window."""

    table: ClassVar[str] = "files"
    path_column: ClassVar[str | None] = "local_path"

    file_name: str
    remote_path: str | None = None
    local_path: str | None = None
    server: str | None = None
    size_bytes: int | None = None
    bytes_downloaded: int = 0
    remote_modified_at: str | None = None
    sha256: str | None = None
    downloaded_at: str | None = None
    last_attempt_at: str | None = None
    attempts: int = 0
    retry_reasons: str | None = None
    resumed_at_byte: int = 0
    strategy: str | None = None
    volume: str | None = None
    field: str | None = None
    observation_time: str | None = None

    @property
    def version(self) -> str | None:
        """Digest of the file."""
        return self.sha256


@dataclass(frozen=True, kw_only=True)
class VolumeRow(Row):
    """One volume of a window; `step` is the one that failed.

    `warnings` says how the volume differs from what the network file says; `seconds` is the time
    that decoding and writing took; `fingerprint` says what the volume was made of, and how.
    """

    table: ClassVar[str] = "volumes"
    path_column: ClassVar[str | None] = "netcdf_path"

    volume_id: str
    strategy: str
    volume: str
    observation_time: str
    step: str | None = None
    is_complete: bool = False
    expected_fields: str = ""
    present_fields: str = ""
    missing_fields: str = ""
    warnings: str | None = None
    sweeps: int = 0
    netcdf_path: str | None = None
    size_bytes: int | None = None
    sha256: str | None = None
    processed_at: str | None = None
    seconds: float = 0.0
    fingerprint: str | None = None


@dataclass(frozen=True, kw_only=True)
class ProductRow(Row):
    """One product of one volume; `step` is the one that failed.

    `fingerprint` says what the product was made of, and how.
    """

    table: ClassVar[str] = "products"
    path_column: ClassVar[str | None] = "path"

    volume_id: str
    product: str
    field: str
    filtered: bool
    sweep: int
    step: str | None = None
    path: str | None = None
    size_bytes: int | None = None
    parameters: str = "{}"
    generated_at: str | None = None
    fingerprint: str | None = None


@dataclass(frozen=True, kw_only=True)
class ExportRow(Row):
    """One volume in one format of others; `step` is the one that failed.

    `fingerprint` says what the file was made of, and how.
    """

    table: ClassVar[str] = "formats"
    path_column: ClassVar[str | None] = "path"

    volume_id: str
    format: str
    step: str | None = None
    path: str | None = None
    size_bytes: int | None = None
    sha256: str | None = None
    generated_at: str | None = None
    fingerprint: str | None = None


@dataclass(frozen=True, kw_only=True)
class MapRow(Row):
    """One map of a composite; `step` is the one that failed.

    `radars` are those that took part, `old` those of them that had nothing in the window and are
    shown as they were in the one before, and `missing` those that had nothing in either.
    `fingerprint` says what the map was made of, and how.
    """

    table: ClassVar[str] = "maps"
    path_column: ClassVar[str | None] = "path"

    product: str
    observation_time: str
    radars: str = ""
    old: str = ""
    missing: str = ""
    step: str | None = None
    path: str | None = None
    size_bytes: int | None = None
    parameters: str = "{}"
    generated_at: str | None = None
    fingerprint: str | None = None


def failure(error: BaseException) -> dict[str, Any]:
    """Columns that describe an error: what happened, its code, the likely cause and what to do."""
    return {
        "status": FAILED,
        "error_type": type(error).__name__,
        "error_code": advice(error).code,
        "error_message": full_text(error),
    }


R = TypeVar("R", bound=Row)


def column_types(row_type: type[Row]) -> dict[str, Any]:
    """Type hints of the columns of a type of row, by their names, in order."""
    hints = get_type_hints(row_type)
    return {item.name: hints[item.name] for item in dataclasses.fields(row_type)}


def columns(row: Row) -> dict[str, Any]:
    """A row as it is recorded."""
    return {name: getattr(row, name) for name in column_types(type(row))}


def row_from(row_type: type[R], stored: Mapping[str, Any]) -> R:
    """A row as it was recorded, perhaps by another version with other columns."""
    known = column_types(row_type)
    return row_type(**{name: value for name, value in stored.items() if name in known})


def stamp(time: datetime) -> str:
    """Write a moment as ISO 8601 in UTC, to the second."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
