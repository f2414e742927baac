"""Live ingest: ticks of a radar's sensor against a real FTP server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest
from dagster import DagsterRunStatus

from radar_assets.defs import sensors as module
from radar_assets.defs.assets import owner_assets
from radar_assets.defs.keys import asset_key
from radar_assets.defs.runs import FAILURE_KIND
from radar_assets.defs.sensors import radar_sensor
from radar_assets.ingest.listing.model import Listing
from radar_assets.stages.base.workspace import Workspace
from radar_assets_tests.defs.platforms import RADAR, STAGES, File, Station, at, key
from radar_assets_tests.ftp_server import Server

RUN_KEY = "dagster/run_key"
NOW = "12:50"
"""the window of 12:30 has a volume, that of 12:40 may still get one"""


@pytest.fixture
def ftp(tmp_path: Path) -> Iterator[Server]:
    (tmp_path / "L2").mkdir()
    with Server(tmp_path / "L2") as server:
        yield server


class Live:
    """A radar followed by its sensor."""

    def __init__(self, station: Station) -> None:
        network = station.workspace.network
        self.station = station
        self.sensor = radar_sensor(network, RADAR)
        self.definitions = dg.Definitions(
            assets=[owner_assets(network, RADAR)],
            sensors=[self.sensor],
            resources={"workspace": station.workspace},
        )
        self.cursor: str | None = None

    def tick(self) -> dg.SensorExecutionData:
        """Do what the daemon does in a tick, but for launching runs."""
        context = dg.build_sensor_context(
            instance=self.station.instance,
            cursor=self.cursor,
            resources={"workspace": self.station.workspace},
            definitions=self.definitions,
        )
        found = self.sensor.evaluate_tick(context)
        self.cursor = found.cursor
        for event in found.asset_events:
            self.station.instance.report_runless_asset_event(event)
        return found

    def queue(self, request: dg.RunRequest) -> dg.DagsterRun:
        """Store a run as the daemon does, before it begins."""
        return self.station.instance.create_run_for_job(
            job_def=self.definitions.resolve_implicit_global_asset_job_def(),
            asset_selection=frozenset(request.asset_selection),
            tags={**request.tags, RUN_KEY: str(request.run_key)},
        )

    def end(self, run: dg.DagsterRun, status: DagsterRunStatus) -> None:
        event = {
            DagsterRunStatus.SUCCESS: dg.DagsterEventType.RUN_SUCCESS,
            DagsterRunStatus.FAILURE: dg.DagsterEventType.RUN_FAILURE,
            DagsterRunStatus.CANCELED: dg.DagsterEventType.RUN_CANCELED,
        }[status]
        self.station.instance.report_dagster_event(
            dg.DagsterEvent(event.value, run.job_name), run.run_id
        )


@pytest.fixture
def live(
    ftp: Server, make_station: Callable[..., Station], set_clock: Callable[[str], None]
) -> Live:
    set_clock(NOW)
    return Live(make_station(url=ftp.url, radar="start = 2025-11-18T12:30:00Z"))


def test_a_complete_volume_is_requested_by_its_window(live: Live) -> None:
    live.station.publish_volume()
    found = live.tick()
    (request,) = found.run_requests
    assert request.asset_selection == [asset_key(RADAR, stage) for stage in STAGES]
    assert (
        request.tags.items()
        >= {
            "radar": RADAR,
            "dagster/asset_partition_range_start": key("12:30"),
            "dagster/asset_partition_range_end": key("12:30"),
        }.items()
    )
    radar, first, last, fingerprint, number = request.run_key.split("/")
    assert (radar, first, last) == (RADAR, "20251118T1230Z", "20251118T1230Z")
    assert len(fingerprint) == 12
    assert number.isdecimal()
    assert found.skip_message is None


def test_the_run_key_follows_from_what_the_server_has(live: Live) -> None:
    def fingerprint() -> str:
        live.cursor = None
        return str(live.tick().run_requests[0].run_key).split("/")[3]

    paths = live.station.publish_volume()
    first = fingerprint()
    assert fingerprint() == first
    paths[0].write_bytes(paths[0].read_bytes() + b"\0")
    assert fingerprint() != first


def test_a_sensor_that_starts_afresh_asks_for_no_run_that_was(
    live: Live, set_clock: Callable[[str], None]
) -> None:
    live.station.publish_volume()
    (first,) = live.tick().run_requests
    set_clock("12:51")
    live.cursor = None
    (again,) = live.tick().run_requests
    assert again.run_key != first.run_key


def test_neighbouring_windows_are_one_range(live: Live, set_clock: Callable[[str], None]) -> None:
    set_clock("13:30")
    for time in ("12:30:20", "12:40:20", "12:50:20"):
        live.station.publish_volume(time)
    requests = [r for r in live.tick().run_requests if "/empty/" not in r.run_key]
    assert [r.tags["dagster/asset_partition_range_start"] for r in requests] == [key("12:30")]
    assert [r.tags["dagster/asset_partition_range_end"] for r in requests] == [key("12:50")]


def test_a_request_can_be_run(live: Live) -> None:
    live.station.publish_volume()
    (request,) = live.tick().run_requests
    run = live.station.run("12:30", tags=request.tags)
    assert run.success
    assert run.states() == ("materialized",) * 4


def test_nothing_new_is_requested_while_the_run_is_queued(live: Live) -> None:
    live.station.publish_volume()
    (request,) = live.tick().run_requests
    live.queue(request)
    found = live.tick()
    assert found.run_requests == []
    assert "1 earlier request open" in str(found.skip_message)


def test_nothing_is_requested_after_success(live: Live) -> None:
    live.station.publish_volume()
    (request,) = live.tick().run_requests
    live.end(live.queue(request), DagsterRunStatus.SUCCESS)
    for _ in range(2):
        found = live.tick()
        assert found.run_requests == []
        assert "open" not in str(found.skip_message)


@pytest.mark.parametrize("status", [DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED])
def test_a_run_that_failed_is_tried_again_after_a_pause(
    live: Live, status: DagsterRunStatus, set_clock: Callable[[str], None]
) -> None:
    live.station.publish_volume()
    (request,) = live.tick().run_requests
    live.end(live.queue(request), status)
    assert live.tick().run_requests == []
    set_clock("12:53")
    (again,) = live.tick().run_requests
    key, number = request.run_key.rsplit("/", 1)
    assert again.run_key == f"{key}/{int(number) + 1}"
    assert again.tags == request.tags


def test_a_run_that_fails_for_its_content_is_soon_given_up(
    live: Live, set_clock: Callable[[object], None]
) -> None:
    live.station.publish_volume()
    attempts = 0
    for minute in range(60):
        set_clock(at(NOW) + timedelta(minutes=minute))
        for request in live.tick().run_requests:
            if "/empty/" not in request.run_key:
                attempts += 1
                run = live.queue(request)
                live.station.instance.add_run_tags(run.run_id, {FAILURE_KIND: "final"})
                live.end(run, DagsterRunStatus.FAILURE)
    assert attempts == 3


def test_a_late_field_makes_its_window_run_again(live: Live) -> None:
    live.station.publish(File("DBZH"))
    (request,) = live.tick().run_requests
    live.end(live.queue(request), DagsterRunStatus.SUCCESS)
    assert live.tick().run_requests == []
    live.station.publish(File("ZDR"))
    (late,) = live.tick().run_requests
    assert late.run_key.split("/")[1] == request.run_key.split("/")[1]
    assert late.run_key != request.run_key


def test_a_volume_that_may_still_grow_is_waited_for(
    live: Live, set_clock: Callable[[str], None]
) -> None:
    set_clock("12:35")
    live.station.publish(File("DBZH"))
    found = live.tick()
    assert found.run_requests == []
    assert "1 volume waiting" in str(found.skip_message)


def test_a_closed_window_without_files_is_requested_as_empty(
    live: Live, set_clock: Callable[[str], None]
) -> None:
    set_clock("12:55")
    requests = live.tick().run_requests
    wanted = f"{RADAR}/20251118T1230Z/20251118T1230Z/empty"
    assert [r.run_key.rpartition("/")[0] for r in requests] == [wanted]


def test_a_server_that_is_down_is_said_and_does_no_harm(live: Live, ftp: Server) -> None:
    live.station.publish_volume()
    ftp.stop()
    found = live.tick()
    assert found.run_requests == []
    assert "server: " in str(found.skip_message)
    assert found.cursor
    since = "no source has answered since 2025-11-18 12:50 UTC"
    assert str(found.skip_message).startswith(since)
    assert str(live.tick().skip_message) == since


def test_a_server_is_asked_again_after_a_pause(
    live: Live, ftp: Server, set_clock: Callable[[object], None]
) -> None:
    text, url = live.station.network_file.read_text("utf-8"), ftp.url
    ftp.stop()
    live.tick()
    with Server(live.station.server) as back:
        revived = live.station.network_file.with_name("revived.toml")
        revived.write_text(text.replace(url, back.url), "utf-8")
        live.station.workspace = Workspace(root=live.station.data, network_file=revived)
        live.station.publish_volume()
        live.tick()
        assert back.connections == 0
        set_clock(at(NOW) + timedelta(minutes=1))
        assert len(live.tick().run_requests) == 1


def test_an_unreadable_cursor_starts_afresh(live: Live) -> None:
    live.station.publish_volume()
    live.cursor = "{broken"
    assert len(live.tick().run_requests) == 1


def test_the_feed_is_judged_when_its_state_changes(
    live: Live, set_clock: Callable[[str], None]
) -> None:
    def verdicts() -> list[bool]:
        return [event.passed for event in live.tick().asset_events]

    assert verdicts() == [False]
    assert verdicts() == []
    live.station.publish_volume()
    live.station.run(stages=["bufr_files"])  # judges the feed, too: it is fresh
    assert verdicts() == []
    set_clock("13:30")
    assert verdicts() == [False]
    assert verdicts() == []
    live.station.publish_volume("13:20:00")
    (live.station.data / "bufr" / RADAR / "2025/11/18/13/2000").mkdir(parents=True)
    good, misnamed = File("DBZH", "13:20:00"), File("DBZH", "13:20:00", radar="RMA1")
    path = live.station.data / good.name.path
    path.write_bytes(misnamed.content)
    assert verdicts() == []  # data of another radar make no feed fresh
    path.write_bytes(good.content)
    assert verdicts() == [True]
    assert verdicts() == []


def test_the_feed_is_judged_while_a_run_that_will_judge_it_is_queued(live: Live) -> None:
    live.station.publish_volume()
    found = live.tick()
    live.queue(found.run_requests[0])
    assert live.tick().asset_events == []


def test_the_feed_of_a_radar_without_files_of_its_own_is_not_judged(
    make_station: Callable[..., Station],
) -> None:
    station = make_station(radar='stages = ["volumes", "png"]')
    assert Live(station).tick().asset_events == []


def test_a_tick_has_a_budget_of_time(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    budgets = []

    def poll(*arguments: object, **_: object) -> Listing:
        budgets.append(arguments[-1])
        return Listing()

    monkeypatch.setattr(module, "list_files", poll)
    live.tick()
    assert budgets == [timedelta(seconds=25)]


def test_a_sensor_runs_at_the_pace_and_from_the_start_that_the_network_says(
    make_station: Callable[..., Station],
) -> None:
    network = make_station(radar="live = true\npoll_seconds = 7").workspace.network
    sensor = radar_sensor(network, RADAR)
    assert sensor.minimum_interval_seconds == 7
    assert sensor.default_status == dg.DefaultSensorStatus.RUNNING
