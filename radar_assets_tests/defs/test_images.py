"""Products of a window, and the preview that the UI shows of them."""

from __future__ import annotations

import errno
import json
import re
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO

import pytest
import rasterio
from PIL import Image

from radar_assets import products
from radar_assets.maps import cog, quicklook
from radar_assets.products import all_products
from radar_assets.radar.names import parse_product
from radar_assets.simulator.publish import Fault
from radar_assets.stages.base.store import LocalStore
from radar_assets.stages.base.workspace import Workspace
from radar_assets_tests.defs.platforms import RADAR, File, Station
from radar_assets_tests.pictures import PNG, map_of

EVERY = f"products = {sorted(all_products())}"
LINK = re.compile(r"\[!\[\]\((?P<thumbnail>[^)]*)\)\]\((?P<image>[^)]*)\)")
URL = "http://maps.example:3100"


@pytest.fixture
def crowded(make_station: Callable[..., Station]) -> Station:
    """A window of more products than a preview holds."""
    station = make_station(radar='products = ["ZDR", "DBZH", "RAIN", "COLMAX", "ETOP", "DBZHo"]')
    for time in ("12:30:20", "12:33:20", "12:36:20"):
        station.publish_volume(time)
    return station


def publish_at(station: Station, url: str) -> None:
    station.workspace = Workspace(
        root=station.workspace.root,
        network_file=station.workspace.network_file,
        public_url=url,
    )


def preview(station: Station) -> str:
    return station.run().records["png", "12:30"]["preview"]


def test_a_volume_has_every_product_that_its_fields_allow(
    make_station: Callable[..., Station],
) -> None:
    station = make_station(radar=EVERY)
    station.publish_volume()
    run = station.run()
    for stage, suffix, check in (("png", "png", None), ("geotiff", "tif", cog.check_cog)):
        record = run.records[stage, "12:30"]
        assert set(record.column("product")) == set(all_products())
        done = [row for row in record.rows if row["status"] == "completed"]
        assert {row["product"] for row in done} >= {"COLMAX", "COLMAXo", "DBZH", "DBZHo", "ETOP"}
        for row in done:
            path = station.data / row["path"]
            assert path.suffix == f".{suffix}"
            assert path.stat().st_size == row["size_bytes"]
            if check:
                check(path)


def test_a_network_may_ask_for_some_products_only(make_station: Callable[..., Station]) -> None:
    station = make_station(radar='products = ["COLMAXo"]')
    station.publish_volume()
    assert station.run().records["geotiff", "12:30"].column("product") == ["COLMAXo"]
    assert {path.rpartition("_00")[0][-7:] for path in station.files("products")} == {"COLMAXo"}


def test_a_product_that_fails_does_not_stop_the_others(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    _break(monkeypatch, "ZDRo")
    station.publish_volume()
    run = station.run()
    assert run.success
    assert run.states() == ("materialized",) * 4
    for stage in ("png", "geotiff"):
        record = run.records[stage, "12:30"]
        (failed,) = [row for row in record.rows if row["status"] == "failed"]
        assert (failed["product"], failed["step"]) == ("ZDRo", "filtering")
        assert failed["error_message"].startswith("ZeroDivisionError: a defect [RA900; ")
        assert record["failed_count"] == 1
        assert record["product_count"] >= 2
        assert (stage, "every_product_was_made", "ERROR") in run.red()
    assert "Traceback" in run.log


def test_a_window_of_which_no_product_can_be_made_is_failed(
    make_station: Callable[..., Station], monkeypatch: pytest.MonkeyPatch
) -> None:
    station = make_station(radar='products = ["ZDRo"]')
    _break(monkeypatch, "ZDRo")
    station.publish_volume()
    run = station.run()
    assert run.states() == ("materialized", "materialized", "failed", "failed")
    assert len(run.failures) == 2
    assert run.records["png", "12:30"]["preview"] == "no products"


def test_a_netcdf_file_that_cannot_be_read_fails_its_products(station: Station) -> None:
    station.publish_volume()
    station.run()
    (path,) = (station.data / "volumes").rglob("*.nc")
    path.write_bytes(b"nothing")
    run = station.run(stages=["png"])
    assert run.state("png") == "failed"
    assert set(run.records["png", "12:30"].column("step")) == {"reading"}


def test_a_product_that_cannot_be_drawn_any_more_leaves_no_file(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    station.publish_volume()
    station.run()
    before = station.files("products").keys() | station.files("thumbnails").keys()
    drawn = [path for path in before if "_ZDRo_" in path]
    assert len(drawn) == len(("map.tif", "thumbnail.png", *PNG))
    _break(monkeypatch, "ZDRo")
    station.run(force=True)
    after = station.files("products").keys() | station.files("thumbnails").keys()
    assert after == {path for path in before if "_ZDRo_" not in path}


def test_a_field_that_is_gone_leaves_no_file(station: Station) -> None:
    station.publish_volume()
    station.run()
    station.publish(File("ZDR", damage=Fault.GARBLED))
    run = station.run()
    assert run.state("png") == "materialized"
    left = station.files("products").keys() | station.files("thumbnails").keys()
    assert any("_DBZHo_" in path for path in left)
    assert not any("_ZDRo_" in path for path in left)


def test_the_preview_links_thumbnails_colmax_first(crowded: Station) -> None:
    publish_at(crowded, f"{URL}/")
    text = preview(crowded)
    links = list(LINK.finditer(text))
    assert 0 < len(text) < 1000
    assert len(links) >= 3
    assert " ".join(link[0] for link in links) == text
    names = [link["image"].rpartition("/")[2].split("_")[2] for link in links]
    assert names == ["COLMAX"] * names.count("COLMAX") + ["DBZH"] * names.count("DBZH")
    assert names.count("COLMAX") == 3
    for link in links:
        assert link["image"].startswith(f"{URL}/quicklooks/")
        assert (crowded.data / link["image"].removeprefix(f"{URL}/")).is_file()
        small = crowded.data / link["thumbnail"].removeprefix(f"{URL}/")
        assert small.parts[-6] == "thumbnails"
        assert small.stat().st_size > 0


def test_the_preview_names_products_where_nothing_is_public(crowded: Station) -> None:
    text = preview(crowded)
    assert len(text) < 1000
    paths = re.findall(r"`([^`]*)`", text)
    assert "COLMAX" in paths[0]
    assert all((crowded.data / path).is_file() for path in paths)


def test_the_preview_of_an_empty_window_says_so(station: Station) -> None:
    assert preview(station) == "no products"


def test_products_that_are_named_have_a_quicklook(
    make_station: Callable[..., Station],
) -> None:
    wanted = 'quicklooks = ["DBZHo", "ZDRo"]\nattribution = "Data: a radar"'
    station = make_station(settings=wanted)
    station.publish_volume()
    station.run()
    pictures = station.files("quicklooks")
    names = {path.rpartition("/")[2].split("_")[2] for path in pictures}
    assert names == {"DBZHo", "ZDRo"}
    assert {path.replace("quicklooks", "products", 1) for path in pictures} < set(station.files())
    with Image.open(BytesIO(next(iter(pictures.values())))) as picture:
        assert picture.size == quicklook.SIZE
    text = station.network_file.read_text("utf-8").replace(wanted, "quicklooks = []")
    other = station.folder / "other.toml"
    other.write_text(text, "utf-8")
    station.workspace = Workspace(root=station.data, network_file=other)
    station.run(stages=["png"])
    assert station.files("quicklooks") == {}


def test_every_png_has_a_thumbnail(station: Station) -> None:
    station.publish_volume()
    station.run(stages=["bufr_files", "volumes", "png"])
    products = station.files("products")
    drawn = {map_of(path).removeprefix("products/") for path in products}
    assert len(products) == len(PNG) * len(drawn)
    thumbnails = station.files("thumbnails")
    assert {path.removeprefix("thumbnails/") for path in thumbnails} == drawn
    assert all(content.startswith(b"\x89PNG") for content in thumbnails.values())


def test_products_of_neighbouring_windows_are_left_alone(station: Station) -> None:
    station.publish_volume("12:30:20")
    station.publish_volume("12:40:20")
    station.run("12:30", "12:40")
    rows = station.run("12:40", stages=["png"]).records["png", "12:40"].rows
    assert {row["volume_id"] for row in rows} == {f"{RADAR}_0315_01_2025-11-18T12:40:20Z"}


def test_a_volume_that_cannot_have_a_product_marks_it_not_applicable(
    make_station: Callable[..., Station],
) -> None:
    station = make_station(radar=EVERY)
    station.publish(*(File(name, volume="02") for name in ("VRAD", "WRAD")))
    run = station.run()
    made = {"VRAD", "VRADo", "WRAD", "WRADo", "COVERAGE", "REMOVED"}
    for stage in ("png", "geotiff"):
        rows = {row["product"]: row for row in run.records[stage, "12:30"].rows}
        assert {name for name, row in rows.items() if row["status"] == "completed"} == made
        for name in all_products().keys() - made:
            assert rows[name]["status"] == "not_applicable"
            assert (rows[name]["path"], rows[name]["step"]) == (None, None)
            assert f"{name} of RMA11_0315_02" in rows[name]["error_message"]
        assert "needs DBZH or TH" in rows["COLMAX"]["error_message"]
    assert not [check for check in run.red() if check[1] == "every_product_was_made"]


def test_an_incomplete_volume_gives_what_its_fields_allow_and_says_what_lacks(
    make_station: Callable[..., Station], set_clock: Callable[[str], None]
) -> None:
    station = make_station(radar='products = ["COLMAX", "DBZH", "ZDR"]')
    set_clock("13:30")
    station.publish(File("DBZH"))
    run = station.run()
    rows = {row["product"]: row for row in run.records["png", "12:30"].rows}
    assert rows["COLMAX"]["status"] == rows["DBZH"]["status"] == "completed"
    assert json.loads(rows["DBZH"]["parameters"])["skipped"] == [
        "min_rhohv", "max_zdr", "max_width", "biological", "clutter", "min_object_rhohv",
    ]  # fmt: skip
    assert rows["ZDR"]["status"] == "not_applicable"
    assert rows["ZDR"]["error_message"].endswith("needs ZDR")


def test_maps_may_be_in_degrees_and_have_the_names_of_the_web_map(
    make_station: Callable[..., Station],
) -> None:
    template = "{radar}_{strategy}_{volume}_{time}_{product}"
    station = make_station(
        settings=f'crs = "EPSG:4326"\nproduct_names = "{template}"',
        radar='products = ["COLMAX", "DBZHo", "COVERAGE"]',
    )
    station.publish_volume()
    run = station.run()
    assert run.states() == ("materialized",) * 4
    assert not run.red() - {("bufr_files", "feed_is_fresh", "WARN")}
    row = run.row_of("geotiff", "COLMAX")
    assert row["path"] == "products/RMA11/2025/11/18/RMA11_0315_01_20251118T123020Z_COLMAX.tif"
    written = json.loads(row["parameters"])
    assert written["crs"] == "EPSG:4326"
    with rasterio.open(station.data / row["path"]) as dataset:
        assert dataset.crs.to_epsg() == 4326
        assert tuple(dataset.bounds) == pytest.approx(written["bounds"], abs=1e-5)
    names = {map_of(path.rpartition("/")[2]) for path in station.files("products")}
    assert {parse_product(name, template).product for name in names} >= {"COLMAX", "DBZHo"}


def test_pictures_are_drawn_in_the_colours_that_the_network_file_wants(
    make_station: Callable[..., Station],
) -> None:
    station = make_station(settings='palettes = "colour-blind"', radar='products = ["DBZH"]')
    station.publish_volume()
    row = station.run().row_of("png", "DBZH")
    with Image.open(station.data / row["path"]) as image:
        assert image.text["palette"] == "reflectivity-colour-blind"


def test_a_full_disk_leaves_earlier_maps_and_is_tried_again(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    station.publish_volume()
    station.run()
    before = station.files("products")

    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(LocalStore, "put", fail)
    run = station.run(force=True)
    assert set(run.records["png", "12:30"].column("error_code")) >= {"RA602"}
    assert (run.success, run.is_final) == (False, False)
    assert station.files("products") == before
    monkeypatch.undo()
    assert station.run().success
    assert station.files("products") == before


def _break(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Give a product a defect."""

    def choke(*_: object) -> object:
        raise ZeroDivisionError("a defect")

    found = all_products()
    broken = {**found, name: replace(found[name], compute=choke)}
    monkeypatch.setattr(products, "all_products", lambda: broken)
