"""Code servers that a newer one has replaced leave the work to it; the doctor names them."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import psutil
import pytest

from radar_assets.defs.composite_sensors import composite_sensor
from radar_assets.defs.instance import instance
from radar_assets.defs.sensors import radar_sensor
from radar_assets.defs.upkeep.code_servers import CodeServer, code_servers, version_of
from radar_assets.defs.watch.feeds import feeds_sensor
from radar_assets.defs.watch.notify import notifications_sensor
from radar_assets.doctor.finding import Finding
from radar_assets.doctor.records import dagster_state
from radar_assets.errors import PortTaken
from radar_assets.settings import Network, Notifications, load_network
from radar_assets.stages.base.workspace import Workspace
from radar_assets_tests.command import call, spawned
from radar_assets_tests.defs.platforms import COMPOSITE, RADAR, Station
from radar_assets_tests.defs.shell import Write
from radar_assets_tests.ports import free_port
from radar_assets_tests.waiting import LONG, wait_until

KEY = "radar_assets/code_servers"
SENSORS: tuple[Callable[[Network], dg.SensorDefinition], ...] = (
    lambda network: radar_sensor(network, RADAR),
    lambda network: composite_sensor(network, COMPOSITE),
    lambda _: feeds_sensor(),
    lambda _: notifications_sensor(Notifications(urls_env="NOBODY")),
)


@pytest.fixture
def other() -> Iterator[subprocess.Popen[bytes]]:
    """A process that was started after this one."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as process:
        yield process
        process.kill()


def server_of(process: int, version: str) -> CodeServer:
    return CodeServer(
        socket.gethostname(),
        process,
        psutil.Process(process).create_time(),
        version,
        datetime.now(UTC).timestamp(),
    )


def note(records: dg.DagsterInstance, *servers: CodeServer) -> None:
    text = json.dumps([vars(server) for server in servers])
    records.daemon_cursor_storage.set_cursor_values({KEY: text})


def tick(records: dg.DagsterInstance, workspace: Workspace, sensor: dg.SensorDefinition) -> str:
    context = dg.build_sensor_context(
        instance=records, cursor="kept", resources={"workspace": workspace}
    )
    found = sensor.evaluate_tick(context)
    assert found.run_requests == []
    assert found.cursor == "kept"
    return str(found.skip_message)


@pytest.mark.parametrize("make", SENSORS, ids=["radar", "composite", "feeds", "notifications"])
def test_sensors_do_nothing_in_a_server_that_was_replaced(
    make_station: Callable[..., Station],
    other: subprocess.Popen[bytes],
    make: Callable[[Network], dg.SensorDefinition],
) -> None:
    station = make_station(radars=f'[composites.{COMPOSITE}]\nradars = ["{RADAR}"]')
    note(station.instance, server_of(other.pid, "another network file"))
    said = tick(station.instance, station.workspace, make(station.workspace.network))
    assert f"than process {other.pid} on" in said
    assert f"(process {os.getpid()} on" in said


def feeds_recorded(station: Station) -> bool:
    context = dg.build_sensor_context(
        instance=station.instance, resources={"workspace": station.workspace}
    )
    return bool(feeds_sensor().evaluate_tick(context).asset_events)


def test_equal_older_and_ended_servers_hinder_nobody(
    station: Station, other: subprocess.Popen[bytes]
) -> None:
    mine = version_of(station.workspace.network)
    note(station.instance, server_of(other.pid, mine))
    assert feeds_recorded(station)
    note(station.instance, server_of(os.getppid(), "an older network file"))
    assert feeds_recorded(station)
    assert {server.process for server in code_servers(station.instance)} == {
        os.getpid(),
        os.getppid(),
    }
    note(station.instance, server_of(other.pid, "another network file"))
    other.kill()
    other.wait()
    assert feeds_recorded(station)
    station.instance.daemon_cursor_storage.set_cursor_values({KEY: '[{"of": "another release"}]'})
    assert feeds_recorded(station)


def found(network: Network) -> Finding:
    return next(item for item in dagster_state(network) if item.subject == "code server")


def test_the_doctor_names_what_was_replaced_and_what_is_to_be_started_again(
    platform: Write, tmp_path: Path, other: subprocess.Popen[bytes]
) -> None:
    platform()
    network = load_network(tmp_path / "network.toml")
    with instance() as records:
        assert found(network).is_note
        old, new = server_of(os.getpid(), "old"), server_of(other.pid, version_of(network))
        note(records, old, new)
        assert found(network).advice == f"end what was replaced: kill {os.getpid()}"
        note(records, new)
        assert found(network).is_well
        note(records, old)
        assert "start it again" in str(found(network).advice)


def test_a_code_server_in_the_background_ends_by_sigterm(platform: Write, tmp_path: Path) -> None:
    environ, port = platform(), free_port()
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as a shell does to background jobs
    try:
        with spawned("code-server", "--port", port, cwd=tmp_path, **environ) as process:
            wait_until(lambda: _catches(process.pid, signal.SIGTERM), "the server's start")
            process.terminate()
            process.wait(LONG)
    finally:
        signal.signal(signal.SIGINT, before)


def _catches(process: int, number: int) -> bool:
    """Whether a process has a handler of its own for a signal."""
    status = Path(f"/proc/{process}/status").read_text("ascii").splitlines()
    mask = next(line.split()[1] for line in status if line.startswith("SigCgt:"))
    return bool(int(mask, 16) & 1 << (number - 1))


def test_a_second_code_server_on_a_port_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = call("code-server", "--port", taken.getsockname()[1])
    assert result.exit_code == 1
    assert PortTaken.code in result.stderr
