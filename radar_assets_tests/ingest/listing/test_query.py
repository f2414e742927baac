"""Listing a radar's files on its sources."""

from __future__ import annotations

import time
from datetime import timedelta
from itertools import count
from pathlib import Path, PurePosixPath
from types import SimpleNamespace

import pytest

from radar_assets.errors import AccessDenied
from radar_assets.ingest.listing import query, walk
from radar_assets.ingest.listing.model import Listing
from radar_assets.ingest.listing.query import list_files
from radar_assets.ingest.sources.client import Entry
from radar_assets.ingest.sources.folder import FolderClient
from radar_assets_tests.ftp_server import Server
from radar_assets_tests.ingest.networks import NOBODY, servers
from radar_assets_tests.ingest.tree import hourly, name, put, utc

DAY = utc("2025-11-18T00:00"), utc("2025-11-19T00:00")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Root of a source with a file in every hour."""
    hourly(tmp_path / "L2")
    return tmp_path / "L2"


def test_goes_to_the_next_source(tmp_path: Path, root: Path) -> None:
    found = list_files(servers(tmp_path, NOBODY, str(root)), "RMA1", [DAY])
    assert {file.server for file in found.files} == {"s1"}
    assert [fault.message[:4] for fault in found.faults] == ["s0: "]
    assert len(found.covered) == 24


def test_a_source_that_was_down_is_asked_last(tmp_path: Path, root: Path) -> None:
    asked = servers(tmp_path, NOBODY, str(root))
    list_files(asked, "RMA1", [DAY])
    assert list_files(asked, "RMA1", [DAY]).faults == ()
    assert asked.ranked("RMA1") == ["s1", "s0"]
    assert asked.health("s0").reason == "RA502"


def test_never_raises_when_no_source_answers(tmp_path: Path) -> None:
    found = list_files(servers(tmp_path, NOBODY, str(tmp_path / "none")), "RMA1", [DAY])
    assert (found.files, found.covered, len(found.faults)) == ((), (), 2)


def test_keeps_to_the_radars_fields(tmp_path: Path, root: Path) -> None:
    put(root, name("2025-11-18T12:30:20", "VRAD"))
    found = list_files(servers(tmp_path, str(root), fields=["VRAD"]), "RMA1", [DAY])
    assert [file.name.field for file in found.files] == ["VRAD"]


def test_a_source_without_the_radar_is_passed_over_and_not_blamed(
    tmp_path: Path, root: Path
) -> None:
    (tmp_path / "other" / "RMA2").mkdir(parents=True)
    asked = servers(tmp_path, str(tmp_path / "other"), str(root))
    found = list_files(asked, "RMA1", [DAY])
    assert {file.server for file in found.files} == {"s1"}
    assert len(found.covered) == 24
    assert asked.ranked("RMA1") == ["s0", "s1"]


def test_a_login_that_is_refused_is_a_fault_and_the_next_source_is_asked(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FTP_PASSWORD", "wrong-secret")
    with Server(root, user="radar", password="right") as server:
        login = {"password_env": "FTP_PASSWORD"}
        asked = servers(tmp_path, server.url, str(root), source=login)
        found = list_files(asked, "RMA1", [DAY])
    assert len(found.covered) == 24
    assert [type(fault.error).__name__ for fault in found.faults] == ["AccessDenied"]
    assert asked.ranked("RMA1") == ["s1", "s0"]
    for path in tmp_path.rglob("*.json"):
        assert "secret" not in path.read_text("utf-8")


def test_hours_that_one_source_cannot_list_come_from_the_next(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    list_folder = FolderClient.list_folder

    def deny(self: FolderClient, path: PurePosixPath) -> list[Entry]:
        if self.name == "s0" and "18/12" in str(path):
            raise AccessDenied("locked")
        return list_folder(self, path)

    monkeypatch.setattr(FolderClient, "list_folder", deny)
    asked = servers(tmp_path, str(root), str(root))
    found = list_files(asked, "RMA1", [DAY])
    assert len(found.files) == len(found.covered) == 24
    assert [f"{f.name.id.time:%H}" for f in found.files if f.server == "s1"] == ["12"]
    assert asked.ranked("RMA1") == ["s0", "s1"]


def count_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a second pass whenever listing reads its clock; other threads keep theirs."""
    clock = count()
    for module in (query, walk):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: next(clock)))


def test_a_listing_that_takes_long_stops_after_its_budget_in_the_order_asked_for(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    count_seconds(monkeypatch)
    late = utc("2025-11-18T20:00"), utc("2025-11-18T21:00")
    asked = servers(tmp_path, str(root))
    found = list_files(asked, "RMA1", [late, DAY], timedelta(seconds=12))
    assert found.covered[0] == late
    assert 2 <= len(found.covered) < 8
    assert "answers slowly" in found.faults[0].message
    assert found.faults[0].span is None
    assert asked.health("s0").failures == 0


def test_every_source_gets_some_time(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    count_seconds(monkeypatch)
    asked = servers(tmp_path, str(tmp_path / "none"), str(root))
    found = list_files(asked, "RMA1", [DAY], timedelta(seconds=12))
    assert {file.server for file in found.files} == {"s1"}


def test_a_source_whose_connections_are_all_in_use_is_not_blamed(
    tmp_path: Path, root: Path
) -> None:
    with Server(root) as server:
        asked = servers(tmp_path, server.url, str(root), source={"max_connections": 1})
        started = time.monotonic()
        with asked.listing("s0"):
            found = list_files(asked, "RMA1", [DAY], timedelta(seconds=0.2))
        assert time.monotonic() - started < 60
        assert {file.server for file in found.files} == {"s1"}
        assert [type(fault.error).__name__ for fault in found.faults] == ["SourceBusy"]
        assert asked.ranked("RMA1") == ["s0", "s1"]
        assert len(list_files(asked, "RMA1", [DAY], timedelta(seconds=60)).covered) == 24
        assert server.peak == 1


def test_nothing_to_list_needs_no_connection(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        assert list_files(servers(tmp_path, server.url), "RMA1", []) == Listing()
        assert server.connections == 0
