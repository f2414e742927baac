"""Composites in real runs: one radar, two, late ones, lost files, other ranges, other zooms."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from radar_assets.defs.assets import owner_assets
from radar_assets.defs.keys import asset_key
from radar_assets.defs.retention import expire
from radar_assets.errors import SettingsError
from radar_assets.maps import cog
from radar_assets.maps.raster import Raster
from radar_assets_tests.defs.country import COMPOSITE, EAST, SITES, WEST, Country
from radar_assets_tests.defs.platforms import at

U = -np.inf
THREE_DAYS = timedelta(days=3)
FOLDER = "products/CENTRE/2025/11/18"


@pytest.fixture
def country(tmp_path: Path) -> Country:
    return Country(tmp_path)


def place(raster: Raster, radar: str, east: float = 0.0) -> tuple[int, int]:
    """Row and column of a pixel, so many degrees east of a radar."""
    site = SITES[radar]
    west, _, right, _ = raster.grid.bounds_wgs84
    column = (site.longitude + east - west) / (right - west) * raster.grid.width
    y = 6_378_137 * np.log(np.tan(np.pi / 4 + np.radians(site.latitude) / 2))
    row = (raster.grid.north - y) / raster.grid.pixel
    return int(row), int(column)


def test_one_radar_alone_is_its_map_at_the_composites_zoom(country: Country) -> None:
    country.put(WEST, "12:31:00", 30)
    assert country.run(WEST, "12:30").success
    assert country.run(COMPOSITE, "12:30").success
    for product in ("COLMAX", "RAIN"):
        whole = country.raster(product, "12:30")
        own = country.radar_raster(WEST, product, "12:30", zoom=whole.grid.zoom)
        common = whole.grid.common(own.grid)
        assert common
        np.testing.assert_array_equal(
            whole.values[whole.grid.window(common)], own.values[own.grid.window(common)]
        )
        inside = np.count_nonzero(~np.isnan(own.values[own.grid.window(common)]))
        assert np.count_nonzero(~np.isnan(whole.values)) == inside > 1000


def test_two_radars_are_united_and_the_greater_echo_is_shown(country: Country) -> None:
    country.put(WEST, "12:31:00", 20)
    country.put(EAST, "12:33:00", 40)
    assert country.compose("12:30").success
    colmax = country.raster("COLMAX", "12:30")
    for radar in (WEST, EAST):
        own = country.radar_raster(radar, "COLMAX", "12:30", zoom=6)
        shared = colmax.grid.common(own.grid)
        assert shared
        below = colmax.values[colmax.grid.window(shared)] < own.values[own.grid.window(shared)]
        assert not below.any()
    assert colmax.values[place(colmax, WEST, -0.5)] == 20
    assert colmax.values[place(colmax, EAST)] == colmax.values[place(colmax, WEST, 0.5)] == 40
    source, quality = (country.raster(name, "12:30") for name in ("SOURCE", "QUALITY"))
    assert [source.values[place(source, radar, 0.1)] for radar in (WEST, EAST)] == [1, 2]
    assert quality.values[place(quality, WEST, 0.1)] > quality.values[place(quality, WEST, 0.5)] > 0
    rain = country.raster("RAIN", "12:30")
    assert rain.values[place(rain, WEST, 0.4)] < rain.values[place(rain, WEST, 0.7)]


def test_the_record_says_who_took_part(country: Country) -> None:
    country.put(WEST, "12:31:00", 20)
    country.compose("12:30")
    row = country.rows("12:30")["COLMAX"]
    assert (row["radars"], row["old"], row["missing"]) == (WEST, "", EAST)
    assert row["path"] == f"{FOLDER}/CENTRE_20251118T124000Z_COLMAX_00.tif"
    assert row["observation_time"] == "2025-11-18T12:40:00Z"
    about = country.stored(row["path"]).about
    assert (about.name, f"{about.time:%H:%M}", set(about.sites)) == (COMPOSITE, "12:40", {WEST})
    assert about.parameters["times"] == {WEST: "2025-11-18T12:31:00Z"}
    folder = country.workspace.root / FOLDER
    assert {path.suffix for path in folder.glob("*COLMAX*")} == {".tif", ".png", ".pgw", ".xml"}
    assert (
        country.workspace.root
        / "quicklooks"
        / folder.relative_to(country.workspace.root / "products")
        / "CENTRE_20251118T124000Z_COLMAX_00.png"
    ).exists()


def test_a_window_at_the_end_of_a_day_lies_in_the_folder_of_the_next(country: Country) -> None:
    country.put(WEST, "23:51:00", 20)
    country.compose("23:50")
    assert country.rows("23:50")["RAIN"]["path"] == (
        "products/CENTRE/2025/11/19/CENTRE_20251119T000000Z_RAIN_00.tif"
    )


def test_a_radar_without_a_new_map_is_shown_as_it_was_then_left_out(country: Country) -> None:
    country.put(EAST, "12:21:00", 40)
    for time in ("12:21:00", "12:31:00", "12:41:00"):
        country.put(WEST, time, 20)
    country.compose("12:20", "12:40")
    rows = {time: country.rows(time)["COLMAX"] for time in ("12:20", "12:30", "12:40")}
    assert [(row["old"], row["missing"]) for row in rows.values()] == [
        ("", ""),
        (EAST, ""),
        ("", EAST),
    ]
    quality = {time: country.raster("QUALITY", time) for time in rows}
    seen = [int(quality[time].values[place(quality[time], EAST)]) for time in rows]
    assert seen[0] > 1.3 * seen[1] > 0
    assert np.isnan(country.raster("COLMAX", "12:40").values[place(quality["12:40"], EAST, 0.5)])


def test_no_echo_of_one_radar_prevails_over_what_another_does_not_see(country: Country) -> None:
    country.put(WEST, "12:31:00", U)
    country.put(EAST, "12:31:00", 30, gates=100)
    country.compose("12:30")
    colmax = country.raster("COLMAX", "12:30")
    assert np.isneginf(colmax.values[place(colmax, WEST)])
    assert np.isneginf(colmax.values[place(colmax, EAST, -0.6)])
    assert colmax.values[place(colmax, EAST)] == 30
    assert np.isnan(colmax.values[place(colmax, EAST, 0.6)])


def test_beyond_the_newest_volume_the_one_before_is_shown(country: Country) -> None:
    country.put(WEST, "12:31:00", 20)
    country.put(WEST, "12:36:00", 40, gates=100)
    country.compose("12:30")
    colmax = country.raster("COLMAX", "12:30")
    assert colmax.values[place(colmax, WEST, 0.2)] == 40
    assert colmax.values[place(colmax, WEST, 0.7)] == 20
    assert len(country.stored(country.rows("12:30")["COLMAX"]["path"]).about.sources) == 2


def test_what_is_unchanged_is_not_made_again_and_a_late_radar_changes_its_windows(
    country: Country,
) -> None:
    for time in ("12:21:00", "12:31:00", "12:41:00"):
        country.put(WEST, time, 20)
    country.compose("12:20", "12:40")
    first = {time: country.rows(time)["COLMAX"] for time in ("12:20", "12:30", "12:40")}
    country.compose("12:20", "12:40")
    assert {time: country.rows(time)["COLMAX"] for time in first} == first
    country.put(EAST, "12:22:00", 40)
    country.compose("12:20", "12:40")
    again = {time: country.rows(time)["COLMAX"] for time in first}
    assert [again[time] == first[time] for time in first] == [False, False, True]


def test_a_map_that_is_lost_is_reported_and_what_was_composed_stays(country: Country) -> None:
    country.put(WEST, "12:31:00", 20)
    country.put(EAST, "12:31:00", 40)
    country.compose("12:30")
    before = country.rows("12:30")["COLMAX"]
    lost = country.rows("12:30", "geotiff", EAST)["COLMAX"]["path"]
    (country.workspace.root / lost).unlink()
    forced = country.run(COMPOSITE, "12:30", force=True)
    assert not forced.success
    row = country.rows("12:30")["COLMAX"]
    assert (row["status"], row["error_code"], row["step"]) == ("failed", "RA604", "composing")
    assert "recorded, but not stored any more" in row["error_message"]
    assert (country.workspace.root / before["path"]).exists()
    assert country.rows("12:30")["RAIN"]["status"] == "completed"


def test_a_map_of_another_zoom_is_never_mixed_in(tmp_path: Path) -> None:
    country = Country(tmp_path)
    country.put(WEST, "12:31:00", 20)
    country.put(EAST, "12:31:00", 40)
    country.compose("12:30")
    finer = country.network_file.read_text().replace("max_range", "zoom = 7\nmax_range")
    country.network_file.write_text(finer)
    path = country.workspace.root / country.rows("12:30", "geotiff", EAST)["COLMAX"]["path"]
    path.write_bytes(cog.encode(country.radar_raster(EAST, "COLMAX", "12:30", zoom=6)))
    fresh = Country.__new__(Country)
    fresh.__dict__ = {**country.__dict__}
    fresh.network_file = tmp_path / "finer.toml"
    fresh.network_file.write_text(finer)
    fresh.workspace = type(country.workspace)(country.workspace.root, fresh.network_file)
    fresh.run(COMPOSITE, "12:30")
    row = fresh.rows("12:30")["COLMAX"]
    assert row["status"] == "failed"
    assert "has no zoom 7; make it again" in row["error_message"]
    assert fresh.rows("12:30")["RAIN"]["status"] == "completed"


def test_lineage_reaches_from_a_composite_to_the_maps_of_its_radars(country: Country) -> None:
    assets = owner_assets(country.workspace.network, COMPOSITE)
    key = asset_key(COMPOSITE, "composite")
    assert assets.asset_deps[key] == {asset_key(radar, "geotiff") for radar in SITES}
    mapping = assets.get_partition_mapping(asset_key(WEST, "geotiff"))
    assert mapping is not None
    assert getattr(mapping, "start_offset", None) == -1


def test_maps_past_their_age_are_removed_of_radars_and_composites(tmp_path: Path) -> None:
    country = Country(tmp_path, settings='keep_products = "3d"')
    country.put(WEST, "12:31:00", 20)
    country.put(WEST, "12:41:00", 20)
    country.compose("12:30", "12:40")
    root, workspace = country.workspace.root, country.workspace
    before = {path.name for path in root.rglob("*2025111*") if path.is_file()}
    later = type(workspace)(root, workspace.network_file, clock=lambda: at("12:45") + THREE_DAYS)
    removals = {
        owner: [str(removal) for removal in expire(later, country.instance, owner)]
        for owner in (WEST, COMPOSITE)
    }
    assert [texts[0].split(": ")[0] for texts in removals.values()] == [
        f"{WEST}/products",
        f"{COMPOSITE}/products",
    ]
    gone = before - {path.name for path in root.rglob("*2025111*") if path.is_file()}
    assert {name.split("_")[0] for name in gone} == {WEST, COMPOSITE}
    assert {name for name in gone if "T1250" in name} == set()
    assert f"{COMPOSITE}_20251118T124000Z_COLMAX_00.png.aux.xml" in gone
    assert not any(name.endswith(".nc") for name in gone)
    assert all("T1231" in name or "T1241" in name or "T1240" in name for name in gone)


def test_products_are_kept_as_long_as_sums_may_be_made_of_them(tmp_path: Path) -> None:
    country = Country(tmp_path, settings='keep_products = "25h"')
    with pytest.raises(SettingsError, match="sums may be made of them till then"):
        country.workspace.network  # noqa: B018


def test_a_run_may_choose_products(country: Country) -> None:
    country.put(WEST, "12:31:00", 20)
    assert country.run(WEST, "12:30").success
    assert country.run(COMPOSITE, "12:30", stages=["composite"], products=["RAIN"]).success
    assert country.rows("12:30").keys() == {"RAIN"}
    assert country.run(COMPOSITE, "12:30", stages=["composite"]).success
    before = country.rows("12:30")
    assert before.keys() == {"COLMAX", "RAIN", "SOURCE", "QUALITY"}
    again = country.run(COMPOSITE, "12:30", stages=["composite"], products=["RAIN"], force=True)
    assert again.success
    assert country.rows("12:30")["COLMAX"] == before["COLMAX"]


@pytest.mark.parametrize("lost", ["tif", "png", "pgw", "png.aux.xml"])
def test_a_file_of_a_composite_that_is_lost_is_made_again(country: Country, lost: str) -> None:
    country.put(WEST, "12:31:00", 20)
    assert country.compose("12:30").success
    path = country.workspace.root / f"{FOLDER}/CENTRE_20251118T124000Z_COLMAX_00.{lost}"
    content = path.read_bytes()
    path.unlink()
    assert country.run(COMPOSITE, "12:30", stages=["composite"]).success
    assert path.read_bytes() == content
