"""Names: parsing and building are inverse, and hostile names get nowhere."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radar_assets.radar.errors import BadName
from radar_assets.radar.names import (
    BufrName,
    VolumeId,
    bufr_hour_folder,
    parse_product,
    remote_folder,
    volumes_folder,
)

TIME = datetime(2025, 11, 18, 12, 30, 20, tzinfo=UTC)
VOLUME = VolumeId("RMA1", "0315", "01", TIME)
BUFR = "RMA1_0315_01_DBZH_20251118T123020Z.BUFR"

times = st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda time: time.replace(microsecond=0)
)
volumes = st.builds(
    VolumeId,
    st.from_regex(r"[A-Z]{2,8}[0-9]{1,3}", fullmatch=True),
    st.from_regex(r"[0-9]{4}", fullmatch=True),
    st.from_regex(r"[0-9]{1,2}", fullmatch=True),
    times,
)
bufr_names = st.builds(
    BufrName, volumes, st.from_regex(r"[A-Z][A-Z0-9]{0,15}", fullmatch=True), st.booleans()
)

HOSTILE = [
    "",
    "..",
    "../" + BUFR,
    "/" + BUFR,
    BUFR + "/..",
    "RMA1/_0315_01_DBZH_20251118T123020Z.BUFR",
    BUFR + "\n",
    "\n" + BUFR,
    BUFR + "\0",
    BUFR.replace("RMA1", "RMA\N{ARABIC-INDIC DIGIT ONE}"),
    BUFR.replace("0315", "٠٣١٥"),
    BUFR.replace("2025", "\N{FULLWIDTH DIGIT TWO}025"),
    BUFR.replace("DBZH", "DBZH" * 2500),
    BUFR.replace("DBZH", ""),
    BUFR.replace("DBZH", "dbzh"),
    BUFR.replace("DBZH", "D.."),
    BUFR.replace("1118", "1318"),
    BUFR.replace("1118", "0230"),
    BUFR.replace("T12", "T24"),
    BUFR.replace("20Z", "60Z"),
    BUFR.replace("2025", "0000"),
    BUFR.replace("2025", "0999"),
    BUFR.lower(),
    BUFR + ".part",
    BUFR + ".gz.gz",
    BUFR.replace(".BUFR", ".H5"),
    "x" * 10_000,
]


@given(bufr_names)
def test_bufr_names_survive_a_round_trip(name: BufrName) -> None:
    assert BufrName.parse(str(name)) == name
    assert BufrName.parse(name.path.name) == name
    assert name.path == PurePosixPath("bufr") / name.remote_path
    assert len(name.remote_path.parts) == 7


@given(volumes)
def test_volume_names_survive_a_round_trip(volume: VolumeId) -> None:
    assert VolumeId.parse(str(volume)) == volume
    assert VolumeId.from_netcdf(volume.netcdf_path.name) == volume


@given(
    volumes,
    st.sampled_from(["DBZH", "DBZHo", "COLMAX"]),
    st.integers(0, 99),
    st.sampled_from(["png", "tif"]),
)
def test_product_names_survive_a_round_trip(
    volume: VolumeId, product: str, sweep: int, suffix: str
) -> None:
    path = volume.product_path(product, sweep, suffix)
    assert parse_product(path.name) == (volume.radar, volume.time, product, sweep, suffix)


@given(st.text() | st.binary().map(lambda data: data.decode("latin-1")))
def test_whatever_parses_is_what_it_was_built_from(text: str) -> None:
    for parse in (BufrName.parse, VolumeId.parse):
        with suppress(BadName):
            assert str(parse(text)) == text


@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: ascii(name[:40]))
def test_hostile_names_are_refused(name: str) -> None:
    for parse in (BufrName.parse, VolumeId.parse, VolumeId.from_netcdf, parse_product):
        with pytest.raises(BadName) as refused:
            parse(name)
        assert len(str(refused.value)) < 700


@pytest.mark.parametrize("product", ["", "../x", "a/b", "x" * 33, "DBZH_1", "ñ"])
def test_hostile_products_are_refused(product: str) -> None:
    with pytest.raises(BadName):
        VOLUME.product_path(product, 0, "png")


def test_paths_are_those_of_the_contract() -> None:
    name = BufrName.parse(BUFR)
    assert str(name.remote_path) == f"RMA1/2025/11/18/12/3020/{BUFR}"
    assert str(name.path) == f"bufr/RMA1/2025/11/18/12/3020/{BUFR}"
    assert str(name.id) == "RMA1_0315_01_2025-11-18T12:30:20Z"
    assert str(VOLUME.netcdf_path) == ("volumes/RMA1/2025/11/18/RMA1_0315_01_20251118T123020Z.nc")
    assert str(VOLUME.product_path("COLMAXo", 0, "tif")) == (
        "products/RMA1/2025/11/18/RMA1_20251118T123020Z_COLMAXo_00.tif"
    )
    assert str(remote_folder("RMA1", TIME)) == "RMA1/2025/11/18/12/3020"
    assert str(bufr_hour_folder("RMA1", TIME)) == "bufr/RMA1/2025/11/18/12"
    assert str(volumes_folder("RMA1", TIME)) == "volumes/RMA1/2025/11/18"


def test_the_product_pattern_finds_the_products_of_its_volume_only() -> None:
    sooner = replace(VOLUME, time=TIME - timedelta(seconds=1))
    other = replace(VOLUME, radar="RMA11")
    pattern = str(VOLUME.product_pattern)
    for product, suffix in (("COLMAXo", "tif"), ("DBZHo", "png")):
        assert VOLUME.product_path(product, 0, suffix).match(pattern)
        assert not sooner.product_path(product, 0, suffix).match(pattern)
        assert not other.product_path(product, 0, suffix).match(pattern)


def test_real_names_of_both_kinds_of_radar() -> None:
    assert BufrName.parse("AR5_1000_1_DBZH_20240101T000746Z.BUFR").id.volume == "1"
    zipped = BufrName.parse(BUFR + ".gz")
    assert zipped.gzipped
    assert zipped.id == VOLUME
