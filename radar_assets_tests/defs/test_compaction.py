"""Old runs go; what they recorded of windows stays, and is reported as before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from radar_assets.defs.history import Period, passes
from radar_assets.defs.keys import asset_key
from radar_assets.defs.records import newest
from radar_assets.defs.status import status
from radar_assets.defs.upkeep import compaction as module
from radar_assets.defs.upkeep.compaction import Compacted, compact
from radar_assets.simulator.publish import Fault
from radar_assets_tests.defs.platforms import FIELDS, RADAR, STAGES, File, Station, key

WINDOW = timedelta(minutes=10)


def later() -> datetime:
    return datetime.now(UTC) + timedelta(minutes=1)


@pytest.fixture
def station(tmp_path: Path) -> Station:
    """Three runs of two windows, of which one has garbled files, on a disk."""
    station = Station(tmp_path)
    (tmp_path / "home").mkdir()
    station.instance = dg.DagsterInstance.local_temp(str(tmp_path / "home"))
    station.publish_volume("12:30:20")
    station.publish(*(File(name, "12:40:20", damage=Fault.GARBLED) for name in FIELDS))
    for _ in range(3):
        station.run("12:30", "12:40")
    return station


def reported(station: Station) -> dict[str, Any]:
    return status(station.instance, WINDOW)


def history(station: Station) -> set[tuple[str, str, str, datetime, bool]]:
    return {
        (item.stage, item.window, item.run_id, item.time, item.is_success)
        for item in passes(station.instance, Period(), WINDOW)
    }


def partitions(station: Station) -> dict[str, set[str]]:
    return {
        stage: station.instance.get_materialized_partitions(asset_key(RADAR, stage))
        for stage in STAGES
    }


def test_the_newest_record_of_each_window_stays_as_it_was(station: Station) -> None:
    before, passed, bars = reported(station), history(station), partitions(station)
    newest_run = station.instance.get_runs(limit=1)[0].run_id
    done = compact(station.instance, later())
    assert (done.runs, done.kept) == (3, 6)
    assert station.instance.get_runs() == []
    assert reported(station) == before
    assert partitions(station) == bars
    assert history(station) == {item for item in passed if item[2] == newest_run}
    assert not list((station.folder / "home").rglob("*.db-wal"))
    assert not list((station.folder / "home/history/runs").glob("*-*.db*"))


def test_nothing_is_made_again_for_it(station: Station) -> None:
    compact(station.instance, later())
    before = {path: path.stat().st_mtime_ns for path in station.data.rglob("*.*") if path.is_file()}
    run = station.run("12:30")
    assert run.success
    assert run.records["volumes", "12:30"]["decode_seconds"] == 0.0
    products = [path for path in before if "products" in path.parts]
    assert all(path.stat().st_mtime_ns == before[path] for path in products)


def test_younger_runs_stay(station: Station) -> None:
    assert compact(station.instance, datetime.now(UTC) - timedelta(hours=1)) == Compacted()
    assert len(station.instance.get_runs()) == 3


def test_a_compaction_that_is_killed_loses_nothing(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = reported(station)

    def kill(*_: object) -> None:
        raise KeyboardInterrupt

    for name in ("_delete", "_copy"):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, kill)
            with pytest.raises(KeyboardInterrupt):
                compact(station.instance, later())
        assert reported(station) == before
    compact(station.instance, later())
    compact(station.instance, later())
    assert reported(station) == before


def test_the_data_version_and_the_origin_are_kept(station: Station) -> None:
    png = asset_key(RADAR, "png")
    (record,) = newest(station.instance, png, [key("12:30")]).values()
    compact(station.instance, later())
    (kept,) = newest(station.instance, png, [key("12:30")]).values()
    assert kept.is_compacted
    assert (kept.run_id, kept.metadata, kept.tags) == (record.run_id, record.metadata, record.tags)
    assert abs(kept.time - record.time) < timedelta(milliseconds=1)
    (failed,) = newest(station.instance, asset_key(RADAR, "volumes"), [key("12:40")]).values()
    assert not failed.is_made


def test_the_job_obeys_the_network_file(station: Station) -> None:
    job = module.compaction.execute_in_process(
        instance=station.instance, resources={"workspace": station.workspace}
    )
    assert job.success
    assert len(station.instance.get_runs()) == 4  # they are younger than keep_runs
