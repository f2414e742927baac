"""A window is closed as empty only when a second, different question confirms it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from radar_assets.ingest.listing.confirm import confirm_empty
from radar_assets.ingest.listing.model import Listing, Span
from radar_assets.ingest.listing.query import list_files
from radar_assets.ingest.sources.network_sources import NetworkSources
from radar_assets_tests.ftp_server import Server
from radar_assets_tests.ingest.networks import NOBODY, servers
from radar_assets_tests.ingest.tree import name, put, utc

HOUR = utc("2025-11-18T12:00"), utc("2025-11-18T13:00")
FULL = utc("2025-11-18T12:30"), utc("2025-11-18T12:40")
EMPTY = utc("2025-11-18T12:40"), utc("2025-11-18T12:50")
BUFR = name("2025-11-18T12:30:20")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    put(tmp_path / "L2", BUFR)
    return tmp_path / "L2"


@pytest.fixture
def server(root: Path) -> Iterator[Server]:
    with Server(root) as running:
        yield running


def asked(known: NetworkSources, *spans: Span, whole: Span = HOUR) -> Listing:
    found = list_files(known, "RMA1", [whole])
    return confirm_empty(known, "RMA1", found, spans)


def hide(server: Server, *commands: str, text: str = "3020") -> None:
    """Let some commands show nothing that has a text in it."""
    for command in commands:
        server.rewrite[command] = lambda lines: [line for line in lines if text not in line]


@pytest.mark.parametrize("refuse", [[], ["MLSD"], ["MLSD", "LIST"], ["MLSD", "NLST"]])
def test_an_empty_window_is_confirmed(refuse: list[str], root: Path, tmp_path: Path) -> None:
    with Server(root, refuse=refuse) as server:
        found = asked(servers(tmp_path, server.url), FULL, EMPTY)
    assert found.faults == ()
    assert found.is_sure(*HOUR)
    assert len(found.files) == 1


def test_a_window_with_files_needs_no_second_question(server: Server, tmp_path: Path) -> None:
    assert asked(servers(tmp_path, server.url), FULL).is_sure(*FULL)
    assert server.sent("LIST") == server.sent("NLST") == []


def test_a_day_without_data_costs_few_questions(server: Server, tmp_path: Path) -> None:
    day = utc("2025-11-17T00:00"), utc("2025-11-18T00:00")
    windows = [(moment, moment.replace(minute=59)) for moment in hours(day[0])]
    found = asked(servers(tmp_path, server.url), *windows, whole=day)
    assert len(found.covered) == 24
    assert len(server.sent("LIST")) <= 3


def hours(day: datetime) -> list[datetime]:
    return [day.replace(hour=hour) for hour in range(24)]


@pytest.mark.parametrize(
    ("refuse", "hiding"),
    [([], "MLSD"), (["MLSD"], "LIST")],
    ids=["MLSD", "LIST"],
)
def test_a_volume_that_one_command_hides_is_a_fault(
    refuse: list[str], hiding: str, root: Path, tmp_path: Path
) -> None:
    put(root, name("2025-11-18T12:10:10"))
    with Server(root, refuse=refuse) as server:
        hide(server, hiding)
        known = servers(tmp_path, server.url)
        found = asked(known, FULL, EMPTY)
    (fault,) = found.faults
    assert "3020" in fault.message
    assert "hidden by another" in fault.message
    assert type(fault.error).__name__ == "ListingUnclear"
    assert not found.is_sure(*FULL)
    assert found.is_sure(*EMPTY)


def test_a_source_whose_mlsd_hides_entries_is_listed_by_list_from_then_on(
    root: Path, tmp_path: Path
) -> None:
    put(root, name("2025-11-18T12:10:10"))
    with Server(root) as server:
        hide(server, "MLSD")
        known = servers(tmp_path, server.url)
        assert asked(known, FULL).faults
        assert known.health("s0").describe().endswith("its MLSD hides entries, so LIST is used")
        again = servers(tmp_path, server.url)
        found = list_files(again, "RMA1", [HOUR])
    assert (len(found.files), found.faults) == (2, ())


def test_a_dead_link_is_a_fault_and_mlsd_is_kept(root: Path, tmp_path: Path) -> None:
    volume = root / BUFR.remote_path.parent
    (volume / str(BUFR)).unlink()
    (volume / str(BUFR)).symlink_to(root / "none")
    with Server(root) as server:
        server.rewrite["LIST"] = lambda lines: (
            lines or [f"lrwxrwxrwx 1 a a 4 Nov 18 12:30 {BUFR} -> none"]
        )
        server.rewrite["MLSD"] = lambda lines: [line for line in lines if str(BUFR) not in line]
        known = servers(tmp_path, server.url)
        found = asked(known, FULL)
    assert [type(fault.error).__name__ for fault in found.faults] == ["ListingUnclear"]
    assert not found.is_sure(*FULL)
    assert not known.health("s0").hides_entries


def test_a_folder_that_is_shown_and_refused_is_not_empty(
    server: Server, root: Path, tmp_path: Path
) -> None:
    put(root, name("2025-11-18T13:10:10"))
    server.rewrite["MLSD"] = lambda lines: [line for line in lines if not line.endswith(" 12")]
    known = servers(tmp_path, server.url)
    day = utc("2025-11-18T00:00"), utc("2025-11-19T00:00")
    found = list_files(known, "RMA1", [day])
    server.replies["CWD"] = ["250 fine", "550 no"]
    found = confirm_empty(known, "RMA1", found, [FULL])
    assert [type(fault.error).__name__ for fault in found.faults] == ["ListingUnclear"]
    assert not found.is_sure(*FULL)


def test_fields_that_the_radar_does_not_want_are_no_contradiction(
    server: Server, tmp_path: Path
) -> None:
    known = servers(tmp_path, server.url, fields=["VRAD"])
    assert asked(known, FULL).is_sure(*FULL)


def test_a_source_that_does_not_answer_the_second_question_confirms_nothing(
    server: Server, tmp_path: Path
) -> None:
    known = servers(tmp_path, server.url)
    found = list_files(known, "RMA1", [HOUR])
    server.is_down = True
    found = confirm_empty(known, "RMA1", found, [EMPTY])
    assert [type(fault.error).__name__ for fault in found.faults] == ["SourceUnreachable"]
    assert not found.is_sure(*EMPTY)
    assert found.is_sure(*FULL)


def test_the_next_source_confirms(root: Path, tmp_path: Path) -> None:
    found = asked(servers(tmp_path, NOBODY, str(root)), EMPTY)
    assert found.is_sure(*EMPTY)


@pytest.mark.parametrize("reply", ["226 Transfer done (but failed to open directory)."])
def test_an_empty_listing_that_says_it_failed_is_a_fault(
    reply: str, root: Path, tmp_path: Path
) -> None:
    (root / BUFR.remote_path).unlink()
    with Server(root, refuse=["MLSD"]) as server:
        server.after_listing = reply
        found = asked(servers(tmp_path, server.url), FULL)
    assert not found.is_sure(*FULL)
    assert "does not list" in found.faults[0].message


def test_a_folder_without_the_permission_to_list_is_not_empty(root: Path, tmp_path: Path) -> None:
    (root / BUFR.remote_path).unlink()
    with Server(root, refuse=["MLSD"]) as server:
        known = servers(tmp_path, server.url)
        found = list_files(known, "RMA1", [HOUR])
        assert found.is_sure(*FULL)
        server.replies["MLST"] = ["250-Begin\r\n type=dir;perm=e; /x\r\n250 End"]
        found = confirm_empty(known, "RMA1", found, [FULL])
    assert not found.is_sure(*FULL)
