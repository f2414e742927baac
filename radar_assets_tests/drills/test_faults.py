"""The drill of faults in small, and that it would tell what is not healed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import dagster as dg
import pytest
from dagster import DagsterRunStatus

from radar_assets.defs.upkeep.lost_runs import SHELL
from radar_assets_tests.drills.disks import may_mount
from radar_assets_tests.drills.faults.__main__ import Drill, play

KINDS = (
    *("run from the shell killed", "launched run killed", "webserver killed"),
    *("disk of the files full", "disk of the records full", "CF/Radial volume damaged"),
)
MAP = "products/RMA11_20251118T001020Z_COLMAX_00.png"
"""of window 1"""


@dataclass
class Stores:
    """What a drill looks at."""

    records: dg.DagsterInstance
    found: dict[str, str]
    unfinished: list[Path] = field(default_factory=list)

    def digests(self) -> dict[str, str]:
        return self.found

    def leftovers(self) -> list[Path]:
        return self.unfinished


@pytest.fixture
def records() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def wrong(stores: Any) -> list[str]:
    drill = Drill(stores, Any, {MAP: "a"}, 1.0, Random(1), 6, made={0, 1})  # type: ignore[arg-type]
    return list(drill.wrong())


def test_one_more_run_heals_what_happens(tmp_path: Path) -> None:
    if not may_mount(tmp_path):
        pytest.skip("no disk can be mounted here")
    text, found = play(tmp_path, seed=1, times=len(KINDS), kinds=KINDS, windows=6)
    assert found == []
    assert f"{len(KINDS)} faults of {len(KINDS)} kinds, seed 1: 0 not healed" in text


@pytest.mark.parametrize(
    ("files", "reported"),
    [
        pytest.param({MAP: "a"}, [], id="as undisturbed"),
        pytest.param({MAP: "b"}, [f"{MAP} is another"], id="another content"),
        pytest.param({}, [f"{MAP} is not there"], id="lost"),
        pytest.param({MAP: "a", "x": "y"}, ["x is another"], id="one too many"),
    ],
)
def test_files_that_are_not_as_undisturbed_are_reported(
    records: dg.DagsterInstance, files: dict[str, str], reported: list[str]
) -> None:
    assert wrong(Stores(records, files)) == reported


def test_what_is_left_over_is_reported(records: dg.DagsterInstance) -> None:
    records.create_run_for_job(
        dg.GraphDefinition("work").to_job(), status=DagsterRunStatus.STARTED, tags={SHELL: "true"}
    )
    reported = wrong(Stores(records, {MAP: "a"}, [Path("tmp/half.nc")]))
    assert [line.split()[0] for line in reported] == ["tmp/half.nc", "run"]
