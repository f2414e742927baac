from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from radar_assets_tests.doctor.answers import leave

NETWORK = """
[sources.server]
url = "{url}"
username_env = "TEST_FTP_USER"
password_env = "TEST_FTP_PASSWORD"
timeout = "60s"
[sources.unused]
url = "ftp://nowhere.invalid/L2"
[radars.RMA11]
sources = ["server"]
latitude = -27.5026
longitude = -64.90575
"""


@pytest.fixture
def set_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Prepares a network with one source, a data folder and room on the disk."""
    (tmp_path / "L2" / "RMA11").mkdir(parents=True)
    (tmp_path / "dagster").mkdir()
    leave(monkeypatch, 100)
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster"))
    monkeypatch.setenv("TEST_FTP_USER", "radar")
    monkeypatch.setenv("TEST_FTP_PASSWORD", "right-secret")
    monkeypatch.setenv("RADAR_ASSETS_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("RADAR_ASSETS_NETWORK", str(tmp_path / "network.toml"))
    monkeypatch.delenv("RADAR_ASSETS_PUBLIC_URL", raising=False)

    def write(url: str) -> None:
        (tmp_path / "network.toml").write_text(NETWORK.format(url=url), "utf-8")

    write(str(tmp_path / "L2"))
    return write
