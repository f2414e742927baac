"""Debug reports and structured logs, of real runs in processes of their own."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

from radar_assets.simulator.publish import Fault
from radar_assets_tests.command import spawn
from radar_assets_tests.defs.login import SECRET, publish
from radar_assets_tests.defs.platforms import FIELDS, RADAR, File
from radar_assets_tests.defs.shell import Write
from radar_assets_tests.ftp_server import Server

SPAN = ("--radar", RADAR, "--from", "2025-11-18T12:30", "--to", "2025-11-18T12:40")
VOLUME = f"{RADAR}_0315_01_2025-11-18T12:30:20Z"


def test_a_debug_report_holds_what_is_needed_and_no_secret(platform: Write, tmp_path: Path) -> None:
    with Server(tmp_path, user="radar", password=SECRET) as server:
        environment = publish(tmp_path, platform, server)
        environment["RADAR_ASSETS_TOKEN"] = "tok-123"
        File("DBZH", "12:35:20", damage=Fault.GARBLED).publish(tmp_path / "L2")
        spawn("run", *SPAN, **environment)
        home = tmp_path / "home/dagster.yaml"
        home.write_text("telemetry: {enabled: false}\n# mail: smtp://me:tok-456@host\n")
        packed = tmp_path / "report.zip"
        done = spawn("debug-report", "-o", packed, **environment)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(packed) as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    assert set(texts) == {
        *("versions.json", "environment.json", "doctor.json", "disk.json", "network.toml"),
        *("dagster.yaml", "failures.json", "failed_runs.json", "active_runs.json"),
        *("checks.json", "sensors.json", "daemons.json"),
    }
    for text in (*texts.values(), done.stdout, done.stderr):
        for secret in (SECRET, "tok-123", "tok-456"):
            assert secret not in text
    assert "dagster" in json.loads(texts["versions.json"])["packages"]
    checks = {item["check"]: item["status"] for item in json.loads(texts["checks.json"])}
    assert checks[f"{RADAR}/volumes:every_volume_was_decoded"] == "FAILED"
    assert checks[f"{RADAR}/volumes:netcdf_is_readable"] == "SUCCEEDED"
    assert "password_env" in texts["network.toml"]
    assert json.loads(texts["environment.json"])["RADAR_ASSETS_DATA"]


def test_a_debug_report_is_made_where_nothing_works(tmp_path: Path) -> None:
    broken = tmp_path / "network.toml"
    broken.write_text("nonsense")
    packed = tmp_path / "report.zip"
    done = spawn("debug-report", "-o", packed, RADAR_ASSETS_NETWORK=broken)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(packed) as archive:
        assert b"nonsense" in archive.read("network.toml")
        assert b"not valid TOML" in archive.read("records.json")


def events(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def test_json_logs_follow_a_volume_from_the_file_to_the_picture(
    platform: Write, tmp_path: Path
) -> None:
    environment = platform()
    for name in FIELDS:
        File(name).publish(tmp_path / "L2")
    File("DBZH", "12:35:20", damage=Fault.GARBLED).publish(tmp_path / "L2")
    debug = {"RADAR_ASSETS_LOG": "json", "RADAR_ASSETS_DEBUG": "ingest"}
    reported = events(spawn("run", *SPAN, **environment, **debug).stderr)
    of_volume = [item for item in reported if item.get("volume_id") == VOLUME]
    assert {(item["stage"], item["event"]) for item in of_volume} >= {
        ("bufr_files", "file completed"),
        ("volumes", "volume completed"),
        ("png", "product completed"),
        ("geotiff", "product completed"),
    }
    assert len({item["run_id"] for item in of_volume}) == 1
    (made,) = [item for item in of_volume if item["event"] == "volume completed"]
    assert made["seconds"] > 0
    assert made["size_bytes"] > 0
    assert (made["radar"], made["window"]) == (RADAR, "2025-11-18-12:30")
    assert {item["component"] for item in reported if item["level"] == "debug"} == {"ingest"}
    assert any(item["event"] == "fetched" and item["bytes"] > 0 for item in reported)
    (failed,) = [item for item in reported if item["event"] == "volume failed"]
    assert failed.keys() == made.keys()
    assert (failed["level"], failed["error_code"]) == ("error", "RA212")


def test_without_a_wish_nothing_is_logged_beside_dagster(platform: Write, tmp_path: Path) -> None:
    environment = platform()
    for name in FIELDS:
        File(name).publish(tmp_path / "L2")
    done = spawn("run", *SPAN, **environment)
    assert "file completed" not in done.stderr
    shown = spawn("run", *SPAN, "--force", **environment, RADAR_ASSETS_DEBUG="volumes").stderr
    assert "volume completed" in shown
    assert "file completed" not in shown
