"""Where commands write: files, links, devices, pipes, standard output; nothing is replaced."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from radar_assets.cli.output import writing
from radar_assets.errors import FolderMissing, StorageError
from radar_assets.radar import cfradial
from radar_assets_tests.bare import write_bufr
from radar_assets_tests.command import call, spawn

HDF5 = b"\x89HDF"


@pytest.fixture
def file(bare: None, tmp_path: Path) -> Path:
    return write_bufr(tmp_path)


def test_a_link_is_followed(file: Path, tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    target, link = tmp_path / "far" / "v.nc", tmp_path / "link.nc"
    link.symlink_to(target)
    for _ in range(2):  # a link that leads nowhere yet, then one to a file
        assert call("volume", file, "-o", link).exit_code == 0
        assert link.is_symlink()
        assert not target.is_symlink()
        assert cfradial.read(target).fields.keys() == {"DBZH"}
    assert [path.name for path in (tmp_path / "far").iterdir()] == ["v.nc"]


def test_a_pipe_gets_the_bytes_and_stays(file: Path, tmp_path: Path) -> None:
    pipe, received = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: received.append(pipe.read_bytes()))
    reader.start()
    assert call("volume", file, "-o", pipe).exit_code == 0
    reader.join(30)
    assert received[0].startswith(HDF5)
    assert pipe.is_fifo()


def test_a_device_gets_the_bytes_and_stays(file: Path) -> None:
    assert call("volume", file, "-o", "/dev/null").exit_code == 0
    assert Path("/dev/null").is_char_device()


@pytest.mark.parametrize("output", ["-", "/dev/stdout"])
def test_standard_output_gets_data_alone(file: Path, tmp_path: Path, output: str) -> None:
    code = "from radar_assets.cli import app; app()"
    done = subprocess.run(
        [sys.executable, "-c", code, "volume", str(file), "-o", output],
        capture_output=True,
        check=True,
        cwd=tmp_path,
    )
    (tmp_path / "copy.nc").write_bytes(done.stdout)
    assert cfradial.read(tmp_path / "copy.nc").fields.keys() == {"DBZH"}
    assert b"RMA11_0315_01_2025-11-18T12:30:20Z" in done.stderr
    assert not (tmp_path / "-").exists()


def test_one_map_fits_on_standard_output(file: Path, tmp_path: Path) -> None:
    assert call("volume", file, "-o", "v.nc").exit_code == 0
    one = ("render", "v.nc", "-o", "-", "--product", "DBZHo")
    result = call(*one, "--format", "png")
    assert result.exit_code == 0
    assert result.stdout_bytes.startswith(b"\x89PNG")
    for several in (one, ("render", "v.nc", "-o", "-", "--format", "png")):
        refused = call(*several)
        assert (refused.exit_code, refused.stdout) == (1, "")
        assert "one --product and one --format" in refused.stderr
    assert not (tmp_path / "-").exists()


def test_a_debug_report_fits_on_standard_output(tmp_path: Path) -> None:
    done = call("debug-report", "-o", "-")
    with zipfile.ZipFile(BytesIO(done.stdout_bytes)) as archive:
        assert "versions.json" in archive.namelist()
    assert "secrets are masked" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("volume", "{file}", "-o", "no/where/v.nc"),
        ("gallery", ".", "-o", "no/where/gallery"),
        ("debug-report", "-o", "no/where/report.zip"),
    ],
    ids=" ".join,
)
def test_folders_that_are_not_there_are_named(
    file: Path, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    result = call(*(text.format(file=file) for text in arguments))
    assert (result.exit_code, result.stdout) == (1, "")
    assert str(tmp_path / "no/where") in result.stderr
    assert "RA603" in result.stderr
    assert not (tmp_path / "no").exists()


def test_what_is_no_file_is_never_replaced(file: Path, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    result = call("volume", file, "-o", "folder")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "folder is a folder" in result.stderr
    (tmp_path / "maps").touch()
    call("volume", file, "-o", "v.nc")
    refused = call("render", "v.nc", "-o", "maps")
    assert refused.exit_code == 1
    assert "maps is no folder" in refused.stderr
    assert (tmp_path / "maps").read_bytes() == b""


def test_an_error_while_writing_leaves_nothing(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(IsADirectoryError), writing(pipe) as path:
        path.write_bytes(tmp_path.read_bytes())
    with pytest.raises(FolderMissing), writing(tmp_path / "a/b"):
        pass
    with pytest.raises(StorageError), writing(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == [pipe]


@pytest.mark.parametrize(
    "name", ["\x1b[31mred", "two\nlines", "bell\x07", "\u202eturned", "\x9b2J"]
)
def test_a_name_with_control_characters_is_shown_as_text(
    bare: None, tmp_path: Path, name: str
) -> None:
    path = write_bufr(tmp_path)
    evil = path.rename(tmp_path / f"{name}.BUFR")
    shown = [spawn("inspect", evil), spawn("volume", evil, "-o", tmp_path / "v.nc")]
    evil.write_bytes(b"BUFR and no more")
    shown += [spawn("inspect", evil), spawn("inspect", "--json", evil), spawn("gallery", tmp_path)]
    for done in shown:
        text = (done.stdout + done.stderr).replace("\n", "")
        assert not [character for character in "\x1b\x07\x9b\u202e" if character in text]
    assert [done.returncode for done in shown[:4]] == [0, 1, 1, 1]
    assert shown[1].stderr.count("\n") == 1
    assert shown[2].stderr.count("\n") == 1
