"""Names: parsing and building are inverse, and hostile names get nowhere."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radar_assets.errors import BadName
from radar_assets.radar.names import (
    PRODUCT_TEMPLATE,
    BufrName,
    ProductName,
    VolumeId,
    bufr_hour_folder,
    check_template,
    day_of,
    file_prefix,
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
    BufrName,
    volumes,
    st.from_regex(r"[A-Z][A-Z0-9]{0,15}", fullmatch=True),
    st.booleans(),
    st.tuples(st.from_regex(r"(?i)\.BUFR", fullmatch=True), st.just(".gz"))
    | st.just((".BUFR", ".GZ")),
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
    BUFR.replace("20251118T123020Z", "20161231T235960Z"),
    BUFR.replace("20251118", "20270229"),
    BUFR.replace("20251118", "21000229"),
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
    assert name.path == PurePosixPath("bufr") / name.remote_path.with_name(name.stored)
    assert str(BufrName.parse(str(name))) == str(name) == name.remote_path.name
    assert len(name.remote_path.parts) == 7


@pytest.mark.parametrize("ending", [".bufr", ".Bufr", ".bufr.gz", ".BUFR.GZ", ".bUfR.Gz"])
def test_endings_mean_the_same_in_whatever_case(ending: str) -> None:
    name = BufrName.parse(BUFR.removesuffix(".BUFR") + ending)
    plain = BufrName.parse(BUFR)
    assert str(name).endswith(ending)
    assert name.remote_path.name == str(name)
    assert name == replace(plain, gzipped=name.gzipped)
    assert name.path == replace(plain, gzipped=name.gzipped).path
    assert name.message == plain.message == BUFR
    assert str(replace(name, gzipped=False)).upper() == BUFR.upper()


@pytest.mark.parametrize("other", ["rma1", "dbzh", "t123020z"])
def test_only_endings_may_be_in_another_case(other: str) -> None:
    with pytest.raises(BadName):
        BufrName.parse(BUFR.replace(other.upper(), other))


@given(volumes)
def test_volume_names_survive_a_round_trip(volume: VolumeId) -> None:
    assert VolumeId.parse(str(volume)) == volume
    assert VolumeId.from_netcdf(volume.netcdf_path.name) == volume


MAP_NAME = "{radar}_{strategy}_{volume}_{time}_{product}"
"""what the web map reads"""
PARTS = ("strategy", "volume", "time", "product", "sweep")
TEMPLATES = [
    "_".join(f"{{{part}}}" for part in ("radar", *parts))
    for count in range(2, 6)
    for parts in permutations(PARTS, count)
    if {"time", "product"} <= set(parts)
]


@given(
    volumes,
    st.sampled_from(["DBZH", "DBZHo", "COLMAX"]),
    st.integers(0, 99),
    st.sampled_from(["png", "tif"]),
    st.sampled_from(TEMPLATES),
)
def test_product_names_survive_a_round_trip(
    volume: VolumeId, product: str, sweep: int, suffix: str, template: str
) -> None:
    for chosen in (PRODUCT_TEMPLATE, MAP_NAME, template):
        path = volume.product_path(product, sweep, suffix, chosen)
        assert path.match(str(volume.product_pattern))
        assert parse_product(path.name, chosen) == ProductName(
            radar=volume.radar,
            time=volume.time,
            product=product,
            suffix=suffix,
            sweep=sweep if "{sweep}" in chosen else None,
            strategy=volume.strategy if "{strategy}" in chosen else None,
            volume=volume.volume if "{volume}" in chosen else None,
        )


@pytest.mark.parametrize(
    "template",
    [
        "",
        "{radar}",
        "{radar}_{time}",
        "{radar}_{product}",
        "{time}_{radar}_{product}",
        "{radar}_{time}_{product}_{product}",
        "{radar}_{time}_{product}_{elevation}",
        "{radar}_{time}_{product}.tif",
        "{radar}-{time}-{product}",
        "{radar}_{time}_{product}_",
        "{radar}_{time!r}_{product}",
        "{radar}_{time}_{product}_../x",
        "x/{radar}_{time}_{product}",
        "{radar.__class__}_{time}_{product}",
    ],
)
def test_templates_whose_names_could_not_be_read_are_refused(template: str) -> None:
    with pytest.raises(BadName, match=r"cannot name products: begin with \{radar\}"):
        check_template(template)
    with pytest.raises(BadName):
        VOLUME.product_path("DBZH", 0, "png", template)


def test_a_name_of_another_template_is_refused() -> None:
    name = VOLUME.product_path("DBZH", 0, "png", MAP_NAME).name
    assert name == "RMA1_0315_01_20251118T123020Z_DBZH.png"
    with pytest.raises(BadName):
        parse_product(name)


def test_names_hold_the_exact_time_also_around_midnight_and_full_hours() -> None:
    for time in ("12:00:00", "15:57:00", "23:55:00", "00:00:00", "23:59:59"):
        moment = datetime.fromisoformat(f"2025-11-18T{time}+00:00")
        path = replace(VOLUME, time=moment).product_path("COLMAX", 0, "tif", MAP_NAME)
        assert path.parent == PurePosixPath("products/RMA1/2025/11/18")
        assert parse_product(path.name, MAP_NAME).time == moment


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
    assert str(VOLUME.quicklook_path("COLMAXo", 0)) == (
        "quicklooks/RMA1/2025/11/18/RMA1_20251118T123020Z_COLMAXo_00.png"
    )
    assert str(remote_folder("RMA1", TIME)) == "RMA1/2025/11/18/12/3020"
    assert str(bufr_hour_folder("RMA1", TIME)) == "bufr/RMA1/2025/11/18/12"
    assert str(volumes_folder("RMA1", TIME)) == "volumes/RMA1/2025/11/18"


@pytest.mark.parametrize(
    ("time", "folder"),
    [
        ("20251231T235959Z", "2025/12/31/23/5959"),
        ("20260101T000000Z", "2026/01/01/00/0000"),
        ("20280229T235959Z", "2028/02/29/23/5959"),
        ("20000229T000000Z", "2000/02/29/00/0000"),
        ("20270301T000000Z", "2027/03/01/00/0000"),
    ],
)
def test_a_file_lies_in_the_folder_of_its_own_day(time: str, folder: str) -> None:
    name = BufrName.parse(BUFR.replace("20251118T123020Z", time))
    assert str(name.remote_path.parent) == f"RMA1/{folder}"
    assert str(name.id.netcdf_path.parent) == f"volumes/RMA1/{folder[:10]}"


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


def test_the_folder_of_a_day_tells_the_day() -> None:
    for folder in (volumes_folder("RMA1", TIME), bufr_hour_folder("RMA1", TIME).parent):
        assert day_of(folder) == TIME.replace(hour=0, minute=0, second=0)


@pytest.mark.parametrize("folder", ["2025/2/01", "2025/02/30", "25/02/01", "02/01", "x/2025/11"])
def test_other_folders_are_those_of_no_day(folder: str) -> None:
    with pytest.raises(BadName):
        day_of(PurePosixPath(folder))


def test_names_of_a_radars_files_have_a_prefix_that_no_other_radars_have() -> None:
    names = (BUFR, VOLUME.netcdf_path.name, VOLUME.product_path("DBZH", 0, "png").name)
    assert all(name.startswith(file_prefix("RMA1")) for name in names)
    assert not any(name.startswith(file_prefix("RMA")) for name in names)
