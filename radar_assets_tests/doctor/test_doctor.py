"""The doctor: nothing to do on a good set-up, and advice for each fault."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest

from radar_assets.errors import SourceUnreachable
from radar_assets.ingest.sources.network_sources import NetworkSources
from radar_assets.settings import load_network
from radar_assets.web.map_files import serve_products
from radar_assets_tests.command import call
from radar_assets_tests.doctor.answers import findings, leave, only_finding
from radar_assets_tests.ftp_server import Server


def test_all_is_well_on_a_good_set_up(
    set_up: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        Server(tmp_path, user="radar", password="right-secret") as server,
        serve_products(tmp_path) as pictures,
    ):
        monkeypatch.setenv("RADAR_ASSETS_PUBLIC_URL", pictures)
        url = f"{server.url}/L2"
        set_up(url)
        code, found = findings()
    assert code == 0
    assert not [item for item in found.values() if item["advice"]]
    assert found["source server"]["detail"] == f"{url}, folders of 1 of 1 radars"
    assert found["network file"]["detail"] == f"{tmp_path / 'network.toml'}, 1 radars"
    assert found["Dagster instance"]["detail"] == str(tmp_path / "dagster")
    assert found["public URL"]["detail"] == pictures
    assert found.keys() >= {"Python", "GDAL", "NetCDF", "zlib", "PROJ", "PNG", "data folder"}
    assert found.keys() >= {"memory", "clock", "dagster.yaml", "records", "daemons", "sensors"}
    levels = {item["level"] for item in found.values()}
    assert levels == {"ok", "note"}
    assert found["daemons"] | {"level": "note"} == found["daemons"]
    assert not (tmp_path / "data").exists()


def test_people_get_a_line_per_finding(set_up: Callable[[str], None], tmp_path: Path) -> None:
    set_up(str(tmp_path / "gone"))
    result = call("doctor")
    assert result.exit_code == 1
    lines = {line[5:].split(":")[0]: line for line in result.stdout.splitlines()}
    assert lines["network file"] == f"ok   network file: {tmp_path / 'network.toml'}, 1 radars"
    assert lines["source server"].startswith("TODO source server: ")
    assert " → check its url" in lines["source server"]


def test_a_source_without_its_radars_is_found(
    set_up: Callable[[str], None], tmp_path: Path
) -> None:
    set_up(str(tmp_path))
    assert "has no folder of any of the radars" in only_finding("source server")


def test_pictures_that_nobody_serves_are_found(
    set_up: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve_products(tmp_path) as pictures:
        monkeypatch.setenv("RADAR_ASSETS_PUBLIC_URL", pictures)
    assert "serve the products folder there" in only_finding("public URL")


def test_an_unknown_product_is_found(set_up: Callable[[str], None], tmp_path: Path) -> None:
    network = tmp_path / "network.toml"
    network.write_text(network.read_text("utf-8") + 'products = ["COLMIN"]\n', "utf-8")
    assert "no product 'COLMIN'" in only_finding("network file")


def test_an_instance_without_a_home_is_found(
    set_up: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DAGSTER_HOME")
    assert "DAGSTER_HOME is not set. → let DAGSTER_HOME name" in only_finding("Dagster instance")


@pytest.mark.parametrize("place", ["file", "file/data"])
def test_a_file_in_the_place_of_the_data_folder_is_found(
    set_up: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    (tmp_path / "file").write_text("not a folder", "utf-8")
    monkeypatch.setenv("RADAR_ASSETS_DATA", str(tmp_path / place))
    assert "RADAR_ASSETS_DATA" in only_finding("data folder")
    assert (tmp_path / "file").read_text("utf-8") == "not a folder"


def test_a_folder_that_cannot_be_written_is_found(
    set_up: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RADAR_ASSETS_DATA", "/proc/radar_assets")  # not even root writes there
    assert "RADAR_ASSETS_DATA" in only_finding("data folder")


def test_a_full_disk_is_found(
    set_up: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    leave(monkeypatch, 3)
    assert "only 3.0 GB free" in only_finding("data folder")


@pytest.mark.parametrize(
    ("text", "said"),
    [("[radars", "not valid TOML"), ("[radars.RMA1]\n", "radars.RMA1.latitude")],
)
def test_a_broken_network_file_is_found(
    set_up: Callable[[str], None], tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "network.toml").write_text(text, "utf-8")
    finding = only_finding("network file")
    assert said in finding
    assert "RADAR_ASSETS_NETWORK" in finding


def test_an_absent_network_file_is_found(set_up: Callable[[str], None], tmp_path: Path) -> None:
    (tmp_path / "network.toml").unlink()
    assert "network.toml" in only_finding("network file")


def test_a_source_that_does_not_answer_is_found(
    set_up: Callable[[str], None], tmp_path: Path
) -> None:
    with Server(tmp_path) as server:
        set_up(f"{server.url}/L2")
    assert "check its url" in only_finding("source server")


def test_a_wrong_password_is_found_and_not_shown(
    set_up: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_FTP_PASSWORD", "wrong-secret")
    with Server(tmp_path, user="radar", password="right-secret") as server:
        set_up(f"{server.url}/L2")
        finding = only_finding("source server")
        shown = call("doctor")
    assert "check the credentials" in finding
    assert "secret" not in finding + shown.output


def test_what_is_known_of_a_source_is_reported(
    set_up: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Server(tmp_path, user="radar", password="right-secret") as server:
        set_up(f"{server.url}/L2")
        servers = NetworkSources(load_network(tmp_path / "network.toml"), tmp_path / "data")
        with servers.listing("server") as lease:
            lease.list_folder(PurePosixPath("RMA11"))
        servers.answered("server", speed=2.5e6)
        for _ in range(2):
            servers.failed("server", SourceUnreachable("gone"))
        servers.close()
        code, found = findings()
    assert code == 0
    text = found["source server"]["detail"]
    assert re.search(
        r"; so far [\d.e-]+ s to list a folder, 2\.5 MB/s over a connection, failed", text
    )
    assert "failed once, last on 2" in text
    assert text.endswith("(SourceUnreachable), and is tried after other sources for 0:01:00")


def test_an_unset_password_is_found(
    set_up: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TEST_FTP_PASSWORD")
    with Server(tmp_path, user="radar") as server:
        set_up(f"{server.url}/L2")
        assert "TEST_FTP_PASSWORD" in only_finding("source server")
