"""Records of windows as Dagster's metadata: the totals of the window, and a table of rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_args

import dagster as dg

from radar_assets.stages.base.result import Markdown, StageResult
from radar_assets.stages.base.rows import Row, column_types, columns

Metadata = dict[str, dg.MetadataValue[Any]]

_TYPES = {str: "string", int: "int", float: "float", bool: "bool"}


def metadata_of(row_type: type[Row], result: StageResult) -> Metadata:
    """Metadata that record what a stage made of a window."""
    return {
        **{name: _text(text) for name, text in result.texts.items()},
        **{name: _number(value) for name, value in result.totals.items()},
        row_type.table: table_of(row_type, result.rows),
    }


def table_of(row_type: type[Row], rows: Sequence[Row]) -> dg.TableMetadataValue:
    """A table of rows of one type."""
    return dg.MetadataValue.table(
        records=[dg.TableRecord(columns(row)) for row in rows],
        schema=dg.TableSchema([_column(*item) for item in column_types(row_type).items()]),
    )


def rows_of(metadata: Mapping[str, Any], table: str) -> list[dict[str, Any]]:
    """Read the rows of a stored record; the column `stage` of older ones is `step` now."""
    value = metadata.get(table)
    if not isinstance(value, dg.TableMetadataValue):
        return []
    return [
        {"step" if name == "stage" else name: cell for name, cell in item.data.items()}
        for item in value.records
    ]


def _text(text: str) -> dg.MetadataValue[Any]:
    if isinstance(text, Markdown):
        return dg.MetadataValue.md(text)
    return dg.MetadataValue.text(text)


def _number(value: float) -> dg.MetadataValue[Any]:
    return dg.MetadataValue.int(value) if isinstance(value, int) else dg.MetadataValue.float(value)


def _column(name: str, hint: Any) -> dg.TableColumn:  # noqa: ANN401
    kinds = get_args(hint) or (hint,)
    constraints = dg.TableColumnConstraints(nullable=type(None) in kinds)
    return dg.TableColumn(name, _TYPES[kinds[0]], constraints=constraints)
