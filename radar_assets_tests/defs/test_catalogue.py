"""The STAC catalogue after real runs: valid, whole, readable, and pruned with the files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pystac
import pytest
from pystac.extensions.file import FileExtension
from pystac.extensions.projection import ProjectionExtension
from pystac.extensions.raster import RasterExtension
from pystac.validation import RegisteredValidator
from pystac.validation.stac_validator import JsonSchemaSTACValidator

from radar_assets.defs.retention import expire
from radar_assets.files import sha256
from radar_assets.maps import cog
from radar_assets.stages.indexing.catalogue import prune
from radar_assets_tests.defs.country import COMPOSITE, EAST, WEST, Country
from radar_assets_tests.defs.platforms import KEEP_VOLUMES, RADAR, STAGES, Station, at

SETTINGS = 'catalog = true\nformats = ["cf", "odim"]'
TIME = "20251118T123100Z"


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Country:
    """Three volumes of two radars and a composite, all catalogued."""
    made = Country(tmp_path_factory.mktemp("country"), settings=SETTINGS)
    made.put(WEST, "12:31:00", 30)
    made.put(WEST, "12:41:00", 35)
    made.put(EAST, "12:33:00", 40)
    assert made.run(WEST, "12:30", "12:40", ["volumes", "png", "geotiff", "formats"]).success
    assert made.run(EAST, "12:30").success
    assert made.run(COMPOSITE, "12:30").success
    return made


def catalogue(country: Country) -> pystac.Catalog:
    return pystac.Catalog.from_file(str(country.workspace.root / "catalog/catalog.json"))


def files(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in (root / "catalog").rglob("*.json")
    }


def assets(country: Country) -> Iterator[tuple[pystac.Item, str, pystac.Asset]]:
    for item in catalogue(country).get_items(recursive=True):
        for name, asset in item.assets.items():
            yield item, name, asset


def test_pystac_finds_it_valid_by_the_schemas_that_it_ships(country: Country) -> None:
    validator = RegisteredValidator.get_validator()
    assert isinstance(validator, JsonSchemaSTACValidator)
    count = 0
    for text in files(country.workspace.root).values():
        found = json.loads(text)
        kind = {"Catalog": "CATALOG", "Collection": "COLLECTION", "Feature": "ITEM"}[found["type"]]
        validator.validate_core(found, pystac.STACObjectType[kind], found["stac_version"])
        count += 1
    assert count == 1 + 3 * 2 + 4


def test_every_file_has_one_way_from_the_root_and_every_link_resolves(country: Country) -> None:
    found = catalogue(country)
    items = list(found.get_items(recursive=True))
    assert {item.id for item in items} == {
        f"{WEST}_{TIME}",
        f"{WEST}_20251118T124100Z",
        f"{EAST}_20251118T123300Z",
        f"{COMPOSITE}_20251118T124000Z",
    }
    for folder, _, _ in found.walk():
        for link in folder.get_links():
            assert Path(link.get_absolute_href()).is_file(), link
    for item in items:
        for link in item.get_links():
            assert Path(link.get_absolute_href()).is_file(), link
        assert item.get_collection().id == item.id.split("_")[0]


def test_assets_are_the_files_by_size_and_digest(country: Country) -> None:
    listed = set()
    for _, _, asset in assets(country):
        path = Path(asset.get_absolute_href()).resolve()
        listed.add(path.relative_to(country.workspace.root).as_posix())
        about = FileExtension.ext(asset)
        assert about.size == path.stat().st_size
        assert about.checksum == f"1220{sha256(path)}"
    root = country.workspace.root
    stored = {
        path.relative_to(root).as_posix()
        for folder in ("volumes", "products", "formats")
        for path in (root / folder).rglob("*")
        if path.suffix in (".nc", ".png", ".tif", ".h5")
        and (folder != "volumes" or WEST in path.name)
    }
    assert listed == stored


def test_an_item_has_the_volume_and_its_products(country: Country) -> None:
    items = {item.id: item for item in catalogue(country).get_items(recursive=True)}
    names = set(items[f"{WEST}_{TIME}"].assets)
    assert names == {"volume", "odim", "COLMAX", "COLMAX.png", "RAIN", "RAIN.png"}
    composite = set(items[f"{COMPOSITE}_20251118T124000Z"].assets)
    assert {"COLMAX", "COLMAX.png", "COLMAX.nc", "COLMAX.h5", "RAIN10M", "SOURCE"} <= composite


def test_projection_and_raster_agree_with_the_geotiffs(country: Country) -> None:
    import rasterio

    kinds = set()
    for _, _, asset in assets(country):
        if asset.href.endswith(".tif"):
            with rasterio.open(asset.get_absolute_href()) as dataset:
                place = ProjectionExtension.ext(asset)
                assert place.code == dataset.crs.to_string()
                assert tuple(place.shape) == dataset.shape
                assert np.allclose(place.transform, list(dataset.transform)[:6], rtol=1e-7)
                (band,) = RasterExtension.ext(asset).bands
                assert band.data_type == dataset.dtypes[0]
                assert band.unit == dataset.units[0]
                assert (band.nodata == 0) == (dataset.nodata == 0)
                kinds.add(band.data_type)
    assert kinds == {"float32", "uint8"}


def test_rio_tiler_reads_an_asset_of_an_item(country: Country) -> None:
    from rio_tiler.io import STACReader

    path = next((country.workspace.root / "catalog" / COMPOSITE).rglob(f"{COMPOSITE}_*.json"))
    with STACReader(str(path)) as reader:
        image = reader.preview(assets=["COLMAX"], max_size=512)
    tif = next(country.workspace.root.glob(f"products/{COMPOSITE}/*/*/*/*_COLMAX_00.tif"))
    values = cog.read(tif).values
    highest = values[np.isfinite(values)].max()
    assert image.array.max() == pytest.approx(highest)


def test_collections_sum_up_their_items(country: Country) -> None:
    found = {child.id: child for child in catalogue(country).get_children()}
    assert set(found) == {WEST, EAST, COMPOSITE}
    for name, collection in found.items():
        assert isinstance(collection, pystac.Collection)
        boxes = np.array([item.bbox for item in collection.get_items(recursive=True)])
        (bounds,) = collection.extent.spatial.bboxes
        assert np.all(bounds[:2] <= boxes[:, :2].min(axis=0))
        assert np.all(bounds[2:] >= boxes[:, 2:].max(axis=0))
        assert collection.summaries.get_list("proj:code") == ["EPSG:3857"]
        assert "COLMAX" in collection.item_assets, name
        assert collection.title == ("CENTRE Centre" if name == COMPOSITE else name)


def test_running_again_writes_nothing(country: Country) -> None:
    root = country.workspace.root
    before = {path: (root / path).stat().st_mtime_ns for path in files(root)}
    assert country.run(WEST, "12:30", "12:40", ["volumes", "png", "geotiff", "formats"]).success
    assert country.run(COMPOSITE, "12:30").success
    assert {path: (root / path).stat().st_mtime_ns for path in files(root)} == before


def test_items_go_with_their_files(tmp_path: Path) -> None:
    country = Country(tmp_path, settings=f'{SETTINGS}\nkeep_products = "3d"')
    country.put(WEST, "12:31:00", 30)
    country.put(EAST, "12:33:00", 40)
    for owner in (WEST, EAST, COMPOSITE):
        assert country.run(owner, "12:30").success
    late = replace(country.workspace, clock=lambda: at("12:00") + timedelta(days=9))
    for owner in (WEST, COMPOSITE):
        list(expire(late, country.instance, owner))
    found = catalogue(country)
    assert [child.id for child in found.get_children()] == [EAST]
    assert not [path for path in files(country.workspace.root) if WEST in path]


def test_a_volume_that_is_removed_leaves_its_item(tmp_path: Path) -> None:
    station = Station(tmp_path, settings=f"catalog = true\n{KEEP_VOLUMES}")
    station.publish_volume()
    station.receive_later()
    station.run(stages=STAGES)
    path = station.data / f"catalog/{RADAR}/2025/11/18/{RADAR}_20251118T123020Z.json"
    assert {"volume", "DBZHo", "DBZHo.png"} <= set(json.loads(path.read_text())["assets"])
    list(expire(station.workspace, station.instance, RADAR))
    after = set(json.loads(path.read_text())["assets"])
    assert "volume" not in after
    assert "DBZHo" in after


def test_there_is_none_where_nobody_wants_one(tmp_path: Path) -> None:
    country = Country(tmp_path)
    country.put(WEST, "12:31:00", 30)
    assert country.run(WEST, "12:30").success
    assert not (country.workspace.root / "catalog").exists()


def test_a_damaged_file_of_the_catalogue_is_written_anew(tmp_path: Path) -> None:
    country = Country(tmp_path, settings="catalog = true")
    for minute in ("12:31:00", "12:41:00"):
        country.put(WEST, minute, 30)
    country.put(EAST, "12:33:00", 40)
    assert country.run(WEST, "12:30", "12:40").success
    assert country.run(EAST, "12:30").success
    root = country.workspace.root
    before = files(root)
    for path in before:
        if "catalog/RMA1/2025/11/18/RMA1_20251118T124100Z" not in path:
            (root / path).write_text("[1, 2")
    assert country.run(WEST, "12:30").success
    assert country.run(EAST, "12:30").success
    assert files(root) == before

    item = next((root / "catalog" / EAST).rglob(f"{EAST}_*.json"))
    item.write_text("[1, 2")
    prune(country.workspace, EAST, [date(2025, 11, 18)])
    assert set(files(root)) == set(before)
    assert country.run(EAST, "12:30").success
    assert files(root) == before
