"""The records of a window keep the keys, types and columns that users query."""

from __future__ import annotations

import json
import re

import dagster as dg
import pytest

from radar_assets.defs.keys import asset_key
from radar_assets.defs.metadata import table_of
from radar_assets.errors import BadName
from radar_assets.simulator.publish import Fault
from radar_assets.stages import all_stages
from radar_assets.stages.base.rows import MESSAGE_LENGTH, failure
from radar_assets_tests.defs.platforms import FIELDS, RADAR, STAGES, File, Run, Station

TABLE, INT, FLOAT, SENTENCE, MARKDOWN = (
    dg.TableMetadataValue,
    dg.IntMetadataValue,
    dg.FloatMetadataValue,
    dg.TextMetadataValue,
    dg.MarkdownMetadataValue,
)
PRODUCTS = {"products": TABLE, "product_count": INT, "failed_count": INT, "render_seconds": FLOAT}
ENTRIES = {
    "bufr_files": {
        "files": TABLE,
        "file_count": INT,
        "byte_count": INT,
        "download_seconds": FLOAT,
        "situation": SENTENCE,
    },
    "volumes": {
        "volumes": TABLE,
        "volume_count": INT,
        "complete_count": INT,
        "failed_count": INT,
        "decode_seconds": FLOAT,
        "write_seconds": FLOAT,
    },
    "png": {**PRODUCTS, "preview": MARKDOWN},
    "geotiff": PRODUCTS,
}

TEXT, NUMBER, FLAG, REAL = "string", "int", "bool", "float"
OUTCOME = dict.fromkeys(("status", "error_type", "error_code", "error_message"), TEXT)
COLUMNS = {
    "files": {
        **OUTCOME,
        "file_name": TEXT,
        "remote_path": TEXT,
        "local_path": TEXT,
        "server": TEXT,
        "size_bytes": NUMBER,
        "bytes_downloaded": NUMBER,
        "remote_modified_at": TEXT,
        "sha256": TEXT,
        "downloaded_at": TEXT,
        "last_attempt_at": TEXT,
        "attempts": NUMBER,
        "retry_reasons": TEXT,
        "resumed_at_byte": NUMBER,
        "strategy": TEXT,
        "volume": TEXT,
        "field": TEXT,
        "observation_time": TEXT,
    },
    "volumes": {
        **OUTCOME,
        "volume_id": TEXT,
        "strategy": TEXT,
        "volume": TEXT,
        "observation_time": TEXT,
        "step": TEXT,
        "is_complete": FLAG,
        "expected_fields": TEXT,
        "present_fields": TEXT,
        "missing_fields": TEXT,
        "warnings": TEXT,
        "sweeps": NUMBER,
        "netcdf_path": TEXT,
        "size_bytes": NUMBER,
        "sha256": TEXT,
        "processed_at": TEXT,
        "seconds": REAL,
        "fingerprint": TEXT,
    },
    "products": {
        **OUTCOME,
        "volume_id": TEXT,
        "product": TEXT,
        "field": TEXT,
        "filtered": FLAG,
        "sweep": NUMBER,
        "step": TEXT,
        "path": TEXT,
        "size_bytes": NUMBER,
        "parameters": TEXT,
        "generated_at": TEXT,
        "fingerprint": TEXT,
    },
}
each_stage = pytest.mark.parametrize("stage", STAGES)
PYTHON = {TEXT: str, NUMBER: int, FLAG: bool, REAL: float}


def types(metadata: dict[str, dg.MetadataValue]) -> dict[str, type]:
    return {name: type(value) for name, value in metadata.items()}


def columns(table: dg.TableMetadataValue) -> list[tuple[str, str]]:
    return [(column.name, column.type) for column in table.schema.columns]


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Station:
    """A server with a whole volume at 12:30, of none at 12:40, of a garbled one at 12:50."""
    station = Station(tmp_path_factory.mktemp("records"))
    station.publish_volume()
    station.publish(*(File(name, "12:50:20", damage=Fault.GARBLED) for name in FIELDS))
    return station


@pytest.fixture(scope="module")
def history(station: Station) -> Run:
    return station.run("12:30", "12:50")


@each_stage
@pytest.mark.parametrize("time", ["12:30", "12:40"], ids=["a volume", "an empty window"])
def test_every_window_has_the_same_entries(history: Run, stage: str, time: str) -> None:
    metadata = history.records[stage, time].metadata
    assert types(metadata) == ENTRIES[stage]
    table = all_stages()[stage].row.table
    assert columns(metadata[table]) == list(COLUMNS[table].items())


def test_a_failed_window_has_the_entries_of_one_that_worked(history: Run) -> None:
    record = history.records["volumes", "12:50"]
    assert record.state == "failed"
    assert types(record.metadata) == ENTRIES["volumes"]
    assert columns(record.metadata["volumes"]) == list(COLUMNS["volumes"].items())


@each_stage
def test_rows_have_the_columns_and_types_of_their_table(history: Run, stage: str) -> None:
    table = all_stages()[stage].row.table
    records = [r for (name, _), r in history.records.items() if name == stage]
    rows = [row for record in records for row in record.rows]
    assert rows
    for row in rows:
        assert row.keys() == COLUMNS[table].keys()
        for name, value in row.items():
            assert value is None or type(value) is PYTHON[COLUMNS[table][name]], name


def test_only_columns_that_may_be_empty_are_nullable(history: Run) -> None:
    table = history.records["volumes", "12:30"].metadata["volumes"]
    nullable = {c.name for c in table.schema.columns if c.constraints.nullable}
    assert {"error_message", "step", "netcdf_path", "warnings"} <= nullable
    assert nullable.isdisjoint({"volume_id", "status", "is_complete", "sweeps"})


def test_the_row_of_a_file_tells_where_it_came_from_and_lies(
    station: Station, history: Run
) -> None:
    row = history.records["bufr_files", "12:30"].rows[0]
    name = "RMA11_0315_01_DBZH_20251118T123020Z.BUFR"
    path = f"{RADAR}/2025/11/18/12/3020/{name}"
    local = station.data / "bufr" / path
    assert (
        row
        | {
            "file_name": name,
            "remote_path": path,
            "local_path": f"bufr/{path}",
            "server": "server",
            "size_bytes": local.stat().st_size,
            "bytes_downloaded": local.stat().st_size,
            "attempts": 1,
            "resumed_at_byte": 0,
            "strategy": "0315",
            "volume": "01",
            "field": "DBZH",
            "observation_time": "2025-11-18T12:30:20Z",
            "status": "completed",
            "error_type": None,
            "error_code": None,
            "error_message": None,
        }
        == row
    )
    for column in ("remote_modified_at", "downloaded_at", "last_attempt_at"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", row[column])
    assert len(row["sha256"]) == 64


def test_the_row_of_a_volume_tells_what_it_holds(station: Station, history: Run) -> None:
    (row,) = history.records["volumes", "12:30"].rows
    path = "volumes/RMA11/2025/11/18/RMA11_0315_01_20251118T123020Z.nc"
    assert (
        row
        | {
            "volume_id": "RMA11_0315_01_2025-11-18T12:30:20Z",
            "expected_fields": "DBZH, ZDR",
            "present_fields": "DBZH, ZDR",
            "missing_fields": "",
            "warnings": None,
            "sweeps": 2,
            "netcdf_path": path,
            "size_bytes": (station.data / path).stat().st_size,
            "is_complete": True,
            "step": None,
        }
        == row
    )


def test_the_row_of_a_product_tells_its_file_and_parameters(station: Station, history: Run) -> None:
    for stage, suffix in (("png", "png"), ("geotiff", "tif")):
        rows = history.records[stage, "12:30"].rows
        row = next(row for row in rows if row["product"] == "DBZHo")
        path = f"products/RMA11/2025/11/18/RMA11_20251118T123020Z_DBZHo_00.{suffix}"
        assert row | {"path": path, "field": "DBZH", "filtered": False, "sweep": 0} == row
        assert row["size_bytes"] == (station.data / path).stat().st_size
        assert json.loads(row["parameters"])["crs"] == "EPSG:3857"


def test_products_that_a_volume_has_no_fields_for_are_not_applicable(history: Run) -> None:
    rows = history.records["png", "12:30"].rows
    row = next(row for row in rows if row["product"] == "VRADo")
    assert (row["status"], row["path"], row["error_type"]) == ("not_applicable", None, None)
    assert "VRAD" in row["error_message"]


def test_totals_count_the_rows(history: Run) -> None:
    files = history.records["bufr_files", "12:30"]
    assert files["file_count"] == 2
    assert files["byte_count"] == sum(files.column("size_bytes"))
    good, bad = (history.records["volumes", time] for time in ("12:30", "12:50"))
    assert [good[n] for n in ("volume_count", "complete_count", "failed_count")] == [1, 1, 0]
    assert [bad[n] for n in ("volume_count", "complete_count", "failed_count")] == [1, 0, 1]
    png = history.records["png", "12:30"]
    assert png["product_count"] == png.column("status").count("completed") > 0


def test_records_are_stored_as_they_were_reported(station: Station, history: Run) -> None:
    stored = station.instance.fetch_materializations(
        dg.AssetRecordsFilter(asset_key(RADAR, "png"), asset_partitions=["2025-11-18-12:30"]), 1
    ).records[0]
    assert stored.asset_materialization is not None
    assert stored.asset_materialization.metadata == (history.records["png", "12:30"].metadata)


def test_long_messages_are_cut() -> None:
    assert MESSAGE_LENGTH == 500
    message = failure(BadName("x" * 501))["error_message"]
    assert len(message) == MESSAGE_LENGTH
    assert message.startswith("xxx")
    assert message.endswith(f"{BadName.remedy}]")


def test_the_message_of_a_defect_begins_with_its_type() -> None:
    columns = failure(KeyError("DBZH"))
    assert columns.pop("error_message").startswith("KeyError: 'DBZH' [RA900; ")
    assert columns == {"status": "failed", "error_type": "KeyError", "error_code": "RA900"}


@each_stage
def test_a_table_without_rows_keeps_its_schema(stage: str) -> None:
    row_type = all_stages()[stage].row
    table = table_of(row_type, [])
    assert isinstance(table, dg.TableMetadataValue)
    assert table.records == []
    assert columns(table) == list(COLUMNS[row_type.table].items())
