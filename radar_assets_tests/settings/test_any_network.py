"""Whatever a network file holds, it is read, or refused in one line that names key and rule."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from radar_assets.defs.assets import owner_assets
from radar_assets.errors import SettingsError
from radar_assets.ingest.scheduling.plan import Plan
from radar_assets.ingest.sources.registry import kinds, load_checked_network
from radar_assets.settings import Network
from radar_assets.settings.network import Composite, Radar, Settings, StrategyVolume
from radar_assets.settings.notifications import Notifications
from radar_assets.watch.freshness import feed_of

NOON = datetime(2025, 11, 18, 12, tzinfo=UTC)

Table = dict[str, Any]


def network() -> Table:
    """A right network file, as tables."""
    return {
        "settings": {},
        "sources": {"one": {"url": "ftp://host/L2"}},
        "radars": {"RMA1": {"sources": ["one"], "latitude": -31.4, "longitude": -64.2}},
        "strategies": {"0315": {"01": {"fields": ["DBZH"]}}},
        "composites": {"SINARAME": {"radars": ["RMA1"]}},
        "notifications": {"urls_env": "RADAR_ASSETS_NOTIFY"},
    }


TABLES: dict[str, tuple[type, Callable[[Table], Table]]] = {
    "settings": (Settings, lambda file: file["settings"]),
    "sources": (kinds()["ftp"].settings, lambda file: file["sources"]["one"]),
    "radars": (Radar, lambda file: file["radars"]["RMA1"]),
    "strategies": (StrategyVolume, lambda file: file["strategies"]["0315"]["01"]),
    "composites": (Composite, lambda file: file["composites"]["SINARAME"]),
    "notifications": (Notifications, lambda file: file["notifications"]),
}

NUMBERS = st.one_of(
    st.integers(),
    st.sampled_from([0, -1, 10**30, -(10**30), 10**400, 2**31, 2**63, 2**64]),
    st.floats(),
)
UNITS = st.sampled_from(["s", "min", "h", "d", "B", "kB", "GB", "TB"])
AMOUNTS = st.one_of(
    st.sampled_from(["999999999", "9" * 400, "0", "0.0000001", "1e9", "-5", "٣"]),
    st.integers(0, 10**20).map(str),
)
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"])),
    st.builds("{}{}".format, AMOUNTS, UNITS),
    st.sampled_from(["COLMAX", "png", "one", "ftp://h/x", "/srv/x", "https://h", "\x1b[31m", ""]),
)
ZONES = st.integers(-23, 23).map(lambda hours: timezone(timedelta(hours=hours)))
MOMENTS = st.one_of(
    st.datetimes(timezones=st.one_of(st.none(), ZONES)),
    st.sampled_from([datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)]),
    st.dates(),
    st.times(),
)
ATOMS = st.one_of(NUMBERS, TEXTS, MOMENTS, st.booleans())
KEYS = st.one_of(st.text(st.characters(exclude_categories=["Cs"])), st.sampled_from(["QC", "01"]))
VALUES = st.recursive(
    ATOMS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=6,
)


def toml(value: object) -> str:
    """A value as TOML writes it."""
    match value:
        case bool() | float():
            return repr(value).lower()
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case datetime() | date() | time():
            return value.isoformat()
        case list():
            return f"[{', '.join(map(toml, value))}]"
        case dict():
            return f"{{{', '.join(f'{toml(key)} = {toml(item)}' for key, item in value.items())}}}"
        case _:
            return str(value)


def read(folder: Path, file: Table) -> Network | SettingsError:
    """What becomes of a network file; any other error fails the test."""
    path = folder / "network.toml"
    path.write_text("".join(f"{toml(key)} = {toml(item)}\n" for key, item in file.items()), "utf-8")
    try:
        found = load_checked_network(path)
    except SettingsError as error:
        found = error
    assert isinstance(found, Network) or (str(found).isprintable() and len(str(found)) < 20_000)
    return found


def use(found: Network) -> None:
    """What the platform computes from settings at every start and poll."""
    for radar in found.radars:
        plan = Plan.of(found, radar)
        assert plan.first >= plan.start
        plan.horizon(NOON)
        cadence, missed = found.cadence(radar), found.settings.stale_after_missed
        feed_of(radar, newest=NOON, now=NOON, cadence=cadence, missed=missed)
    span = found.settings.windows_per_run * found.settings.window_limit + found.settings.run_limit
    assert span.total_seconds() > 0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("networks")


@pytest.mark.parametrize("table", TABLES)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_value_of_a_setting_is_read_or_refused(
    table: str, data: st.DataObject, folder: Path
) -> None:
    model, of = TABLES[table]
    file = network()
    name = data.draw(st.sampled_from(sorted(model.model_fields)))
    of(file)[name] = data.draw(VALUES)
    found = read(folder, file)
    if isinstance(found, Network):
        use(found)
    else:
        key = f"{table}." if table in ("sources", "strategies") else table[:9]
        assert key in str(found) or "names the unknown" in str(found)
        assert name in str(found) or "names the unknown" in str(found)


@pytest.mark.parametrize("table", ["sources", "radars", "strategies", "composites"])
@settings(max_examples=60, deadline=None)
@given(key=KEYS)
def test_any_name_of_a_table_is_read_or_refused(table: str, key: str, folder: Path) -> None:
    file = network()
    item = next(iter(file[table].values()))
    file[table] = {key: item}
    if table == "sources":
        file["radars"]["RMA1"]["sources"] = [key]
    found = read(folder, file)
    if isinstance(found, Network):
        use(found)
    else:
        assert f"{table}." in str(found) or "names the unknown" in str(found)


@settings(max_examples=60, deadline=None)
@given(file=st.dictionaries(KEYS, VALUES, max_size=4))
def test_any_file_is_read_or_refused(file: Table, folder: Path) -> None:
    assert isinstance(read(folder, file), SettingsError)


EXTREME = [
    ("settings", "late_horizon", "36525d"),
    ("settings", "incomplete_after", "36525d"),
    ("settings", "window_limit", "36525d"),
    ("settings", "cadence", "36525d"),
    ("settings", "windows_per_run", 1440),
    ("settings", "stale_after_missed", 1000),
    ("settings", "min_free", 10**18),
    ("settings", "start", datetime(2000, 1, 1, tzinfo=UTC)),
    ("radars", "start", datetime(2099, 12, 31, tzinfo=UTC)),
    ("radars", "end", datetime(2099, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ("radars", "stages", ["png"]),
    ("radars", "poll_seconds", 86400),
    ("radars", "parameters", {"COLMAX": {"min_elevation": 1}}),
]


@pytest.mark.parametrize(("table", "name", "value"), EXTREME)
def test_what_is_allowed_at_most_makes_assets(
    table: str, name: str, value: object, folder: Path
) -> None:
    file = network()
    TABLES[table][1](file)[name] = value
    found = read(folder, file)
    assert isinstance(found, Network), found
    use(found)
    assert owner_assets(found, "RMA1").keys


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = " + "[" * 5000 + "]" * 5000, "nested too deeply"),
        ("x = " + "9" * 5000, "not valid TOML"),
        ("#" * (1 << 21), "larger than 1 MB"),
        (".".join("a" * 3000) + " = 1", "a: unknown setting"),
        ("\n".join(f"x{number} = 1" for number in range(1000)), "and 982 more"),
        ("a = 1\na = 2", "not valid TOML"),
        ("start = 2025-13-01", "not valid TOML"),
    ],
)
def test_a_file_that_is_too_much_is_refused(text: str, said: str, folder: Path) -> None:
    path = folder / "network.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(SettingsError) as wrong:
        load_checked_network(path)
    assert said in str(wrong.value)
    assert len(str(wrong.value)) < 2000


@pytest.mark.parametrize("path", ["/dev/zero", "/", "/proc/self/mem"])
def test_what_is_no_network_file_is_refused(path: str) -> None:
    with pytest.raises(SettingsError, match=path):
        load_checked_network(Path(path))
