"""proftpd, vsftpd and pure-ftpd as sources: links, folders that may not be read, and limits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from radar_assets.ingest.download.failover import fetch_many
from radar_assets.ingest.listing.confirm import confirm_empty
from radar_assets.ingest.listing.model import Listing
from radar_assets.ingest.listing.query import survey
from radar_assets.ingest.sources.servers import Servers
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

DAY = utc("2025-11-18T00:00"), utc("2025-11-19T00:00")
NOON = utc("2025-11-18T12:00"), utc("2025-11-18T13:00")
FULL = utc("2025-11-18T12:30"), utc("2025-11-18T12:40")
EMPTY = utc("2025-11-18T12:00"), utc("2025-11-18T12:10")
FILES = [name(f"2025-11-18T12:{minute}:20") for minute in (30, 40, 50)]
SIZE = 70_000


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("FTP_USER", "radar")
    monkeypatch.setenv("FTP_PASSWORD", PASSWORD)
    with public_folder() as made:
        for bufr in FILES:
            put(made / "root" / "L2", bufr, message(SIZE), "2025-11-18T13:00")
        yield made


@pytest.fixture
def root(folder: Path) -> Path:
    return folder / "root" / "L2"


@pytest.fixture(params=KINDS)
def real(request: pytest.FixtureRequest, folder: Path) -> Iterator[RealServer]:
    with running(request.param, folder / "server", folder / "root") as server:
        yield server


def known(real: RealServer, data: Path, **settings: Any) -> Servers:
    return servers(data, f"{real.url}/L2", source={"timeout": "20s", **real.login, **settings})


def asked(source: Servers, *spans: tuple[Any, Any]) -> Listing:
    """A listing of a day, confirmed where some spans are empty."""
    return confirm_empty(source, "RMA1", survey(source, "RMA1", [DAY]), spans)


def link(path: Path, elsewhere: Path) -> None:
    """Move something elsewhere and leave a link that leads there."""
    elsewhere.mkdir(exist_ok=True)
    target = elsewhere / path.name
    path.rename(target)
    up = Path(*[".."] * (len(path.relative_to(elsewhere.parent).parts) - 1))
    path.symlink_to(up / elsewhere.name / path.name)


@pytest.mark.parametrize("mlsd", [True, False], ids=["default", "mlsd = false"])
@pytest.mark.parametrize("level", [None, 0, 1, 2], ids=["file", "volume", "hour", "day"])
def test_links_are_files_and_folders_like_others(
    level: int | None, mlsd: bool, real: RealServer, root: Path, tmp_path: Path
) -> None:
    path = root / FILES[0].remote_path
    link(path if level is None else path.parents[level], root.parent / "real")
    source = known(real, tmp_path, mlsd=mlsd)
    found = asked(source, EMPTY)
    assert found.faults == ()
    assert [file.size for file in found.files] == [SIZE] * 3
    assert {file.modified_at for file in found.files} == {utc("2025-11-18T13:00")}
    assert found.is_sure(*NOON)
    result = fetch_many(source, "RMA1", found.files, tmp_path, tmp_path / "partial", retries=QUICK)
    assert kinds(result) == {"Download"}
    assert (tmp_path / FILES[0].path).read_bytes() == message(SIZE)


@pytest.mark.parametrize("mlsd", [True, False], ids=["default", "mlsd = false"])
@pytest.mark.parametrize("level", [0, 1, 2], ids=["volume", "hour", "day"])
def test_a_folder_that_may_not_be_read_is_not_empty(
    level: int, mlsd: bool, real: RealServer, root: Path, tmp_path: Path
) -> None:
    (root / FILES[0].remote_path).parents[level].chmod(0o711 if mlsd else 0o700)
    found = asked(known(real, tmp_path, mlsd=mlsd), FULL)
    assert not found.is_sure(*FULL), "it would be recorded as never sent"
    assert found.faults


@pytest.mark.parametrize("mlsd", [True, False], ids=["default", "mlsd = false"])
@pytest.mark.parametrize("level", [None, 0, 1], ids=["file", "volume", "hour"])
def test_a_link_to_nowhere_is_not_empty(
    level: int | None, mlsd: bool, real: RealServer, root: Path, tmp_path: Path
) -> None:
    path = root / FILES[0].remote_path
    path = path if level is None else path.parents[level]
    link(path, root.parent / "real")
    (root.parent / "real" / path.name).rename(root.parent / "gone")
    found = asked(known(real, tmp_path, mlsd=mlsd), FULL)
    assert not found.is_sure(*FULL)
    assert found.faults


@pytest.mark.parametrize("mlsd", [True, False], ids=["default", "mlsd = false"])
def test_what_is_empty_is_confirmed(
    mlsd: bool, real: RealServer, root: Path, tmp_path: Path
) -> None:
    (root / "RMA1/2025/11/18/13").mkdir()
    (root / "RMA1/2025/11/18/14/3020").mkdir(parents=True)
    spans = [EMPTY, (utc("2025-11-18T13:00"), utc("2025-11-18T14:00"))]
    spans += [(utc("2025-11-18T14:30"), utc("2025-11-18T14:40")), (DAY[0], utc("2025-11-18T01:00"))]
    found = asked(known(real, tmp_path, mlsd=mlsd), *spans)
    assert found.faults == ()
    assert len(found.covered) == 24


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("limit", [1, 2])
def test_few_connections_per_address_are_enough(
    limit: int, kind: str, folder: Path, tmp_path: Path
) -> None:
    with running(kind, folder / "server", folder / "root", limit) as real:
        source = known(real, tmp_path)
        for _ in range(2):
            found = asked(source, EMPTY)
            assert (len(found.files), found.faults) == (3, ())
            result = fetch_many(
                source, "RMA1", found.files, tmp_path, tmp_path / "partial", retries=QUICK
            )
            assert kinds(result) == {"Download"}
            for bufr in FILES:
                (tmp_path / bufr.path).unlink()
        health = source.health("s0")
        assert health.failures == 0
        source.close()
    if limit == 1:
        assert "grants 1 connection at a time" in health.describe()
