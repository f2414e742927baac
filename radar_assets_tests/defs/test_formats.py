"""The stage `formats`: off where nothing is asked for; else each volume once in each format."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest
import xradar

from radar_assets.defs.retention import expire
from radar_assets.radar import cfradial
from radar_assets.simulator.publish import Fault
from radar_assets.stages import stages_of
from radar_assets.stages.base.workspace import Workspace
from radar_assets_tests.defs.platforms import FIELDS, KEEP_VOLUMES, RADAR, STAGES, File, Station

ALL = (*STAGES, "formats")
FORMATS = 'formats = ["odim", "cfradial2"]'
FOLDER = "formats/RMA11/2025/11/18/RMA11_0315_01_20251118T123020Z"
ODIM, CFRADIAL2 = f"{FOLDER}.odim.h5", f"{FOLDER}.cfradial2.nc"


@pytest.fixture
def station(tmp_path: Path) -> Station:
    station = Station(tmp_path, settings=FORMATS, radar='odim_node = "arter"')
    station.publish_volume()
    return station


def test_the_stage_is_off_by_default(tmp_path: Path) -> None:
    station = Station(tmp_path)
    assert [stage.name for stage in stages_of(station.workspace.network, RADAR)] == [*STAGES]


def test_a_volume_is_written_in_every_format(station: Station) -> None:
    run = station.run(stages=ALL)
    assert run.success, run.log
    record = run.records["formats", "12:30"]
    assert record.column("path") == [ODIM, CFRADIAL2]
    assert record["export_count"] == 2
    assert sorted(station.files("formats")) == sorted((ODIM, CFRADIAL2))
    volume = cfradial.read(next((station.data / "volumes").rglob("*.nc")))
    with xradar.io.open_odim_datatree(station.data / ODIM) as found:
        assert len(found.match("sweep_*").children) == len(volume.sweeps)
    with xradar.io.open_cfradial2_datatree(station.data / CFRADIAL2) as found:
        assert found.attrs["instrument_name"] == RADAR
    assert b"NOD:arter,RAD:RMA11,PLC:Termas" in (station.data / ODIM).read_bytes()


def test_only_what_has_changed_is_written_again(station: Station) -> None:
    first = station.run(stages=ALL).records["formats", "12:30"].rows
    times = {path: (station.data / path).stat().st_mtime_ns for path in (ODIM, CFRADIAL2)}
    (station.data / ODIM).unlink()
    again = station.run(stages=ALL).records["formats", "12:30"].rows
    assert again[1] == first[1]
    assert (station.data / CFRADIAL2).stat().st_mtime_ns == times[CFRADIAL2]
    assert (again[0]["sha256"], again[0]["path"]) == (first[0]["sha256"], ODIM)
    assert (station.data / ODIM).is_file()


def test_what_nobody_asks_for_any_more_is_removed(station: Station) -> None:
    station.run(stages=ALL)
    text = station.network_file.read_text("utf-8")
    fewer = station.folder / "fewer.toml"
    fewer.write_text(text.replace(FORMATS, 'formats = ["odim"]'), "utf-8")
    station.workspace = Workspace(root=station.data, network_file=fewer)
    station.run(stages=("formats",))
    assert [*station.files("formats")] == [ODIM]


def test_nothing_stays_of_a_volume_that_cannot_be_read_any_more(station: Station) -> None:
    station.run(stages=ALL)
    station.publish(*(File(name, damage=Fault.GARBLED) for name in FIELDS))
    station.run(stages=ALL)
    assert station.files("formats") == {}


def test_a_volume_that_was_lost_is_an_error_and_what_was_made_of_it_stays(
    station: Station,
) -> None:
    station.run(stages=ALL)
    (path,) = (PurePosixPath(name) for name in station.files("volumes"))
    (station.data / path).unlink()
    assert station.run(stages=("formats",)).success
    run = station.run(stages=("formats",), force=True)
    assert not run.success
    assert run.is_final
    assert run.records["formats", "12:30"].column("error_code") == ["RA604", "RA604"]
    assert sorted(station.files("formats")) == sorted((ODIM, CFRADIAL2))


def test_a_damaged_volume_is_a_failed_row(station: Station) -> None:
    station.run(stages=ALL)
    (path,) = (PurePosixPath(name) for name in station.files("volumes"))
    (station.data / path).write_bytes(b"damaged")
    run = station.run(stages=("formats",))
    assert run.red() == {("formats", "every_volume_was_exported", "ERROR")}
    assert run.records["formats", "12:30"].column("step") == ["reading", "reading"]
    assert station.files("formats") == {}


def test_files_go_with_the_volumes_they_were_made_of(tmp_path: Path) -> None:
    station = Station(tmp_path, settings=f"{FORMATS}\n{KEEP_VOLUMES}")
    station.publish_volume()
    station.receive_later()
    station.run(stages=ALL)
    removed = {
        item.stage: item.files for item in expire(station.workspace, station.instance, RADAR)
    }
    assert (removed["volumes"], removed["formats"]) == (1, 2)
    assert station.files("formats") == station.files("volumes") == {}
