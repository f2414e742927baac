"""`radar-assets forget`: what is left of a radar that was taken out of the network file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from radar_assets.defs.instance import instance, recorded_radars
from radar_assets_tests.command import call
from radar_assets_tests.defs.platforms import FIELDS, RADAR, File
from radar_assets_tests.defs.shell import Write, run


def test_what_is_left_of_a_radar_is_removed_and_nothing_else(
    platform: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform()
    for name in FIELDS:
        File(name).publish(tmp_path / "L2")
    assert run("12:30", "12:40").exit_code == 0
    data = tmp_path / "data"
    (data / "products/RMA12").mkdir()
    kept = call("forget", RADAR, "--yes")
    assert kept.exit_code == 1
    assert "take it out first" in kept.stderr
    assert (data / "bufr" / RADAR).is_dir()

    later = tmp_path / "later.toml"
    text = (tmp_path / "network.toml").read_text("utf-8")
    later.write_text(text.replace(f"radars.{RADAR}", "radars.RMA12"), "utf-8")
    monkeypatch.setenv("RADAR_ASSETS_NETWORK", str(later))
    result = call("forget", RADAR, "--yes")
    assert result.exit_code == 0, result.stderr
    assert f"records of {RADAR}/png" in result.stdout
    assert not [path for path in data.glob(f"*/{RADAR}") if path.parent.name != "locks"]
    assert (data / "products/RMA12").is_dir()
    with instance() as records:
        assert recorded_radars(records) == set()
    assert json.loads(call("status", "--json").stdout)["files"] == []
    again = call("forget", RADAR, "--yes")
    assert "neither records nor files" in again.stderr


def test_a_name_that_leads_elsewhere_is_refused(platform: Write) -> None:
    platform()
    for name in ("../data", "", "a/b"):
        assert call("forget", name, "--yes").exit_code == 1
