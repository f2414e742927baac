"""A stage is one new file: added to a copy of the package, it has all that other stages have."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from radar_assets_tests.copies import block, copied_package, run_in
from radar_assets_tests.examples import colmax30
from radar_assets_tests.repository import CONTRIBUTING

OF_A_RADAR = """
import json
from pathlib import Path
import dagster as dg
from radar_assets.defs.status import status
from radar_assets_tests.defs.platforms import Station
station = Station(Path("station"))
Path("home").mkdir()
station.instance = dg.DagsterInstance.local_temp("home")
station.publish_volume("12:30:20")
run = station.run("12:30", "12:40", stages=("bufr_files", "volumes", "echo_share"))
record = run.records["echo_share", "12:30"]
report = status(station.instance, station.workspace.network.settings.window)
print(json.dumps({
    "success": run.success,
    "windows": [time for stage, time in run.records if stage == "echo_share"],
    "rows": record.rows,
    "total": record["volume_count"],
    "checks": [c.check_name for c in run.checks if c.asset_key.path[-1] == "echo_share"],
    "status": [row["volume_id"] for row in report["shares"]],
    "counts": report["counts"]["shares"],
}))
"""

COMPOSITE_STAGE = '''
"""Stage `coverage_count`: how many radars of a composite have a volume."""

from dataclasses import dataclass
from typing import ClassVar

from radar_assets.stages import Scope
from radar_assets.stages.base.result import StageResult
from radar_assets.stages.base.rows import Row
from radar_assets.stages.base.stage import Stage, Task


@dataclass(frozen=True, kw_only=True)
class RadarRow(Row):
    """A radar with a volume in the window or the one before."""

    table: ClassVar[str] = "radars"

    radar: str
    volumes: int


def count(task: Task) -> StageResult:
    """Count the volumes of each radar."""
    counts: dict[str, int] = {}
    for item in task.inputs("volumes"):
        counts[item.window.owner] = counts.get(item.window.owner, 0) + len(item.rows)
    rows = [RadarRow(radar=radar, volumes=number) for radar, number in counts.items()]
    return StageResult(rows=rows, totals={"radar_count": len(rows)}, made=len(rows))


STAGE = Stage(
    name="coverage_count",
    description="Radars of {owner} that have a volume.",
    kind="table",
    row=RadarRow,
    work=count,
    scope=Scope.COMPOSITE,
    upstream=("volumes",),
    reach=lambda network, owner: 1,
)
'''

OF_A_COMPOSITE = """
import json
from datetime import timedelta
from pathlib import Path
import dagster as dg
from radar_assets.defs.assets import network_assets
from radar_assets.defs.keys import asset_key
from radar_assets.defs.metadata import rows_of
from radar_assets.defs.partitions import range_tags
from radar_assets.defs.records import newest
from radar_assets_tests.defs.platforms import RADAR, Station, at
station = Station(Path("station"), radars='[composites.NORTH]\\ntitle = "North"')
station.publish_volume("12:30:20")
station.publish_volume("12:40:20")
station.run("12:30", "12:50")
assets = network_assets(station.workspace.network)
key = asset_key("NORTH", "coverage_count")
run = dg.materialize(
    assets, selection=[key], instance=station.instance,
    resources={"workspace": station.workspace},
    tags=range_tags(at("12:30"), at("12:50")),
)
(composite,) = [item for item in assets if key in item.keys]
mapping = composite.get_partition_mapping(asset_key(RADAR, "volumes"))
print(json.dumps({
    "success": run.success,
    "group": composite.group_names_by_key[key],
    "deps": [k.to_user_string() for k in composite.asset_deps[key]],
    "reach": mapping.start_offset,
    "rows": {w: rows_of(r.metadata, "radars") for w, r in newest(station.instance, key).items()},
}))
"""

OF_THREE_WINDOWS = """
import json
from pathlib import Path
from radar_assets.defs.assets import network_assets
from radar_assets.defs.keys import asset_key
from radar_assets_tests.defs.platforms import RADAR, Station
station = Station(Path("station"), radar='products = ["COLMAX30", "COLMAXo"]')
for time in ("12:10:20", "12:20:20", "12:30:20"):
    station.publish_volume(time)
run = station.run("12:10", "12:40", stages=("bufr_files", "volumes", "png"))
again = station.run("12:30", stages=("png",))
(assets,) = network_assets(station.workspace.network)
mapping = assets.get_partition_mapping(asset_key(RADAR, "volumes"))
print(json.dumps({
    "success": run.success and again.success,
    "reach": str(mapping.start_offset),
    "times": {
        time: json.loads(run.row_of("png", "COLMAX30", time)["parameters"])["times"]
        for time in ("12:10", "12:20", "12:30")
    },
    "again": again.row_of("png", "COLMAX30") == run.row_of("png", "COLMAX30"),
}))
"""

LATE_VOLUME = """
import json
from datetime import timedelta
from pathlib import Path
import dagster as dg
from radar_assets.defs.assets import owner_assets
from radar_assets.defs.sensors import radar_sensor
from radar_assets.ingest.scheduling.cursor import Cursor
from radar_assets.stages.base.workspace import Workspace
from radar_assets_tests.defs.platforms import RADAR, Station, at
station = Station(
    Path("station"),
    radar='products = ["COLMAX30", "COLMAXo"]\\nstart = 2025-11-18T12:10:00Z',
)
network, instance = station.workspace.network, station.instance
sensor, cursor, requested = radar_sensor(network, RADAR), None, []
definitions = dg.Definitions(
    assets=[owner_assets(network, RADAR)], sensors=[sensor],
    resources={"workspace": station.workspace},
)

def poll(minute):
    "Let the sensor poll, and run what it requests; times in COLMAX30 by the windows that ran."
    global cursor
    now = at("12:55") + minute * timedelta(minutes=1)
    workspace = Workspace(station.data, station.network_file, clock=lambda: now)
    context = dg.build_sensor_context(
        instance=instance, cursor=cursor, resources={"workspace": workspace},
        definitions=definitions,
    )
    tick, rows = sensor.evaluate_tick(context), {}
    cursor = tick.cursor
    for request in tick.run_requests:
        tags = {**request.tags, "dagster/run_key": request.run_key}
        first, last = (
            tags[f"dagster/asset_partition_range_{end}"][-5:] for end in ("start", "end")
        )
        run = station.run(first, last, tags=tags)
        assert run.success
        rows |= {
            time: json.loads(row["parameters"])["times"]
            for (stage, time), record in run.records.items()
            if stage == "png"
            for row in record.rows
            if row["product"] == "COLMAX30"
        }
    return rows

for time in ("12:20:20", "12:30:20", "12:40:20"):
    station.publish_volume(time)
first = poll(0)
quiet = poll(1)
station.publish_volume("12:10:20")
late = [poll(minute) for minute in (2, 3, 4)]
print(json.dumps({
    "first": first, "quiet": quiet, "late": late,
    "outdated": len(Cursor.from_json(cursor).windows.outdated),
}))
"""

COMMAND = "import sys; from radar_assets.cli import app; app(sys.argv[1:])"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    package = copied_package(tmp_path)
    (package / "stages/echo_share.py").write_text(block(CONTRIBUTING, "python", "echo_share"))
    (package / "stages/coverage_count.py").write_text(COMPOSITE_STAGE)
    return package.parent


def test_the_stages_are_short() -> None:
    assert len(block(CONTRIBUTING, "python", "echo_share").splitlines()) < 60
    assert len(COMPOSITE_STAGE.splitlines()) < 60


def test_a_stage_of_radars_has_records_checks_and_status(copy: Path, tmp_path: Path) -> None:
    found = json.loads(run_in(copy, tmp_path, OF_A_RADAR).splitlines()[-1])
    volume = "RMA11_0315_01_2025-11-18T12:30:20Z"
    assert found["success"]
    assert found["windows"] == ["12:30", "12:40"]
    assert found["total"] == 1
    (row,) = found["rows"]
    assert (row["volume_id"], row["status"], row["error_code"]) == (volume, "completed", None)
    assert 0 < row["share"] <= 1
    assert found["checks"] == ["volumes_have_echo"] * 2
    assert found["status"] == [volume]
    assert found["counts"] == {"completed": 1}


def test_the_command_line_and_the_network_file_know_the_stage(copy: Path, tmp_path: Path) -> None:
    network = tmp_path / "network.toml"
    network.write_text(
        '[sources.here]\nurl = "L2"\n[radars.RMA1]\nsources = ["here"]\n'
        'latitude = -31\nlongitude = -64\nstages = ["bufr_files", "volumes", "echo_share"]\n'
    )
    (tmp_path / "L2/RMA1").mkdir(parents=True)
    (tmp_path / "home").mkdir()
    environment = {
        "RADAR_ASSETS_NETWORK": str(network),
        "RADAR_ASSETS_DATA": str(tmp_path / "data"),
        "DAGSTER_HOME": str(tmp_path / "home"),
    }
    window = ("--from", "2025-11-18T12:30", "--to", "2025-11-18T12:40")
    run_in(copy, tmp_path, COMMAND, "run", *window, **environment)
    run_in(copy, tmp_path, COMMAND, "run", *window, "--stage", "echo_share", **environment)
    text = run_in(
        copy, tmp_path, COMMAND, "history", "--stage", "echo_share", "--json", **environment
    )
    assert [item["stage"] for item in json.loads(text)["passes"]] == ["echo_share"] * 2


def test_a_stage_of_composites_takes_the_records_of_their_radars(
    copy: Path, tmp_path: Path
) -> None:
    found = json.loads(run_in(copy, tmp_path, OF_A_COMPOSITE).splitlines()[-1])
    assert found["success"]
    assert found["group"] == "NORTH"
    assert found["deps"] == ["RMA11/volumes"]
    assert found["reach"] == -1
    volumes = {w[-5:]: [row["volumes"] for row in rows] for w, rows in found["rows"].items()}
    assert volumes == {"12:30": [1], "12:40": [2], "12:50": [1]}


def test_a_product_of_three_windows_is_one_file(copy: Path, tmp_path: Path) -> None:
    example = Path(colmax30.__file__).read_text("utf-8")
    assert block(CONTRIBUTING, "python", "COLMAX30").strip() == example.strip()
    (copy / "radar_assets/products/colmax30.py").write_text(example)
    found = json.loads(run_in(copy, tmp_path, OF_THREE_WINDOWS).splitlines()[-1])
    assert found["success"]
    assert found["reach"] == "-2"
    times = {window: [time[11:16] for time in times] for window, times in found["times"].items()}
    assert times == {
        "12:10": ["12:10"],
        "12:20": ["12:10", "12:20"],
        "12:30": ["12:10", "12:20", "12:30"],
    }
    assert found["again"]


def test_a_late_volume_makes_the_products_of_later_windows_again(
    copy: Path, tmp_path: Path
) -> None:
    example = Path(colmax30.__file__).read_text("utf-8")
    (copy / "radar_assets/products/colmax30.py").write_text(example)
    found = json.loads(run_in(copy, tmp_path, LATE_VOLUME).splitlines()[-1])

    def times(rows: dict[str, list]) -> dict[str, list[str]]:
        return {window: [time[11:16] for time in row] for window, row in rows.items()}

    assert times(found["first"]) == {
        "12:20": ["12:20"],
        "12:30": ["12:20", "12:30"],
        "12:40": ["12:20", "12:30", "12:40"],
    }
    assert found["quiet"] == {}
    late, again, after = map(times, found["late"])
    assert late == {"12:10": ["12:10"]}
    assert again == {"12:20": ["12:10", "12:20"], "12:30": ["12:10", "12:20", "12:30"]}
    assert (after, found["outdated"]) == ({}, 0)
