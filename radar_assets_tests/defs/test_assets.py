"""Runs over windows: each by itself in a range, the same bytes every time, from any stage on."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Sequence

import dagster as dg
import pytest

from radar_assets.defs.assets import owner_assets
from radar_assets.defs.keys import asset_key
from radar_assets.radar.bufr import decode
from radar_assets.radar.names import BufrName, VolumeId, parse_product
from radar_assets.simulator.publish import Fault
from radar_assets.stages import volumes
from radar_assets.stages.base.stage import Task
from radar_assets.stages.building import volume as building
from radar_assets.stages.building.making import VolumeFiles
from radar_assets_tests.defs.platforms import FIELDS, RADAR, STAGES, File, Station, key
from radar_assets_tests.pictures import map_of

MADE = ("materialized",) * 4
_SUFFIX = {"volumes": "nc", "png": "png", "geotiff": "tif"}


@pytest.fixture
def three_windows(station: Station) -> Station:
    """A volume in each of three windows, that of the middle one garbled."""
    station.publish_volume("12:30:20")
    station.publish(*(File(name, "12:40:20", damage=Fault.GARBLED) for name in FIELDS))
    station.publish_volume("12:50:20")
    return station


def test_each_window_of_a_range_has_records_of_its_own(three_windows: Station) -> None:
    run = three_windows.run("12:30", "13:00")
    assert run.states("12:30") == run.states("12:50") == run.states("13:00") == MADE
    assert [
        run.records["volumes", time]["volume_count"] for time in ("12:30", "12:50", "13:00")
    ] == [1, 1, 0]
    for time in ("12:30", "12:50"):
        for stage in STAGES[1:]:
            identities = run.records[stage, time].column("volume_id")
            assert set(identities) == {f"{RADAR}_0315_01_2025-11-18T{time}:20Z"}


def test_a_bad_window_fails_alone_and_the_run_names_it(three_windows: Station) -> None:
    run = three_windows.run("12:30", "12:50")
    assert run.states("12:40") == ("materialized", "failed", "untouched", "untouched")
    assert run.red("12:30") == run.red("12:50") == set()
    assert not run.success
    (reason,) = run.failures
    assert reason.startswith(f"{RADAR}/volumes {key('12:40')}: {RADAR}_0315_01_DBZH_")
    stored = three_windows.instance.get_materialized_partitions(asset_key(RADAR, "png"))
    assert stored == {key("12:30"), key("12:50")}


def test_a_window_that_could_not_be_made_is_made_by_the_next_run(three_windows: Station) -> None:
    three_windows.run("12:40")
    three_windows.publish_volume("12:40:20")
    run = three_windows.run("12:40")
    assert run.success
    assert run.states("12:40") == MADE
    assert run.red("12:40") == set()


def test_the_same_run_gives_the_same_bytes_and_fetches_nothing(station: Station) -> None:
    station.publish_volume()
    first = station.run()
    before = station.files()
    second = station.run()
    assert station.files() == before
    assert {path.rpartition(".")[2] for path in before} >= {"BUFR", "nc", "png", "tif"}
    assert sum(first.records["bufr_files", "12:30"].column("bytes_downloaded")) > 0
    assert second.records["bufr_files", "12:30"].column("bytes_downloaded") == [0, 0]
    assert second.records["bufr_files", "12:30"].column("attempts") == [0, 0]


def test_a_platform_that_starts_afresh_makes_the_same_bytes(station: Station) -> None:
    station.publish_volume()
    station.run()
    before = station.files("volumes") | station.files("products")
    shutil.rmtree(station.data)
    station.run()
    assert station.files("volumes") | station.files("products") == before


def test_a_changed_file_is_fetched_and_used(station: Station) -> None:
    station.publish(File("DBZH"), File("ZDR", damage=Fault.TRUNCATED))
    assert station.run().red()
    station.publish(File("ZDR"))
    run = station.run()
    assert run.red() == set()
    assert [size > 0 for size in run.records["bufr_files", "12:30"].column("bytes_downloaded")] == [
        False,
        True,
    ]


def test_files_that_the_server_deletes_stay(station: Station) -> None:
    station.publish_volume()
    station.run()
    before = station.files()
    shutil.rmtree(station.server / RADAR / "2025")
    run = station.run()
    assert run.success
    assert run.states() == MADE
    assert run.records["bufr_files", "12:30"]["file_count"] == 2
    assert run.records["bufr_files", "12:30"].column("status") == ["completed"] * 2
    assert station.files() == before


def test_files_stay_when_the_source_is_down_and_the_run_asks_to_be_tried_again(
    station: Station,
) -> None:
    station.publish_volume()
    station.run()
    shutil.rmtree(station.server)
    run = station.run()
    assert run.states() == MADE
    assert not run.success
    assert "is it mounted?" in run.failures[0]


def test_a_record_with_volumes_is_not_replaced_by_an_empty_one(station: Station) -> None:
    station.publish_volume()
    station.run()
    shutil.rmtree(station.server / RADAR / "2025")
    shutil.rmtree(station.data)
    run = station.run()
    assert run.success
    assert run.states() == ("untouched",) * 4
    latest = station.instance.get_latest_materialization_event(asset_key(RADAR, "volumes"))
    assert latest is not None
    assert latest.asset_materialization is not None
    assert latest.asset_materialization.metadata["volume_count"].value == 1


def test_an_empty_window_is_opened_again_by_a_late_file(station: Station) -> None:
    assert station.run().records["bufr_files", "12:30"]["file_count"] == 0
    station.publish_volume()
    assert station.run().records["bufr_files", "12:30"]["file_count"] == 2


@pytest.mark.parametrize(
    "stages",
    [("bufr_files",), ("volumes",), ("volumes", "png"), ("png",), ("geotiff",), ("png", "geotiff")],
    ids="+".join,
)
def test_any_stages_can_be_run_from_what_is_on_disk(
    station: Station, stages: Sequence[str]
) -> None:
    station.publish_volume()
    whole = station.run()
    before = station.files()
    made = {"volumes": "volumes", "png": "products", "geotiff": "products"}
    for stage in set(stages) - {"bufr_files"}:
        for path in (station.data / made[stage]).rglob(f"*.{_SUFFIX[stage]}"):
            path.unlink()
    run = station.run(stages=stages)
    assert run.success
    assert set(run.records) == {(stage, "12:30") for stage in stages}
    assert station.files() == before
    for stage in stages:
        assert run.records[stage, "12:30"].metadata.keys() == (
            whole.records[stage, "12:30"].metadata.keys()
        )


def test_a_stage_says_nothing_of_a_window_whose_input_was_never_made(station: Station) -> None:
    station.publish_volume()
    run = station.run(stages=["png"])
    assert run.success
    assert run.state("png") == "untouched"


def test_a_radar_may_have_the_first_stages_only(make_station: Callable[..., Station]) -> None:
    station = make_station(radar='stages = ["bufr_files", "volumes"]')
    station.publish_volume()
    run = station.run(stages=["bufr_files", "volumes"])
    assert run.success
    assert run.states() == ("materialized", "materialized", "untouched", "untouched")
    assert not (station.data / "products").exists()


def test_a_defect_in_one_volume_does_not_stop_the_others(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    def choke(data: bytes) -> object:
        field = decode(data)
        if f"{field.time:%H%M}" == "1230":
            raise ZeroDivisionError("a defect")
        return field

    monkeypatch.setattr(building, "decode", choke)
    station.publish_volume("12:30:20")
    station.publish_volume("12:35:20")
    run = station.run()
    assert run.state("volumes") == "materialized"
    assert run.records["volumes", "12:30"].column("error_type") == ["ZeroDivisionError", None]
    assert "Traceback" in run.log


def test_a_defect_in_one_window_does_not_stop_the_others(
    three_windows: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    candidates = volumes._candidates

    def choke(task: Task) -> list[VolumeFiles]:
        if task.window.key == key("12:30"):
            raise OSError("no space")
        return candidates(task)

    monkeypatch.setattr(volumes, "_candidates", choke)
    run = three_windows.run("12:30", "12:50")
    assert run.states("12:30") == ("materialized", "untouched", "untouched", "untouched")
    assert run.states("12:50") == MADE
    (what, _, advice) = run.failures[0].partition(" [")
    assert what == f"{RADAR}/volumes {key('12:30')}: OSError: no space"
    assert advice.startswith("RA690; likely cause: ")
    assert "Traceback" in run.log
    assert not run.is_final


def test_a_run_tells_whether_it_failed_for_nothing_but_content(three_windows: Station) -> None:
    assert three_windows.run("12:30", "12:50").is_final
    shutil.rmtree(three_windows.server)
    assert not three_windows.run("12:30", "12:50").is_final


def test_tracebacks_of_files_that_cannot_be_read_go_to_the_log(station: Station) -> None:
    station.publish(File("DBZH"), File("ZDR", damage=Fault.GARBLED))
    run = station.run()
    assert "Traceback" in run.log
    assert "RMA11_0315_01_ZDR_20251118T123020Z.BUFR" in run.log


def test_only_names_of_the_contract_lie_in_the_data_folders(three_windows: Station) -> None:
    three_windows.publish(File(place="3020/RMA11.BUFR"), File("DBZH", "12:30:40", size=2**24))
    three_windows.run("12:30", "12:50")
    for path in three_windows.files():
        folder, name = path.partition("/")[0], path.rpartition("/")[2]
        if folder == "bufr":
            assert path == str(BufrName.parse(name).path)
        elif folder == "volumes":
            assert path == str(VolumeId.from_netcdf(name).netcdf_path)
        elif folder == "products":
            time = parse_product(map_of(name)).time
            assert re.fullmatch(rf"products/{RADAR}/{time:%Y/%m/%d}/[^/]+", path)
        else:
            known = {"cache", "index", "locks", "quicklooks", "sources", "thumbnails"}
            assert folder in known, path


def test_runs_of_a_radar_share_a_pool(station: Station) -> None:
    assets = owner_assets(station.workspace.network, RADAR)
    assert assets.op.pool == f"radar_{RADAR}"
    assert assets.backfill_policy == dg.BackfillPolicy.multi_run(36)
