"""`radar-assets status`: the questions of operators, answered from Dagster's records."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, fields
from datetime import timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.remote_origin import (
    InProcessCodeLocationOrigin,
    RemoteInstigatorOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.scheduler.instigation import (
    InstigatorState,
    InstigatorStatus,
    InstigatorType,
    SensorInstigatorData,
)
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin

from radar_assets.defs.assets import owner_assets
from radar_assets.defs.keys import asset_key
from radar_assets.defs.metadata import metadata_of
from radar_assets.defs.partitions import range_tags
from radar_assets.defs.sensors import radar_sensor
from radar_assets.defs.status import Query, status
from radar_assets.ingest.scheduling.cursor import Cursor
from radar_assets.simulator.publish import Fault
from radar_assets.stages import tables
from radar_assets.stages.base.result import StageResult
from radar_assets.stages.base.rows import FileRow, ProductRow, VolumeRow
from radar_assets.stages.base.workspace import Workspace
from radar_assets_tests.command import call
from radar_assets_tests.defs.platforms import FIELDS, RADAR, STAGES, File, Station, at, key

WINDOW = timedelta(minutes=10)
OTHER = "RMA1"
GOOD, EMPTY, BAD, HALF = "12:30", "12:40", "12:50", "13:00"


def stored(folder: Path, **changes: str) -> Station:
    """A station whose records are on disk, as those of a platform are."""
    station = Station(folder, **changes)
    station.instance.dispose()
    (folder / "home").mkdir()
    station.instance = dg.DagsterInstance.local_temp(str(folder / "home"))
    return station


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    station = stored(tmp_path)
    with station.instance:
        yield station


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """Records of nothing."""
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        yield instance


def ask(instance: dg.DagsterInstance, **wanted: Any) -> dict[str, Any]:
    return status(instance, WINDOW, Query(**wanted))


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dg.DagsterInstance]:
    """Records of four windows: whole, empty, not to be decoded, and with one file that is wrong."""
    station = stored(tmp_path_factory.mktemp("status"))
    station.publish_volume(f"{GOOD}:20")
    station.publish(*(File(name, f"{BAD}:20", damage=Fault.GARBLED) for name in FIELDS))
    station.publish(File("DBZH", f"{HALF}:20"), File("ZDR", f"{HALF}:20", holds="TH"))
    with station.instance:
        station.run(GOOD, HALF)
        yield station.instance


def windows(rows: list[dict[str, Any]]) -> list[str]:
    return [row["window"].removeprefix(key("")) for row in rows]


def test_an_empty_instance_has_empty_tables(instance: dg.DagsterInstance) -> None:
    assert ask(instance) == {
        **{name: [] for name in tables()},
        "processing": [],
        "counts": {**{name: {} for name in tables()}, "windows": {"processing": 0}},
    }


def test_rows_have_the_columns_of_their_records_and_their_place(
    records: dg.DagsterInstance,
) -> None:
    report = ask(records)
    place = ["radar", "window", "asset", "run_id"]
    for table, row_type in (("files", FileRow), ("volumes", VolumeRow), ("products", ProductRow)):
        columns = {*place, *(column.name for column in fields(row_type))}
        assert report[table]
        assert all(row.keys() == columns for row in report[table])
        assert {row["radar"] for row in report[table]} == {RADAR}
    assert {row["asset"] for row in report["products"]} == {"png", "geotiff"}
    assert json.loads(json.dumps(report)) == report


def test_windows_that_failed_are_shown_beside_those_that_worked(
    records: dg.DagsterInstance,
) -> None:
    report = ask(records)
    assert windows(report["files"]) == [GOOD] * 2 + [BAD] * 2 + [HALF] * 2
    assert {row["status"] for row in report["files"]} == {"completed"}
    assert [(row["window"][-5:], row["status"]) for row in report["volumes"]] == [
        (GOOD, "completed"),
        (BAD, "failed"),
        (HALF, "failed"),
    ]
    assert set(windows(report["products"])) == {GOOD, HALF}


def test_counts_are_those_of_the_rows(records: dg.DagsterInstance) -> None:
    report = ask(records)
    for table in ("files", "volumes", "products"):
        found = [row["status"] for row in report[table]]
        assert report["counts"][table] == {state: found.count(state) for state in set(found)}
    assert report["counts"]["volumes"] == {"completed": 1, "failed": 2}
    assert report["counts"]["products"].keys() == {"completed", "not_applicable"}
    assert report["counts"]["windows"] == {"processing": 0}


@pytest.mark.parametrize(
    ("wanted", "files", "volumes"),
    [
        ({"radar": RADAR}, 6, 3),
        ({"radar": OTHER}, 0, 0),
        ({"first": at(BAD)}, 4, 2),
        ({"last": at(BAD)}, 2, 1),
        ({"first": at(EMPTY), "last": at(HALF)}, 2, 1),
        ({"status": "failed"}, 0, 2),
        ({"status": "completed"}, 6, 1),
        ({"stage": "bufr_files"}, 6, 0),
        ({"stage": "volumes"}, 0, 3),
        ({"file": str(File("DBZH", f"{BAD}:20").name)}, 1, 0),
        ({"volume": "01"}, 6, 3),
        ({"volume": "02"}, 0, 0),
        ({"volume": str(File("DBZH", f"{BAD}:20").name.id)}, 2, 1),
        ({"error_type": "BufrCorrupt"}, 0, 1),
        ({"error_type": "FieldMismatch"}, 0, 1),
        ({"error_type": "BadName"}, 0, 0),
        ({"status": "failed", "last": at(BAD)}, 0, 0),
    ],
    ids=str,
)
def test_filters_choose_rows(
    records: dg.DagsterInstance, wanted: dict[str, Any], files: int, volumes: int
) -> None:
    report = ask(records, **wanted)
    assert (len(report["files"]), len(report["volumes"])) == (files, volumes)
    assert sum(report["counts"]["files"].values()) == files
    assert sum(report["counts"]["volumes"].values()) == volumes


def test_filters_choose_products(records: dg.DagsterInstance) -> None:
    everything = ask(records)["products"]
    png = ask(records, stage="png")["products"]
    assert png == [row for row in everything if row["asset"] == "png"]
    identity = str(File("DBZH", f"{HALF}:20").name.id)
    half = ask(records, volume=identity)["products"]
    assert half == [row for row in everything if row["window"] == key(HALF)]
    assert ask(records, volume="01")["products"] == everything
    assert ask(records, volume="02")["products"] == []
    done = ask(records, status="completed", stage="png", volume=identity)["products"]
    assert {row["product"] for row in done} >= {"DBZHo"}
    assert {row["product"] for row in done}.isdisjoint({"ZDRo", "VRADo"})


def test_a_misnamed_file_is_shown_but_belongs_to_no_volume(station: Station) -> None:
    station.publish_volume()
    stray = station.server / File().name.remote_path.parent / "notes.BUFR"
    stray.write_text("x", "utf-8")
    station.run()
    (row,) = ask(station.instance, error_type="BadName")["files"]
    assert row["file_name"] == "notes.BUFR"
    assert ask(station.instance, error_type="BadName", volume="01")["files"] == []


def test_a_failure_after_a_success_is_shown(station: Station) -> None:
    station.publish_volume()
    station.run()
    station.publish(*(File(name, damage=Fault.GARBLED) for name in FIELDS))
    station.run()
    assert [row["status"] for row in ask(station.instance)["volumes"]] == ["failed"]


def test_a_success_after_a_failure_is_shown(station: Station) -> None:
    station.publish(*(File(name, damage=Fault.GARBLED) for name in FIELDS))
    station.run()
    assert [row["status"] for row in ask(station.instance)["volumes"]] == ["failed"]
    station.publish_volume()
    station.run()
    report = ask(station.instance)
    assert [row["status"] for row in report["volumes"]] == ["completed"]
    assert len(report["files"]) == len(FIELDS)


def test_records_of_other_assets_are_left_out(station: Station) -> None:
    station.publish_volume()
    station.run()
    before = ask(station.instance)
    for path in (["forecast"], [RADAR, "echo_tops"], ["x", RADAR, "png"]):
        event = dg.AssetMaterialization(asset_key=path, partition=key(GOOD))
        station.instance.report_runless_asset_event(event)
    unpartitioned = dg.AssetMaterialization(asset_key=asset_key(RADAR, "volumes"))
    station.instance.report_runless_asset_event(unpartitioned)
    assert ask(station.instance) == before


def test_more_records_than_a_page_are_all_read(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("radar_assets.defs.records._PAGE", 2)
    times = ["12:00", "12:10", "12:20", "12:30", "12:40"]
    for time in times:
        instance.report_runless_asset_event(file_record(time))
    assert windows(ask(instance)["files"]) == times


def file_record(time: str) -> dg.AssetMaterialization:
    """A window's record of one file."""
    row = FileRow(file_name=str(File("DBZH", f"{time}:20").name))
    return dg.AssetMaterialization(
        asset_key=asset_key(RADAR, "bufr_files"),
        partition=key(time),
        metadata=metadata_of(FileRow, StageResult(rows=[row], totals={"file_count": 1}, made=1)),
    )


def keep_cursor(instance: dg.DagsterInstance, sensor: str, cursor: str | None) -> None:
    """Store a sensor's cursor as the daemon does after a tick."""
    target = LoadableTargetOrigin(module_name="radar_assets.definitions")
    location = InProcessCodeLocationOrigin(target, location_name="radar_assets")
    origin = RemoteInstigatorOrigin(RemoteRepositoryOrigin(location, "__repository__"), sensor)
    data = SensorInstigatorData(cursor=cursor, sensor_type=None)
    state = InstigatorState(origin, InstigatorType.SENSOR, InstigatorStatus.RUNNING, data)
    instance.add_instigator_state(state)


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dg.DagsterInstance]:
    """Records of a sensor that has seen one of a volume's two files."""
    limits = f"start = {at('12:30').isoformat()}"
    station = stored(tmp_path_factory.mktemp("waiting"), radar=limits)
    station.publish(File("DBZH", written="12:30:30"))
    with station.instance, pytest.MonkeyPatch.context() as patch:
        patch.setattr(Workspace, "now", lambda _: at("12:32"))
        check(station)
        yield station.instance


def check(station: Station) -> None:
    """Evaluate the radar's sensor once and keep its cursor."""
    network = station.workspace.network
    definitions = dg.Definitions(
        assets=[owner_assets(network, RADAR)],
        sensors=[radar_sensor(network, RADAR)],
        resources={"workspace": station.workspace},
    )
    context = dg.build_sensor_context(
        station.instance, resources={"workspace": station.workspace}, definitions=definitions
    )
    tick = definitions.resolve_sensor_def(f"{RADAR}_arrivals").evaluate_tick(context)
    assert not tick.run_requests
    keep_cursor(station.instance, f"{RADAR}_arrivals", tick.cursor)


def test_files_of_a_volume_that_is_waited_for_are_pending(waiting: dg.DagsterInstance) -> None:
    name = File("DBZH").name
    report = ask(waiting)
    assert report["files"] == [
        {
            "radar": RADAR,
            "window": key("12:30"),
            "asset": "bufr_files",
            "run_id": "",
            **asdict(
                FileRow(
                    file_name=str(name),
                    size_bytes=len(File("DBZH").content),
                    strategy="0315",
                    volume="01",
                    field="DBZH",
                    observation_time="2025-11-18T12:30:20Z",
                    status="pending",
                )
            ),
        }
    ]
    assert report["counts"]["files"] == {"pending": 1}


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ({"status": "pending"}, 1),
        ({"status": "completed"}, 0),
        ({"radar": OTHER}, 0),
        ({"first": at("12:40")}, 0),
        ({"last": at("12:30")}, 0),
        ({"stage": "bufr_files"}, 1),
        ({"stage": "volumes"}, 0),
        ({"volume": "01"}, 1),
        ({"volume": str(File("DBZH").name.id)}, 1),
        ({"file": str(File("DBZH").name)}, 1),
        ({"error_type": "BadName"}, 0),
    ],
    ids=str,
)
def test_filters_choose_pending_files(
    waiting: dg.DagsterInstance, wanted: dict[str, Any], count: int
) -> None:
    assert len(ask(waiting, **wanted)["files"]) == count


def test_cursors_of_other_sensors_are_no_matter(instance: dg.DagsterInstance) -> None:
    for sensor, cursor in (("none", None), ("text", "2025-11-18"), ("list", "[1]")):
        keep_cursor(instance, sensor, cursor)
    keep_cursor(instance, "ours", Cursor(pending={str(File("ZDR").name): 9}).to_json())
    assert [row["size_bytes"] for row in ask(instance)["files"]] == [9]


@pytest.fixture
def start_run(station: Station) -> Callable[..., None]:
    """Enters a run of the radar's assets in the records, in some state."""
    assets = dg.Definitions(
        assets=[owner_assets(station.workspace.network, RADAR)],
        resources={"workspace": station.workspace},
    )
    job = assets.resolve_implicit_global_asset_job_def()

    def start(state: dg.DagsterRunStatus, tags: dict[str, str]) -> None:
        station.instance.create_run_for_job(
            job,
            status=state,
            tags=tags,
            asset_selection=frozenset(asset_key(RADAR, stage) for stage in STAGES),
        )

    return start


def test_windows_of_active_runs_are_processing(
    station: Station, start_run: Callable[..., None]
) -> None:
    start_run(dg.DagsterRunStatus.STARTED, range_tags(at("12:30"), at("12:50")))
    start_run(dg.DagsterRunStatus.STARTED, {"dagster/partition": key("12:50")})
    start_run(dg.DagsterRunStatus.STARTING, {"dagster/partition": key("13:20")})
    start_run(dg.DagsterRunStatus.SUCCESS, range_tags(at("10:00"), at("11:00")))
    start_run(dg.DagsterRunStatus.CANCELED, range_tags(at("10:00"), at("11:00")))

    def processing(**wanted: Any) -> int:
        return ask(station.instance, **wanted)["counts"]["windows"]["processing"]

    assert processing() == 4
    listed = ask(station.instance)["processing"]
    assert [row["window"][-5:] for row in listed] == ["12:30", "12:40", "12:50", "13:20"]
    assert {(row["radar"], len(row["run_id"])) for row in listed} == {(RADAR, 36)}
    assert processing(radar=OTHER) == 0
    assert processing(first=at("12:50")) == 2
    assert processing(first=at("12:40"), last=at("12:50")) == 1


def test_a_run_that_is_over_processes_nothing(station: Station) -> None:
    station.publish_volume()
    station.run()
    assert ask(station.instance)["counts"]["windows"] == {"processing": 0}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Dagster home of the environment, with the records of a good and a bad window."""
    station, home = stored(tmp_path), tmp_path / "home"
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    monkeypatch.setenv("RADAR_ASSETS_NETWORK", str(station.network_file))
    station.publish_volume(f"{GOOD}:20")
    station.publish(*(File(name, f"{BAD}:20", damage=Fault.GARBLED) for name in FIELDS))
    with station.instance:
        station.run(GOOD, BAD)
    return home


def test_the_command_prints_what_it_is_asked_for(home: Path) -> None:
    def reported(*options: str) -> dict[str, Any]:
        result = call("status", "--json", *options)
        assert result.exit_code == 0
        return json.loads(result.stdout)

    everything = reported()
    assert everything["counts"]["volumes"] == {"completed": 1, "failed": 1}
    bad = str(File("DBZH", f"{BAD}:20").name)
    for options, files, volumes in (
        (("--radar", RADAR), 4, 2),
        (("--from", "2025-11-18T12:50"), 2, 1),
        (("--to", "2025-11-18T12:50:00Z"), 2, 1),
        (("--to", "2025-11-18T09:50:00-03:00"), 2, 1),
        (("--from", "2025-11-19"), 0, 0),
        (("--status", "failed"), 0, 1),
        (("--stage", "volumes"), 0, 2),
        (("--volume", "01"), 4, 2),
        (("--file", bad), 1, 0),
        (("--error-type", "BufrCorrupt"), 0, 1),
    ):
        report = reported(*options)
        assert (len(report["files"]), len(report["volumes"])) == (files, volumes), options

    shown = call("status")
    assert shown.exit_code == 0
    assert f"{RADAR} {key(BAD)} volumes: BufrCorrupt: {bad}" in shown.stdout
    (row,) = (line.split() for line in shown.stdout.splitlines() if f" {key(GOOD)} " in line)
    assert row[:8] == [RADAR, key(GOOD), "2", "/", "2", "1", "/", "1"]
