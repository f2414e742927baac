"""The command line: what it prints, what it writes, and how it ends."""

from __future__ import annotations

import ftplib
import gzip
import json
import socket
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest

from radar_assets.products import applicable
from radar_assets.radar import cfradial
from radar_assets.radar.bufr import decode
from radar_assets.radar.names import VolumeId, parse_product
from radar_assets.simulator.publish import Fault
from radar_assets_tests.bare import enter, write_bufr
from radar_assets_tests.command import call, interrupt, spawn, spawned
from radar_assets_tests.fields import START
from radar_assets_tests.pictures import map_of
from radar_assets_tests.ports import free_port
from radar_assets_tests.samples import DOPPLER, NAMES, sample_path, sample_volume
from radar_assets_tests.waiting import LONG, wait_until


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty working folder, and none of the platform's variables."""
    enter(monkeypatch, tmp_path)


def test_inspect_tells_of_every_real_file_what_is_expected(samples: Path) -> None:
    expected = json.loads((samples / "expected.json").read_text("utf-8"))
    result = call("inspect", "--json", *(sample_path(samples, name) for name in NAMES))
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert found.keys() == expected.keys()
    for name, wanted in expected.items():
        assert_close(found[name], wanted, name)


def assert_close(found: Any, wanted: Any, place: str) -> None:
    """Equal keys, texts and integers; other numbers to 1e-6."""
    if isinstance(wanted, dict):
        assert found.keys() == wanted.keys(), place
        for name in wanted:
            assert_close(found[name], wanted[name], f"{place}.{name}")
    elif isinstance(wanted, list):
        assert len(found) == len(wanted), place
        for index, (ours, theirs) in enumerate(zip(found, wanted, strict=True)):
            assert_close(ours, theirs, f"{place}[{index}]")
    else:
        is_real = isinstance(wanted, float)
        assert found == (pytest.approx(wanted, rel=0, abs=1e-6) if is_real else wanted), place


def test_inspect_tells_header_and_statistics(tmp_path: Path) -> None:
    path = write_bufr(tmp_path)
    result = call("inspect", path, "--json")
    report = json.loads(result.stdout)[path.name]
    assert (report["latitude"], report["altitude_m"]) == (-27.5026, 313.0)
    assert [sweep["elevation_deg"] for sweep in report["sweeps"]] == [0.53, 1.53]
    kinds = ("n_nodata", "n_undetect", "n_nan", "n_valid", "min", "mean", "max")
    assert [report["sweeps"][0][kind] for kind in kinds] == [4, 4, 0, 8, 20.0, 25.0, 30.0]


def test_inspect_shows_people_a_row_per_sweep(tmp_path: Path) -> None:
    path = write_bufr(tmp_path)
    result = call("inspect", path)
    assert path.name in result.stdout
    assert "0.53" in result.stdout
    assert "1.53" in result.stdout


def test_a_damaged_file_gives_one_line_and_no_output(tmp_path: Path) -> None:
    good, bad = write_bufr(tmp_path), write_bufr(tmp_path, "ZDR")
    bad.write_bytes(bad.read_bytes()[:-10])
    result = call("inspect", "--json", good, bad)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"error: {bad.name}: ")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["inspect", "absent.BUFR"],
        ["inspect", "."],
        ["inspect"],
        ["inspect", "--colour", "x"],
        ["volume", "absent.BUFR", "-o", "out.nc"],
        ["render", "absent.nc", "-o", "maps"],
        ["run", "--radar", "RMA1"],
        ["run", "--radar", "RMA1", "--from", "noon", "--to", "2025-11-18T13:00"],
        ["status", "--stage", "decoding"],
        ["simulate", "--fault", "thunder"],
        ["simulate", "--radars", "0"],
        ["serve", "absent"],
        ["adopt"],
        ["adopt", "absent"],
        ["adopt", ".", "--state-db", "absent"],
        ["verify", "--from", "noon"],
        ["fly"],
    ],
    ids=" ".join,
)
def test_bad_usage_exits_with_2(arguments: list[str], tmp_path: Path) -> None:
    result = call(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Usage: " in result.stderr
    assert not list(tmp_path.iterdir())


def test_an_unknown_fault_is_reported_the_known_ones() -> None:
    result = call("simulate", "--fault", "thunder")
    assert "missing-field" in result.stderr
    assert "silent" in result.stderr


@pytest.mark.parametrize("is_gzipped", [False, True])
def test_volume_assembles_files_plain_or_gzipped(tmp_path: Path, is_gzipped: bool) -> None:
    paths = [write_bufr(tmp_path), write_bufr(tmp_path, "ZDR")]
    if is_gzipped:
        for path in paths:
            path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes()))
        paths = [path.with_name(path.name + ".gz") for path in paths]
    (tmp_path / "deep").mkdir()
    output = tmp_path / "deep" / "out.nc"
    result = call("volume", *paths, "-o", output)
    assert result.exit_code == 0
    assert str(output) in result.stdout.splitlines()[0]
    volume = cfradial.read(output)
    assert volume.id == VolumeId("RMA11", "0315", "01", START)
    assert set(volume.fields) == {"DBZH", "ZDR"}
    assert set(volume.sources) == {path.name.removesuffix(".gz") for path in paths}
    row = volume.fields["DBZH"][0]
    assert np.isnan(row[0])
    np.testing.assert_array_equal(row[1:], np.array([-np.inf, 30, 20], np.float32))


def test_volume_and_render_work_on_real_files(samples: Path, tmp_path: Path) -> None:
    names = [name for name in NAMES if name.id == DOPPLER]
    files = [sample_path(samples, name) for name in names]
    made = call("volume", *files, "-o", "real.nc")
    assert (made.exit_code, made.stderr) == (0, "")
    made = cfradial.read(tmp_path / "real.nc")
    for name, values in sample_volume(samples, DOPPLER).fields.items():
        np.testing.assert_array_equal(made.fields[name], values)
    result = call("render", "real.nc", "-o", "maps", "--product", "VRADo", "--format", "png")
    assert result.exit_code == 0
    drawn = {map_of(path.name) for path in Path("maps").iterdir()}
    assert drawn == {"RMA11_20251020T152429Z_VRADo_00.png"}


def test_volume_warns_of_what_differs_from_the_network_file(tmp_path: Path) -> None:
    result = call("volume", write_bufr(tmp_path), "-o", tmp_path / "out.nc")
    assert result.exit_code == 0
    said = "warning: RMA11_0315_01_2025-11-18T12:30:20Z: 0315_01 has 2 sweeps by its files, 15 by "
    assert result.stderr.startswith(said)
    assert "warning" not in result.stdout


def test_a_file_of_another_radars_place_makes_no_volume(tmp_path: Path) -> None:
    refused(tmp_path, [write_bufr(tmp_path, radar="RMA1")], "but RMA1 is at -31.44139")


def test_files_of_two_volumes_make_none(tmp_path: Path) -> None:
    paths = [write_bufr(tmp_path), write_bufr(tmp_path, radar="RMA1")]
    refused(tmp_path, paths, "exactly one volume")


def test_a_damaged_file_makes_no_volume(tmp_path: Path) -> None:
    paths = [write_bufr(tmp_path), write_bufr(tmp_path, "ZDR")]
    paths[1].write_bytes(b"BUFR and no more")
    refused(tmp_path, paths, paths[1].name)


def test_a_misnamed_file_makes_no_volume(tmp_path: Path) -> None:
    path = write_bufr(tmp_path, "ZDR")
    refused(tmp_path, [path.rename(tmp_path / path.name.replace("ZDR", "DBZH"))], "misnamed")


def refused(folder: Path, paths: list[Path], reason: str) -> None:
    """`volume` fails for a reason in one line and leaves no file."""
    result = call("volume", *paths, "-o", folder / "out.nc")
    assert (result.exit_code, result.stdout) == (1, "")
    assert reason in result.stderr
    assert result.stderr.count("\n") == 1
    assert set(folder.iterdir()) == set(paths)


def test_output_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    path = write_bufr(tmp_path)
    result = call("volume", path, "-o", path / "out.nc")
    assert (result.exit_code, result.stdout) == (1, "")
    *warnings, fault = result.stderr.splitlines()
    assert fault.startswith("error: ")
    assert all(line.startswith("warning: ") for line in warnings)


@pytest.fixture
def volume(bare: None, tmp_path: Path) -> Path:
    """A volume on disk, of DBZH alone."""
    assert call("volume", write_bufr(tmp_path), "-o", tmp_path / "v.nc").exit_code == 0
    return tmp_path / "v.nc"


def test_render_draws_every_product_in_both_formats(volume: Path, tmp_path: Path) -> None:
    result = call("render", volume, "-o", tmp_path / "maps")
    assert result.exit_code == 0
    made = {map_of(path.name) for path in (tmp_path / "maps").iterdir()}
    assert sorted(Path(line).name for line in result.stdout.splitlines()) == sorted(made)
    names = {product.name for product in applicable(cfradial.read(volume))}
    assert {"DBZHo", "COLMAXo"} <= names
    assert sorted((file.product, file.suffix) for file in map(parse_product, made)) == [
        (name, suffix) for name in sorted(names) for suffix in ("png", "tif")
    ]


@pytest.mark.parametrize(
    ("kind", "suffix", "magic"), [("png", "png", b"\x89PNG"), ("geotiff", "tif", b"II")]
)
def test_render_draws_what_is_asked_for(
    volume: Path, tmp_path: Path, kind: str, suffix: str, magic: bytes
) -> None:
    wanted = ("--product", "DBZHo", "--product", "COLMAXo", "--format", kind)
    assert call("render", volume, "-o", tmp_path / "maps", *wanted).exit_code == 0
    maps = [path for path in (tmp_path / "maps").iterdir() if map_of(path.name) == path.name]
    made = {path.name: path.read_bytes()[: len(magic)] for path in maps}
    assert made == {
        f"RMA11_20251118T123020Z_{name}_00.{suffix}": magic for name in ("DBZHo", "COLMAXo")
    }


@pytest.mark.parametrize(
    ("product", "said"), [("RAINBOW", "COLMAXo"), ("VRADo", "needs VRAD"), ("dbzho", "DBZHo")]
)
def test_a_product_that_cannot_be_drawn_is_explained(
    volume: Path, tmp_path: Path, product: str, said: str
) -> None:
    result = call("render", volume, "-o", tmp_path / "maps", "--product", product)
    assert (result.exit_code, result.stdout) == (1, "")
    assert said in result.stderr
    assert not (tmp_path / "maps").exists()


def test_render_refuses_what_is_no_volume(tmp_path: Path) -> None:
    path = write_bufr(tmp_path)
    result = call("render", path, "-o", tmp_path / "maps")
    assert (result.exit_code, result.stdout) == (1, "")
    assert path.name in result.stderr


def test_the_installed_command_ends_with_its_exit_codes(tmp_path: Path) -> None:
    bad = tmp_path / "bad.BUFR"
    bad.write_bytes(b"GIF89a..")
    done = spawn("inspect", "--json", bad)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: bad.BUFR: ")
    assert done.stderr.count("\n") == 1


def test_simulate_publishes_until_it_is_interrupted(tmp_path: Path) -> None:
    port = free_port()
    command = ("simulate", "--radars", 1, "--speed", 10, "--port", port)
    with spawned(*command, cwd=tmp_path) as process:
        said = process.stdout.readline()
        assert f"ftp://127.0.0.1:{port}/L2" in said
        name = wait_until(lambda: published(said), "a file")
        code, errors = interrupt(process)
    assert (code, errors) == (0, "")
    assert (tmp_path / "demo" / "server" / name).is_file()


def test_serve_shows_a_folder_and_takes_nothing(tmp_path: Path) -> None:
    (tmp_path / "L2").mkdir()
    path = write_bufr(tmp_path / "L2")
    port = free_port()
    with spawned("serve", tmp_path, "--port", port, cwd=tmp_path) as process:
        assert f"ftp://127.0.0.1:{port}/L2" in process.stdout.readline()
        with connected(f"ftp://127.0.0.1:{port}") as client:
            received = BytesIO()
            client.retrbinary(f"RETR /L2/{path.name}", received.write)
            with pytest.raises(ftplib.error_perm, match="550"):
                client.storbinary("STOR /L2/new", BytesIO(b"x"))
        code, errors = interrupt(process)
    assert (code, errors) == (0, "")
    assert received.getvalue() == path.read_bytes()
    assert [item.name for item in (tmp_path / "L2").iterdir()] == [path.name]


def test_a_port_in_use_is_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = call("serve", tmp_path, "--port", port)
    assert result.exit_code == 1
    assert str(port) in result.stderr
    assert "choose another port" in result.stderr


def connected(url: str) -> ftplib.FTP:
    address = urlsplit(url)
    client = ftplib.FTP(timeout=LONG)
    client.connect(address.hostname, address.port)
    client.login()
    return client


def published(said: str) -> str | None:
    """Path of a file on the server that a message names, once there is one that can be decoded."""
    url = next(word for word in said.split() if word.startswith("ftp://")).rstrip(";")
    with connected(url) as client:
        folders = ["/L2"]
        while folders:
            folder = folders.pop()
            for name, facts in client.mlsd(folder):
                path = f"{folder}/{name}"
                if facts["type"] == "dir" and not name.startswith("."):
                    folders.append(path)
                elif name.endswith(".BUFR"):
                    received = BytesIO()
                    client.retrbinary(f"RETR {path}", received.write)
                    assert decode(received.getvalue()).quantity in name
                    return path.removeprefix("/")
    return None


def test_the_help_names_every_fault_that_can_be_simulated() -> None:
    shown = call("simulate", "--help").stdout
    assert not [fault for fault in Fault if fault not in shown]
