"""Runs whose servers die: which source replaces them, and how soon they end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from radar_assets.ingest.download.failover import fetch_many
from radar_assets_tests.defs.platforms import Station
from radar_assets_tests.ftp_server import Server
from radar_assets_tests.ingest.mirrors import die_after
from radar_assets_tests.ingest.place import QUICK
from radar_assets_tests.waiting import wait_until

TIMES = ("12:30", "12:40", "12:50")
FILES = ["bufr_files"]


@pytest.fixture
def ftp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server of the station's files; retries are quick."""
    monkeypatch.setitem(fetch_many.__kwdefaults__, "retries", QUICK)
    (tmp_path / "L2").mkdir()
    with Server(tmp_path / "L2") as server:
        yield server


@pytest.fixture
def station(make_station: Callable[..., Station], ftp: Server) -> Station:
    """One with a volume in each of three windows."""
    station = make_station(url=ftp.url, settings="workers = 1")
    for time in TIMES:
        station.publish_volume(f"{time}:20")
    return station


def add_source(
    station: Station, name: str, url: str, more: str = "", *, is_first: bool = False
) -> None:
    names = [name, "server"] if is_first else ["server", name]
    text = station.network_file.read_text("utf-8")
    text = text.replace('sources = ["server"]', f"sources = {names}")
    station.network_file.write_text(f'{text}\n[sources.{name}]\nurl = "{url}"\n{more}\n', "utf-8")


def test_a_run_uses_its_connections_again_and_closes_them_at_its_end(
    station: Station, ftp: Server
) -> None:
    assert station.run("12:30", "12:50", FILES).success
    assert ftp.connections <= 3
    wait_until(lambda: ftp.open == 0, "the end of the connections")


def test_connections_are_closed_when_a_run_breaks_off(
    station: Station, ftp: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("radar_assets.defs.runs.record_window", interrupt)
    with pytest.raises(AssertionError, match="KeyboardInterrupt"):
        station.run("12:30", "12:50", FILES)
    assert ftp.connections > 0
    wait_until(lambda: ftp.open == 0, "the end of the connections")


def test_what_a_server_that_dies_owes_comes_from_the_next_in_the_same_run(
    station: Station, ftp: Server
) -> None:
    die_after(ftp, 2)
    with Server(station.server) as mirror:
        add_source(station, "mirror", mirror.url)
        run = station.run("12:30", "12:50", FILES)
    assert run.success
    servers = [set(run.records["bufr_files", time].column("server")) for time in TIMES]
    assert servers == [{"server"}, {"mirror"}, {"mirror"}]
    assert "downloading from another source instead: " in run.log


def test_a_run_whose_only_server_dies_asks_it_no_more_and_is_tried_again(
    station: Station, ftp: Server
) -> None:
    die_after(ftp, 2)
    run = station.run("12:30", "12:50", FILES)
    assert not run.success
    assert not run.is_final
    assert run.states("12:30")[0] == "materialized"
    for time in TIMES[1:]:
        assert run.state("bufr_files", time) == "failed"
    (first, *_) = run.records["bufr_files", "12:50"].rows
    assert first["error_type"] == "SourceUnreachable"
    assert str(first["error_message"]).startswith("not tried, because before: ")
    assert first["attempts"] == 0
    ftp.is_down = False
    ftp.watch = lambda: None
    assert station.run("12:30", "12:50", FILES).success


def test_a_refused_login_is_said_in_the_log_though_the_next_server_serves(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_PASSWORD", "wrong-secret")
    with Server(station.server, user="radar", password="right") as strict:
        add_source(station, "strict", strict.url, 'password_env = "TEST_PASSWORD"', is_first=True)
        run = station.run("12:30", "12:30", FILES)
        assert run.success
        assert f"strict: {strict.url} refuses the login" in run.log
        assert "secret" not in run.log
