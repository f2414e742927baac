"""`radar-assets adopt --state-db`: what an older daemon noted is recorded, and runs keep it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from radar_assets.radar.bufr import encode
from radar_assets_tests.command import call
from radar_assets_tests.defs.platforms import FIELDS, RADAR, File, at
from radar_assets_tests.defs.shell import Write
from radar_assets_tests.fields import bufr_field
from radar_assets_tests.ftp_server import Server
from radar_assets_tests.ingest.old_database import (
    PARTIAL,
    PRODUCTS,
    THIRD,
    VOLUMES,
    Row,
    add_table,
    database,
    downloaded,
)

HERE = [File(name, "12:30:20") for name in FIELDS]
REFUSED, BEGUN, LOST = File("TH", "12:30:20"), File("DBZH", "13:10:20"), File("ZDR", "13:10:20")
VOLUME = f"{RADAR}_0315_01_2025-11-18T12:30:20Z"
HOW = ("remote_path", "server", "attempts", "downloaded_at")


def noted(file: File) -> dict[str, object]:
    """What the daemon noted of the way of a file."""
    path = f"/old/server/{file.name}"
    return {
        "remote_path": path,
        "server": "ftp.old",
        "attempts": 3,
        "downloaded_at": "2025-11-18T12:35:07Z",
    }


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    for file in HERE:
        file.publish(tmp_path / "L2")
    with Server(tmp_path) as server:
        yield server


@pytest.fixture
def old(tmp_path: Path) -> Path:
    folder = tmp_path / "old"
    folder.mkdir()
    for file in HERE:
        (folder / str(file.name)).write_bytes(file.content)
    return folder


@pytest.fixture
def state_db(tmp_path: Path, old: Path) -> Path:
    rows: list[Row] = [
        downloaded(str(file.name), **noted(file), file_size=len(file.content)) for file in HERE
    ]
    refused = {"filename": str(REFUSED.name), "status": "failed", "error_message": "550 denied"}
    rows += [{**refused, "attempts": 5}, downloaded(str(LOST.name), local_path="/gone/file")]
    path = database(tmp_path, THIRD, *rows)
    add_table(path, "partial_downloads", PARTIAL, [old_part()])
    add_table(path, "volume_processing", VOLUMES, old_volumes())
    add_table(path, "product_generation", PRODUCTS, old_products())
    return path


def old_part() -> Row:
    return {
        "filename": str(BEGUN.name),
        "bytes_downloaded": 70,
        "total_bytes": 900,
        "attempt_count": 2,
    }


def old_volumes() -> list[Row]:
    """A whole volume, a broken one, and one without a name that can be read."""
    volume = {"volume_id": VOLUME, "expected_fields": '["DBZH", "ZDR"]'}
    whole = {
        "status": "completed",
        "is_complete": 1,
        "downloaded_fields": "DBZH,ZDR",
        "netcdf_path": "/old/x.nc",
    }
    broken = {
        "volume_id": VOLUME.replace("12:30:20", "13:10:20"),
        "status": "failed",
        "downloaded_fields": "DBZH",
        "error_message": "no ZDR",
    }
    return [volume | whole, volume | broken, {"volume_id": "x"}]


def old_products() -> list[Row]:
    """A product that was made, and one that failed."""
    made = {"status": "completed", "generated_at": "2025-11-18T12:41:00"}
    failed = {"status": "failed", "error_type": "KeyError", "error_message": "'TH'"}
    return [
        {"volume_id": VOLUME, "product_type": "geotiff", **made},
        {"volume_id": VOLUME, "product_type": "image", **failed},
    ]


def status() -> dict[str, list[dict[str, Any]]]:
    return json.loads(call("status", "--json").stdout)


def files() -> dict[str, dict[str, Any]]:
    return {row["file_name"]: row for row in status()["files"]}


def adopt(old: Path, state_db: Path) -> dict[str, Any]:
    return json.loads(call("adopt", old, "--state-db", state_db, "--json").stdout)


def test_every_row_is_recorded_with_all_of_its_columns(
    platform: Write, old: Path, state_db: Path
) -> None:
    platform()
    assert adopt(old, state_db)["recorded"] == {"files": 5, "volumes": 2, "products": 2}
    found = files()
    for file in HERE:
        row = found[str(file.name)]
        assert {name: row[name] for name in HOW} == noted(file)
        assert (row["status"], row["local_path"]) == ("completed", str(file.name.path))
        assert (row["size_bytes"], row["window"]) == (len(file.content), "2025-11-18-12:30")
    refused, begun, lost = (found[str(file.name)] for file in (REFUSED, BEGUN, LOST))
    assert {row["status"] for row in (refused, begun, lost)} == {"failed"}
    assert (refused["attempts"], "failed: 550 denied" in refused["error_message"]) == (5, True)
    assert (begun["attempts"], begun["bytes_downloaded"], begun["size_bytes"]) == (2, 70, 900)
    assert "had" in lost["error_message"]
    assert "/gone/file" in lost["error_message"]


def test_volumes_and_products_are_recorded(platform: Write, old: Path, state_db: Path) -> None:
    platform()
    adopt(old, state_db)
    whole, broken = status()["volumes"]
    assert (whole["volume_id"], whole["status"], whole["is_complete"]) == (
        VOLUME,
        "completed",
        True,
    )
    assert (whole["present_fields"], whole["netcdf_path"]) == ("DBZH, ZDR", None)
    assert "/old/x.nc" in whole["warnings"]
    assert (broken["status"], broken["missing_fields"]) == ("failed", "ZDR")
    assert "no ZDR" in broken["error_message"]
    products = {row["asset"]: row for row in status()["products"]}
    assert (products["geotiff"]["status"], products["geotiff"]["generated_at"]) == (
        *("completed", "2025-11-18T12:41:00Z"),
    )
    assert (products["png"]["status"], products["png"]["product"]) == ("failed", "image")
    assert "KeyError: 'TH'" in products["png"]["error_message"]


def test_runs_keep_how_files_came_and_what_failed(
    platform: Write, server: Server, old: Path, state_db: Path
) -> None:
    platform(
        url=f"{server.url}/L2",
        settings='min_free = "1MB"',
        radar='stages = ["bufr_files", "volumes"]',
    )
    (command,) = adopt(old, state_db)["commands"]
    for _ in range(2):
        assert call(*command.split()[1:], "--keep-going").exit_code == 0
    assert server.sent("RETR") == []
    found = files()
    for file in HERE:
        row = found[str(file.name)]
        assert {name: row[name] for name in HOW} == noted(file)
        assert row["remote_modified_at"] is not None
    assert found[str(REFUSED.name)]["attempts"] == 5
    assert [row["netcdf_path"] is not None for row in status()["volumes"]] == [True, False]


def test_a_file_that_the_server_has_changed_is_no_longer_the_older_daemons(
    platform: Write, server: Server, old: Path, state_db: Path, tmp_path: Path
) -> None:
    platform(url=f"{server.url}/L2", settings='min_free = "1MB"', radar='stages = ["bufr_files"]')
    (command,) = adopt(old, state_db)["commands"]
    changed = File("DBZH", "12:30:20")
    other = encode(bufr_field("DBZH", radar=RADAR, time=at("12:30:20")))
    assert len(other) != len(changed.content)
    changed.publish(tmp_path / "L2").write_bytes(other)
    call(*command.split()[1:])
    row = files()[str(changed.name)]
    assert (row["server"], row["attempts"]) == ("server", 1)


def test_what_only_failed_is_not_closed_as_empty(
    platform: Write, server: Server, old: Path, state_db: Path
) -> None:
    platform(url=f"{server.url}/L2", radar='stages = ["bufr_files"]')
    adopt(old, state_db)
    call("run", "--radar", RADAR, "--from", "2025-11-18T13:10", "--to", "2025-11-18T13:20")
    assert {row["status"] for row in status()["files"] if row["window"].endswith("13:10")} == {
        "failed"
    }
    assert str(BEGUN.name) in files()


def test_windows_with_a_record_are_not_recorded_again(
    platform: Write, old: Path, state_db: Path
) -> None:
    platform()
    adopt(old, state_db)
    before = status()
    assert adopt(old, state_db)["recorded"] == {}
    assert status() == before


def test_history_does_not_count_what_another_daemon_did(
    platform: Write, old: Path, state_db: Path
) -> None:
    platform()
    adopt(old, state_db)
    assert json.loads(call("history", "--json").stdout)["passes"] == []


def test_people_are_reported_what_was_recorded(platform: Write, old: Path, state_db: Path) -> None:
    platform()
    lines = call("adopt", old, "--state-db", state_db).stdout.splitlines()
    assert "recorded of the older daemon: 5 files, 2 volumes, 2 products" in lines


def test_windows_before_a_radars_start_are_not_recorded(
    platform: Write, old: Path, state_db: Path
) -> None:
    platform(radar="start = 2025-11-18T13:00:00Z")
    assert adopt(old, state_db)["recorded"] == {"files": 2, "volumes": 1}
