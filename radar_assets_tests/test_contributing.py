"""The product and palette that CONTRIBUTING shows work, added to a copy of the package."""

import json
from pathlib import Path

import pytest

from radar_assets.radar import cfradial
from radar_assets_tests.copies import block, copied_package, run_in
from radar_assets_tests.pictures import map_of
from radar_assets_tests.repository import CONTRIBUTING
from radar_assets_tests.volumes import constant, make_volume


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    package = copied_package(tmp_path)
    (package / "maps/palette_files/snow.toml").write_text(
        block(CONTRIBUTING, "toml", 'name = "snow"')
    )
    (package / "products/snow.py").write_text(block(CONTRIBUTING, "python", "SNOW"))
    return package.parent


COMMAND = "import sys; from radar_assets.cli import app; app(sys.argv[1:])"

RECORDS = """
import json
from pathlib import Path
from radar_assets_tests.defs.platforms import Station
station = Station(Path("station"), radar='products = ["SNOW"]\\nparameters.SNOW.a = 2000')
station.publish_volume()
run = station.run()
rows = [row for stage in ("png", "geotiff") for row in run.records[stage, "12:30"].rows]
print(json.dumps([row for row in rows if row["product"] == "SNOW"]))
"""


def test_the_product_is_short():
    assert len(block(CONTRIBUTING, "python", "SNOW").splitlines()) < 60


@pytest.mark.parametrize(
    ("parameters", "rate"),
    [([], 2.184), (["--param", "SNOW.a=1000", "--param", "SNOW.b=2"], 3.162)],
    ids=["defaults", "chosen"],
)
def test_a_product_is_one_new_file_and_a_palette_another(
    copy: Path, tmp_path: Path, parameters: list[str], rate: float
):
    import rasterio

    cfradial.write(make_volume({"DBZH": constant(40)}), tmp_path / "volume.nc")
    run_in(
        copy, tmp_path, COMMAND, "render", "volume.nc", "-o", "maps", "--product", "SNOW",
        *parameters,
    )  # fmt: skip
    maps = {map_of(path.name) for path in (tmp_path / "maps").iterdir()}
    assert sorted(name[-4:] for name in maps) == [".png", ".tif"]
    with rasterio.open(next((tmp_path / "maps").glob("*.tif"))) as dataset:
        values, tags = dataset.read(1, masked=True), dataset.tags()
    assert values.max() == pytest.approx(rate, abs=1e-3)
    assert json.loads(tags["parameters"])["quality"]["min_rhohv"] == 0.55


def test_the_product_has_records_too(copy: Path, tmp_path: Path):
    printed = run_in(copy, tmp_path, RECORDS)
    rows = json.loads(printed.splitlines()[-1])
    assert [row["status"] for row in rows] == ["completed", "completed"]
    assert [Path(row["path"]).suffix for row in rows] == [".png", ".tif"]
    assert json.loads(rows[0]["parameters"])["a"] == 2000
