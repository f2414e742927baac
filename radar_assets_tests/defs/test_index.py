"""The index of maps, after real runs of radars and their composite."""

from __future__ import annotations

import errno
import json
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from radar_assets.defs.retention import expire
from radar_assets.maps import cog
from radar_assets.stages.base.store import LocalStore
from radar_assets_tests.defs.country import COMPOSITE, EAST, WEST, Country
from radar_assets_tests.defs.platforms import at


@pytest.fixture
def country(tmp_path: Path) -> Country:
    made = Country(tmp_path)
    made.put(WEST, "12:31:00", 30)
    made.put(WEST, "12:41:00", 35)
    made.put(EAST, "12:33:00", 40)
    return made


def read(country: Country, path: str) -> Any:
    return json.loads((country.workspace.root / "index" / path).read_text("utf-8"))


def entries(country: Country, owner: str) -> dict[tuple[str, str], dict[str, Any]]:
    frames = read(country, f"{owner}/2025/11/18.json")["frames"]
    return {(frame["product"], frame["time"]): frame for frame in frames}


def test_every_map_of_a_day_has_an_entry_that_agrees_with_its_files(country: Country) -> None:
    assert country.run(WEST, "12:30").success
    assert country.run(WEST, "12:40").success
    assert country.run(EAST, "12:30").success
    assert country.run(COMPOSITE, "12:30").success
    for owner, times in ((WEST, 2), (EAST, 1), (COMPOSITE, 1)):
        found = entries(country, owner)
        assert len({time for _, time in found}) == times
        for (product, time), frame in found.items():
            raster = cog.read(country.workspace.root / frame["tif"])
            assert raster.about.product == product
            assert raster.about.timestamp == time
            assert frame["bounds_wgs84"] == pytest.approx(raster.grid.bounds_wgs84, abs=1e-5)
            assert frame["palette"] == raster.palette.name
            assert frame["units"] == raster.about.units
    picture = entries(country, COMPOSITE)["COLMAX", "2025-11-18T12:40:00Z"]["png"]
    assert (country.workspace.root / picture).is_file()


def test_latest_names_the_newest_by_observation_whatever_ran_last(country: Country) -> None:
    for window in ("12:40", "12:30"):
        assert country.run(WEST, window).success
    assert country.run(EAST, "12:30").success
    owners = read(country, "latest.json")["owners"]
    assert set(owners) == {WEST, EAST, COMPOSITE}
    assert (owners[COMPOSITE]["newest"], owners[COMPOSITE]["products"]) == (None, {})
    assert owners[WEST]["products"]["COLMAX"]["time"] == owners[WEST]["newest"]
    assert owners[WEST]["newest"] == "2025-11-18T12:41:00Z"
    assert owners[EAST]["newest"] == "2025-11-18T12:33:00Z"
    assert owners[WEST]["products"]["COLMAX"]["legend"]["stops"]


def test_an_entry_goes_with_its_files(country: Country) -> None:
    network = country.network_file.read_text("utf-8")
    country.network_file.write_text(
        network.replace("[settings]", '[settings]\nkeep_products = "3d"'), "utf-8"
    )
    late = country.workspace.__class__(
        root=country.workspace.root,
        network_file=country.network_file,
        clock=lambda: at("12:00") + timedelta(days=9),
    )
    assert country.run(WEST, "12:30").success
    list(expire(late, country.instance, WEST))
    assert not (country.workspace.root / f"index/{WEST}/2025/11/18.json").exists()
    owners = read(country, "latest.json")["owners"]
    assert {item["newest"] for item in owners.values()} == {None}


def test_a_window_that_changes_nothing_leaves_the_index_as_it_is(country: Country) -> None:
    assert country.run(WEST, "12:30").success
    before = read(country, "latest.json")
    later = country.workspace.__class__(
        root=country.workspace.root,
        network_file=country.network_file,
        clock=lambda: at("12:00") + timedelta(days=1),
    )
    country.workspace = later
    assert country.run(WEST, "12:30").success
    assert read(country, "latest.json") == before
    country.put(WEST, "12:35:00", 20)
    assert country.run(WEST, "12:30").success
    assert read(country, "latest.json")["generated_at"] != before["generated_at"]


def test_an_index_that_cannot_be_written_fails_the_run_and_nothing_else(
    country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(store: LocalStore, key: PurePosixPath, data: bytes) -> None:
        if key.parts[0] == "index":
            raise OSError(errno.ENOSPC, "No space left on device")
        put(store, key, data)

    put = LocalStore.put
    monkeypatch.setattr(LocalStore, "put", fail)
    assert not country.run(WEST, "12:30", "12:40").success
    for time in ("12:30", "12:40"):
        assert country.rows(time, "geotiff", WEST)["COLMAX"]["status"] == "completed"
    monkeypatch.undo()
    assert country.run(WEST, "12:30", "12:40").success
    assert len({time for _, time in entries(country, WEST)}) == 2
