"""proftpd, vsftpd and pure-ftpd as sources: links, folders that may not be read, and limits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from radar_assets.ingest.download.failover import fetch_many
from radar_assets.ingest.listing.confirm import confirm_empty
from radar_assets.ingest.listing.model import Listing, Span
from radar_assets.ingest.listing.query import list_files
from radar_assets.ingest.sources.network_sources import NetworkSources
from radar_assets_tests.ingest.mirrors import kinds
from radar_assets_tests.ingest.networks import servers
from radar_assets_tests.ingest.place import QUICK
from radar_assets_tests.ingest.real_servers import (
    KINDS,
    PASSWORD,
    RealServer,
    public_folder,
    running,
)
from radar_assets_tests.ingest.tree import message, name, put, utc
from radar_assets_tests.waiting import wait_until

DAYS = utc("2025-11-18T00:00"), utc("2025-11-20T00:00")
TIMES = {
    "file": "2025-11-18T12:30:20",
    "volume": "2025-11-18T12:40:20",
    "hour": "2025-11-18T13:30:20",
    "day": "2025-11-19T12:30:20",
    "plain": "2025-11-18T12:50:20",
}
"""of files, by what is special about them: the file itself, or a folder above it"""
FILES = {kind: name(time) for kind, time in TIMES.items()}
EMPTY = utc("2025-11-18T12:00"), utc("2025-11-18T12:10")
SIZE = 70_000
CASES = [
    pytest.param((kind, mlsd), id=kind if mlsd else f"{kind}, mlsd = false")
    for kind in KINDS
    for mlsd in (True, False)
    if mlsd or kind != "vsftpd"  # which has no MLSD
]


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("FTP_USER", "radar")
    monkeypatch.setenv("FTP_PASSWORD", PASSWORD)
    with public_folder() as made:
        for bufr in FILES.values():
            put(made / "root" / "L2", bufr, message(SIZE), "2025-11-20T13:00")
        yield made


@pytest.fixture
def root(folder: Path) -> Path:
    return folder / "root" / "L2"


@pytest.fixture(params=CASES)
def known(request: pytest.FixtureRequest, folder: Path, tmp_path: Path) -> Iterator[NetworkSources]:
    """A server that runs, as a source."""
    (kind, mlsd) = request.param
    with running(kind, folder / "server", folder / "root") as real:
        yield source_of(real, tmp_path, mlsd=mlsd)


def source_of(real: RealServer, data: Path, **settings: Any) -> NetworkSources:
    access = {"timeout": "20s", **real.login, **settings}
    return servers(data, f"{real.url}/L2", source=access)


def asked(source: NetworkSources, *spans: Span) -> Listing:
    """A listing of two days, confirmed where some spans are empty."""
    return confirm_empty(source, "RMA1", list_files(source, "RMA1", [DAYS]), spans)


def window(kind: str) -> Span:
    first = FILES[kind].id.time.replace(second=0)
    return first, first + timedelta(minutes=10)


def special(root: Path, kind: str) -> Path:
    """The file, or the folder above it, that is special."""
    path = root / FILES[kind].remote_path
    return {"file": path, **dict(zip(("volume", "hour", "day"), path.parents, strict=False))}[kind]


def link(path: Path, elsewhere: Path) -> Path:
    """Move something elsewhere and leave a link that leads there."""
    elsewhere.mkdir(exist_ok=True)
    target = elsewhere / f"real-{path.name}"
    path.rename(target)
    up = Path(*[".."] * (len(path.relative_to(elsewhere.parent).parts) - 1))
    path.symlink_to(up / elsewhere.name / target.name)
    return target


def test_links_are_files_and_folders_like_others(
    known: NetworkSources, root: Path, tmp_path: Path
) -> None:
    for kind in ("file", "volume", "hour", "day"):
        link(special(root, kind), root.parent / "elsewhere")
    found = asked(known, EMPTY)
    assert found.faults == ()
    assert [file.size for file in found.files] == [SIZE] * len(FILES)
    assert {file.modified_at for file in found.files} == {utc("2025-11-20T13:00")}
    assert len(found.covered) == 48
    result = fetch_many(known, "RMA1", found.files, tmp_path, tmp_path / "partial", retries=QUICK)
    assert kinds(result) == {"Download"}
    for bufr in FILES.values():
        assert (tmp_path / bufr.path).read_bytes() == message(SIZE)


@pytest.mark.parametrize("mode", [0o711, 0o700], ids=oct)
def test_a_folder_that_may_not_be_read_is_not_empty(
    mode: int, known: NetworkSources, root: Path
) -> None:
    unreadable = ("volume", "hour", "day")
    for kind in unreadable:
        special(root, kind).chmod(mode)
    found = asked(known, *map(window, unreadable))
    for kind in unreadable:
        assert not found.is_sure(*window(kind)), "it would be recorded as never sent"
        assert found.within(*window(kind)).faults


def test_a_link_to_nowhere_is_not_empty(known: NetworkSources, root: Path) -> None:
    dead = ("file", "volume", "hour")
    for kind in dead:
        link(special(root, kind), root.parent / "elsewhere").rename(root.parent / f"gone-{kind}")
    found = asked(known, *map(window, dead))
    for kind in dead:
        assert not found.is_sure(*window(kind))
        assert found.within(*window(kind)).faults
    assert found.is_sure(*window("day"))
    assert found.is_sure(*window("plain"))


def test_what_is_empty_is_confirmed(known: NetworkSources, root: Path) -> None:
    (root / "RMA1/2025/11/18/15").mkdir()
    (root / "RMA1/2025/11/18/16/3020").mkdir(parents=True)
    spans = [EMPTY, (DAYS[0], utc("2025-11-18T01:00"))]
    spans += [(utc("2025-11-18T15:00"), utc("2025-11-18T16:00"))]
    spans += [(utc("2025-11-18T16:30"), utc("2025-11-18T16:40"))]
    found = asked(known, *spans)
    assert found.faults == ()
    assert len(found.covered) == 48


def without_faults(found: Listing) -> Listing | None:
    return None if found.faults else found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("limit", [1, 2])
def test_few_connections_per_address_are_enough(
    limit: int, kind: str, folder: Path, tmp_path: Path
) -> None:
    with running(kind, folder / "server", folder / "root", limit) as real:
        source = source_of(real, tmp_path)
        for _ in range(2):
            # a server frees the place of a connection a moment after it has ended
            found = wait_until(lambda: without_faults(asked(source, EMPTY)), "a sure listing")
            assert len(found.files) == len(FILES)
            result = fetch_many(
                source, "RMA1", found.files, tmp_path, tmp_path / "partial", retries=QUICK
            )
            assert kinds(result) == {"Download"}
            for bufr in FILES.values():
                (tmp_path / bufr.path).unlink()
        health = source.health("s0")
        assert health.failures == 0
        source.close()
    if limit == 1:
        assert "grants 1 connection at a time" in health.describe()
