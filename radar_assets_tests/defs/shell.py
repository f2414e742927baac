"""Platforms that the command line works on: their files, their environment, their runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from radar_assets_tests.command import call
from radar_assets_tests.defs.platforms import RADAR, network_text

DAY = "2025-11-18"
Write = Callable[..., dict[str, str]]


def write_platform(
    folder: Path, patch: pytest.MonkeyPatch, url: str | None = None, **changes: str
) -> dict[str, str]:
    """Write the network file of a platform in a folder, and set its environment."""
    text = network_text(url or str(folder / "L2"), **changes)
    (folder / "network.toml").write_text(text, "utf-8")
    (folder / "home").mkdir(exist_ok=True)
    (folder / "L2" / RADAR).mkdir(parents=True, exist_ok=True)
    names = {
        "DAGSTER_HOME": str(folder / "home"),
        "RADAR_ASSETS_DATA": str(folder / "data"),
        "RADAR_ASSETS_NETWORK": str(folder / "network.toml"),
    }
    for name, value in names.items():
        patch.setenv(name, value)
    return names


def run(first: str, last: str, *options: str, radar: str = RADAR) -> Result:
    """Materialize windows between two times of the day, in this process."""
    times = ("--from", f"{DAY}T{first}", "--to", f"{DAY}T{last}")
    return call("run", "--radar", radar, *times, *options)
