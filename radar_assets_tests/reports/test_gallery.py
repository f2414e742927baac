"""The gallery: pictures of every product, and a page on which each of them is shown."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from radar_assets.errors import BadName, BufrError, FolderMissing
from radar_assets.maps import quicklook
from radar_assets.radar.bufr import encode
from radar_assets.reports.gallery import make_gallery
from radar_assets.settings import load_network
from radar_assets_tests.fields import bufr_field, bufr_name, field_sweep

NETWORK = load_network()


def write_bufr(folder: Path, quantity: str, radar: str = "RMA11", year: int = 2025) -> Path:
    """A BUFR file of one sweep of 5 km, named after its content."""
    time = datetime(year, 11, 18, 12, 30, 20, tzinfo=UTC)
    values = np.full((12, 10), 20.0, np.float32)
    sweep = field_sweep(values, start=time)
    site = NETWORK.radars[radar]
    field = bufr_field(
        quantity, sweep, radar=radar, time=time, latitude=site.latitude, longitude=site.longitude
    )
    path = folder / str(bufr_name(field))
    path.write_bytes(encode(field))
    return path


def links(page: str) -> list[str]:
    return re.findall(r"\]\(([^)]*)\)", page)


def test_every_product_has_quicklooks_in_each_scheme_and_its_overlay(tmp_path: Path) -> None:
    write_bufr(tmp_path, "DBZH")
    clutter = write_bufr(tmp_path, "CM")
    clutter.rename(clutter.with_suffix(".bufr"))
    page = make_gallery(tmp_path, tmp_path / "gallery", NETWORK).with_name("README.md")
    text = page.read_text("utf-8")
    assert "## RMA11_0315_01_2025-11-18T12:30:20Z, Termas de Río Hondo" in text
    assert "### Horizontal reflectivity, unfiltered (DBZHo)" in text
    shown = {f"{Path(link).parent} {Path(link).name.split('_')[2]}" for link in links(text)}
    assert {"standard DBZHo", "colour-blind DBZHo", "overlays DBZHo"} <= shown
    assert {"standard CMo", "overlays CMo"} <= shown
    assert "colour-blind CMo" not in shown


def test_every_link_opens_a_picture_and_no_picture_is_left_out(tmp_path: Path) -> None:
    write_bufr(tmp_path, "VRAD")
    page = make_gallery(tmp_path, tmp_path / "gallery", NETWORK).with_name("README.md")
    found = links(page.read_text("utf-8"))
    made = {str(path.relative_to(page.parent)) for path in page.parent.rglob("*.png")}
    assert set(found) == made
    for link in found:
        with Image.open(page.parent / link) as image:
            image.load()


def test_only_relampago_data_carry_their_acknowledgement(tmp_path: Path) -> None:
    write_bufr(tmp_path, "CM", radar="RMA1", year=2018)
    write_bufr(tmp_path, "CM", radar="RMA1", year=2025)
    page = make_gallery(tmp_path, tmp_path / "gallery", NETWORK).with_name("README.md")
    first, second = page.read_text("utf-8").split("\n## ")[1:]
    assert "RELAMPAGO" in first
    assert "Ministerio de Obras Públicas" in first
    assert "RELAMPAGO" not in second
    assert "Data: SINARAME" in second
    footers = [footer(page.parent, part) for part in (first, second)]
    assert footers[0].shape == footers[1].shape
    assert (footers[0] < 128).sum() > 3 * (footers[1] < 128).sum() > 0


def footer(folder: Path, part: str) -> np.ndarray:
    """The line of a part's first quicklook with the origin of the data."""
    link = next(link for link in links(part) if link.startswith("standard/"))
    with Image.open(BytesIO((folder / link).read_bytes())) as image:
        box = (0, quicklook.SIZE[1] - 26, *quicklook.SIZE)
        return np.asarray(image.convert("L").crop(box))


@pytest.mark.parametrize("name", ["notes.BUFR", "RMA11_0315_01_ZDR_20251118T123020Z.BUFR"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"BUFR")
    with pytest.raises((BadName, BufrError), match=re.escape(name)):
        make_gallery(tmp_path, tmp_path / "gallery", NETWORK)


def test_browsers_get_the_same_pictures_as_a_page(tmp_path: Path) -> None:
    write_bufr(tmp_path, "VRAD")
    page = make_gallery(tmp_path, tmp_path / "gallery", NETWORK)
    text = page.read_text("utf-8")
    assert page.name == "index.html"
    assert text.startswith("<!DOCTYPE html>")
    shown = set(re.findall(r'(?:href|src)="([^"]*)"', text))
    assert shown == set(links(page.with_name("README.md").read_text("utf-8")))
    assert all((page.parent / path).is_file() for path in shown)
    assert "<h2>RMA11_0315_01_2025-11-18T12:30:20Z, Termas de Río Hondo</h2>" in text


def test_a_folder_without_files_has_no_gallery(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    with pytest.raises(FolderMissing, match="no BUFR files"):
        make_gallery(tmp_path, tmp_path / "gallery", NETWORK)
    assert not (tmp_path / "gallery").exists()
