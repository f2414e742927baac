"""Fetching many files from a real FTP server that refuses, hangs up and dies."""

from __future__ import annotations

import threading

import pytest

from radar_assets.errors import (
    RadarAssetsError,
    RemoteFileMissing,
    SourceUnreachable,
    StorageError,
)
from radar_assets.ingest.download.failover import FetchResult
from radar_assets.ingest.download.one_file import Download
from radar_assets.ingest.sources.slots import Slots
from radar_assets_tests.ftp_server import Server
from radar_assets_tests.ingest.mirrors import Archive, die_after, kinds
from radar_assets_tests.ingest.networks import NOBODY
from radar_assets_tests.waiting import LONG, wait_until


def split(result: FetchResult) -> tuple[list[RadarAssetsError], list[Download]]:
    """Why files are not here, and the files that are."""
    failed = [outcome for outcome in result.outcomes if isinstance(outcome, RadarAssetsError)]
    return failed, [outcome for outcome in result.outcomes if isinstance(outcome, Download)]


def test_many_files_over_few_connections(archive: Archive, first: Server) -> None:
    (archive.roots[0] / archive.files[7].path).unlink()
    outcomes = list(archive.fetch(archive.known(first.url)).outcomes)
    assert isinstance(outcomes.pop(7), RemoteFileMissing)
    assert [done.remote for done in outcomes if isinstance(done, Download)] == [
        file for file in archive.files if file is not archive.files[7]
    ]
    assert 1 <= first.peak <= 3


def test_a_run_logs_in_once_for_each_connection(archive: Archive, first: Server) -> None:
    known = archive.known(first.url)
    for file in archive.files:
        archive.fetch(known, [file])
    assert all(archive.has(file) for file in archive.files)
    assert first.connections == 1


def test_no_files_need_no_connection(archive: Archive, first: Server) -> None:
    assert archive.fetch(archive.known(first.url), []) == FetchResult(())
    assert first.connections == 0


def test_files_that_are_here_need_no_connection(archive: Archive, first: Server) -> None:
    known = archive.known(first.url)
    archive.fetch(known)
    known.failed("s0", SourceUnreachable("gone"))
    assert kinds(archive.fetch(known)) == {"Download"}


def test_a_connection_is_given_to_who_waits_for_one_between_two_files(
    archive: Archive, first: Server
) -> None:
    limit = {"max_connections": 3}
    here, elsewhere = (archive.known(first.url, source=limit) for _ in range(2))
    queue = Slots(archive.data / "sources" / "s0", 3)
    came: list[FetchResult] = []
    sent: list[int] = []
    lead = threading.current_thread()
    other = threading.Thread(
        target=lambda: came.append(archive.fetch(elsewhere, archive.files[18:]))
    )

    def on_bytes(_: int) -> None:
        if threading.current_thread() is lead:
            wait_until(lambda: bool(came), "the file")
            sent.append(len(first.sent("RETR")))
        elif other.ident is None:
            other.start()
            wait_until(lambda: queue.has_queue("fetching"), "somebody who waits")

    result = archive.fetch(here, archive.files[:18], on_bytes=on_bytes)
    assert kinds(result) | kinds(came[0]) == {"Download"}
    assert sent[0] == 1 + 1 + 2
    assert first.peak == 2


def test_a_source_that_is_busy_is_not_blamed(archive: Archive, first: Server) -> None:
    known = archive.known(first.url, source={"max_connections": 1}, patience=0.1)
    with known.listing("s0"):
        result = archive.fetch(known)
    assert kinds(result) == {"SourceBusy"}
    assert known.health("s0").failures == 0
    assert kinds(archive.fetch(known)) == {"Download"}


def test_a_server_with_fewer_connections_than_thought_serves_over_those(
    archive: Archive, first: Server
) -> None:
    first.most = 1
    result = archive.fetch(archive.known(first.url))
    assert kinds(result) == {"Download"}
    assert {done.attempts for done in result.outcomes if isinstance(done, Download)} == {1}


def test_a_dead_server_is_soon_given_up(archive: Archive) -> None:
    known = archive.known(NOBODY)
    result = archive.fetch(known)
    assert kinds(result) == {"SourceUnreachable"}
    assert sum(isinstance(o, SourceUnreachable) and o.attempts > 0 for o in result.outcomes) == 1
    assert known.health("s0").failures == 1


def test_a_server_that_dies_costs_later_windows_nothing(archive: Archive, first: Server) -> None:
    die_after(first, 9)
    known = archive.known(first.url)
    windows = [archive.files[i : i + 4] for i in range(0, 20, 4)]
    results = [archive.fetch(known, window) for window in windows]
    assert [kinds(result) for result in results[:2]] == [{"Download"}] * 2
    assert [kinds(result) for result in results[3:]] == [{"SourceUnreachable"}] * 2
    asked = first.connections
    for result in (archive.fetch(known, window) for window in windows[3:]):
        assert all(
            isinstance(o, SourceUnreachable) and str(o).startswith("not tried") and o.attempts == 0
            for o in result.outcomes
        )
    assert first.connections == asked


def test_files_that_cannot_be_sent_do_not_stop_those_behind_them(
    archive: Archive, first: Server
) -> None:
    known = archive.known(first.url, source={"max_connections": 1})
    first.replies["RETR"] = ["451 Disk error."] * 11
    failed, brought = split(archive.fetch(known))
    assert [error.attempts for error in failed] == [3, 3, 3, 1, 1]
    assert not any(str(error).startswith("not tried") for error in failed)
    assert [done.remote for done in brought] == archive.files[5:]
    assert known.health("s0").failures == 0


def test_after_a_file_that_is_sent_others_are_tried_again(archive: Archive, first: Server) -> None:
    def watch() -> None:
        is_refused = len(first.sent("RETR")) in (*range(1, 10), 11)
        first.replies["RETR"] = ["451 Disk error."] if is_refused else []

    first.watch = watch
    failed, brought = split(archive.fetch(archive.known(first.url, source={"max_connections": 1})))
    assert [error.attempts for error in failed] == [3, 3, 3]
    assert [done.attempts for done in brought] == [1, 2] + [1] * 15


def test_an_error_beside_the_files_spoils_none_that_came(archive: Archive, first: Server) -> None:
    blocked = archive.data / "sources/s0/slot-1.lock"
    blocked.mkdir(parents=True)
    known = archive.known(first.url, source={"max_connections": 3})
    assert kinds(archive.fetch(known)) == {"Download"}


def test_an_error_before_all_files_is_reported_of_each(archive: Archive, first: Server) -> None:
    blocked = archive.data / "sources/s0/slot-2.lock"
    blocked.mkdir(parents=True)
    result = archive.fetch(archive.known(first.url, source={"max_connections": 3}))
    assert [type(outcome) for outcome in result.outcomes] == [StorageError] * 20


def test_the_speed_of_a_source_is_remembered(archive: Archive, first: Server) -> None:
    known = archive.known(first.url)
    archive.fetch(known)
    speed = known.health("s0").speed
    assert speed
    assert speed.value > 1000


def test_a_defect_ends_the_fetch_after_the_present_files(archive: Archive, first: Server) -> None:
    main = threading.current_thread()
    helped, raised = threading.Event(), threading.Event()

    def on_bytes(_: int) -> None:
        if threading.current_thread() is not main:
            helped.set()
            raised.wait(LONG)
        elif helped.wait(LONG):
            raised.set()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        archive.fetch(archive.known(first.url), on_bytes=on_bytes)
    assert len(first.sent("RETR")) < 10
