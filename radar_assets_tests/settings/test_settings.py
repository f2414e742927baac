"""The network file and the environment: what is right is read, what is wrong is named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from radar_assets.errors import SettingsError
from radar_assets.ingest.sources.registry import load_checked_network
from radar_assets.settings import Network, Settings, Source, credentials, environment

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
    return load_checked_network(path)


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


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("ftp://host:abc/L2", "host and port"),
        ("ftp://host:99999/L2", "host and port"),
        ("ftp://[::1/L2", "host and port"),
        ("ftp://user:se/cret@host/L2", "host and port"),
        ("ftp://user:secret@host/L2", "holds credentials"),
        ("ftp://user:12/secret@host/L2", "holds credentials"),
        ("ftp://user:?secret@host/L2", "holds credentials"),
        ("ftp://user:#secret@host/L2", "holds credentials"),
        ("ftp:user:secret@host/L2", "holds credentials"),
        ("//user:secret@host/L2", "holds credentials"),
        (" ftp://user:secret@host/L2", "holds credentials"),
        ("user:secret@host/L2", "holds credentials"),
        ("ftp://us\\ner:secret@host/L2", "control characters"),
    ],
)
def test_a_wrong_address_is_refused_without_being_repeated(
    tmp_path: Path, url: str, fault: str
) -> None:
    with pytest.raises(SettingsError, match=fault) as caught:
        load(tmp_path, FILE.replace("ftp://host/L2", url))
    assert "sources.one.url" in str(caught.value)
    assert "cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../x", "radars.../../x"),
        ("", "radars."),
        ("A\\nB1", "radars.A B1"),
        ("RMA1\\u0000", r"radars.RMA1\x00"),
        ("RMA1/2", "radars.RMA1/2"),
        ("rma1", "radars.rma1"),
        ("RMA\uff11", "radars.RMA\uff11"),
        ("network", "radars.network"),
    ],
)
def test_a_radar_whose_files_could_not_be_named_is_refused(
    tmp_path: Path, name: str, shown: str
) -> None:
    with pytest.raises(SettingsError) as wrong:
        load(tmp_path, FILE.replace("radars.RMA2", f'radars."{name}"'))
    assert f"{shown}: a radar's name must be 2 to 8 capital letters" in str(wrong.value)
    assert str(wrong.value).isprintable()


@pytest.mark.parametrize(
    "change",
    [
        ('fields = ["DBZH", "VRAD"]', 'fields = ["dbzh"]'),
        ('fields = ["DBZH", "ZDR"]', "fields = []"),
        ("latitude = 0", "latitude = 91"),
        (
            "start = 2025-11-02T00:00:00Z",
            "start = 2025-11-02T00:00:00Z\nend = 2025-11-01T00:00:00Z",
        ),
    ],
)
def test_a_network_that_cannot_be_meant_is_refused(tmp_path: Path, change: tuple[str, str]) -> None:
    assert change[0] in FILE
    with pytest.raises(SettingsError):
        load(tmp_path, FILE.replace(*change))


def test_times_with_another_zone_are_kept_in_utc(tmp_path: Path) -> None:
    end = "end = 2025-11-03T00:00:00-03:00"
    network = load(tmp_path, FILE.replace('fields = ["DBZH", "VRAD"]', end))
    assert network.radar("RMA1").end == datetime(2025, 11, 3, 3, tzinfo=UTC)
    assert str(network.radar("RMA1").end) == "2025-11-03 03:00:00+00:00"


SITES = {
    "AR5": (-33.94612, -60.56260, 100),
    "AR7": (-31.84849, -60.53724, 122),
    "AR8": (-36.53965, -63.98984, 190),
    "RMA00": (-41.13944, -71.14944, None),
    "RMA1": (-31.44139, -64.19194, 484),
    "RMA2": (-34.80082, -58.51557, 47),
    "RMA3": (-24.73028, -60.55139, 197),
    "RMA4": (-27.45167, -59.05083, 119),
    "RMA5": (-26.27812, -53.67085, 836),
    "RMA6": (-37.91306, -57.52783, 80),
    "RMA7": (-38.87662, -68.14489, 387),
    "RMA8": (-29.19591, -58.04485, 130),
    "RMA9": (-53.78399, -67.74426, 53),
    "RMA10": (-38.73426, -62.16341, 103),
    "RMA11": (-27.50260, -64.90575, 313),
    "RMA12": (-40.77221, -65.07604, 86),
    "RMA13": (-27.62229, -56.84181, None),
    "RMA14": (-36.18903, -61.07041, None),
    "RMA15": (-30.03080, -66.87630, None),
    "RMA16": (-33.71829, -65.37546, None),
    "RMA17": (-33.35140, -63.70360, None),
    "RMA18": (-36.22317, -66.93639, None),
    "RMA20": (-24.74611, -64.25111, None),
}
"""Latitude, longitude and altitude (degrees, metres) of SINARAME's radars; AR5's files have no
altitude, and those of RMA1, RMA5 and RMA11 differ from published ones: theirs are kept."""

STRATEGIES = {
    "0117": 2, "0122": 3, "0123": 4, "0200": 2, "0201": 3, "0202": 2, "0210": 1, "0211": 2,
    "0216": 3, "0217": 3, "0300": 2, "0301": 2, "0302": 3, "0303": 3, "0309": 2, "0315": 4,
    "1000": 3, "9005": 4,
}  # fmt: skip
"""Number of volumes of the strategies whose volumes are known."""

ALL = "DBZH DBZV ZDR RHOHV PHIDP KDP CM TH TV TDR VRAD WRAD"
FIELDS = {
    ("0301", "01"): ALL,
    ("0301", "02"): ALL,
    ("0315", "01"): "DBZH DBZV ZDR RHOHV PHIDP KDP",
    ("0315", "02"): "VRAD WRAD",
    ("0315", "04"): "DBZH",
    ("1000", "1"): "DBZH",
    ("1000", "2"): "DBZH VRAD",
    ("1000", "3"): "DBZH VRAD",
    ("9005", "03"): "TH TV CM",
}
"""Fields of the volumes whose fields are known."""


def test_the_packaged_network_has_every_radar_in_its_place() -> None:
    radars = load_checked_network().radars
    assert {name: (r.latitude, r.longitude, r.altitude) for name, r in radars.items()} == SITES


def test_the_packaged_network_has_every_strategy_with_its_fields() -> None:
    network = load_checked_network()
    assert {name: len(volumes) for name, volumes in network.strategies.items()} == STRATEGIES
    known = {
        (strategy, volume): frozenset(item.fields)
        for strategy, volumes in network.strategies.items()
        for volume, item in volumes.items()
        if item.fields
    }
    assert known == {key: frozenset(names.split()) for key, names in FIELDS.items()}


def test_an_unknown_strategy_promises_nothing() -> None:
    assert load_checked_network().expected_fields("RMA1", "0121", "01") is None


@pytest.mark.parametrize(
    ("strategy", "volume", "velocities"),
    [
        ("0122", "02", (39.79,)),
        ("0301", "01", (4.42,) * 3 + (6.63,) * 4 + (8.28,) * 8),
        ("0301", "02", (16.64,)),
        ("0309", "01", (5.3,) * 3 + (8.83,) * 12),
        ("9005", "03", (3.98,)),
    ],
)
def test_the_packaged_network_knows_nyquist_velocities(
    strategy: str, volume: str, velocities: tuple[float, ...]
) -> None:
    known = load_checked_network().strategy(strategy, volume)
    assert known is not None
    assert known.nyquist_velocity == velocities


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("window_minutes = 5", "window_minutes = 7"), "settings.window_minutes"),
        (('"1.5h"', '"soon"'), "settings.incomplete_after"),
        (("latitude = -31.4", "latitude = 91"), "radars.RMA1.latitude"),
        (('sources = ["one"]\nlatitude = 0', "sources = []\nlatitude = 0"), "radars.RMA2.sources"),
        (('sources = ["one"]\nlatitude = 0', 'sources = ["x"]\nlatitude = 0'), "source 'x'"),
        (("[sources.one]", '[sources."../one"]'), "sources.../one"),
        (("start = 2025-11-02T00:00:00Z", "start = 2025-11-02T00:00:00"), "radars.RMA1.start"),
        (("[settings]", "[settings]\ncolour = 1"), "settings.colour"),
        (("[settings]", '[settings]\ncrs = "EPSG:22185"'), "settings.crs"),
        (("[settings]", '[settings]\nproduct_names = "{radar}_{product}"'), "cannot name products"),
        (("[settings]", "[settings"), "not valid TOML"),
        (("window_minutes", "window_minuts"), "unknown setting; did you mean window_minutes?"),
        (("password_env", "password"), "unknown setting; did you mean password_env?"),
        (('"1.5h"', '"999999999d"'), "must be a duration from 0 to 100 years"),
        (('"1.5h"', "-3"), "must be a duration from 0 to 100 years"),
        (("[settings]", "[settings]\nsettle_after = -20"), "settings.settle_after: must be a dur"),
        (("[settings]", '[settings]\nsettle_after = "2h"'), "must be at most an hour"),
        (("[settings]", f"[settings]\nmin_free = {'9' * 400}"), "must be a size from 0"),
        (("[settings]", f'[settings]\nmin_free = "{"9" * 400}GB"'), "must be a number of bytes"),
        (("[settings]", "[settings]\nstart = 9999-12-31T23:59:59-12:00"), "the years 2000 to 2099"),
        (("[settings]", "[settings]\nstart = 0001-01-01T00:00:00+12:00"), "the years 2000 to 2099"),
        (("[settings]", "[settings]\nstart = 2025-11-02T00:00:00"), "must have a time zone"),
        (
            ("[settings]", "[settings]\nzoom = 3"),
            "settings.zoom: must be greater",
        ),
        (
            ("[settings]", "[settings]\ngrid_step = 500"),
            "settings.grid_step: write zoom instead",
        ),
        (("[settings]", '[settings]\nquicklooks = ["COLMX"]'), "no product 'COLMX'"),
        (("[settings]", '[settings]\nattribution = "\\u001b[2J"'), "without control characters"),
        (("[sources.one]", "[sources.one]\ntimeout = 0"), "sources.one.timeout: must be longer"),
        (("[sources.one]", "[sources.one]\ntimeout = -3"), "sources.one.timeout: must be a dur"),
        (('"FTP_USER"', '"my user"'), "must be the name of an environment variable"),
        (("latitude = 0", 'latitude = 0\nproducts = ["RAINBOW"]'), "no product 'RAINBOW'"),
        (("latitude = 0", "latitude = 0\nparameters.COLMAX.x = 1"), "has no parameter 'x'"),
        (("latitude = 0", "latitude = 0\nparameters.QC.min_rhohv = 7"), "QC.min_rhohv = 7"),
        (("[strategies.0315.01]", "[strategies.315.01]"), "must be four digits, e.g. 0315"),
        (("[strategies.0315.01]", "[strategies.0315.one]"), "must be one or two digits"),
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


def test_a_network_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "network.toml").write_bytes(FILE.replace("[settings]", "# año").encode("latin-1"))
    with pytest.raises(SettingsError, match=r"network\.toml.*utf-8"):
        load_checked_network(tmp_path / "network.toml")


def test_a_missing_network_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.toml"):
        load_checked_network(tmp_path / "none.toml")


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
    assert Settings(incomplete_after=text).incomplete_after == span


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
    for name in ("DATA", "NETWORK", "PUBLIC_URL"):
        monkeypatch.setenv(f"RADAR_ASSETS_{name}", "")
    assert environment() == found
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
