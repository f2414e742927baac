"""The same source and downloads against proftpd."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import PurePosixPath
from typing import Any

import pytest

from radar_assets import settings
from radar_assets.errors import AccessDenied, RemoteFileMissing
from radar_assets.ingest.download.transfer import OVERLAP
from radar_assets.ingest.sources.client import SourceClient
from radar_assets.ingest.sources.registry import open_source
from radar_assets_tests.ingest.authority import Authority
from radar_assets_tests.ingest.place import BUFR, CONTENT, MODIFIED, SIZE, Place, announced
from radar_assets_tests.ingest.proftpd import USER, proftpd
from radar_assets_tests.ingest.real_servers import PASSWORD
from radar_assets_tests.ingest.tree import utc


@pytest.fixture
def login(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Settings of a source that logs in."""
    monkeypatch.setenv("FTP_USER", USER)
    monkeypatch.setenv("FTP_PASSWORD", PASSWORD)
    return {"username_env": "FTP_USER", "password_env": "FTP_PASSWORD"}


@pytest.fixture
def access(place: Place, login: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Settings of a source: a running server with the place's folder."""
    with proftpd(place.data.parent / "proftpd") as port:
        yield {**login, "url": f"ftp://127.0.0.1:{port}{place.remote}"}


def opened(access: dict[str, Any]) -> SourceClient:
    return open_source("here", settings.Source(timeout=timedelta(seconds=60), **access))


def test_lists_files_and_folders(access: dict[str, Any]) -> None:
    with closing(opened(access)) as source:
        (folder,) = source.list_folder(PurePosixPath("RMA1"))
        assert (folder.name, folder.is_folder) == ("2025", True)
        (file,) = source.list_folder(BUFR.remote_path.parent)
        with pytest.raises(RemoteFileMissing):
            source.list_folder(PurePosixPath("RMA1/2024"))
    assert (file.name, file.is_folder, file.size) == (str(BUFR), False, SIZE)
    assert file.modified_at == utc(MODIFIED)


@pytest.mark.parametrize("passive", [True, False], ids=["passive", "active"])
def test_fetches(passive: bool, place: Place, access: dict[str, Any]) -> None:
    done = place.fetch(place.remote, access={**access, "passive": passive})
    assert place.target.read_bytes() == CONTENT
    assert (done.attempts, done.bytes_downloaded) == (1, SIZE)
    assert place.fetch(place.remote, access=access).attempts == 0


@pytest.mark.parametrize("passive", [True, False], ids=["passive", "active"])
def test_resumes(passive: bool, place: Place, access: dict[str, Any]) -> None:
    begin(place, 100_000)
    done = place.fetch(place.remote, access={**access, "passive": passive})
    assert place.target.read_bytes() == CONTENT
    assert (done.attempts, done.resumed_at_byte) == (1, 100_000)
    assert done.bytes_downloaded == SIZE - 100_000 + OVERLAP


def begin(place: Place, size: int) -> None:
    """Fetch the file as far as the first so many bytes."""

    def stop(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        place.fetch(place.remote, on_bytes=stop)
    (part,) = place.partials.iterdir()
    part.write_bytes(CONTENT[:size])


def test_fetches_over_tls_with_resumed_sessions(
    place: Place, login: dict[str, Any], authority: Authority
) -> None:
    begin(place, 100_000)
    with proftpd(place.data.parent / "proftpd", authority.certificate()) as port:
        url = f"ftps://127.0.0.1:{port}{place.remote}"
        access = {**login, "url": url, "ca_file": authority.ca_file}
        done = place.fetch(place.remote, access=access)
    assert place.target.read_bytes() == CONTENT
    assert (done.attempts, done.resumed_at_byte) == (1, 100_000)


def test_starts_afresh_where_resuming_is_forbidden(place: Place, login: dict[str, Any]) -> None:
    begin(place, 100_000)
    with proftpd(place.data.parent / "proftpd", more="AllowRetrieveRestart off\n") as port:
        url = f"ftp://127.0.0.1:{port}{place.remote}"
        done = place.fetch(place.remote, access={**login, "url": url})
    assert place.target.read_bytes() == CONTENT
    assert (done.attempts, done.resumed_at_byte, done.bytes_downloaded) == (1, 0, SIZE)


def test_a_wrong_password_is_refused(
    place: Place, access: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FTP_PASSWORD", f"not-{PASSWORD}")
    with pytest.raises(AccessDenied, match=r"user 'radar' \(reply 530\)") as denied:
        place.fetch(place.remote, announced(), access=access)
    assert denied.value.attempts == 1


def test_a_missing_file_is_reported(place: Place, access: dict[str, Any]) -> None:
    (place.remote / BUFR.remote_path).unlink()
    with pytest.raises(RemoteFileMissing) as missing:
        place.fetch(place.remote, announced(), access=access)
    assert missing.value.attempts == 1
