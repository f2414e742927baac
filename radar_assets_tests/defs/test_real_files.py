"""The real files, from a real FTP server, through backfills launched in the webserver."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import numpy as np
import pytest
import rasterio

from radar_assets.defs.status import status
from radar_assets.products import applicable
from radar_assets.radar import cfradial
from radar_assets.settings import load_network
from radar_assets.simulator.server import FtpServer
from radar_assets_tests.defs.dagster_server import Backfill, DagsterServer, launch
from radar_assets_tests.samples import CONVECTION, DOPPLER, NAMES, TRUNCATED, sample_volume

_NETWORK = """
[sources.archive]
url = "{url}"
"""
_RADAR = """
[radars.{name}]
sources = ["archive"]
latitude = {latitude}
longitude = {longitude}
start = {start}
end = {end}
"""
_STRATEGY = """
[strategies.{strategy}.{volume}]
fields = {fields}
"""
SPANS = {
    "RMA1": ("2018-11-11T00:00:00Z", "2018-11-11T01:00:00Z"),
    "RMA11": ("2025-10-20T15:00:00Z", "2025-10-20T16:00:00Z"),
}


def network_text(url: str) -> str:
    """Two radars with the time of their files, and the strategies of the packaged network."""
    packaged = load_network()
    text = _NETWORK.format(url=url)
    for name, (start, end) in SPANS.items():
        radar = packaged.radars[name]
        place = {"latitude": radar.latitude, "longitude": radar.longitude}
        text += _RADAR.format(name=name, start=start, end=end, **place)
    for identity in (CONVECTION, DOPPLER, TRUNCATED):
        known = packaged.strategy(identity.strategy, identity.volume)
        assert known is not None
        fields = list(known.fields or ())
        text += _STRATEGY.format(strategy=identity.strategy, volume=identity.volume, fields=fields)
    return text


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("real")


@pytest.fixture(scope="module")
def report(samples: Path, folder: Path) -> Iterator[dict[str, Any]]:
    """What `status` says after a backfill of each radar's window."""
    with FtpServer(samples) as archive:
        (folder / "network.toml").write_text(network_text(archive.url))
        environment = {
            "RADAR_ASSETS_NETWORK": str(folder / "network.toml"),
            "RADAR_ASSETS_DATA": str(folder / "data"),
        }
        with DagsterServer(folder / "dagster", environment) as server:
            backfills = [
                launch(server, ["2018-11-11-00:00"], "RMA1"),
                launch(server, ["2025-10-20-15:20"], "RMA11"),
            ]
            ended = [Backfill(server, identity) for identity in backfills]
            assert [backfill.runs for backfill in ended] == [["SUCCESS"], ["SUCCESS"]]
    with dg.DagsterInstance.from_config(str(folder / "dagster")) as instance:
        yield status(instance, timedelta(minutes=10))


def test_every_file_is_fetched_as_it_is(report: dict[str, Any], samples: Path, folder: Path):
    rows = {row["file_name"]: row for row in report["files"]}
    assert rows.keys() == {str(name) for name in NAMES}
    for name in NAMES:
        stored = folder / "data" / rows[str(name)]["local_path"]
        assert stored.read_bytes() == (samples / "L2" / name.remote_path).read_bytes()


def test_volumes_are_complete_or_name_what_is_missing(report: dict[str, Any]):
    found = {
        row["volume_id"]: (row["status"], row["is_complete"], row["missing_fields"], row["sweeps"])
        for row in report["volumes"]
    }
    assert found == {
        str(CONVECTION): ("completed", False, "DBZV, TDR, TV", 3),
        str(DOPPLER): ("completed", True, "", 5),
        str(TRUNCATED): ("completed", False, "DBZV, PHIDP, RHOHV", 13),
    }


@pytest.mark.parametrize("identity", [CONVECTION, DOPPLER, TRUNCATED], ids=str)
def test_netcdf_files_hold_the_volumes(
    report: dict[str, Any], folder: Path, samples: Path, identity
):
    stored = cfradial.read(folder / "data" / identity.netcdf_path)
    expected = sample_volume(samples, identity)
    assert stored.sources == expected.sources
    assert stored.fields.keys() == expected.fields.keys()
    for name, values in expected.fields.items():
        np.testing.assert_array_equal(stored.fields[name], values)


def test_each_product_that_the_fields_allow_has_a_png_and_a_geotiff(
    report: dict[str, Any], folder: Path, samples: Path
):
    made = {
        (row["volume_id"], row["product"], row["asset"])
        for row in report["products"]
        if row["status"] == "completed" and (folder / "data" / row["path"]).is_file()
    }
    expected = {
        (str(identity), product.name, stage)
        for identity in (CONVECTION, DOPPLER, TRUNCATED)
        for product in applicable(sample_volume(samples, identity))
        for stage in ("png", "geotiff")
    }
    assert {name for _, name, _ in expected} >= {"COLMAX", "DBZHo", "VRAD", "ETOP", "COVERAGE"}
    assert made == expected
    assert "failed" not in report["counts"]["products"]


def test_the_storms_of_2018_stand_south_of_the_radar(report: dict[str, Any], folder: Path):
    path = folder / "data" / CONVECTION.product_path("COLMAXo", 0, "tif")
    with rasterio.open(path) as dataset:
        values = dataset.read(1)
        height = values.shape[0]
    strong = np.argwhere(values > 50)[:, 0]
    assert len(strong) > 500
    assert np.mean(strong > height / 2) > 0.9
