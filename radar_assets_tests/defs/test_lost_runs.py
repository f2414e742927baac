"""Runs whose process died unseen are ended by a sensor, and no others."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import dagster as dg
import pytest

from radar_assets.defs.runs import Failures
from radar_assets.defs.upkeep.lost_runs import SHELL, launched_run_lock, lost_runs
from radar_assets.stages.base.workspace import Workspace
from radar_assets_tests.defs.platforms import RADAR, Station


@dataclass
class _Polls:
    """Polls by the sensor, one after the other; each gives its message."""

    records: dg.DagsterInstance
    workspace: Workspace
    cursor: str | None = None

    def __call__(self) -> str | None:
        context = dg.build_sensor_context(
            self.records, cursor=self.cursor, resources={"workspace": self.workspace}
        )
        skipped = lost_runs(context)
        self.cursor = context.cursor
        assert isinstance(skipped, dg.SkipReason)
        return skipped.skip_message


@pytest.mark.parametrize("is_held", [True, False])
def test_a_launched_run_is_ended_when_nobody_holds_its_lock(tmp_path: Path, is_held: bool) -> None:
    here = Workspace(root=tmp_path / "data")
    with dg.DagsterInstance.ephemeral() as records, ExitStack() as held:
        run = records.create_run_for_job(
            dg.GraphDefinition("work").to_job(), status=dg.DagsterRunStatus.STARTED
        )
        poll = _Polls(records, here)
        assert poll() == "no run is lost"
        lock = held.enter_context(here.lock(run.run_id))
        if not is_held:
            lock.release()
        assert poll() == "no run is lost"
        assert poll() == ("no run is lost" if is_held else f"ended {run.run_id}")
        assert poll() == "no run is lost"
        found = records.get_run_by_id(run.run_id)
        assert found is not None
        assert found.is_failure is not is_held


def test_a_run_holds_its_lock_while_it_works(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def poll(*_: object) -> Failures:
        seen.extend(path.stem for path in (station.data / "locks").iterdir())
        return Failures()

    monkeypatch.setattr(Workspace, "clean", lambda *_: None)
    monkeypatch.setattr("radar_assets.defs.assets.run_windows", poll)
    station.run()
    (run,) = station.instance.get_runs()
    assert run.run_id in seen
    assert _Polls(station.instance, station.workspace)() == "no run is lost"
    assert run.run_id not in {path.stem for path in (station.data / "locks").iterdir()}


def test_a_run_that_is_about_to_end_stays_a_success(tmp_path: Path) -> None:
    here = Workspace(root=tmp_path / "data")
    with dg.DagsterInstance.ephemeral() as records:
        run = records.create_run_for_job(
            dg.GraphDefinition("work").to_job(), status=dg.DagsterRunStatus.STARTED
        )
        poll = _Polls(records, here)
        with launched_run_lock(here, run.run_id, {}):
            assert poll() == "no run is lost"
        assert poll() == "no run is lost"
        end = dg.DagsterEvent(dg.DagsterEventType.RUN_SUCCESS.value, "work", message="done")
        records.handle_run_event(run.run_id, end)
        assert poll() == "no run is lost"
        found = records.get_run_by_id(run.run_id)
        assert found is not None
        assert found.is_success
        assert not list((tmp_path / "data/locks").iterdir())


@pytest.mark.parametrize(
    ("granularity", "tags", "is_lost"),
    [
        pytest.param("run", {}, True, id="it never came to its work"),
        pytest.param("op", {}, False, id="it waits for its turn"),
        pytest.param("run", {"dagster/max_runtime": "60"}, False, id="it works elsewhere"),
        pytest.param("run", {SHELL: "true"}, False, id="it is of another shell"),
    ],
)
def test_a_run_that_died_before_its_work_is_ended(
    tmp_path: Path, granularity: str, tags: dict[str, str], is_lost: bool
) -> None:
    (tmp_path / "dagster.yaml").write_text(
        f"concurrency: {{pools: {{granularity: {granularity}}}}}"
    )
    here, work = Workspace(root=tmp_path / "data"), dg.asset(name="work")(lambda: None)
    with dg.DagsterInstance.from_config(str(tmp_path)) as records:
        run = records.create_run_for_job(
            dg.Definitions(assets=[work]).resolve_implicit_global_asset_job_def(),
            status=dg.DagsterRunStatus.STARTED,
            tags=tags,
            asset_selection=frozenset([work.key]),
        )
        poll = _Polls(records, here)
        assert poll() == "no run is lost"
        assert poll() == (f"ended {run.run_id}" if is_lost else "no run is lost")


def test_locks_of_radars_and_of_other_records_are_left(tmp_path: Path) -> None:
    here = Workspace(root=tmp_path / "data")
    for name in (RADAR, str(uuid4())):
        with here.lock(name):
            pass
    before = sorted((tmp_path / "data/locks").iterdir())
    with dg.DagsterInstance.ephemeral() as records:
        poll = _Polls(records, here)
        assert [poll(), poll()] == ["no run is lost"] * 2
    assert sorted((tmp_path / "data/locks").iterdir()) == before
