"""The job and the schedule of retention: what they tell, and that they go on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dagster as dg
import pytest

from radar_assets.defs.retention import retention, retention_schedule
from radar_assets_tests.defs.platforms import KEEP_BUFR, KEEP_VOLUMES, RADAR, File, Station, key

Make = Callable[..., Station]
OTHER = """
[radars.AR5]
sources = ["server"]
latitude = -33.9
longitude = -60.6
"""


def job_run(station: Station) -> tuple[dg.ExecuteInProcessResult, dict[str, Any]]:
    """A run of the job and what the UI shows of it."""
    result = retention.execute_in_process(
        resources={"workspace": station.workspace}, instance=station.instance, raise_on_error=False
    )
    outputs = [event for event in result.all_events if event.is_successful_output]
    shown = outputs[0].step_output_data.metadata if outputs else {}
    return result, {name: value.value for name, value in shown.items()}


def test_the_job_tells_what_it_removed(make_station: Make) -> None:
    station = make_station(settings=KEEP_BUFR)
    station.publish_volume()
    station.run()
    size = sum(map(len, station.files("bufr").values()))
    station.receive_later()
    result, shown = job_run(station)
    assert result.success
    assert (shown["files"], shown["bytes"], shown["windows_held"]) == (2, size, 0)
    log = [entry.user_message for entry in station.instance.all_logs(result.run_id)]
    assert any(line.startswith(f"{RADAR}/bufr_files: removed 2 files") for line in log)


def test_windows_that_are_held_are_named(make_station: Make) -> None:
    station = make_station(settings=KEEP_BUFR)
    for minute in range(6):
        station.publish(File(time=f"12:{minute}0:20"))
    station.run("12:00", "12:50", stages=["bufr_files"])
    station.receive_later()
    result, shown = job_run(station)
    assert shown["windows_held"] == 6
    (record,) = shown["removed"].records
    assert (record.data["held"], record.data["files"]) == (6, 0)
    log = " ".join(entry.user_message for entry in station.instance.all_logs(result.run_id))
    assert f"6 windows wait for a later stage: {key('12:00')}, {key('12:10')}, " in log
    assert f"{key('12:40')}, …" in log


def test_the_trouble_of_one_radar_does_not_stop_the_others(make_station: Make) -> None:
    station = make_station(settings=KEEP_BUFR, radars=OTHER)
    station.publish_volume()
    station.run()
    station.receive_later()
    (station.data / "bufr/AR5/2025/11/18").mkdir(parents=True)
    (station.data / "locks/AR5.lock").mkdir()
    result, _ = job_run(station)
    assert not result.success
    assert "AR5: " in str(result.failure_data_for_node("remove_expired"))
    assert len(station.files("bufr")) == 1


@pytest.mark.parametrize(
    ("settings", "status"),
    [
        ("", dg.DefaultScheduleStatus.STOPPED),
        (KEEP_BUFR, dg.DefaultScheduleStatus.RUNNING),
        (KEEP_VOLUMES, dg.DefaultScheduleStatus.RUNNING),
    ],
)
def test_the_schedule_runs_where_an_age_is_set(
    make_station: Make, settings: str, status: dg.DefaultScheduleStatus
) -> None:
    schedule = retention_schedule(make_station(settings=settings).workspace.network)
    assert schedule.default_status == status
