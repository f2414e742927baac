"""The network file and the environment: what is right is read, what is wrong is named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from radar_assets.radar.errors import SettingsError
from radar_assets.settings import Network, Source, credentials, environment, load_network

FILE = """
[settings]
window_minutes = 5
incomplete_after = "1.5h"
[sources.one]
url = "ftp://host/L2"
username_env = "FTP_USER"
password_env = "FTP_PASSWORD"
[radars.RMA1]
sources = ["one"]
latitude = -31.4
longitude = -64.2
start = 2025-11-02T00:00:00Z
fields = ["DBZH", "VRAD"]
[radars.RMA2]
sources = ["one"]
latitude = 0
longitude = 0
[strategies.0315.01]
fields = ["DBZH", "ZDR"]
"""


def load(folder: Path, text: str = FILE) -> Network:
    path = folder / "network.toml"
    path.write_text(text, encoding="utf-8")
    return load_network(path)


def test_a_network_file_is_read(tmp_path: Path) -> None:
    network = load(tmp_path)
    assert network.settings.window_minutes == 5
    assert network.settings.incomplete_after == timedelta(minutes=90)
    assert network.settings.settle_after == timedelta(seconds=20)
    assert network.start("RMA1") == datetime(2025, 11, 2, tzinfo=UTC)
    assert network.start("RMA2") == network.settings.start
    assert network.expected_fields("RMA1", "0315", "01") == {"DBZH"}
    assert network.expected_fields("RMA2", "0315", "01") == {"DBZH", "ZDR"}
    assert network.expected_fields("RMA2", "0315", "09") is None
    assert network.expected_fields("RMA2", "9999", "01") is None


def test_the_packaged_network_is_valid() -> None:
    network = load_network()
    assert "RMA1" in network.radars
    assert network.expected_fields("RMA1", "0315", "01")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("window_minutes = 5", "window_minutes = 7"), "settings.window_minutes"),
        (('"1.5h"', '"soon"'), "settings.incomplete_after"),
        (("latitude = -31.4", "latitude = 91"), "radars.RMA1.latitude"),
        (('sources = ["one"]\nlatitude = 0', "sources = []\nlatitude = 0"), "radars.RMA2.sources"),
        (('sources = ["one"]\nlatitude = 0', 'sources = ["x"]\nlatitude = 0'), "source 'x'"),
        (("start = 2025-11-02T00:00:00Z", "start = 2025-11-02T00:00:00"), "radars.RMA1.start"),
        (("[settings]", "[settings]\ncolour = 1"), "settings.colour"),
        (("[settings]", "[settings"), "not valid TOML"),
    ],
)
def test_what_is_wrong_is_named(change: tuple[str, str], said: str, tmp_path: Path) -> None:
    assert change[0] in FILE
    with pytest.raises(SettingsError, match=r"network\.toml") as wrong:
        load(tmp_path, FILE.replace(*change))
    assert said in str(wrong.value)


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as wrong:
        load(tmp_path, FILE.replace("latitude = 0", "latitude = 100").replace("= -64.2", "= 999"))
    assert "RMA1.longitude" in str(wrong.value)
    assert "RMA2.latitude" in str(wrong.value)


def test_a_missing_network_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.toml"):
        load_network(tmp_path / "none.toml")


def test_an_unknown_radar_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"RMA9.*RMA1, RMA2"):
        load(tmp_path).radar("RMA9")


def test_settings_do_not_change(tmp_path: Path) -> None:
    network = load(tmp_path)
    with pytest.raises(ValidationError):
        network.settings.window_minutes = 10


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("20s", timedelta(seconds=20)),
        ("15min", timedelta(minutes=15)),
        ("0.5 h", timedelta(minutes=30)),
        ("30d", timedelta(days=30)),
    ],
)
def test_durations(text: str, span: timedelta) -> None:
    assert Source(url="x", timeout=text).timeout == span


def test_the_environment_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATA", "NETWORK", "PUBLIC_URL"):
        monkeypatch.delenv(f"RADAR_ASSETS_{name}", raising=False)
    monkeypatch.chdir(tmp_path)
    found = environment()
    assert (found.data_root, found.network_file, found.public_url) == (
        tmp_path / "data",
        None,
        None,
    )
    monkeypatch.setenv("RADAR_ASSETS_DATA", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("RADAR_ASSETS_NETWORK", "n.toml")
    monkeypatch.setenv("RADAR_ASSETS_PUBLIC_URL", "https://x/p")
    found = environment()
    assert found.data_root == tmp_path / "elsewhere"
    assert (found.network_file, found.public_url) == (Path("n.toml"), "https://x/p")


def test_credentials_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert credentials(Source(url="x")) == ("anonymous", "")
    source = Source(url="x", username_env="FTP_USER", password_env="FTP_PASSWORD")
    monkeypatch.setenv("FTP_USER", "radar")
    with pytest.raises(SettingsError, match="FTP_PASSWORD"):
        credentials(source)
    monkeypatch.setenv("FTP_PASSWORD", "secret")
    assert credentials(source) == ("radar", "secret")
    assert "secret" not in repr(source)
