"""Kinds of sources: each is one file, found by being there, with settings of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import radar_assets
from radar_assets.errors import SettingsError
from radar_assets.ingest.sources.folder import FolderClient
from radar_assets.ingest.sources.ftp import FtpClient
from radar_assets.ingest.sources.network_sources import NetworkSources
from radar_assets.ingest.sources.registry import kinds, load_checked_network, open_source
from radar_assets.settings import Source
from radar_assets_tests.ingest.networks import network
from radar_assets_tests.ingest.tree import name, put

NETWORK = """
[sources.one]
{source}
[radars.RMA1]
sources = ["one"]
latitude = 0
longitude = 0
"""
ZIP = '''
"""A ZIP archive as a source."""

from collections.abc import Generator
from pathlib import PurePosixPath
from urllib.parse import urlsplit
from zipfile import Path as Member
from zipfile import ZipFile

from radar_assets.errors import RemoteFileMissing
from radar_assets.ingest.sources.client import Entry, Stream
from radar_assets.ingest.sources.kind import SourceKind, SourceSettings
from radar_assets.ingest.sources.pace import Pace


class ZipSettings(SourceSettings):
    folder: str = ""


class ZipClient:
    def __init__(self, name: str, source: ZipSettings, pace: Pace) -> None:
        self.name, self.url, self._pace = name, source.url, pace
        self._root = Member(ZipFile(urlsplit(source.url).path)) / source.folder

    def list_folder(self, path: PurePosixPath) -> list[Entry]:
        return [self._entry(member) for member in self._member(path).iterdir()]

    def fetch(self, path: PurePosixPath, offset: int = 0) -> Stream:
        return Stream(offset, self._blocks(self._member(path), offset))

    def close(self) -> None:
        self._root.root.close()

    def _entry(self, member: Member) -> Entry:
        size = 0 if member.is_dir() else len(member.read_bytes())
        return Entry(member.name, member.is_dir(), size)

    def _member(self, path: PurePosixPath) -> Member:
        member = self._root / str(path)
        if not member.exists():
            raise RemoteFileMissing(f"no {path} in {self.url}")
        return member

    def _blocks(self, member: Member, offset: int) -> Generator[bytes]:
        with member.open("rb") as file:
            file.seek(offset)
            while block := file.read(self._pace.block):
                yield block


KIND = SourceKind(("zip",), ZipSettings, ZipClient)
'''
FETCH = """
import sys
from pathlib import Path
from radar_assets.ingest.download.failover import fetch_many
from radar_assets.ingest.listing.query import list_files
from radar_assets.ingest.sources.registry import load_checked_network
from radar_assets.ingest.sources.network_sources import NetworkSources
from radar_assets_tests.ingest.tree import utc

data = Path(sys.argv[2])
servers = NetworkSources(load_checked_network(Path(sys.argv[1])), data)
span = utc("2025-11-18T12:00"), utc("2025-11-18T13:00")
found = list_files(servers, "RMA1", [span])
assert len(found.covered) == 1, found
fetch_many(servers, "RMA1", found.files, data, data / "partial")
"""


def load(folder: Path, source: str) -> NetworkSources:
    path = folder / "network.toml"
    path.write_text(NETWORK.format(source=source), "utf-8")
    return NetworkSources(load_checked_network(path), folder)


def test_a_new_kind_of_source_is_one_file(tmp_path: Path) -> None:
    package = tmp_path / "radar_assets"
    original = Path(radar_assets.__file__).parent
    shutil.copytree(original, package, ignore=shutil.ignore_patterns("__pycache__"))
    (package / "ingest" / "sources" / "zipped.py").write_text(ZIP, "utf-8")
    bufr = name("2025-11-18T12:30:20")
    content = b"BUFR\0\0\x0c\x047777"
    put(tmp_path / "tree" / "L2", bufr, content)
    archive = shutil.make_archive(str(tmp_path / "archive"), "zip", tmp_path / "tree")
    source = f'url = "zip://{archive}"\nfolder = "L2"'
    (tmp_path / "network.toml").write_text(NETWORK.format(source=source), "utf-8")
    found = f"{tmp_path}{os.pathsep}{original.parent}"
    command = [sys.executable, "-c", FETCH, "network.toml", str(tmp_path / "data")]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": found},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "data" / bufr.path).read_bytes() == content


def test_the_scheme_of_the_url_decides(tmp_path: Path) -> None:
    assert {"ftp", "ftps", "file", ""} <= kinds().keys()
    assert isinstance(open_source("one", Source(url="ftps://host/L2")), FtpClient)
    for url in (str(tmp_path), tmp_path.as_uri()):
        assert isinstance(open_source("one", Source(url=url)), FolderClient)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ('url = "http://host/L2"', "sources.one.url: must begin with one of file://, ftp://"),
        ('url = "ftp:///L2"', "sources.one: url names no host"),
        ('url = "ftp://host"\npasive = false', "sources.one.pasive: unknown setting; did you mean"),
        ('url = "/srv"\ncolour = 1', "sources.one.colour: unknown setting"),
        ('url = "ftp://host"\ntimeout = "0s"', "sources.one.timeout: "),
        ('url = "ftp://host"\ntimeout = -3', "sources.one.timeout: "),
        ('url = "ftp://host"\nmax_connections = 0', "sources.one.max_connections: "),
        ('url = "ftp://host"\nmax_rate = "0B"', "sources.one.max_rate: "),
        ('url = "/srv"\nmax_rate = "fast"', "sources.one.max_rate: "),
    ],
)
def test_wrong_settings_are_named_when_the_network_is_loaded(
    source: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(SettingsError, match=r"network\.toml: ") as wrong:
        load(tmp_path, source)
    assert said in str(wrong.value)


def test_all_wrong_sources_are_named_at_once() -> None:
    with pytest.raises(SettingsError, match=r"sources\.s0\.colour.*; sources\.s1\.colour"):
        NetworkSources(network("ftp://host", "/srv", source={"colour": 1}), Path())


def test_settings_that_a_folder_does_not_need_are_taken_as_before(tmp_path: Path) -> None:
    source = 'url = "/srv"\nmax_connections = 2\ntimeout = "5s"\npassive = false\nca_file = "x"'
    assert load(tmp_path, source).connections("one") == 4


def test_a_server_has_the_connections_that_it_is_allowed(tmp_path: Path) -> None:
    assert load(tmp_path, 'url = "ftp://host"\nmax_connections = 2').connections("one") == 2
