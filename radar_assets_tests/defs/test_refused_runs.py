"""Runs that ask for what cannot be fail with one error; nothing asked for is never a success."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from radar_assets_tests.defs.platforms import RADAR, STAGES, Station


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"first": "12:50", "last": "12:30"}, "range is reversed"),
        ({"first": "13:00"}, f"{RADAR} has no such windows"),
        ({"volumes": ["RMA12_0315_01_2025-11-18T12:30:20Z"]}, f"no volume of {RADAR}"),
        ({"volumes": [f"{RADAR}_0315_01_2025-11-18T13:30:20Z"]}, "none of the run's windows"),
        ({"volumes": ["x"]}, "is not the name of a"),
        ({"products": ["NOPE"]}, "NOPE"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused(tmp_path: Path, wrong: dict[str, Any], said: str) -> None:
    station = Station(tmp_path, radar="end = 2025-11-18T13:00:00Z")
    station.publish_volume()
    run = station.run(**wrong)
    assert not run.success
    assert run.is_final
    (reason,) = run.failures
    assert said in reason
    assert run.states() == ("untouched",) * len(STAGES)
    assert not station.files("bufr")


def test_windows_of_another_length_are_refused(tmp_path: Path) -> None:
    station = Station(tmp_path / "ten")
    station.publish_volume()
    assert station.run().success
    changed = Station(tmp_path / "twenty", settings="window_minutes = 20")
    changed.publish_volume()
    changed.instance = station.instance
    run = changed.run("12:20")
    assert run.is_final
    (reason,) = run.failures
    assert "by windows of 10 minutes" in reason
    assert run.states("12:20") == ("untouched",) * len(STAGES)
    assert station.run().success
