"""What the doctor says of libraries, memory, clock, Dagster's tables and its daemons."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from dagster._daemon.types import DaemonHeartbeat

from radar_assets import doctor
from radar_assets.defs.instance import instance
from radar_assets.doctor import machine, software, sources
from radar_assets.doctor.finding import Finding, Level
from radar_assets.radar.bufr import encode
from radar_assets.radar.names import BufrName, VolumeId
from radar_assets_tests.doctor.answers import findings, only_finding
from radar_assets_tests.fields import bufr_field

SetUp = Callable[[str], None]


def test_libraries_are_tried_not_only_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {item.subject: item for item in software.libraries()}
    assert all(item.level is Level.OK for item in found.values()), found
    monkeypatch.setattr(software.zlib, "compress", lambda _: b"nonsense")
    (broken,) = [item for item in software.libraries() if item.subject == "zlib"]
    assert broken.level is Level.TODO
    assert "isal" in str(broken.advice)


@pytest.mark.parametrize(
    ("megabytes", "cores", "level"), [(500, 2, "todo"), (700, 2, "note"), (5000, 2, "ok")]
)
def test_memory_is_weighed_against_what_windows_take(
    monkeypatch: pytest.MonkeyPatch, megabytes: int, cores: int, level: str
) -> None:
    monkeypatch.setattr(machine, "available_memory", lambda: megabytes * 10**6)
    monkeypatch.setattr(machine, "cores", lambda: cores)
    (found,) = [item for item in machine.resources(Path("/tmp")) if item.subject == "memory"]
    assert found.level == level


def test_a_volume_of_tomorrow_tells_of_a_wrong_clock(set_up: SetUp, tmp_path: Path) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).replace(microsecond=0)
    path = tmp_path / "data" / BufrName(VolumeId("RMA11", "0315", "01", tomorrow), "DBZH").path
    path.parent.mkdir(parents=True)
    path.write_bytes(encode(bufr_field(time=tomorrow)))
    assert "one of the clocks is wrong" in only_finding("clock")


def test_a_daemon_that_has_died_is_found(set_up: SetUp) -> None:
    with instance() as opened:
        for name in opened.get_required_daemon_types():
            opened.add_daemon_heartbeat(DaemonHeartbeat(time.time() - 3600, name, "id", []))
    assert "no sign of life of " in only_finding("daemons")
    with instance() as opened:
        for name in opened.get_required_daemon_types():
            opened.add_daemon_heartbeat(DaemonHeartbeat(time.time(), name, "id", []))
    code, found = findings()
    assert code == 0
    assert found["daemons"]["level"] == "ok"


def test_tables_of_another_version_are_found(set_up: SetUp, tmp_path: Path) -> None:
    with instance():
        pass
    (database,) = (tmp_path / "dagster").rglob("runs.db")
    with closing(sqlite3.connect(database)) as tables, tables:
        tables.execute("update alembic_version set version_num = 'older'")
    finding = only_finding("records")
    assert "tables of runs" in finding
    assert "dagster instance migrate" in finding


def test_a_configuration_of_ones_own_is_compared_with_the_shipped(
    set_up: SetUp, tmp_path: Path
) -> None:
    (tmp_path / "dagster/dagster.yaml").write_text("telemetry: {enabled: false}\n")
    _, found = findings()
    assert found["dagster.yaml"]["level"] == "note"
    assert "run_monitoring" in found["dagster.yaml"]["detail"]
    shipped = Path(doctor.__file__).parent.parent / "dagster.yaml"
    (tmp_path / "dagster/dagster.yaml").write_text(shipped.read_text())
    _, found = findings()
    assert found["dagster.yaml"]["level"] == "ok"


def test_a_source_that_never_answers_is_not_waited_for(
    set_up: SetUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hang(*_: Any) -> Finding:
        time.sleep(3)
        return Finding("source server", "late")

    monkeypatch.setattr(sources, "_PATIENCE", 0.2)
    monkeypatch.setattr(sources, "_source", hang)
    assert "no answer in 0.2 s" in only_finding("source server")
