"""What the doctor says of records that the network file has left behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from radar_assets.doctor.finding import Level
from radar_assets.doctor.records import dagster_state
from radar_assets.settings import load_network
from radar_assets_tests.defs.platforms import FIELDS, RADAR, File
from radar_assets_tests.defs.shell import run, write_platform


def test_records_of_other_windows_and_owners_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_platform(tmp_path, monkeypatch, radar='stages = ["bufr_files"]')
    for name in FIELDS:
        File(name).publish(tmp_path / "L2")
    assert run("12:30", "12:40").exit_code == 0
    network = load_network(tmp_path / "network.toml")
    found = {item.subject: item for item in dagster_state(network)}
    assert found["windows"].level == found["owners of records"].level == Level.OK

    text = (tmp_path / "network.toml").read_text("utf-8").replace(f"radars.{RADAR}", "radars.RMA12")
    later = tmp_path / "later.toml"
    later.write_text(text.replace("[settings]", "[settings]\nwindow_minutes = 20"), "utf-8")
    found = {item.subject: item for item in dagster_state(load_network(later))}
    assert found["windows"].level == Level.TODO
    assert "by windows of 10 minutes" in found["windows"].detail
    assert found["owners of records"].level == Level.NOTE
    assert RADAR in found["owners of records"].detail
