"""What a window's record says about fetching its files, and the progress of a run."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from radar_assets.defs import progress
from radar_assets.defs.progress import listening
from radar_assets.defs.runs import FAILURE_KIND
from radar_assets.ingest.download.progress import FetchProgress
from radar_assets.stages.base import capacity
from radar_assets_tests.defs.platforms import File, Station
from radar_assets_tests.ftp_server import Server

LOGIN = 'username_env = "STATION_USER"\npassword_env = "STATION_PASSWORD"'


@pytest.mark.parametrize(
    ("files", "settings", "situation"),
    [
        ((File("DBZH"), File("ZDR")), "", "fetched"),
        ((), "", "never existed"),
        ((File("DBZH"), File("ZDR")), 'min_free = "90000TB"', "no space left"),
        ((File("DBZH"),), "allow_incomplete = false", "left incomplete"),
        ((File("DBZH", size=100), File("ZDR")), "", "not usable"),
    ],
)
def test_a_record_says_what_became_of_fetching(
    make_station: Callable[..., Station], files: tuple[File, ...], settings: str, situation: str
) -> None:
    station = make_station(settings=settings)
    station.publish(*files)
    record = station.run().records["bufr_files", "12:30"]
    text, _, advice = str(record.metadata["situation"].value).partition(": ")
    assert (text, bool(advice)) == (situation, True)


def test_a_file_that_is_kept_gzipped_is_reported_once(make_station: Callable[..., Station]) -> None:
    station = make_station(settings="compress_bufr = true")
    station.publish_volume()
    station.run()
    rows = station.run().records["bufr_files", "12:30"].rows
    assert [row["file_name"][-5:] for row in rows] == [".BUFR", ".BUFR"]
    assert [row["local_path"][-8:] for row in rows] == [".BUFR.gz", ".BUFR.gz"]
    assert [row["bytes_downloaded"] for row in rows] == [0, 0]


def test_a_refused_login_is_distinguished_from_a_silent_server(
    make_station: Callable[..., Station], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATION_USER", "radar")
    monkeypatch.setenv("STATION_PASSWORD", "wrong")
    station = make_station()
    with Server(station.server, user="radar", password="right") as server:
        text = station.network_file.read_text("utf-8").replace(str(station.server), server.url)
        station.network_file.write_text(text.replace("[strategies", f"{LOGIN}\n[strategies", 1))
        denied = station.run().records["bufr_files", "12:30"].metadata["situation"].value
    silent = station.run().records["bufr_files", "12:30"].metadata["situation"].value
    assert str(denied).startswith("access denied")
    assert str(silent).startswith("server unreachable")


@pytest.mark.parametrize(
    ("reply", "kind"), [("550 no", "refused"), ("553 no", "refused"), ("451 later", None)]
)
def test_a_run_knows_whether_another_one_may_mend_it(
    make_station: Callable[..., Station], reply: str, kind: str | None
) -> None:
    station = make_station()
    with Server(station.server) as server:
        text = station.network_file.read_text("utf-8").replace(str(station.server), server.url)
        station.network_file.write_text(text, "utf-8")
        station.publish_volume()
        server.replies["RETR"] = [reply] * 99
        station.run()
    (run,) = station.instance.get_runs()
    assert run.tags.get(FAILURE_KIND) == kind


def test_a_long_run_tells_its_progress(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    station.publish_volume("12:30:20")
    station.publish_volume("12:40:20")
    monkeypatch.setattr(progress, "LOG_EVERY", 0.0)
    monkeypatch.setattr(capacity, "cores", lambda: 1)
    run = station.run("12:30", "12:40")
    assert "1 of 2 windows, 2 of 2 files" in run.log


def test_whoever_runs_windows_may_listen(station: Station) -> None:
    station.publish_volume("12:30:20")
    reported: list[FetchProgress] = []
    with listening(reported.append, every=0.0):
        run = station.run("12:30", "12:40")
    assert (reported[-1].windows_done, reported[-1].files_done) == (2, 2)
    assert reported[-1].bytes_done == sum(len(data) for data in station.files("bufr").values())
    assert "of 2 windows" not in run.log
