"""The records of a window: rows, tables and totals with fixed keys and types.

They stand in for status tables: each materialization (or, where nothing could be made, observation)
of a window carries a table with a row per file, volume or product, and the window's totals.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, TypeVar, get_args, get_type_hints

import dagster as dg

from radar_assets.errors.advice import TEXT_LENGTH, advice, full_text

MESSAGE_LENGTH = TEXT_LENGTH

COMPLETED, FAILED, NOT_APPLICABLE = "completed", "failed", "not_applicable"


class _Outcome:
    table: ClassVar[str]
    status: str

    @property
    def is_failed(self) -> bool:
        """Whether the row stands for a failure."""
        return self.status == FAILED


@dataclass(frozen=True, kw_only=True)
class FileRow(_Outcome):
    """One BUFR file of a window."""

    table: ClassVar[str] = "files"

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
    status: str = COMPLETED
    error_type: str | None = None
    error_code: str | None = None
    error_message: str | None = None


@dataclass(frozen=True, kw_only=True)
class VolumeRow(_Outcome):
    """One volume of a window; `stage` names the step that failed.

    `warnings` says how the volume differs from what the network file says; `seconds` is the time
    that decoding and writing took; `fingerprint` says what the volume was made of, and how.
    """

    table: ClassVar[str] = "volumes"

    volume_id: str
    strategy: str
    volume: str
    observation_time: str
    status: str = COMPLETED
    stage: str | None = None
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
    error_type: str | None = None
    error_code: str | None = None
    error_message: str | None = None


@dataclass(frozen=True, kw_only=True)
class ProductRow(_Outcome):
    """One product of one volume; `stage` names the step that failed.

    `fingerprint` says what the product was made of, and how.
    """

    table: ClassVar[str] = "products"

    volume_id: str
    product: str
    field: str
    filtered: bool
    sweep: int
    status: str = COMPLETED
    stage: str | None = None
    path: str | None = None
    size_bytes: int | None = None
    parameters: str = "{}"
    generated_at: str | None = None
    fingerprint: str | None = None
    error_type: str | None = None
    error_code: str | None = None
    error_message: str | None = None


Row = FileRow | VolumeRow | ProductRow

ROWS: Mapping[str, type[Row]] = {
    "bufr_files": FileRow,
    "volumes": VolumeRow,
    "png": ProductRow,
    "geotiff": ProductRow,
}
"""Row type of each asset."""


def failure(error: BaseException) -> dict[str, Any]:
    """Columns that tell an error: what happened, its code, the likely cause and what to do."""
    return {
        "status": FAILED,
        "error_type": type(error).__name__,
        "error_code": advice(error).code,
        "error_message": full_text(error),
    }


R = TypeVar("R", FileRow, VolumeRow, ProductRow)


def row_from(row_type: type[R], stored: Mapping[str, Any]) -> R:
    """A row as it was recorded, perhaps by another version with other columns."""
    known = {item.name for item in dataclasses.fields(row_type)}
    return row_type(**{name: value for name, value in stored.items() if name in known})


def stamp(time: datetime) -> str:
    """Write a moment as ISO 8601 in UTC, to the second."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def record(
    row_type: type[Row], rows: Sequence[Row], totals: Mapping[str, float]
) -> dict[str, dg.MetadataValue[Any]]:
    """Metadata of one window of an asset: the window's totals, then the table of rows."""
    numbers = {name: _number(value) for name, value in totals.items()}
    return {**numbers, row_type.table: _table(row_type, rows)}


def _number(value: float) -> dg.MetadataValue[Any]:
    return dg.MetadataValue.int(value) if isinstance(value, int) else dg.MetadataValue.float(value)


def rows_of(metadata: Mapping[str, Any], table: str) -> list[dict[str, Any]]:
    """Read the rows of a stored record."""
    value = metadata.get(table)
    if not isinstance(value, dg.TableMetadataValue):
        return []
    return [dict(item.data) for item in value.records]


def _table(row_type: type[Row], rows: Iterable[Row]) -> dg.TableMetadataValue:
    return dg.MetadataValue.table(
        records=[dg.TableRecord(dataclasses.asdict(row)) for row in rows],
        schema=_schema(row_type),
    )


_TYPES = {str: "string", int: "int", float: "float", bool: "bool"}


def _schema(row_type: type[Row]) -> dg.TableSchema:
    hints = get_type_hints(row_type)
    return dg.TableSchema(
        [_column(item.name, hints[item.name]) for item in dataclasses.fields(row_type)]
    )


def _column(name: str, hint: Any) -> dg.TableColumn:  # noqa: ANN401
    kinds = get_args(hint) or (hint,)
    nullable = type(None) in kinds
    constraints = dg.TableColumnConstraints(nullable=nullable)
    return dg.TableColumn(name, _TYPES[kinds[0]], constraints=constraints)
