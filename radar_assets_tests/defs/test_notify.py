"""Notifications and the page of feeds: sensors in a real instance, and a real webhook."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest

from radar_assets.defs.metadata import rows_of
from radar_assets.defs.watch.feeds import FEEDS, every_radar_sends, feeds_sensor, feeds_spec
from radar_assets.defs.watch.notify import notifications_sensor
from radar_assets.simulator.publish import Fault
from radar_assets_tests.command import call
from radar_assets_tests.defs.platforms import RADAR, File, Station, at
from radar_assets_tests.defs.shell import Write
from radar_assets_tests.watch.webhook import Webhook

TABLE = """
[notifications]
urls_env = "STATION_POST"
ui_url = "http://localhost:3000/"
"""
Clock = Callable[[str], None]


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Webhook]:
    with Webhook() as hook:
        monkeypatch.setenv("STATION_POST", hook.url)
        yield hook


class Watch:
    """A station, its notifications sensor and its feeds sensor."""

    def __init__(self, station: Station) -> None:
        self.station, network = station, station.workspace.network
        assert network.notifications
        self.sensors = {
            "notify": notifications_sensor(network.notifications),
            "feeds": feeds_sensor(),
        }
        self.definitions = dg.Definitions(
            assets=[feeds_spec()],
            asset_checks=[every_radar_sends],
            sensors=[*self.sensors.values()],
            resources={"workspace": station.workspace},
        )
        self.cursors: dict[str, str | None] = {}

    def tick(self, name: str = "notify") -> dg.SensorExecutionData:
        """Do what the daemon does in a tick."""
        context = dg.build_sensor_context(
            instance=self.station.instance,
            cursor=self.cursors.get(name),
            resources={"workspace": self.station.workspace},
            definitions=self.definitions,
        )
        found = self.sensors[name].evaluate_tick(context)
        self.cursors[name] = found.cursor
        for event in found.asset_events:
            self.station.instance.report_runless_asset_event(event)
        return found


@pytest.fixture
def watch(make_station: Callable[..., Station], hook: Webhook) -> Watch:
    return Watch(make_station(radars=TABLE))


def test_a_silent_radar_is_reported_once_and_when_it_sends_again(
    watch: Watch, hook: Webhook, set_clock: Clock
) -> None:
    watch.station.publish_volume("12:30:20")
    set_clock("12:50")
    watch.station.run("12:30")
    for time in ("12:50", "13:02", "13:04", "13:06", "13:30"):
        set_clock(time)
        watch.tick()
    assert hook.titles == [f"{RADAR} is silent"]
    text = hook.messages[0]["message"]
    assert "the newest volume is of 2025-11-18T12:30:20Z, 35 minutes old" in text
    assert "since 2025-11-18 13:02 UTC" in text
    assert "http://localhost:3000/assets/RMA11/bufr_files" in text
    watch.station.publish_volume("13:30:20")
    set_clock("13:40")
    watch.station.run("13:30")
    for time in ("13:41", "13:45"):
        set_clock(time)
        watch.tick()
    assert hook.titles[1:] == [f"over: {RADAR} is silent"]


def test_a_window_with_a_broken_file_is_reported_once_with_its_code(
    watch: Watch, hook: Webhook, set_clock: Clock
) -> None:
    watch.station.publish(File("DBZH"), File("ZDR", damage=Fault.GARBLED))
    set_clock("12:50")
    watch.station.run("12:30")
    _at_present(watch, set_clock)
    watch.tick()
    watch.tick()
    (title,) = [title for title in hook.titles if "failed" in title]
    assert title.startswith(f"{RADAR} 2025-11-18-12:30: 1 failed")
    (message,) = [message for message in hook.messages if message["title"] == title]
    assert "[RA212; likely cause: " in message["message"]
    assert "?partition=2025-11-18-12:30" in message["message"]


def test_a_source_that_is_down_is_one_message(
    make_station: Callable[..., Station], hook: Webhook, set_clock: Clock
) -> None:
    other = '[radars.RMA2]\nsources = ["server"]\nlatitude = -30\nlongitude = -60\n'
    watch = Watch(make_station(radars=other + TABLE, url="ftp://127.0.0.1:9/L2"))
    set_clock("12:50")
    watch.station.run("12:30", stages=["bufr_files"])
    for time in ("12:50", "12:55", "13:00"):
        set_clock(time)
        watch.tick()
    assert hook.titles == ["source server does not serve"]
    assert "RA502" in hook.messages[0]["message"]


def test_what_nobody_took_is_tried_again_and_not_doubled(
    watch: Watch, hook: Webhook, set_clock: Clock
) -> None:
    watch.station.publish_volume("12:30:20")
    set_clock("12:50")
    watch.station.run("12:30")
    hook.is_open = False
    for time in ("13:30", "13:35", "13:40"):
        set_clock(time)
        watch.tick()
    assert hook.messages == []
    hook.is_open = True
    for time in ("13:45", "13:50"):
        set_clock(time)
        watch.tick()
    assert hook.titles == [f"{RADAR} is silent"]


def test_completed_volumes_and_products_are_reported_if_wished(
    make_station: Callable[..., Station], hook: Webhook, set_clock: Clock
) -> None:
    watch = Watch(make_station(radars=TABLE + 'about = ["volumes", "products"]\n'))
    watch.station.publish_volume("12:30:20")
    watch.station.run("12:30")
    _at_present(watch, set_clock)
    watch.tick()
    watch.tick()
    assert sorted(hook.titles) == [
        f"{RADAR} 2025-11-18-12:30: 1 volumes as volumes",
        f"{RADAR} 2025-11-18-12:30: 3 products as geotiff",
        f"{RADAR} 2025-11-18-12:30: 3 products as png",
    ]


def test_addresses_are_never_told(
    watch: Watch, hook: Webhook, set_clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    hook.is_open = False
    set_clock("12:50")
    watch.station.run("12:30")
    _at_present(watch, set_clock)
    watch.tick()
    text = caplog.text + str(watch.cursors) + (watch.station.instance.root_directory or "")
    assert "letter-secret" not in text


def test_the_feeds_page_is_recorded_when_it_changes_and_hourly(
    watch: Watch, set_clock: Clock
) -> None:
    watch.station.publish_volume("12:30:20")
    set_clock("12:50")
    watch.station.run("12:30")
    recorded = []
    for time in ("12:50", "12:55", "13:00", "13:10", "13:30", "14:00"):
        set_clock(time)
        recorded.append(len(watch.tick("feeds").asset_events) // 2)
    assert recorded == [1, 0, 1, 1, 0, 1]
    event = watch.station.instance.get_latest_materialization_event(FEEDS)
    assert event is not None
    (row,) = rows_of(event.asset_materialization.metadata, "feeds")
    assert row == {
        "radar": RADAR,
        "title": "Termas",
        "state": "stale",
        "newest_observation": "2025-11-18T12:30:20Z",
        "age_minutes": 90,
        "cadence_minutes": 10.0,
        "detail": "the newest volume is of 2025-11-18T12:30:20Z, 89 minutes old",
    }


def test_notify_sends_a_message_to_try(platform: Write, hook: Webhook, tmp_path: Path) -> None:
    platform(radars=TABLE)
    result = call("notify", "--test")
    assert result.exit_code == 0, result.output
    assert hook.titles == ["radar_assets: a test"]
    hook.is_open = False
    result = call("notify", "--test")
    assert result.exit_code == 1
    assert "letter-secret" not in result.output
    assert "accepted" in result.stderr


def test_notify_tells_when_nothing_is_configured(platform: Write) -> None:
    platform()
    result = call("notify", "--test")
    assert result.exit_code == 1
    assert "[notifications]" in result.stderr


def test_status_tells_of_the_feeds(platform: Write) -> None:
    platform()
    (feed,) = json.loads(call("status", "--json").stdout)["feeds"]
    assert (feed["radar"], feed["state"]) == (RADAR, "unseen")


def _at_present(watch: Watch, set_clock: Callable[..., None]) -> None:
    """Let the platform's clock be that of the records, which are written by the real one."""
    (record,) = watch.station.instance.get_run_records(limit=1)
    set_clock(record.create_timestamp + timedelta(minutes=5))
    assert at("12:30") < record.create_timestamp


def test_the_page_of_feeds_is_kept_up_to_date_before_any_radar_is_live() -> None:
    assert feeds_sensor().default_status == dg.DefaultSensorStatus.RUNNING
