"""What a run makes again, what it leaves, and what it is asked to do."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from filelock import Timeout

from radar_assets.defs.keys import asset_key
from radar_assets.defs.records import newest
from radar_assets.defs.runs import _results
from radar_assets.stages.base import capacity
from radar_assets.stages.base.execution import StageOutcome
from radar_assets.stages.base.windows import Window
from radar_assets.stages.base.workspace import Workspace
from radar_assets_tests.command import call
from radar_assets_tests.defs.platforms import FIELDS, PRODUCTS, RADAR, File, Run, Station, at, key
from radar_assets_tests.defs.shell import Write
from radar_assets_tests.pictures import PNG
from radar_assets_tests.waiting import LONG

VOLUME = f"{RADAR}_0315_01_2025-11-18T12:30:20Z"
OTHER = f"{RADAR}_0315_01_2025-11-18T12:35:20Z"


@pytest.fixture
def made(station: Station) -> Station:
    """A station with two volumes in a window, all made."""
    station.publish_volume("12:30:20")
    station.publish_volume("12:35:20")
    assert station.run().success
    return station


def ages(station: Station) -> dict[str, int]:
    """Time of the last change of every volume and product."""
    return {
        path.name: path.stat().st_mtime_ns
        for folder in ("volumes", "products", "thumbnails")
        for path in (station.data / folder).rglob("*.*")
    }


def changed(station: Station, before: dict[str, int]) -> set[str]:
    after = ages(station)
    return {name for name in after.keys() | before.keys() if after.get(name) != before.get(name)}


def change_network(station: Station, text: str) -> None:
    """Let the station's next runs have another network file."""
    file = station.folder / "other.toml"
    file.write_text(text)
    station.workspace = Workspace(root=station.data, network_file=file)


def tables(run: Run) -> dict[str, list[dict[str, object]]]:
    return {stage: run.records[stage, "12:30"].rows for stage in ("volumes", "png", "geotiff")}


def test_what_is_unchanged_stays_as_it_is(station: Station) -> None:
    station.publish_volume()
    first, before = station.run(), ages(station)
    again = station.run()
    assert again.success
    assert not changed(station, before)
    assert tables(again) == tables(first)
    assert again.records["volumes", "12:30"]["decode_seconds"] == 0.0


def test_an_incomplete_volume_is_not_made_again_either(station: Station) -> None:
    station.publish(File("DBZH"))
    station.run()
    before = ages(station)
    again = station.run()
    assert not changed(station, before)
    assert ("volumes", "volumes_are_complete", "WARN") in again.red()
    assert again.records["volumes", "12:30"].column("is_complete") == [False]


def test_force_makes_all_of_it_again_with_the_same_bytes(made: Station) -> None:
    before, files = ages(made), made.files("products")
    assert made.run(force=True).success
    assert changed(made, before) == before.keys()
    assert made.files("products") == files


def test_a_changed_file_makes_its_volume_again_and_no_other(made: Station) -> None:
    before = ages(made)
    made.publish(File("DBZH", "12:35:20", written="12:50"), File("TH", "12:35:20"))
    made.run()
    assert changed(made, before)
    assert all("T123520Z" in name for name in changed(made, before))


@pytest.mark.parametrize(
    ("setting", "stages"),
    [
        ("zoom = 5", {*PNG, "tif"}),
        ('palettes = "colour-blind"', {*PNG, "tif"}),
        ('gate_position = "centre"', {"nc", *PNG, "tif"}),
    ],
)
def test_other_settings_make_again_what_depends_on_them(
    made: Station, setting: str, stages: set[str]
) -> None:
    before = ages(made)
    text = made.network_file.read_text().replace("zoom = 6\n", "")
    change_network(made, text.replace("[settings]", f"[settings]\n{setting}"))
    assert made.run().success
    assert {name.partition(".")[2] for name in changed(made, before)} == stages


def test_a_product_of_other_parameters_is_recorded_with_them(made: Station) -> None:
    before = ages(made)
    run = made.run(parameters={"DBZHo": {"sweep": 1}})
    names = changed(made, before)
    assert {name.partition("_DBZHo_")[2] for name in names} == {
        f"{sweep}.{ending}"
        for sweep in ("00", "01")  # of which the first are gone
        for ending in (*PNG, "tif")
    }
    rows = [row for row in run.records["png", "12:30"].rows if row["product"] == "DBZHo"]
    assert [json.loads(row["parameters"])["sweep"] for row in rows] == [1, 1]


def test_one_volume_is_made_and_the_rows_of_the_others_stay(made: Station) -> None:
    before = ages(made)
    run = made.run(volumes=[VOLUME], force=True)
    assert changed(made, before) == {name for name in before if "T123020Z" in name}
    assert run.records["volumes", "12:30"].column("volume_id") == [VOLUME, OTHER]
    assert len(run.records["png", "12:30"].rows) == 2 * len(PRODUCTS)


def test_one_product_is_made_and_the_rows_of_the_others_stay(made: Station) -> None:
    before = ages(made)
    run = made.run(stages=["png"], products=["DBZHo"], force=True)
    names = changed(made, before)
    assert {name.partition(".")[2] for name in names} == set(PNG)
    assert all("_DBZHo_" in name for name in names)
    assert len(run.records["png", "12:30"].rows) == 2 * len(PRODUCTS)


def test_a_damaged_file_is_made_again(made: Station) -> None:
    files = made.files()
    for path in (*made.data.glob("volumes/**/*.nc"), *made.data.glob("products/**/*.tif")):
        path.write_bytes(path.read_bytes()[:-100] + bytes(50))
    assert made.run().success
    assert {name: data for name, data in made.files().items() if name.startswith("products")} == {
        name: data for name, data in files.items() if name.startswith("products")
    }


def test_a_product_that_is_made_no_more_leaves_no_file(made: Station) -> None:
    text = made.network_file.read_text()
    change_network(made, text.replace("'COLMAXo', ", ""))
    assert made.run().success
    assert not [name for name in ages(made) if "COLMAXo" in name]
    assert [name for name in ages(made) if "DBZHo" in name]


def test_the_data_version_follows_the_content(made: Station) -> None:
    def versions() -> dict[str, str]:
        tag = "dagster/data_version"
        found = {}
        for stage in ("bufr_files", "volumes", "png"):
            event = made.instance.get_latest_materialization_event(asset_key(RADAR, stage))
            assert event is not None
            found[stage] = event.asset_materialization.tags[tag]
        return found

    before = versions()
    made.run(force=True)
    assert versions() == before
    made.run(parameters={"DBZHo": {"sweep": 1}})
    assert versions() == {**before, "png": versions()["png"]}
    assert versions()["png"] != before["png"]


def test_a_run_is_found_by_its_volumes_and_says_how_long_it_may_take(made: Station) -> None:
    (run,) = made.instance.get_runs()
    tags = {name: value for name, value in run.tags.items() if name.startswith("volume/")}
    assert tags == {
        f"volume/{RADAR}_0315_01_20251118T{time}Z": key("12:30") for time in ("123020", "123520")
    }
    assert int(run.tags["dagster/max_runtime"]) == 720
    made.run("12:30", "12:50")
    assert int(made.instance.get_runs()[0].tags["dagster/max_runtime"]) == 960


def test_windows_side_by_side_give_what_they_give_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = []
    for cores in (1, 3):
        monkeypatch.setattr(capacity, "cores", lambda cores=cores: cores)
        station = Station(tmp_path / str(cores))
        for minute in range(0, 50, 5):
            station.publish_volume(f"12:{minute:02d}:20")
        station.publish(File("DBZH", "12:15:20", damage=None, size=100))
        run = station.run("12:00", "12:40")
        states = [(stage, window, record.state) for (stage, window), record in run.records.items()]
        results.append((states, run.failures, station.files("volumes"), station.files("products")))
    assert results[0] == results[1]
    assert [window for stage, window, _ in results[0][0] if stage == "png"] == sorted(
        window for stage, window, _ in results[0][0] if stage == "png"
    )


def test_a_choice_from_the_shell(platform: Write, tmp_path: Path) -> None:
    platform()
    for name in FIELDS:
        File(name).publish(tmp_path / "L2")
    span = ("--from", "2025-11-18T12:30", "--to", "2025-11-18T12:40")
    assert call("run", *span).exit_code == 0
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "data/products").rglob("*.*")}
    options = ("--product", "DBZHo", "--param", "DBZHo.sweep=1", "--stage", "png")
    result = call("run", *span, "--radar", RADAR, "--volume", VOLUME, *options)
    assert result.exit_code == 0, result.output
    assert {path.name for path in before if not path.exists()} == {
        f"{RADAR}_20251118T123020Z_DBZHo_00.{ending}" for ending in PNG
    }
    assert all(path.stat().st_mtime_ns == age for path, age in before.items() if path.exists())
    assert list((tmp_path / "data/products").rglob("*_DBZHo_01.png"))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--product", "COLMX"), "no product 'COLMX'"),
        (("--param", "COLMAX.min=1"), "COLMAX has no parameter 'min'"),
        (("--volume", "RMA11"), "RMA11"),
    ],
)
def test_a_choice_of_what_does_not_exist_is_reported(
    platform: Write, options: tuple[str, ...], says: str
) -> None:
    platform()
    result = call("run", "--from", "2025-11-18T12:30", "--to", "2025-11-18T12:40", *options)
    assert result.exit_code == 1
    assert says in result.stderr


def test_a_radar_may_leave_incomplete_volumes_where_the_others_do_not(
    make_station: Callable[..., Station],
) -> None:
    station = make_station(radar="allow_incomplete = false")
    station.publish(File("DBZH"))
    run = station.run()
    assert run.records["bufr_files", "12:30"].column("error_type") == ["VolumeIncomplete"]
    assert newest(station.instance, asset_key(RADAR, "bufr_files")).keys() == {key("12:30")}


def test_no_lock_goes_while_a_thread_works(station: Station) -> None:
    windows = [
        Window(RADAR, at(f"12:{minute}0"), at(f"12:{minute}0") + timedelta(minutes=10))
        for minute in range(2)
    ]
    ended: list[bool] = []
    lock, begun = station.workspace.lock(RADAR), threading.Event()

    def work(place: Window) -> list[StageOutcome]:
        if place is windows[0]:
            begun.wait(LONG)
        else:
            begun.set()
            time.sleep(0.5)
            with pytest.raises(Timeout):
                station.workspace.lock(RADAR).acquire(timeout=0)
            ended.append(True)
        return []

    def interrupted() -> None:
        with lock, closing(_results(work, windows, 2)) as results:
            next(results)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert ended == [True]
