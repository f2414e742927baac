"""Servers that grant fewer connections than the network file allows."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

from radar_assets.errors import AccessDenied, ConnectionLimit, SourceBusy
from radar_assets.ingest.download.one_file import Download
from radar_assets.ingest.sources.network_sources import NetworkSources
from radar_assets_tests.ftp_server import Server
from radar_assets_tests.ingest.mirrors import Archive, kinds
from radar_assets_tests.ingest.networks import servers
from radar_assets_tests.waiting import wait_until

ROOT = PurePosixPath()
REFUSALS = [
    "421 There are too many connections from your internet address.",
    "421 Too many connections (1) from this IP",
    "530 Sorry, the maximum number of clients (1) from your host are already connected.",
]
REST = """
import sys
from pathlib import Path, PurePosixPath
from radar_assets_tests.ingest.networks import servers

known = servers(Path(sys.argv[1]), sys.argv[2])
with known.listing("s0") as lease:
    lease.list_folder(PurePosixPath())
print("rests", flush=True)
sys.stdin.read()
"""


@pytest.fixture(params=REFUSALS)
def first(request: pytest.FixtureRequest, first: Server) -> Server:
    """A server that grants one connection."""
    first.most, first.refusal = 1, request.param
    return first


def listed(known: NetworkSources) -> None:
    with known.listing("s0") as lease:
        lease.list_folder(ROOT)


def test_one_connection_is_enough(archive: Archive, first: Server) -> None:
    known = archive.known(first.url)
    for _ in range(2):
        listed(known)
        result = archive.fetch(known)
        assert kinds(result) == {"Download"}
    assert {done.attempts for done in result.outcomes if isinstance(done, Download)} == {0}
    assert first.peak <= 2, "a refused one counts too"


def test_the_limit_is_remembered_and_told(archive: Archive, first: Server) -> None:
    listed(known := archive.known(first.url))
    archive.fetch(known)
    assert "grants 1 connection at a time" in known.health("s0").describe()
    known.close()
    wait_until(lambda: first.open == 0, "the end of the connection")
    before = first.connections
    again = archive.known(first.url)
    listed(again)
    for file in archive.files:
        (archive.data / file.name.path).unlink()
    assert kinds(archive.fetch(again)) == {"Download"}
    assert first.connections - before <= 2, "nothing is tried beyond the limit"


def test_the_resting_connection_of_another_process_is_given_up(
    archive: Archive, first: Server
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", REST, str(archive.data), first.url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout
        assert other.stdout.readline().strip() == "rests"
        assert first.open == 1
        assert kinds(archive.fetch(archive.known(first.url))) == {"Download"}
        other.kill()


def test_two_connections_fetch_two_files_at_a_time(archive: Archive, first: Server) -> None:
    first.most = 2
    known = archive.known(first.url)
    listed(known)
    assert kinds(archive.fetch(known)) == {"Download"}
    assert known.health("s0").describe().count("grants 2 connections") <= 1


def test_who_waits_in_vain_is_reported_of_the_limit(archive: Archive, first: Server) -> None:
    known = archive.known(first.url, patience=0.2)
    with known.listing("s0") as lease:
        lease.list_folder(ROOT)
        with (
            pytest.raises(SourceBusy, match="grants 1 connections at a time"),
            known.fetching("s0") as other,
        ):
            other.list_folder(ROOT)
    assert known.health("s0").failures == 0
    listed(known)


def test_a_limit_that_others_use_up_is_no_limit_of_ours(archive: Archive, first: Server) -> None:
    first.most = 0
    known = archive.known(first.url)
    with pytest.raises(ConnectionLimit), known.listing("s0") as lease:
        lease.list_folder(ROOT)
    assert known.health("s0").granted is None
    first.most = 99
    listed(known)


@pytest.fixture
def login(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setenv("FTP_USER", "radar")
    monkeypatch.setenv("FTP_PASSWORD", "right")
    return {"username_env": "FTP_USER", "password_env": "FTP_PASSWORD"}


@pytest.fixture
def strict(archive: Archive) -> Iterator[Server]:
    with Server(archive.roots[0], user="radar", password="right") as running:
        yield running


def test_a_login_that_worked_before_and_is_refused_is_a_limit(
    strict: Server, login: dict[str, str], tmp_path: Path
) -> None:
    before = servers(tmp_path, strict.url, source=login)
    listed(before)
    before.close()
    strict.replies["PASS"] = ["530 Login incorrect."]
    known = servers(tmp_path, strict.url, source=login)
    with pytest.raises(ConnectionLimit, match="accepted within the last hour"):
        listed(known)
    listed(known)


@pytest.mark.parametrize("reply", ["530 Login incorrect.", "530 Too many failed attempts."])
def test_a_login_that_never_worked_is_wrong(
    reply: str, strict: Server, login: dict[str, str], tmp_path: Path
) -> None:
    strict.replies["PASS"] = [reply]
    with pytest.raises(AccessDenied, match="check the credentials"):
        listed(servers(tmp_path, strict.url, source=login))


def test_a_limit_is_forgotten_after_some_hours(archive: Archive, first: Server) -> None:
    listed(known := archive.known(first.url))
    archive.fetch(known)
    health = known.health("s0")
    assert health.granted
    assert health.limit(health.granted.at) == 1
    assert health.limit(health.granted.at.replace(year=2100)) is None
