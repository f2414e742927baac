"""The platform around the work: windows, processes, loading, looking, a day's backfill.

`extra_info` holds what is no time of a call in this process: its value and unit, and the floor.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from radar_assets.defs.records import newest
from radar_assets.defs.sensors import radar_sensor
from radar_assets.ingest.listing.query import list_files
from radar_assets.ingest.scheduling.cursor import Cursor
from radar_assets.ingest.scheduling.plan import Plan
from radar_assets.ingest.scheduling.polling import hours_to_list
from radar_assets.radar.names import VolumeId
from radar_assets.simulator.server import FtpServer
from radar_assets.stages.base.windows import window_key
from radar_assets_tests.benchmarks.window import Place
from radar_assets_tests.defs.dagster_server import Backfill, DagsterServer, launch
from radar_assets_tests.defs.platforms import RADAR, STAGES, File, Station, at

DAY = tuple(at("00:00") + timedelta(minutes=10 * number) for number in range(144))
HEAVY = ("pyart", "matplotlib", "xarray")
SECONDS = ("download_seconds", "decode_seconds", "write_seconds", "render_seconds")


@pytest.fixture
def places(tmp_path: Path, source: Path, identity: VolumeId) -> Iterator[Place]:
    """The window of the volume, each time in a new folder."""
    return (
        Place(tmp_path / str(number), source, identity.radar, identity.time) for number in count()
    )


@pytest.mark.benchmark(group="a window, all assets, in process")
def test_window(benchmark: BenchmarkFixture, places: Iterator[Place]):
    benchmark.pedantic(Place.run, setup=lambda: ((next(places),), {}), rounds=4, warmup_rounds=1)


@pytest.mark.benchmark(group="a window, all assets, in process")
def test_window_floor(benchmark: BenchmarkFixture, places: Iterator[Place]):
    """The same work without Dagster."""
    benchmark.pedantic(Place.call, setup=lambda: ((next(places),), {}), rounds=4, warmup_rounds=1)


@pytest.mark.benchmark(group="a window as a process of its own")
def test_run_process(benchmark: BenchmarkFixture, places: Iterator[Place]):
    """Processor time of a run beyond that of its work; instance and index tables are there."""
    place = next(places)
    environment = place.environment
    dg.DagsterInstance.from_config(environment["DAGSTER_HOME"]).dispose()
    place.run()
    for folder in ("bufr", "volumes", "products", "quicklooks", "thumbnails"):
        shutil.rmtree(place.workspace.root / folder)
    select = ",".join(f'key:"{place.radar}/{stage}"' for stage in STAGES)
    key = window_key(place.window, place.workspace.network.settings.window)
    command = ["asset", "materialize", "-m", "radar_assets.definitions", "--select", select]
    command += ["--partition", key]
    spent = _once(benchmark, lambda: _spent(command, environment, program="dagster"))
    Place.call(next(places))  # imports, and what is computed once
    started = time.process_time()
    Place.call(next(places))
    work = time.process_time() - started
    benchmark.extra_info.update(value=spent - work, unit="s CPU beyond its work")


@pytest.mark.benchmark(group="definitions of 18 radars, loaded")
def test_load(benchmark: BenchmarkFixture, places: Iterator[Place]):
    environment = next(places).environment
    code = f"import sys, radar_assets.definitions; sys.exit(any(m in sys.modules for m in {HEAVY}))"
    _run_python(environment, code)
    benchmark.pedantic(_run_python, (environment, code), rounds=3)


@pytest.mark.benchmark(group="definitions of 18 radars, loaded")
def test_load_floor(benchmark: BenchmarkFixture, places: Iterator[Place]):
    """Dagster alone."""
    benchmark.pedantic(_run_python, (next(places).environment, "import dagster"), rounds=3)


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Station]:
    """A radar on a real FTP server, with two hours of files."""
    station_folder = tmp_path / "live"
    (station_folder / "L2").mkdir(parents=True)
    with FtpServer(station_folder) as server:
        station = Station(station_folder, url=server.url)
        for minutes in range(0, 120, 10):
            station.publish_volume(f"{11 + minutes // 60}:{minutes % 60:02}:20")
        yield station


@pytest.mark.benchmark(group="a poll of two hours by a sensor")
def test_tick(benchmark: BenchmarkFixture, live: Station, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(type(live.workspace), "now", lambda _: at("12:59"))
    sensor = radar_sensor(live.workspace.network, RADAR)

    def tick():
        resources = {"workspace": live.workspace}
        sensor.evaluate_tick(dg.build_sensor_context(live.instance, resources=resources))

    benchmark.pedantic(tick, rounds=5, warmup_rounds=1)


@pytest.mark.benchmark(group="a poll of two hours by a sensor")
def test_tick_floor(benchmark: BenchmarkFixture, live: Station):
    """The listing alone."""
    spans = hours_to_list(Cursor(), Plan.of(live.workspace.network, RADAR), at("12:59"))
    benchmark.pedantic(
        list_files, (live.workspace.sources, RADAR, spans), rounds=5, warmup_rounds=1
    )


@pytest.mark.benchmark(group="a day's backfill, of 144 small windows")
def test_backfill(benchmark: BenchmarkFixture, tmp_path: Path):
    """Time of its runs beyond the seconds of work that they recorded, by window."""
    station = Station(tmp_path / "day")
    for window in DAY:
        station.publish(File("DBZH", f"{window:%H:%M}:20"))
    keys = [window_key(window, timedelta(minutes=10)) for window in DAY]
    environment = {
        "RADAR_ASSETS_NETWORK": str(station.network_file),
        "RADAR_ASSETS_DATA": str(station.data),
    }
    with DagsterServer(tmp_path / "dagster", environment) as server:
        backfill = _once(benchmark, lambda: Backfill(server, launch(server, keys, RADAR)))
        with dg.DagsterInstance.from_config(str(server.home)) as instance:
            runs = instance.get_run_records()
            spent = sum((r.end_time or 0) - (r.start_time or 0) for r in runs)
            work = sum(_recorded(instance, stage) for stage in STAGES)
    assert set(backfill.runs) == {"SUCCESS"}
    benchmark.extra_info.update(value=(spent - work) / len(DAY), unit="s beyond its work, a window")


@pytest.mark.benchmark(group="memory of a window")
def test_memory(benchmark: BenchmarkFixture, places: Iterator[Place]):
    """Peak of a process over that of an interpreter that does nothing."""
    place = next(places)
    arguments = [str(place.source), place.radar, place.time.isoformat(), str(place.folder)]
    command = [sys.executable, "-m", "radar_assets_tests.benchmarks.memory", *arguments]
    text = _once(benchmark, lambda: subprocess.check_output(command, stderr=subprocess.DEVNULL))
    alone, peak = map(float, text.split()[-2:])
    benchmark.extra_info.update(value=peak - alone, unit="MB over the interpreter")


def _once(benchmark: BenchmarkFixture, call: Callable[[], Any]) -> Any:
    return benchmark.pedantic(call, rounds=1)


def _recorded(instance: dg.DagsterInstance, stage: str) -> float:
    records = newest(instance, dg.AssetKey([RADAR, stage])).values()
    return sum(
        float(record.metadata[name].value)
        for record in records
        for name in SECONDS
        if name in record.metadata
    )


def _spent(command: Sequence[str], environment: dict[str, str], program: str) -> float:
    """Processor time of a process and all that it started."""
    process = subprocess.Popen(
        [Path(sys.executable).with_name(program), *command],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, f"{program} ended with {process.returncode}"
    return usage.ru_utime + usage.ru_stime


def _run_python(environment: dict[str, str], code: str) -> None:
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
