"""The demonstration: its network, and the whole platform in one command."""

from __future__ import annotations

import json
import signal
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import dagster
import pytest
import requests

from radar_assets.demo.home import Home, simulated, sites
from radar_assets.errors import SettingsError
from radar_assets.radar.names import BufrName
from radar_assets.settings import load_network
from radar_assets.simulator.scan import SCANS
from radar_assets_tests.command import call, spawn, spawned
from radar_assets_tests.ports import free_port
from radar_assets_tests.waiting import LONG, wait_until

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "demo")
    home.prepare()
    return home


@pytest.mark.parametrize("end", [None, NOON + timedelta(minutes=30)])
def test_the_network_of_a_demonstration_is_that_of_its_radars(
    home: Home, end: datetime | None
) -> None:
    written = home.write_network(["RMA2", "RMA1"], "ftp://127.0.0.1:2121/L2", NOON, end)
    assert written == load_network(home.network)
    assert set(written.radars) == {"RMA1", "RMA2"}
    assert written.sources["simulator"].url == "ftp://127.0.0.1:2121/L2"
    packaged = load_network()
    for name, radar in written.radars.items():
        known = packaged.radar(name)
        assert (radar.latitude, radar.longitude, radar.altitude) == (
            known.latitude,
            known.longitude,
            known.altitude,
        )
        assert known.title in radar.title
        assert (radar.start, radar.end, radar.live) == (NOON, end, True)


def test_a_simulated_volume_is_complete_with_the_fields_of_its_scan(home: Home) -> None:
    written = home.write_network(["RMA1"], "folder", NOON)
    for scan in SCANS.values():
        fields = written.expected_fields("RMA1", scan.strategy, scan.volume)
        assert fields == frozenset(scan.fields)


def test_processes_of_a_demonstration_work_in_its_folder(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RADAR_ASSETS_DATA", "elsewhere")
    monkeypatch.setenv("KEPT", "yes")
    found = home.environment("http://127.0.0.1:80")
    assert found["RADAR_ASSETS_DATA"] == str(home.folder / "data")
    assert found["RADAR_ASSETS_NETWORK"] == str(home.folder / "network.toml")
    assert found["DAGSTER_HOME"] == str(home.folder / "dagster")
    assert found["RADAR_ASSETS_PUBLIC_URL"] == "http://127.0.0.1:80"
    assert found["KEPT"] == "yes"
    assert (home.dagster / "dagster.yaml").is_file()


def test_simulated_radars_are_neighbours_with_a_known_altitude() -> None:
    assert list(simulated(3)) == ["RMA4", "RMA8", "RMA3"]
    known = {name for name, radar in load_network().radars.items() if radar.altitude is not None}
    everyone = sites(len(known))
    assert {site.radar for site in everyone} == known
    assert all(site.altitude > 0 for site in everyone)


@pytest.mark.parametrize("number", [0, -1, 1000])
def test_more_radars_than_there_are_cannot_be_simulated(number: int) -> None:
    with pytest.raises(SettingsError, match=f"not {number}$"):
        simulated(number)


def test_too_many_radars_are_one_line(tmp_path: Path) -> None:
    result = call("demo", "--once", "--radars", 1000, "--folder", tmp_path / "demo")
    assert result.exit_code == 1
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1


def running_in(home: str) -> list[str]:
    """Commands of processes whose environment names a Dagster home."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if f"DAGSTER_HOME={home}\0".encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_text("utf-8").replace("\0", " "))
    return found


def ask(port: int, host: str) -> tuple[int, Any]:
    """Status of a query to the UI, and its answer."""
    answer = requests.post(
        f"http://127.0.0.1:{port}/graphql",
        json={"query": "{ version }"},
        headers={"Host": f"{host}:{port}"},
        timeout=LONG,
    )
    return answer.status_code, answer.json() if answer.ok else None


def test_a_live_demonstration_is_alone_in_its_folder_and_leaves_nothing_behind(
    tmp_path: Path,
) -> None:
    folder, port, other = tmp_path / "demo", free_port(4), free_port(4)

    def demo(port: int, *options: object) -> tuple[object, ...]:
        return ("demo", "--radars", 1, "--folder", folder, "--port", port, *options)

    with spawned(*demo(port), cwd=tmp_path) as process:
        wait_until(lambda: any(folder.rglob("products/**/*.png")), "a picture")
        second = spawn(*demo(other))
        assert second.returncode == 1
        assert "a demonstration already runs in" in second.stderr
        for busy, options in (
            (port, ()),
            (port + 1, ("--port", other, "--pictures-port", port + 1)),
        ):
            refused = spawn(*demo(port, *options))
            assert refused.returncode == 1
            assert f"port {busy} is taken" in refused.stderr
        products = folder / "data" / "products"
        picture = next(products.rglob("*.png")).relative_to(products)
        with urlopen(f"http://127.0.0.1:{port + 1}/{picture.as_posix()}") as answer:
            assert answer.read(4) == b"\x89PNG"
        assert f'url = "ftp://127.0.0.1:{port + 3}/L2"' in (folder / "network.toml").read_text()
        assert ask(port, "localhost") == (200, {"data": {"version": dagster.__version__}})
        assert ask(port, "evil.example")[0] == 403
        process.send_signal(signal.SIGTERM)
        output, errors = process.communicate(timeout=LONG)
    assert process.returncode == 0, errors
    assert "stopping" in output
    assert running_in(str(folder / "dagster")) == []


def test_a_demonstration_makes_all_that_was_published(tmp_path: Path) -> None:
    command = ("demo", "--once", "--radars", 1, "--folder", tmp_path, "--timeout", int(LONG))
    done = spawn(*command, COLUMNS=40)
    assert done.returncode == 0, done.stderr + done.stdout

    lines = done.stdout.splitlines()
    (home,) = (line.partition("=")[2] for line in lines if line.startswith("DAGSTER_HOME="))
    folder = Path(home).parent
    assert folder.parent == tmp_path
    assert "windows: done / all" in done.stdout
    assert running_in(home) == []

    asked = spawn("status", "--json", DAGSTER_HOME=home)
    assert asked.returncode == 0, asked.stderr
    report = json.loads(asked.stdout)
    published = {path.name for path in (folder / "server" / "L2").rglob("*.BUFR")}
    assert published
    assert {row["file_name"] for row in report["files"]} == published
    volumes = {str(BufrName.parse(name).id) for name in published}
    assert {row["volume_id"] for row in report["volumes"]} == volumes
    assert {row["volume_id"] for row in report["products"]} == volumes
    assert {row["asset"] for row in report["products"]} == {"png", "geotiff"}
    for table, states in (
        ("files", {"completed"}),
        ("volumes", {"completed"}),
        ("products", {"completed"}),
    ):
        assert set(report["counts"][table]) == states
    for row in report["products"]:
        assert (row["status"] == "completed") == (row["path"] is not None)
        assert row["path"] is None or (folder / "data" / row["path"]).is_file()
