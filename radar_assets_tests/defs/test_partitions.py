"""Windows of time and their partition keys."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from radar_assets.defs.partitions import range_tags, windows_definition
from radar_assets.settings import Network, load_network
from radar_assets.stages.base.windows import Window, window, windows_from
from radar_assets_tests.defs.platforms import RADAR, at, network_text


@pytest.fixture
def make_network(tmp_path: Path):
    def make(**changes: str) -> Network:
        path = tmp_path / f"network{len(list(tmp_path.iterdir()))}.toml"
        path.write_text(network_text("/L2", **changes), "utf-8")
        return load_network(path)

    return make


def keys(network: Network, now: str = "2025-11-18T12:35:00") -> list[str]:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    return list(windows_definition(network, RADAR).get_partition_keys(current_time=moment))


def test_windows_are_ten_minutes_of_utc_up_to_the_running_one(make_network) -> None:
    found = keys(make_network(radar="start = 2025-11-18T12:00:00Z"))
    assert found == [f"2025-11-18-12:{minute}" for minute in ("00", "10", "20", "30")]


def test_windows_begin_with_the_networks_start_where_a_radar_has_none(make_network) -> None:
    assert keys(make_network())[0] == "2025-11-01-00:00"
    assert keys(make_network(settings="start = 2025-11-18T00:00:00Z"))[0] == "2025-11-18-00:00"


def test_the_first_window_is_a_whole_one(make_network) -> None:
    found = keys(make_network(radar="start = 2025-11-18T12:07:00Z"))
    assert found[0] == "2025-11-18-12:10"


def test_a_start_in_another_time_zone_is_converted(make_network) -> None:
    found = keys(make_network(radar="start = 2025-11-18T09:10:00-03:00"))
    assert found[0] == "2025-11-18-12:10"


def test_a_radar_that_has_ended_has_no_later_windows(make_network) -> None:
    network = make_network(radar="start = 2025-11-18T12:00:00Z\nend = 2025-11-18T12:30:00Z")
    assert keys(network, "2025-11-20T00:00:00") == [
        "2025-11-18-12:00",
        "2025-11-18-12:10",
        "2025-11-18-12:20",
    ]


@pytest.mark.parametrize(("minutes", "last"), [(5, "12:35"), (20, "12:20"), (60, "12:00")])
def test_the_length_of_windows_is_a_setting(make_network, minutes: int, last: str) -> None:
    network = make_network(
        settings=f"window_minutes = {minutes}", radar="start = 2025-11-18T00:00:00Z"
    )
    found = keys(network)
    assert found[-1] == f"2025-11-18-{last}"
    assert len(found) == at(last).hour * 60 // minutes + at(last).minute // minutes + 1
    place = window(network, RADAR, found[-1])
    assert place.end - place.start == timedelta(minutes=minutes)


def test_a_window_and_its_key_are_inverse(make_network) -> None:
    network = make_network()
    place = window(network, RADAR, "2025-11-18-12:30")
    assert place == Window(RADAR, at("12:30"), at("12:40"))
    assert place.key == "2025-11-18-12:30"


def test_tags_name_the_first_and_the_last_window_of_a_range() -> None:
    assert range_tags(at("12:30"), at("12:50")) == {
        "dagster/asset_partition_range_start": "2025-11-18-12:30",
        "dagster/asset_partition_range_end": "2025-11-18-12:50",
    }


NOON = datetime(2025, 11, 18, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("first", "last", "keys"),
    [
        (0, 20, ["12:00", "12:10"]),
        (1, 20, ["12:10"]),
        (0, 1, ["12:00"]),
        (0, 0, []),
        (20, 0, []),
        (50, None, ["12:50", "13:00"]),
        (50, 500, ["12:50", "13:00"]),
        (80, None, []),
    ],
)
def test_windows_from_a_time_on(first: int, last: int | None, keys: list[str]) -> None:
    until = None if last is None else NOON + timedelta(minutes=last)
    found = windows_from(
        NOON + timedelta(minutes=first), until, timedelta(minutes=10), NOON + timedelta(hours=1)
    )
    assert found == [f"2025-11-18-{key}" for key in keys]


def test_windows_without_a_first_are_not_listed() -> None:
    assert windows_from(None, NOON, timedelta(minutes=10), NOON) is None
    assert windows_from(NOON - timedelta(days=365), NOON, timedelta(minutes=10), NOON) is None
