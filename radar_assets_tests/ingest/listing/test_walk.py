"""Walking a radar's folders."""

from __future__ import annotations

from contextlib import closing
from itertools import count
from pathlib import Path, PurePosixPath
from types import SimpleNamespace

import pytest

from radar_assets.errors import AccessDenied, RemoteFileMissing, SourceError, SourceUnreachable
from radar_assets.ingest.listing import folders
from radar_assets.ingest.listing import walk as module
from radar_assets.ingest.listing.model import Listing, SourceFault, hours_of
from radar_assets.ingest.listing.walk import find_files, list_radar
from radar_assets.ingest.sources.client import Entry
from radar_assets.ingest.sources.folder import FolderClient
from radar_assets.ingest.sources.registry import open_source
from radar_assets.settings import Source
from radar_assets_tests.ftp_server import Server
from radar_assets_tests.ingest.tree import hourly, name, put, utc

DAY = utc("2025-11-18T00:00"), utc("2025-11-19T00:00")


def listed(root: Path, first: str, last: str) -> Listing:
    return list_radar(FolderClient("here", root), "RMA1", hours_of(utc(first), utc(last)))


def names(listing: Listing) -> list[str]:
    return [str(file.name) for file in listing.files]


def test_finds_files_of_the_span_only(tmp_path: Path) -> None:
    times = [
        "2024-12-31T23:59:59",
        "2025-01-01T00:00:00",
        "2025-01-01T00:09:59",
        "2025-01-01T00:10:00",
    ]
    for time in times:
        put(tmp_path, name(time))
    found = listed(tmp_path, "2025-01-01T00:00", "2025-01-01T00:10")
    assert names(found) == [str(name(time)) for time in times[1:3]]
    assert found.covered == ((utc("2025-01-01T00:00"), utc("2025-01-01T00:10")),)
    assert names(listed(tmp_path, "2024-12-31T23:00", "2025-01-01T01:00")) == [
        str(name(time)) for time in times
    ]


def test_a_file_knows_its_size_time_and_server(tmp_path: Path) -> None:
    put(tmp_path, name("2025-11-18T12:30:20"), b"12345", "2025-11-18T12:31:00")
    (file,) = listed(tmp_path, "2025-11-18T12:00", "2025-11-18T13:00").files
    assert (file.size, file.modified_at, file.server) == (5, utc("2025-11-18T12:31:00"), "here")
    assert str(file.path).startswith("RMA1/2025/11/18/12/3020/RMA1_0315")


def test_names_that_do_not_fit_are_ignored_with_a_reason(tmp_path: Path) -> None:
    good = put(tmp_path, name("2025-11-18T12:30:20"))
    for stray in (
        "RMA1_0315_01_DBZH_20251118T123020Z.H5",
        "RMA2_0315_01_DBZH_20251118T123020Z.BUFR",
        "RMA1_0315_01_DBZH_20251118T123021Z.BUFR",
        "a\nb",
        "ñ",
    ):
        (good.parent / stray).write_bytes(b"x")
    (good.parent / "RMA1_0315_01_TH_20251118T123020Z.BUFR").mkdir()
    (good.parents[1] / "6000").mkdir()
    (good.parents[1] / "٣٠٢٠").mkdir()
    found = listed(tmp_path, "2025-11-18T12:00", "2025-11-18T13:00")
    assert names(found) == [good.name]
    reasons = {item.path.rpartition("/")[2]: item.reason for item in found.ignored}
    assert len(reasons) == 8
    assert reasons["6000"] == "not the folder of a volume"
    assert reasons["a\\nb"] == "not the name of a BUFR file"
    assert reasons["RMA2_0315_01_DBZH_20251118T123020Z.BUFR"].startswith("of another")
    assert found.covered


def test_absent_hours_of_a_day_cost_one_call(tmp_path: Path) -> None:
    put(tmp_path, name("2025-11-18T12:30:20"))
    with Server(tmp_path) as server, closing(open_source("here", Source(url=server.url))) as source:
        found = list_radar(
            source, "RMA1", hours_of(utc("2025-11-17T00:00"), utc("2025-11-20T00:00"))
        )
        assert len(found.files) == 1
        assert len(found.covered) == 72
        assert len(server.sent("MLSD")) == 3 + 2


def test_a_radar_without_a_folder_is_a_fault(tmp_path: Path) -> None:
    found = list_radar(FolderClient("here", tmp_path), "RMA1", hours_of(*DAY))
    assert (found.files, found.covered) == ((), ())
    assert found.faults[0].message.startswith("here: no RMA1 on ")
    assert type(found.faults[0].error) is RemoteFileMissing
    (tmp_path / "RMA1").mkdir()
    found = list_radar(FolderClient("here", tmp_path), "RMA1", hours_of(*DAY))
    assert (len(found.covered), found.faults) == (24, ())


def test_a_folder_with_too_many_entries_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, name("2025-11-18T11:30:20"))
    for second in range(4):
        put(tmp_path, name(f"2025-11-18T12:30:2{second}"))
    monkeypatch.setattr(folders, "MAX_ENTRIES", 3)
    found = listed(tmp_path, "2025-11-18T11:00", "2025-11-18T13:00")
    assert names(found) == [str(name("2025-11-18T11:30:20"))]
    assert found.covered == ((utc("2025-11-18T11:00"), utc("2025-11-18T12:00")),)
    assert "more than 3 entries" in found.faults[0].message


def test_a_server_that_is_down_is_one_fault(tmp_path: Path) -> None:
    found = list_radar(FolderClient("here", tmp_path / "none"), "RMA1", hours_of(*DAY))
    assert [(type(f.error).__name__, f.span) for f in found.faults] == [("SourceUnreachable", None)]
    assert found.covered == ()


class Faulty(FolderClient):
    """A folder of which some paths cannot be listed, or none after so many calls."""

    def __init__(self, root: Path, error: SourceError, *, within: str = "", after: int = 0) -> None:
        super().__init__("here", root)
        self.error, self.within, self.after = error, within, after
        self.calls = 0

    def list_folder(self, path: PurePosixPath) -> list[Entry]:
        self.calls += 1
        is_faulty = self.within in str(path) if self.within else self.calls > self.after
        if is_faulty:
            raise self.error
        return super().list_folder(path)


@pytest.mark.parametrize("error", [AccessDenied, SourceError, SourceUnreachable])
@pytest.mark.parametrize("within", ["18/12", "18/12/3020"])
def test_a_folder_that_cannot_be_listed_costs_its_hour(
    within: str, error: type[SourceError], tmp_path: Path
) -> None:
    hourly(tmp_path)
    put(tmp_path, name("2025-11-18T12:00:00"))
    source = Faulty(tmp_path, error("locked"), within=within)
    found = list_radar(source, "RMA1", hours_of(*DAY))
    noon = utc("2025-11-18T12:00"), utc("2025-11-18T13:00")
    (fault,) = found.faults
    assert (fault.message, type(fault.error), fault.span) == ("here: locked", error, noon)
    assert set(hours_of(*DAY)) - set(found.covered) == {noon}
    assert len(found.files) == 23


@pytest.mark.parametrize("refuse", [[], ["MLSD"]], ids=["MLSD", "LIST"])
@pytest.mark.parametrize("locked", ["12", "3020"])
@pytest.mark.parametrize("last", ["2025-11-18T13:00", "2025-11-18T14:00"])
def test_a_folder_that_is_shown_and_refused_is_not_empty(
    last: str, locked: str, refuse: list[str], tmp_path: Path
) -> None:
    put(tmp_path, name("2025-11-18T12:30:20"))
    put(tmp_path, name("2025-11-18T13:10:20"))
    noon = utc("2025-11-18T12:00"), utc("2025-11-18T13:00")
    with Server(tmp_path, refuse=refuse) as server:
        server.locked = {locked}
        with closing(open_source("here", Source(url=server.url))) as source:
            found = list_radar(source, "RMA1", hours_of(noon[0], utc(last)))
    assert [(type(fault.error).__name__, fault.span) for fault in found.faults] == [
        ("SourceError", noon)
    ]
    assert found.covered == tuple(hours_of(noon[1], utc(last)))


def test_a_missing_hour_that_is_asked_for_alone_is_empty(tmp_path: Path) -> None:
    put(tmp_path, name("2025-11-18T12:30:20"))
    found = listed(tmp_path, "2025-11-18T13:00", "2025-11-18T14:00")
    assert (found.faults, len(found.covered)) == ((), 1)


def test_an_hour_that_takes_too_long_is_a_fault_and_ends_the_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for second in range(20):
        put(tmp_path, name(f"2025-11-18T12:30:{second:02}"))
    put(tmp_path, name("2025-11-18T13:10:20"))
    clock = count()
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    hours = tuple(hours_of(utc("2025-11-18T12:00"), utc("2025-11-18T14:00")))
    source = FolderClient("here", tmp_path)
    found = list_radar(source, "RMA1", hours, end=5, last=9)
    assert [fault.span for fault in found.faults] == [hours[0], None]
    assert (found.files, found.covered) == ((), ())
    assert next(clock) < 15
    clock = count()
    found = list_radar(source, "RMA1", hours, end=5, last=30)
    assert (len(found.files), found.covered) == (20, hours[:1])
    assert [fault.span for fault in found.faults] == [None]


def test_a_day_that_cannot_be_listed_costs_its_hours(tmp_path: Path) -> None:
    hourly(tmp_path)
    source = Faulty(tmp_path, AccessDenied("locked"), within="11/18")
    found = list_radar(source, "RMA1", hours_of(DAY[0], utc("2025-11-19T06:00")))
    assert len(found.faults) == 24
    assert len(found.covered) == 6


def test_a_source_that_goes_down_is_not_asked_on(tmp_path: Path) -> None:
    hourly(tmp_path)
    source = Faulty(tmp_path, SourceUnreachable("gone"), after=9)
    found = list_radar(source, "RMA1", hours_of(*DAY))
    (fault,) = found.faults
    assert (fault.message, type(fault.error)) == ("here: gone", SourceUnreachable)
    assert fault.span is None
    assert len(found.covered) == 4
    assert source.calls == 9 + 2


def test_a_refused_login_is_tried_twice_at_most(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FTP_PASSWORD", "wrong")
    with Server(tmp_path, user="radar", password="right") as server:
        login = Source(url=server.url, password_env="FTP_PASSWORD")
        with closing(open_source("here", login)) as source:
            found = list_radar(source, "RMA1", hours_of(*DAY))
        assert [type(fault.error).__name__ for fault in found.faults] == ["AccessDenied"]
        assert len(server.sent("PASS")) <= 2


def test_a_window_knows_the_faults_that_concern_it() -> None:
    noon = utc("2025-11-18T12:00"), utc("2025-11-18T13:00")
    here = SourceFault("here", AccessDenied("locked"), noon)
    down = SourceFault("here", SourceUnreachable("down"))
    listing = Listing(faults=(here, down))
    assert listing.within(noon[0], utc("2025-11-18T12:10")).faults == (here, down)
    assert listing.within(noon[1], utc("2025-11-18T13:10")).faults == (down,)


def test_files_are_looked_up_in_the_folders_of_their_volumes_only(tmp_path: Path) -> None:
    hourly(tmp_path)
    wanted = [name("2025-11-18T12:30:20"), name("2025-11-18T12:30:20", "ZDR")]
    absent = [name("2025-11-18T12:40:00")]
    put(tmp_path, wanted[1], modified="2025-11-18T12:31:00")
    put(tmp_path, name("2025-11-18T12:30:20", "VRAD"))
    with Server(tmp_path) as server, closing(open_source("here", Source(url=server.url))) as source:
        found = find_files(source, [*wanted, *absent])
        assert {file.name for file in found} == set(wanted)
        assert {file.server for file in found} == {"here"}
        assert len(server.sent("MLSD")) == 2


def test_looking_up_files_on_a_source_that_is_down_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreachable):
        find_files(FolderClient("here", tmp_path / "none"), [name("2025-11-18T12:30:20")])
