"""From files to a volume: what the network adds, and errors that name the file."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from radar_assets import files
from radar_assets.errors import BadName, BufrTruncated, FieldMismatch, SourceUnreachable
from radar_assets.errors import StorageError as NotStored
from radar_assets.errors.texts import naming
from radar_assets.radar import cfradial
from radar_assets.radar.bufr import Field, encode
from radar_assets.settings import Network
from radar_assets.stages.building import build_volume, digests, read_parts
from radar_assets_tests.fields import bufr_field, bufr_name, climbing, field_sweep, ramp

SITE = {"sources": ["server"], "latitude": -27.5026, "longitude": -64.90575}


def network(*, volume: str = "01", nyquist: tuple[float, ...] = (), **settings: str) -> Network:
    return Network.model_validate(
        {
            "settings": settings,
            "sources": {"server": {"url": "folder"}},
            "radars": {"RMA11": {**SITE, "altitude": 327.0}},
            "strategies": {"0315": {volume: {"nyquist_velocity": nyquist}}},
        }
    )


def store(folder: Path, field: Field, name: str | None = None) -> Path:
    path = folder / (name or str(bufr_name(field)))
    path.write_bytes(encode(field))
    return path


def gzipped(path: Path, content: bytes | None = None) -> Path:
    twin = path.with_name(f"{path.name}.gz")
    twin.write_bytes(gzip.compress(content or path.read_bytes()))
    return twin


def test_files_are_decoded_with_their_digests(tmp_path: Path) -> None:
    paths = [store(tmp_path, bufr_field(name)) for name in ("DBZH", "ZDR")]
    parts = read_parts(paths)
    assert [name.field for name in parts.fields] == ["DBZH", "ZDR"]
    assert parts.digests == {path.name: files.sha256(path) for path in paths}
    assert parts.errors == []


def test_a_gzipped_file_is_recorded_as_the_message_that_it_holds(tmp_path: Path) -> None:
    plain = store(tmp_path, bufr_field())
    parts = read_parts([gzipped(plain)])
    assert parts.errors == []
    assert parts.digests == read_parts([plain]).digests == {plain.name: files.sha256(plain)}
    assert build_volume(network(), parts).sources == parts.digests


def test_the_same_messages_make_the_same_netcdf_however_they_are_stored(tmp_path: Path) -> None:
    plain = store(tmp_path, bufr_field())
    made = tmp_path / "volume.nc"
    written = set()
    for path in (plain, gzipped(plain)):
        cfradial.write(build_volume(network(), read_parts([path])), made)
        written.add(made.read_bytes())
    assert len(written) == 1


def test_a_file_is_preferred_to_its_gzipped_twin_and_an_empty_one_to_none(tmp_path: Path) -> None:
    plain = store(tmp_path, bufr_field())
    other = encode(bufr_field("DBZH", field_sweep(ramp() + 7)))
    twin = gzipped(plain, other)
    for paths in ([plain, twin], [twin, plain]):
        volume = build_volume(network(), read_parts(paths))
        assert list(volume.sources) == [plain.name]
        np.testing.assert_array_equal(volume.fields["DBZH"], ramp())
    plain.write_bytes(b"")
    digest = hashlib.sha256(other).hexdigest()
    assert read_parts([plain, twin]).digests == {plain.name: digest}


@pytest.mark.parametrize("ending", [".bufr", ".Bufr", ".bufr.GZ"])
def test_endings_in_another_case_make_the_same_volume_and_are_twins(
    ending: str, tmp_path: Path
) -> None:
    plain = store(tmp_path, bufr_field())
    odd = plain.with_name(plain.stem + ending)
    odd.write_bytes(gzipped(plain).read_bytes() if "GZ" in ending else plain.read_bytes())
    assert read_parts([odd]).digests == read_parts([plain]).digests
    assert read_parts([odd, plain]).errors == []
    assert digests([odd]) == read_parts([plain]).digests


def test_two_files_of_one_name_are_an_error_that_keeps_the_first(tmp_path: Path) -> None:
    paths = []
    for number in (1, 2):
        folder = tmp_path / str(number)
        folder.mkdir()
        paths.append(store(folder, bufr_field("DBZH", field_sweep(ramp() + number))))
    parts = read_parts(paths)
    assert [str(error) for error in parts.errors] == [
        f"{paths[1].name}: two files of this name are given"
    ]
    np.testing.assert_array_equal(build_volume(network(), parts).fields["DBZH"], ramp() + 1)


def test_a_file_that_reaches_too_far_leaves_the_others_alone(tmp_path: Path) -> None:
    far = store(tmp_path, bufr_field("ZDR", field_sweep(ramp(2, 100), gate_size=16_000)))
    parts = read_parts([far, store(tmp_path, bufr_field())])
    assert [type(error) for error in parts.errors] == [FieldMismatch]
    assert list(build_volume(network(), parts).fields) == ["DBZH"]


def test_files_from_another_radars_place_make_no_volume(tmp_path: Path) -> None:
    far = [bufr_field(name, latitude=-31.44139, longitude=-64.19194) for name in ("DBZH", "ZDR")]
    parts = read_parts([store(tmp_path, field) for field in far])
    assert parts.errors == []
    with pytest.raises(FieldMismatch, match=r"but RMA11 is at -27\.50260, -64\.90575"):
        build_volume(network(), parts)


def damage(path: Path) -> Path:
    path.write_bytes(path.read_bytes()[:-9])
    return path


@pytest.mark.parametrize(
    ("spoil", "kind"),
    [
        (damage, BufrTruncated),
        (lambda path: path.rename(path.with_name("DBZH.BUFR")), BadName),
        (lambda path: path.rename(path.with_name(path.name.replace("ZDR", "TH"))), FieldMismatch),
        (lambda path: path.with_name(path.name.replace("ZDR", "TV")), NotStored),
    ],
    ids=["damaged", "misnamed", "another field", "absent"],
)
def test_what_cannot_be_read_is_named_and_the_rest_is_kept(
    tmp_path: Path, spoil: Callable[[Path], Path], kind: type[Exception]
) -> None:
    good, bad = store(tmp_path, bufr_field()), spoil(store(tmp_path, bufr_field("ZDR")))
    parts = read_parts([bad, good])
    (error,) = parts.errors
    assert type(error) is kind
    assert str(error).count(bad.name) == 1
    assert list(parts.digests) == [good.name]
    assert list(build_volume(network(), parts).fields) == ["DBZH"]


def test_fields_of_two_volumes_are_refused(tmp_path: Path) -> None:
    one = store(tmp_path, bufr_field())
    two = store(tmp_path, bufr_field("ZDR"), str(bufr_name(bufr_field("ZDR"), volume="02")))
    with pytest.raises(FieldMismatch, match="exactly one volume"):
        build_volume(network(), read_parts([one, two]))


@pytest.mark.parametrize(
    ("radar", "coded", "found"),
    [("RMA11", 0.0, 327.0), ("RMA11", 313.0, 313.0), ("RMA1", 0.0, 0.0), ("RMA1", 484.0, 484.0)],
)
def test_altitude_comes_from_the_file_else_from_the_network(
    tmp_path: Path, radar: str, coded: float, found: float
) -> None:
    path = store(tmp_path, bufr_field(radar=radar, altitude=coded))
    assert build_volume(network(), read_parts([path])).site.altitude == found


@pytest.mark.parametrize(
    ("volume", "known", "found"),
    [
        ("01", (), ()),
        ("01", (6.63,), (6.63, 6.63)),
        ("01", (4.0, 8.0), (4.0, 8.0)),
        ("02", (9,), ()),
    ],
)
def test_nyquist_velocity_comes_from_the_network(
    tmp_path: Path, volume: str, known: tuple[float, ...], found: tuple[float, ...]
) -> None:
    path = store(tmp_path, bufr_field("VRAD", *climbing(ramp(), ramp())))
    made = build_volume(network(volume=volume, nyquist=known), read_parts([path]))
    assert made.nyquist_velocity == found


@pytest.mark.parametrize(
    ("ray", "gate", "azimuth", "distance"),
    [
        ("centre", "start", 15.0, 1950.0),
        ("start", "start", 0.0, 1950.0),
        ("centre", "centre", 15.0, 1770.0),
    ],
)
def test_settings_say_where_rays_and_gates_are(
    tmp_path: Path, ray: str, gate: str, azimuth: float, distance: float
) -> None:
    parts = read_parts([store(tmp_path, bufr_field())])
    made = build_volume(network(ray_position=ray, gate_position=gate), parts)
    assert made.row_centre * 360 / made.sweeps[0].rays == azimuth
    assert made.first_gate + made.gate_size / 2 == distance
    np.testing.assert_array_equal(made.fields["DBZH"], ramp())


def test_a_name_is_not_said_twice() -> None:
    for said in ("file.BUFR: gone", "gone"):
        with pytest.raises(SourceUnreachable) as error, naming("file.BUFR"):
            raise SourceUnreachable(said)
        assert str(error.value) == "file.BUFR: gone"
