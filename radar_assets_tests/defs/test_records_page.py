"""docs/records.md: its columns are those of the records, its query gives the rows of `status`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import dagster as dg
import pytest

from radar_assets.defs.metadata import table_of
from radar_assets.defs.status import status
from radar_assets.stages import all_stages
from radar_assets_tests.defs.dagster_server import DagsterServer
from radar_assets_tests.defs.platforms import RADAR, STAGES, Station, key
from radar_assets_tests.repository import README

PAGE = (README.parent / "docs/records.md").read_text("utf-8")


@pytest.mark.parametrize("stage", [*STAGES, "formats"])
def test_the_columns_are_documented(stage: str) -> None:
    row_type = all_stages()[stage].row
    table = table_of(row_type, [])
    assert isinstance(table, dg.TableMetadataValue)
    reported = [
        f"`{column.name}` {column.type}{'?' if column.constraints.nullable else ''}"
        for column in table.schema.columns
    ]
    assert f"| {', '.join(reported)} |" in PAGE


@pytest.fixture
def station(tmp_path_factory: pytest.TempPathFactory) -> Station:
    return Station(tmp_path_factory.mktemp("records"))


@pytest.fixture
def server(station: Station) -> Iterator[DagsterServer]:
    with DagsterServer.of(station) as server:
        yield server


def test_the_query_gives_the_rows_of_status(station: Station, server: DagsterServer) -> None:
    (query,) = re.findall(r"```graphql\n(.*?)```", PAGE, re.DOTALL)
    station.publish_volume("12:30:20")
    with dg.DagsterInstance.from_config(str(server.home)) as instance:
        station.instance = instance
        assert station.run().success
        report = status(instance, timedelta(minutes=10))
    for stage in STAGES:
        answer = server.ask(query, key={"path": [RADAR, stage]}, windows=[key("12:30")])
        assert _rows(answer) == [
            {name: value for name, value in row.items() if name not in _PLACE}
            for row in report[all_stages()[stage].row.table]
            if row["asset"] == stage
        ]


_PLACE = ("radar", "window", "asset", "run_id")


def _rows(answer: dict[str, Any]) -> list[dict[str, Any]]:
    (made,) = answer["assetMaterializations"]
    return [
        json.loads(row)
        for entry in made["metadataEntries"]
        if "table" in entry
        for row in entry["table"]["records"]
    ]
