"""The command line's pictures: formats and palettes of `render`, and `gallery`."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from radar_assets.maps import quicklook
from radar_assets.radar import cfradial
from radar_assets.radar.bufr import encode
from radar_assets_tests.command import call
from radar_assets_tests.fields import bufr_field, bufr_name
from radar_assets_tests.volumes import constant, make_volume

NAME = "RMA11_20251020T152828Z_DBZHo_00"
NETWORK = """
[settings]
palettes = "colour-blind"
[sources.here]
url = "bufr"
[radars.RMA11]
sources = ["here"]
latitude = -27.5
longitude = -64.9
"""


@pytest.fixture(autouse=True)
def volume(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A volume in the working folder, and none of the platform's variables."""
    for name in ("DATA", "NETWORK", "PUBLIC_URL"):
        monkeypatch.delenv(f"RADAR_ASSETS_{name}", raising=False)
    monkeypatch.chdir(tmp_path)
    cfradial.write(make_volume({"DBZH": constant(20)}, gates=50), tmp_path / "volume.nc")
    return tmp_path / "volume.nc"


def render(*options: str) -> set[str]:
    """Files that `render` writes of one product; as it prints them."""
    result = call("render", "volume.nc", "-o", "maps", "--product", "DBZHo", *options)
    assert result.exit_code == 0
    written = set(result.stdout.splitlines())
    assert all(Path(path).is_file() for path in written)
    return written


def test_quicklooks_are_drawn_when_asked_for_and_in_a_folder_of_their_own() -> None:
    assert render() == {f"maps/{NAME}.png", f"maps/{NAME}.tif"}
    path = f"maps/quicklooks/{NAME}.png"
    assert not Path(path).exists()
    assert render("--format", "quicklook") == {path}
    with Image.open(path) as image:
        assert image.size == quicklook.SIZE


def palette_in(path: str) -> str:
    with Image.open(path) as image:
        image.load()
        return str(image.text["palette"])  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", ["png", "quicklook"])
def test_the_option_chooses_the_palettes(kind: str) -> None:
    (usual,) = render("--format", kind)
    assert palette_in(usual) == "reflectivity"
    (safe,) = render("--format", kind, "--palettes", "colour-blind")
    assert palette_in(safe) == "reflectivity-colour-blind"


def test_the_network_chooses_the_palettes_where_the_option_does_not(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "network.toml").write_text(NETWORK)
    monkeypatch.setenv("RADAR_ASSETS_NETWORK", str(tmp_path / "network.toml"))
    (safe,) = render("--format", "png")
    assert palette_in(safe) == "reflectivity-colour-blind"
    (usual,) = render("--format", "png", "--palettes", "standard")
    assert palette_in(usual) == "reflectivity"


def test_unknown_palettes_are_bad_usage() -> None:
    result = call("render", "volume.nc", "-o", "maps", "--palettes", "pastel")
    assert result.exit_code == 2
    assert "colour-blind" in result.stderr


def test_gallery_prints_its_page(tmp_path: Path) -> None:
    field = bufr_field()
    (tmp_path / str(bufr_name(field))).write_bytes(encode(field))
    result = call("gallery", tmp_path, "-o", "gallery")
    assert (result.exit_code, result.stdout.strip()) == (0, "gallery/index.html")
    assert "DBZHo" in Path("gallery/README.md").read_text("utf-8")
