"""The state rules of a window as a table: what was published -> what is recorded."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from types import SimpleNamespace
from typing import NoReturn

import pytest

from radar_assets.errors import AccessDenied
from radar_assets.ingest.sources.client import Entry
from radar_assets.ingest.sources.folder import FolderClient
from radar_assets.simulator.publish import Fault
from radar_assets.stages.fetching import listing as module
from radar_assets_tests.defs.platforms import FIELDS, RADAR, File, Record, Station, key

ALL = ("materialized",) * 4
NONE = ("untouched",) * 4
NO_VOLUMES = ("materialized", "failed", "untouched", "untouched")
NO_FILES = ("failed", "untouched", "untouched", "untouched")

UNDECODED = ("volumes", "every_volume_was_decoded", "ERROR")
INCOMPLETE = ("volumes", "volumes_are_complete", "WARN")

COMPLETE = (File("DBZH"), File("ZDR"))
OVER = "13:30"
"""a time at which nothing of the window is waited for"""
SOON = "12:35"
"""a time at which the window runs and its volume has just ended"""


@dataclass(frozen=True)
class Case:
    """What is published, when the run lists, and what it makes of the window of 12:30."""

    says: str
    files: tuple[File, ...]
    states: tuple[str, ...]
    """of files, volumes, PNG and GeoTIFF"""
    now: str = OVER
    file_rows: list[tuple[str, str | None]] = field(default_factory=list)
    """status and error of each file, in order of their names"""
    volume_rows: list[tuple[str, str | None, str | None, bool]] = field(default_factory=list)
    """status, stage, error and completeness of each volume"""
    red: set[tuple[str, str, str]] = field(default_factory=set)
    failures: tuple[str, ...] = ()
    """stages that the run's failure names"""
    settings: str = ""
    is_down: bool = False


QUICK = 'settle_after = "1s"'
FINE = ("completed", None)
WHOLE = ("completed", None, None, True)
PARTIAL = ("completed", None, None, False)
CORRUPT = ("failed", "decoding", "BufrCorrupt", False)
UNFETCHED = ("bufr_files", "every_file_was_fetched", "ERROR")
MISMATCH = ("failed", "decoding", "FieldMismatch", False)

CASES = (
    Case("a complete volume", COMPLETE, ALL, file_rows=[FINE] * 2, volume_rows=[WHOLE]),
    Case(
        "a complete volume of the running window",
        COMPLETE,
        ALL,
        now=SOON,
        file_rows=[FINE] * 2,
        volume_rows=[WHOLE],
    ),
    Case(
        "a field is missing and the volume is old",
        (File("DBZH"),),
        ALL,
        file_rows=[FINE],
        volume_rows=[PARTIAL],
        red={INCOMPLETE},
    ),
    Case("a field is missing and may still come", (File("DBZH"),), NONE, now=SOON),
    Case(
        "an incomplete volume is skipped where the network says so",
        (File("DBZH"),),
        ALL,
        file_rows=[("failed", "VolumeIncomplete")],
        settings="allow_incomplete = false",
    ),
    Case(
        "an incomplete volume is skipped beside a complete one",
        (*COMPLETE, File("DBZH", "12:35:00")),
        ALL,
        file_rows=[FINE, ("failed", "VolumeIncomplete"), FINE],
        volume_rows=[WHOLE],
        settings="allow_incomplete = false",
    ),
    Case(
        "an incomplete volume is skipped beside a file that cannot be fetched",
        (File("DBZH"), *(File(name, "12:35:00", size=2**24) for name in FIELDS)),
        NO_FILES,
        file_rows=[
            ("failed", "VolumeIncomplete"),
            ("failed", "FileTooLarge"),
            ("failed", "FileTooLarge"),
        ],
        failures=("bufr_files",),
        settings="allow_incomplete = false",
        red={UNFETCHED},
    ),
    Case(
        "a file was just written and does not grow",
        (File("DBZH"), File("ZDR", written=SOON)),
        ALL,
        now=SOON,
        file_rows=[FINE] * 2,
        volume_rows=[WHOLE],
        settings=QUICK,
    ),
    Case(
        "the clock of the server is ahead",
        tuple(File(name, written="12:50") for name in FIELDS),
        ALL,
        now=SOON,
        file_rows=[FINE] * 2,
        volume_rows=[WHOLE],
        settings=QUICK,
    ),
    Case(
        "a volume is ready and another one waits",
        (*COMPLETE, File("DBZH", "12:33:40")),
        ALL,
        now=SOON,
        file_rows=[FINE] * 2,
        volume_rows=[WHOLE],
    ),
    Case(
        "a garbled file beside a good one",
        (File("DBZH", damage=Fault.GARBLED), File("ZDR")),
        ALL,
        file_rows=[FINE] * 2,
        volume_rows=[CORRUPT],
        red={INCOMPLETE, UNDECODED},
    ),
    Case(
        "a truncated file beside a good one",
        (File("DBZH"), File("ZDR", damage=Fault.TRUNCATED)),
        ALL,
        file_rows=[FINE, ("failed", "BufrTruncated")],
        volume_rows=[PARTIAL],
        red={INCOMPLETE, UNFETCHED},
    ),
    Case(
        "everything garbled",
        tuple(File(name, damage=Fault.GARBLED) for name in FIELDS),
        NO_VOLUMES,
        file_rows=[FINE] * 2,
        volume_rows=[CORRUPT],
        red={INCOMPLETE, UNDECODED},
        failures=("volumes",),
    ),
    Case(
        "a good volume and a garbled one",
        (*COMPLETE, *(File(name, "12:35:00", damage=Fault.GARBLED) for name in FIELDS)),
        ALL,
        file_rows=[FINE] * 4,
        volume_rows=[WHOLE, CORRUPT],
        red={INCOMPLETE, UNDECODED},
    ),
    Case("nothing, and the window is closed", (), ALL),
    Case("nothing, and the window is open", (), NONE, now="12:54"),
    Case("a volume of the next window only", (File(time="12:40:00"),), ALL),
    Case(
        "a file with a wrong name beside good ones",
        (*COMPLETE, File(place="3020/RMA11.BUFR")),
        ALL,
        file_rows=[("failed", "BadName"), FINE, FINE],
        volume_rows=[WHOLE],
    ),
    Case(
        "a file that is no BUFR file beside good ones",
        (*COMPLETE, File(place="3020/RMA11_0315_01_DBZH_20251118T123020Z.H5")),
        ALL,
        file_rows=[FINE] * 2,
        volume_rows=[WHOLE],
    ),
    Case(
        "only files that are no BUFR files",
        (File(place="3020/RMA11_0315_01_DBZH_20251118T123020Z.H5"),),
        ALL,
    ),
    Case(
        "a file in the folder of another time",
        (File(place="3100/RMA11_0315_01_DBZH_20251118T123020Z.BUFR"),),
        NO_FILES,
        file_rows=[("failed", "BadName")],
        failures=("bufr_files",),
    ),
    Case(
        "a file with a wrong name where others may still come",
        (File(place="3020/.RMA11_0315_01_DBZH_20251118T123020Z.BUFR.part"),),
        NONE,
        now=SOON,
    ),
    Case("a stray file that belongs to no window", (File(place="README"),), ALL),
    Case(
        "a file of another radar under this one's name",
        (File("DBZH", radar="RMA1"), File("ZDR")),
        ALL,
        file_rows=[FINE] * 2,
        volume_rows=[MISMATCH],
        red={INCOMPLETE, UNDECODED},
    ),
    Case(
        "a file that holds another field",
        (File("DBZH", holds="VRAD"),),
        NO_VOLUMES,
        file_rows=[FINE],
        volume_rows=[MISMATCH],
        red={INCOMPLETE, UNDECODED},
        failures=("volumes",),
    ),
    Case(
        "a volume of an unknown strategy, once it is old",
        (File(strategy="9999"),),
        ALL,
        file_rows=[FINE],
        volume_rows=[WHOLE],
    ),
    Case("a volume of an unknown strategy that may grow", (File(strategy="9999"),), NONE, now=SOON),
    Case(
        "a file larger than any message beside a good one",
        (File("DBZH", size=2**24), File("ZDR")),
        ALL,
        file_rows=[("failed", "FileTooLarge"), FINE],
        volume_rows=[PARTIAL],
        red={INCOMPLETE, UNFETCHED},
    ),
    Case(
        "only a file larger than any message",
        (File("DBZH", size=2**24),),
        NO_FILES,
        file_rows=[("failed", "FileTooLarge")],
        failures=("bufr_files",),
        red={UNFETCHED},
    ),
    Case(
        "an empty file",
        (File("DBZH", size=0),),
        NO_FILES,
        file_rows=[("failed", "BufrTruncated")],
        red={UNFETCHED},
        failures=("bufr_files",),
    ),
    Case(
        "the source is down",
        (),
        NO_FILES,
        file_rows=[("failed", "SourceUnreachable")],
        failures=("bufr_files",),
        is_down=True,
        red={UNFETCHED},
    ),
)


@pytest.mark.parametrize("case", CASES, ids=[case.says for case in CASES])
def test_a_window_is_recorded_as_what_was_made_of_it(
    case: Case, make_station: Callable[..., Station], set_clock: Callable[[str], None]
) -> None:
    station = make_station(settings=case.settings)
    station.publish(*case.files)
    set_clock(case.now)
    if case.is_down:
        shutil.rmtree(station.server)

    run = station.run()

    assert run.states() == case.states
    assert run.red() == case.red
    assert run.success == (not case.failures)
    assert [text.split(" ")[0] for text in run.failures] == [f"{RADAR}/{s}" for s in case.failures]
    assert _rows(run.records, "bufr_files", "status", "error_type") == case.file_rows
    columns = ("status", "step", "error_type", "is_complete")
    assert _rows(run.records, "volumes", *columns) == case.volume_rows


def test_a_volume_that_is_left_is_reported_with_what_it_lacks(
    make_station: Callable[..., Station],
) -> None:
    station = make_station(settings="allow_incomplete = false")
    station.publish(File("DBZH"))
    (row,) = station.run().records["bufr_files", "12:30"].rows
    assert row["error_message"].partition(" [")[0].endswith("is skipped: fields are missing: ZDR")
    assert row["local_path"] is None
    station.publish(File("ZDR"))
    run = station.run()
    assert run.records["bufr_files", "12:30"].column("status") == ["completed"] * 2


def test_a_run_that_finds_a_file_growing_fails_so_that_it_is_tried_again(
    make_station: Callable[..., Station],
    set_clock: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    station = make_station()
    _, path = station.publish(File("DBZH"), File("ZDR", written=SOON))
    set_clock(SOON)

    def grow(seconds: float) -> None:
        assert seconds == 20
        path.write_bytes(path.read_bytes() + b"x")

    monkeypatch.setattr(module, "time", SimpleNamespace(sleep=grow))
    run = station.run()
    assert run.states() == NONE
    assert [reason.partition(": ")[2] for reason in run.failures] == [
        "still being written: RMA11_0315_01_2025-11-18T12:30:20Z"
    ]


def test_the_kind_of_a_sources_fault_is_kept(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deny(self: FolderClient, path: object) -> NoReturn:
        raise AccessDenied("another login, please")

    monkeypatch.setattr(FolderClient, "list_folder", deny)
    (row,) = station.run().records["bufr_files", "12:30"].rows
    assert row["error_type"] == "AccessDenied"
    assert row["error_message"].startswith("server: another login, please [RA504; ")
    assert row["error_code"] == "RA504"


def test_an_hour_that_cannot_be_listed_does_not_stop_the_others(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    list_folder = FolderClient.list_folder

    def deny(self: FolderClient, path: PurePosixPath) -> list[Entry]:
        if path.name == "13":
            raise AccessDenied("locked")
        return list_folder(self, path)

    monkeypatch.setattr(FolderClient, "list_folder", deny)
    station.publish_volume("12:50:20")
    station.publish_volume("13:00:20")
    run = station.run("12:50", "13:00")
    assert run.states("12:50") == ALL
    assert run.states("13:00") == NO_FILES
    assert [text.split(": ")[0] for text in run.failures] == [f"{RADAR}/bufr_files {key('13:00')}"]


def test_a_window_of_which_something_is_unclear_is_not_closed_as_empty(
    station: Station, tmp_path: Path
) -> None:
    volume = station.publish_volume("12:50:20")[0].parent
    (volume.parent / "3010").symlink_to(tmp_path / "nowhere")
    run = station.run("12:30", "12:50")
    assert run.states("12:30") == NO_FILES
    assert run.states("12:50") == ALL
    assert any("link to nowhere" in text for text in run.failures)


def _rows(records: dict[tuple[str, str], Record], stage: str, *columns: str) -> list[tuple]:
    record = records.get((stage, "12:30"))
    return [tuple(row[name] for name in columns) for row in record.rows] if record else []
