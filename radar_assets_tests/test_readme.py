"""What the README shows works: its product and palette, added to a copy of the package."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import radar_assets
from radar_assets.radar import cfradial
from radar_assets_tests.volumes import constant, make_volume

README = Path(__file__).parent.parent / "README.md"


def block(language: str, holding: str) -> str:
    """The README's code block of a language that holds a text."""
    blocks = re.findall(rf"```{language}\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    (found,) = [text for text in blocks if holding in text]
    return found


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    package = tmp_path / "copy" / "radar_assets"
    shutil.copytree(Path(radar_assets.__file__).parent, package)
    (package / "radar/palette_files/rain.toml").write_text(block("toml", 'name = "rain"'))
    (package / "products/rain.py").write_text(block("python", "RAINo"))
    return package.parent


def test_a_product_is_one_new_file_and_a_palette_another(copy: Path, tmp_path: Path):
    cfradial.write(make_volume({"DBZH": constant(40)}), tmp_path / "volume.nc")
    command = "import sys; from radar_assets.cli import app; app(sys.argv[1:])"
    arguments = ["render", "volume.nc", "-o", "maps", "--product", "RAINo"]
    subprocess.run(
        [sys.executable, "-c", command, *arguments],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(copy)},
        check=True,
    )
    assert sorted(path.suffix for path in (tmp_path / "maps").iterdir()) == [".png", ".tif"]
    import rasterio

    with rasterio.open(next((tmp_path / "maps").glob("*.tif"))) as dataset:
        values = dataset.read(1, masked=True)
    assert values.max() == pytest.approx(11.531, abs=1e-3)
