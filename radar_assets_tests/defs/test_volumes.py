"""Volumes of a window: what is made of files, what stays without them, and what must not."""

from __future__ import annotations

import errno
import gzip
import shutil

import pytest

from radar_assets.radar import cfradial
from radar_assets.radar.bufr import encode
from radar_assets.simulator.publish import Fault
from radar_assets.stages.building import volume as building
from radar_assets_tests.defs.platforms import FIELDS, File, Station
from radar_assets_tests.fields import bufr_field

FIRST, SECOND = "12:30:20", "12:35:20"


def spoil(station: Station, time: str = FIRST) -> None:
    """Replace the files of a volume by others that cannot be read."""
    station.publish(*(File(name, time, damage=Fault.GARBLED) for name in FIELDS))


def files_of(station: Station, stamp: str) -> list[str]:
    """Volumes, products and thumbnails of a time on disk."""
    folders = ("volumes", "products", "thumbnails")
    return [path for folder in folders for path in station.files(folder) if stamp in path]


def test_nothing_stays_of_a_volume_whose_files_have_become_unreadable(station: Station) -> None:
    station.publish_volume(FIRST)
    station.publish_volume(SECOND)
    station.run()
    others = files_of(station, "T123520Z")
    assert len(files_of(station, "T123020Z")) == len(others) > 3
    spoil(station)
    run = station.run()
    assert run.records["volumes", "12:30"].column("status") == ["failed", "completed"]
    assert files_of(station, "T123020Z") == []
    assert sorted(files_of(station, "T123520Z")) == sorted(others)
    for stage in ("png", "geotiff"):
        identities = set(run.records[stage, "12:30"].column("volume_id"))
        assert identities == {"RMA11_0315_01_2025-11-18T12:35:20Z"}


def test_nothing_stays_of_a_volume_that_is_alone_in_its_window(station: Station) -> None:
    station.publish_volume()
    station.run()
    spoil(station)
    assert station.run().states() == ("materialized", "failed", "untouched", "untouched")
    assert files_of(station, "T123020Z") == []


def test_a_volume_that_was_unreadable_is_made_when_its_files_are_good(station: Station) -> None:
    station.publish_volume()
    station.run()
    before = station.files("volumes") | station.files("products")
    spoil(station)
    station.run()
    station.publish_volume()
    assert station.run().red() == set()
    assert station.files("volumes") | station.files("products") == before


def test_a_volume_whose_files_are_gone_is_reported_by_its_netcdf(station: Station) -> None:
    station.publish_volume()
    before = station.run().records["volumes", "12:30"].rows
    files = station.files("volumes") | station.files("products")
    shutil.rmtree(station.server / "RMA11" / "2025")
    shutil.rmtree(station.data / "bufr")
    run = station.run()
    assert run.success
    assert run.states()[1:] == ("materialized",) * 3
    assert run.records["volumes", "12:30"].rows == before
    assert run.records["volumes", "12:30"]["complete_count"] == 1
    assert run.red() == set()
    assert station.files("volumes") | station.files("products") == files


def test_a_volume_is_reported_by_its_netcdf_beside_others_that_have_files(station: Station) -> None:
    station.publish_volume(FIRST)
    station.publish_volume(SECOND)
    station.run()
    shutil.rmtree(station.data / "bufr/RMA11/2025/11/18/12/3020")
    record = station.run(stages=["volumes"]).records["volumes", "12:30"]
    assert record["volume_count"] == record["complete_count"] == 2


def test_a_volume_is_not_made_anew_of_fewer_files_than_it_has(station: Station) -> None:
    station.publish_volume()
    station.run()
    before = station.files("volumes") | station.files("products")
    shutil.rmtree(station.data / "bufr")
    (station.server / File("ZDR").name.remote_path).unlink()
    run = station.run()
    assert run.success
    assert station.files("volumes") | station.files("products") == before
    assert run.records["volumes", "12:30"].column("present_fields") == ["DBZH, ZDR"]


def test_a_netcdf_that_cannot_be_read_is_made_anew_of_what_files_there_are(
    station: Station,
) -> None:
    station.publish(File("DBZH"))
    station.run()
    (path,) = (station.data / "volumes").rglob("*.nc")
    whole = path.read_bytes()
    path.write_bytes(b"nothing")
    station.run()
    assert path.read_bytes() == whole


def test_a_netcdf_that_cannot_be_read_and_has_no_files_is_a_failure(station: Station) -> None:
    station.publish_volume()
    station.run()
    shutil.rmtree(station.data / "bufr")
    (path,) = (station.data / "volumes").rglob("*.nc")
    path.write_bytes(b"nothing")
    run = station.run(stages=["volumes"])
    assert run.state("volumes") == "failed"
    (row,) = run.records["volumes", "12:30"].rows
    assert (row["step"], row["error_type"]) == ("reading", "CfRadialError")
    assert path.read_bytes() == b"nothing"


def test_a_file_is_preferred_to_its_gzipped_twin(station: Station) -> None:
    station.publish_volume()
    station.run(stages=["bufr_files"])
    (plain,) = (station.data / "bufr").rglob("*_DBZH_*")
    other = bufr_field("DBZH", time=File().name.id.time)
    plain.with_name(f"{plain.name}.gz").write_bytes(gzip.compress(encode(other)))
    run = station.run(stages=["volumes"])
    assert run.records["volumes", "12:30"].column("sweeps") == [2]
    (path,) = (station.data / "volumes").rglob("*.nc")
    assert {name for name in cfradial.read(path).sources if "DBZH" in name} == {plain.name}


def test_a_field_without_the_sweeps_of_its_volume_makes_it_incomplete(station: Station) -> None:
    station.publish(File("DBZH"))
    (path,) = station.publish(File("ZDR"))
    path.write_bytes(encode(bufr_field("ZDR", time=File().name.id.time)))
    run = station.run()
    (row,) = run.records["volumes", "12:30"].rows
    assert (row["status"], row["is_complete"]) == ("completed", False)
    (check,) = [check for check in run.checks if check.check_name == "volumes_are_complete"]
    assert str(check.description).endswith(": sweeps without ZDR: 1.53 degrees")


def test_a_full_disk_leaves_the_volume_that_was_made_before(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    station.publish_volume(FIRST)
    station.run()
    before = station.files("volumes")

    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(cfradial, "write_in_place", fail)
    run = station.run(force=True)
    assert run.records["volumes", "12:30"].column("step") == ["writing"]
    assert run.records["volumes", "12:30"].column("error_code") == ["RA602"]
    assert not run.success
    assert not run.is_final
    assert before
    assert station.files("volumes") == before


def test_a_defect_of_the_program_leaves_the_volume_that_was_made_before(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    station.publish_volume(FIRST)
    station.run()
    before = files_of(station, "T123020Z")

    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(building, "decode", fail)
    run = station.run(force=True)
    assert run.records["volumes", "12:30"].column("step") == ["decoding"]
    assert before
    assert files_of(station, "T123020Z") == before


def test_a_volume_unlike_its_strategy_is_made_with_a_warning(make_station) -> None:
    station = make_station(radar="altitude = 400\n[strategies.0315.02]\nsweeps = 5\nrays = 12")
    station.publish(*(File(name, volume="02") for name in FIELDS))
    run = station.run()
    assert run.success
    (row,) = run.records["volumes", "12:30"].rows
    assert (row["status"], row["is_complete"]) == ("completed", True)
    assert row["warnings"] == (
        "RMA11 is at -27.50260, -64.90575, 313 m by its files, at -27.50260, -64.90575, 400 m "
        "by the network file; 0315_02 has 2 sweeps by its files, 5 by the network file"
    )
    assert run.red() == {("volumes", "content_matches_the_network", "WARN")}
    (check,) = [c for c in run.checks if c.check_name == "content_matches_the_network"]
    assert check.description == f"{row['volume_id']}: {row['warnings']}"
    shutil.rmtree(station.data / "bufr")
    again = station.run(stages=["volumes"])
    assert again.records["volumes", "12:30"].column("warnings") == [row["warnings"]]


def test_files_of_another_radars_place_are_refused_before_anything_is_made(make_station) -> None:
    station = make_station(radar="altitude = 327")
    text = station.network_file.read_text()
    station.network_file.write_text(text.replace("latitude = -27.5026", "latitude = -29.5"))
    station.publish_volume()
    run = station.run()
    assert run.states() == ("materialized", "failed", "untouched", "untouched")
    (row,) = run.records["volumes", "12:30"].rows
    assert (row["step"], row["error_type"]) == ("building", "SiteMismatch")
    assert "but RMA11 is at -29.50000, -64.90575, 327 m by the network" in row["error_message"]
    assert station.files("volumes") == {}
