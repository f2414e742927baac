"""`radar-assets verify` of maps and their pictures, of radars and composites."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from radar_assets_tests.command import call
from radar_assets_tests.defs.platforms import COMPOSITE, FIELDS, RADAR, File, receive_later
from radar_assets_tests.defs.shell import Write, run, write_platform
from radar_assets_tests.defs.test_verify import flip, verified, wrong

COMPOSED = f'[composites.{COMPOSITE}]\nradars = ["{RADAR}"]\nproducts = ["COLMAX"]'
NETWORK = {"radar": 'products = ["COLMAX"]', "radars": COMPOSED}
DAY = "2025/11/18"
IMAGE = f"products/{RADAR}/{DAY}/{RADAR}_20251118T123020Z_COLMAX_00.png"
TIF = IMAGE.replace(".png", ".tif")
MAP = f"products/{COMPOSITE}/{DAY}/{COMPOSITE}_20251118T124000Z_COLMAX_00.tif"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a platform with a window of a radar and of a composite."""
    folder = tmp_path_factory.mktemp("original")
    for name in FIELDS:
        File(name).publish(folder / "L2")
    with pytest.MonkeyPatch.context() as patch:
        write_platform(folder, patch, **NETWORK)
        assert run("12:30", "12:40").exit_code == 0
        assert run("12:30", "12:40", radar=COMPOSITE).exit_code == 0
    return folder


@pytest.fixture
def data(original: Path, platform: Write, tmp_path: Path) -> Path:
    shutil.copytree(original, tmp_path, dirs_exist_ok=True)
    platform(**NETWORK)
    return tmp_path / "data"


HARM: list[tuple[str, str, Callable[[Path], None], str]] = [
    (IMAGE, IMAGE, flip, "damaged"),
    (TIF, TIF, flip, "damaged"),
    (IMAGE, IMAGE, Path.unlink, "missing"),
    (IMAGE, IMAGE.replace("products", "thumbnails"), Path.unlink, "missing"),
    (IMAGE, IMAGE.replace(".png", ".pgw"), Path.unlink, "missing"),
    (MAP, MAP, flip, "damaged"),
    (MAP, MAP.replace(".tif", ".png"), flip, "damaged"),
    (MAP, MAP.replace(".tif", ".png"), Path.unlink, "missing"),
]


@pytest.mark.parametrize(("named", "path", "harm", "state"), HARM)
def test_a_map_that_is_not_what_was_recorded_is_found(
    data: Path, named: str, path: str, harm: Callable[[Path], None], state: str
) -> None:
    harm(data / path)
    report = verified(code=1)
    assert wrong(report) == [(named, state)]
    owner = COMPOSITE if COMPOSITE in named else RADAR
    assert report["commands"] == [
        f"radar-assets run --radar {owner} --from 2025-11-18T12:30 --to 2025-11-18T12:40"
    ]


def test_maps_are_made_again(data: Path) -> None:
    harmed = [data / IMAGE, data / TIF, data / MAP, (data / MAP).with_suffix(".png")]
    before = [path.read_bytes() for path in harmed]
    for path in harmed:
        flip(path)
    result = call("verify", "--repair")
    assert result.exit_code == 0, result.stdout
    assert [path.read_bytes() for path in harmed] == before


def test_only_maps_that_are_past_their_age_are_removed_ones(data: Path, platform: Write) -> None:
    platform(settings='keep_products = "3d"', **NETWORK)
    receive_later(data)
    for path in (IMAGE, TIF, MAP):
        (data / path).unlink()
    found = {item["path"]: item["state"] for item in verified(code=1)["files"]}
    assert found == {MAP: "missing"}  # the other maps of its time are there


def test_maps_that_are_younger_are_missing(data: Path, platform: Write) -> None:
    platform(settings='keep_products = "20d"', **NETWORK)
    receive_later(data)
    for path in (IMAGE, TIF):
        (data / path).unlink()
    assert wrong(verified("--radar", RADAR, code=1)) == [(TIF, "missing"), (IMAGE, "missing")]
