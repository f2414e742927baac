"""`radar-assets verify`: stored files against their records, and making good what is wrong."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from radar_assets.defs.verify import check_day, recorded_days
from radar_assets_tests.command import call
from radar_assets_tests.defs.platforms import FIELDS, RADAR, File, Station, at
from radar_assets_tests.defs.shell import Write, run, write_platform

TIMES = ("12:30:20", "12:40:20", "12:50:20")


STAGES = 'stages = ["bufr_files", "volumes"]'


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a platform with three windows."""
    folder = tmp_path_factory.mktemp("original")
    for time in TIMES:
        for name in FIELDS:
            File(name, time).publish(folder / "L2")
    with pytest.MonkeyPatch.context() as patch:
        write_platform(folder, patch, radar=STAGES)
        assert run("12:30", "13:00").exit_code == 0
    return folder


@pytest.fixture
def copy(original: Path, platform: Write, tmp_path: Path) -> Callable[..., Path]:
    """Copies that platform, with other settings if so wished; gives its data folder."""

    def make(settings: str = "") -> Path:
        shutil.copytree(original, tmp_path, dirs_exist_ok=True)
        platform(radar=STAGES, settings=settings)
        return tmp_path / "data"

    return make


@pytest.fixture
def made(copy: Callable[..., Path]) -> Path:
    return copy()


def verified(*arguments: str, code: int = 0) -> dict[str, Any]:
    result = call("verify", "--json", *arguments)
    assert result.exit_code == code, result.stderr
    return json.loads(result.stdout)


def wrong(report: dict[str, Any]) -> list[tuple[str, str]]:
    """Path and state of what is wrong."""
    return [(item["path"], item["state"]) for item in report["files"]]


def bufr(data: Path, time: str = TIMES[0]) -> Path:
    return data / File("DBZH", time).name.path


def netcdf(data: Path, time: str = TIMES[0]) -> Path:
    return data / File("DBZH", time).name.id.netcdf_path


def flip(path: Path) -> None:
    """Change a bit in the middle of a file, which keeps its size and time."""
    data, status = bytearray(path.read_bytes()), path.stat()
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(status.st_mtime_ns, status.st_mtime_ns))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def loop(path: Path) -> None:
    """Let the system refuse to open a file."""
    path.unlink()
    path.symlink_to(path)


def test_files_as_they_were_recorded_are_ok(made: Path) -> None:
    report = verified()
    assert report["counts"] == {"ok": len(TIMES) * (len(FIELDS) + 1)}
    assert (report["files"], report["commands"]) == ([], [])


@pytest.mark.parametrize("find", [bufr, netcdf])
@pytest.mark.parametrize(
    ("harm", "state", "detail"),
    [
        (flip, "damaged", ""),
        (cut, "damaged", " bytes instead of "),
        (loop, "unreadable", "Too many levels of symbolic links"),
        (Path.unlink, "missing", ""),
    ],
)
def test_a_file_that_is_not_what_was_recorded_is_found(
    made: Path, find: Callable[[Path], Path], harm: Callable[[Path], None], state: str, detail: str
) -> None:
    path = find(made)
    harm(path)
    report = verified(code=1)
    assert wrong(report) == [(path.relative_to(made).as_posix(), state)]
    assert detail in next(item["detail"] for item in report["files"] if item["state"] == state)
    assert report["commands"] == [
        f"radar-assets run --radar {RADAR} --from 2025-11-18T12:30 --to 2025-11-18T12:40"
    ]


def test_windows_side_by_side_are_run_by_one_command(made: Path) -> None:
    bufr(made, TIMES[0]).unlink()
    netcdf(made, TIMES[1]).unlink()
    (command,) = verified(code=1)["commands"]
    assert command.endswith("--from 2025-11-18T12:30 --to 2025-11-18T12:50")


def test_only_the_windows_that_are_asked_for_are_looked_at(made: Path) -> None:
    for time in TIMES:
        bufr(made, time).unlink()
    report = verified("--from", "2025-11-18T12:40", "--to", "2025-11-18T12:50", code=1)
    assert {item["window"] for item in report["files"]} == {"2025-11-18-12:40"}
    assert report["counts"] == {"missing": 1, "ok": 2}


def test_records_are_read_day_by_day_and_only_those_asked_for(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, read = dg.AssetKey([RADAR, "bufr_files"]), []
    events = (dg.AssetMaterialization, dg.AssetMaterialization, dg.AssetObservation)
    windows = ("2025-11-18-12:00", "2025-11-18-23:50", "2025-11-19-00:00")
    for event, window in zip(events, windows, strict=True):
        station.instance.report_runless_asset_event(event(key, partition=window))
    fetch = station.instance.fetch_materializations

    def fetch_and_note(wanted: dg.AssetRecordsFilter, **options: Any) -> Any:
        page = fetch(wanted, **options)
        read.append(tuple(sorted(str(record.partition_key) for record in page.records)))
        return page

    monkeypatch.setattr(station.instance, "fetch_materializations", fetch_and_note)
    days = recorded_days(station.instance, [RADAR])
    assert [day.windows for day in days] == [windows[:2], windows[2:]]
    later = recorded_days(station.instance, [RADAR], at("23:50"), at("23:51"))
    assert [day.windows for day in later] == [windows[1:2]]
    assert read == []
    assert list(check_day(station.instance, station.workspace, days[0])) == []
    assert read == [windows[:2]]


def test_repairing_fetches_and_makes_what_is_wrong_anew(made: Path) -> None:
    paths = [bufr(made, TIMES[0]), bufr(made, TIMES[2]), netcdf(made, TIMES[1])]
    before = [path.read_bytes() for path in paths]
    flip(paths[0])
    loop(paths[1])
    cut(paths[2])
    result = call("verify", "--repair")
    assert result.exit_code == 0, result.stdout
    assert "files: 9 ok" in result.stdout
    assert [path.read_bytes() for path in paths] == before
    assert wrong(verified()) == []


def test_what_cannot_be_repaired_stays_wrong(made: Path, tmp_path: Path) -> None:
    flip(bufr(made))
    (tmp_path / "L2" / File("DBZH").name.remote_path).unlink()
    report = verified("--repair", code=1)
    assert wrong(report) == [(bufr(made).relative_to(made).as_posix(), "missing")]
    assert not bufr(made).exists()
    assert netcdf(made).exists()


def test_people_see_what_is_wrong_and_what_to_do(made: Path) -> None:
    bufr(made).unlink()
    result = call("verify")
    assert result.exit_code == 1
    assert "files: 1 missing, 8 ok" in result.stdout
    assert f"{bufr(made).relative_to(made)}: missing" in result.stdout
    assert "  radar-assets run --radar" in result.stdout


def test_a_radar_that_is_not_in_the_network_is_reported(made: Path) -> None:
    result = call("verify", "--radar", "RMA2")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("error: no radar 'RMA2'")


def test_a_lost_file_of_which_nothing_was_made_is_missing(platform: Write, tmp_path: Path) -> None:
    platform(settings='keep_bufr = "2d"')
    for name in FIELDS:
        File(name).publish(tmp_path / "L2")
    assert run("12:30", "12:40", "--stage", "bufr_files").exit_code == 0
    bufr(tmp_path / "data").unlink()
    assert verified(code=1)["counts"] == {"missing": 1, "ok": 1}


def test_what_retention_removed_is_not_wrong(copy: Callable[..., Path]) -> None:
    data = copy(settings='keep_bufr = "2d"')
    bufr(data).unlink()
    report = verified()
    assert (wrong(report), report["counts"]) == ([], {"ok": 8, "removed": 1})
    netcdf(data).unlink()
    assert verified(code=1)["counts"] == {"missing": 1, "ok": 7, "removed": 1}
