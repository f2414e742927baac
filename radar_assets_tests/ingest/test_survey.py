"""Walking a radar's folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from radar_assets.ingest import survey as module
from radar_assets.ingest.folder import FolderSource
from radar_assets.ingest.survey import Listing, list_radar, open_source, survey
from radar_assets.radar.errors import SourceUnreachable
from radar_assets.settings import Network, Source
from radar_assets_tests.ftp_server import Server
from radar_assets_tests.ingest.tree import name, put, utc

DAY = utc("2025-11-18T00:00"), utc("2025-11-19T00:00")


def listed(root: Path, first: str, last: str) -> Listing:
    return list_radar(FolderSource("here", root), "RMA1", utc(first), utc(last))


def names(listing: Listing) -> list[str]:
    return [str(file.name) for file in listing.files]


def network(*urls: str, **radar: object) -> Network:
    sources = {f"s{index}": {"url": url, "timeout": "2s"} for index, url in enumerate(urls)}
    site = {"latitude": 0, "longitude": 0, "sources": list(sources), **radar}
    return Network.model_validate({"sources": sources, "radars": {"RMA1": site}})


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
    assert reasons["RMA2_0315_01_DBZH_20251118T123020Z.BUFR"].startswith("belongs to another")
    assert found.covered


def test_absent_hours_of_a_day_cost_one_call(tmp_path: Path) -> None:
    put(tmp_path, name("2025-11-18T12:30:20"))
    with Server(tmp_path) as server, open_source("here", Source(url=server.url)) as source:
        found = list_radar(source, "RMA1", utc("2025-11-17T00:00"), utc("2025-11-20T00:00"))
        assert len(found.files) == 1
        assert len(found.covered) == 72
        assert len(server.sent("MLSD")) == 3 + 2


def test_a_radar_without_a_folder_is_a_fault(tmp_path: Path) -> None:
    found = list_radar(FolderSource("here", tmp_path), "RMA1", *DAY)
    assert (found.files, found.covered) == ((), ())
    assert "no folder RMA1" in found.faults[0]
    (tmp_path / "RMA1").mkdir()
    found = list_radar(FolderSource("here", tmp_path), "RMA1", *DAY)
    assert (len(found.covered), found.faults) == (24, ())


def test_a_folder_with_too_many_entries_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, name("2025-11-18T11:30:20"))
    for second in range(4):
        put(tmp_path, name(f"2025-11-18T12:30:2{second}"))
    monkeypatch.setattr(module, "MAX_ENTRIES", 3)
    found = listed(tmp_path, "2025-11-18T11:00", "2025-11-18T13:00")
    assert names(found) == [str(name("2025-11-18T11:30:20"))]
    assert found.covered == ((utc("2025-11-18T11:00"), utc("2025-11-18T12:00")),)
    assert "more than 3 entries" in found.faults[0]


def test_a_server_that_is_down_raises(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreachable):
        list_radar(FolderSource("here", tmp_path / "none"), "RMA1", *DAY)


def test_survey_goes_to_the_next_source(tmp_path: Path) -> None:
    put(tmp_path, name("2025-11-18T12:30:20"))
    found = survey(network("ftp://127.0.0.1:1", str(tmp_path)), "RMA1", [DAY])
    assert [file.server for file in found.files] == ["s1"]
    assert len(found.faults) == 1
    assert found.faults[0].startswith("s0: ")
    assert found.covered


def test_survey_never_raises_when_no_source_answers(tmp_path: Path) -> None:
    found = survey(network("ftp://127.0.0.1:1", str(tmp_path / "none")), "RMA1", [DAY])
    assert (found.files, found.covered, len(found.faults)) == ((), (), 2)


def test_survey_keeps_to_the_radars_fields(tmp_path: Path) -> None:
    for field in ("DBZH", "VRAD"):
        put(tmp_path, name("2025-11-18T12:30:20", field))
    found = survey(network(str(tmp_path), fields=["VRAD"]), "RMA1", [DAY])
    assert [file.name.field for file in found.files] == ["VRAD"]
