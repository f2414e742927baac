"""`radar-assets render`: parameters from the network file and from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import rasterio

from radar_assets.products import all_products
from radar_assets.radar import cfradial
from radar_assets.radar.names import parse_product
from radar_assets_tests.command import call
from radar_assets_tests.volumes import constant, make_volume

NETWORK = """
[settings]
zoom = 6
crs = "EPSG:4326"
product_names = "{radar}_{strategy}_{volume}_{time}_{product}"
[sources.server]
url = "L2"
[radars.RMA11]
sources = ["server"]
latitude = -27.5026
longitude = -64.90575
parameters.RAIN = { a = 300, b = 1.4 }
"""


@pytest.fixture
def volume(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A volume of 40 dBZ, in the folder where commands run; the packaged network is in use."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RADAR_ASSETS_NETWORK", raising=False)
    path = tmp_path / "volume.nc"
    cfradial.write(make_volume({"DBZH": constant(40)}, elevations=(0.5, 1.3), gates=100), path)
    return path


@pytest.fixture
def network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "network.toml"
    path.write_text(NETWORK, "utf-8")
    monkeypatch.setenv("RADAR_ASSETS_NETWORK", str(path))
    return path


def rain(volume: Path, *parameters: str) -> tuple[float, dict[str, object]]:
    """Highest rate that is drawn, and the parameters in the file."""
    options = [text for parameter in parameters for text in ("--param", parameter)]
    result = call(
        "render", volume, "-o", "maps", "--product", "RAIN", "--format", "geotiff", *options
    )
    assert result.exit_code == 0, result.stderr
    with rasterio.open(result.stdout.strip()) as dataset:
        return float(dataset.read(1, masked=True).max()), json.loads(dataset.tags()["parameters"])


def test_parameters_take_effect_and_are_in_the_file(volume: Path) -> None:
    assert rain(volume)[0] == pytest.approx(11.531, abs=2e-3)
    rate, written = rain(volume, "RAIN.a=300", "RAIN.b=1.4", "QC.min_object=0")
    assert rate == pytest.approx(12.240, abs=2e-3)
    assert (written["a"], written["b"]) == (300, 1.4)
    assert written["quality"]["min_object"] == 0


def test_the_command_line_prevails_over_the_network_file(volume: Path, network: Path) -> None:
    assert rain(volume)[0] == pytest.approx(12.240, abs=2e-3)
    assert rain(volume, "RAIN.a=200", "RAIN.b=1.6")[0] == pytest.approx(11.531, abs=2e-3)


def test_maps_are_those_that_the_network_file_describes(volume: Path, network: Path) -> None:
    result = call("render", volume, "-o", "maps", "--product", "COLMAX", "--format", "geotiff")
    path = Path(result.stdout.strip())
    assert path.name == "RMA11_0315_01_20251020T152828Z_COLMAX.tif"
    with rasterio.open(path) as dataset:
        assert dataset.crs.to_epsg() == 4326


def test_a_chosen_sweep_is_in_the_name(volume: Path) -> None:
    result = call("render", volume, "-o", "maps", "--product", "DBZHo", "--param", "DBZHo.sweep=1")
    names = [parse_product(Path(line).name) for line in result.stdout.splitlines()]
    assert {(name.product, name.sweep) for name in names} == {("DBZHo", 1)}


@pytest.mark.parametrize(
    ("parameter", "said"),
    [
        ("RAIN.c=1", "RAIN has no parameter 'c'; it has sweep, a, b"),
        ("RAIM.a=1", "nothing is named 'RAIM'; there are QC, "),
        ("RAIN.a=-1", "RAIN.a = '-1': Input should be greater than 0"),
        ("RAIN.a", "'RAIN.a' is not of the form PRODUCT.PARAMETER=VALUE"),
    ],
)
def test_what_is_chosen_wrongly_is_said_in_one_line(
    volume: Path, parameter: str, said: str
) -> None:
    result = call("render", volume, "-o", "maps", "--product", "RAIN", "--param", parameter)
    assert (result.exit_code, result.stdout) == (1, "")
    assert said in result.stderr
    assert result.stderr.count("\n") == 1
    assert not Path("maps").exists()


def test_products_that_cannot_be_made_take_one_line(volume: Path) -> None:
    result = call("render", volume, "-o", "maps", "--format", "png")
    assert result.exit_code == 0
    made = {parse_product(Path(line).name).product for line in result.stdout.splitlines()}
    assert made >= {"DBZH", "COLMAX", "VIL", "COVERAGE"}
    assert result.stderr.count("\n") == 1
    named, needs = result.stderr.split("products not drawn: ")[1].split("; they need ")
    assert set(named.split(", ")) == {item.name for item in all_products().values()} - made
    assert {"ZDR", "VRAD", "KDP"} <= set(needs.strip().split("; "))
