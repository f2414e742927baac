"""Fetching a file: resumed where it broke off, retried, checked, published in one step."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from tenacity import (
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_exponential_jitter,
)

from radar_assets.errors import DownloadIncomplete, FileTooLarge, SourceUnreachable
from radar_assets.ingest.download import store
from radar_assets.ingest.download.transfer import Transfer
from radar_assets.ingest.sources.client import RemoteFile, SourceClient
from radar_assets.logs import Component, logger
from radar_assets.radar.bufr.frame import MAX_LENGTH


@dataclass(frozen=True)
class Retries:
    """How often a download is tried and the first pause, in seconds; pauses double, with jitter."""

    attempts: int = 4
    pause: float = 1.0
    longest_pause: float = 30.0


@dataclass(frozen=True)
class Download:
    """A stored file; `attempts` is 0 when it was stored before."""

    remote: RemoteFile
    path: Path
    sha256: str
    """of the BUFR message, inflated if it is stored gzipped"""
    size_bytes: int
    """of the file as it is stored"""
    downloaded_at: datetime
    """when the file was stored, UTC"""
    bytes_downloaded: int = 0
    """bytes that crossed the network, of all attempts"""
    resumed_at_byte: int = 0
    """where the last attempt went on; 0: at the beginning"""
    attempts: int = 0
    retry_reasons: tuple[str, ...] = ()
    """why the attempts before the last one failed"""
    seconds: float = 0.0


def fetch_file(
    source: SourceClient,
    remote: RemoteFile,
    target: Path,
    partials: Path,
    retries: Retries = Retries(),
    *,
    min_free: int = 0,
    compress: bool = False,
    on_bytes: Callable[[int], None] | None = None,
) -> Download:
    """Fetch a file to `target`, unless this version, by size and time, is stored there.

    With `compress` it is stored gzipped beside `target`, with .gz at the end of its name; a version
    that is stored in the other form is kept. A partial download is kept in the folder `partials`
    (same file system) and resumed by a later call. The stored file gets the time stamp of the
    remote one; `on_bytes` gets the size of each block that arrives.

    Only one whole BUFR message is stored; otherwise the file stored before remains. Raises
    `FileTooLarge`, or `NoSpace` where less than `min_free` bytes would stay free on the disk,
    before anything is transferred; `StorageError` for a local fault. With `attempts` and
    `retry_reasons` set: the errors of `SourceClient`, `DownloadIncomplete`, and the `BufrError`
    of what is not one message.
    """
    if remote.size > MAX_LENGTH:
        raise FileTooLarge(f"{remote.path} has {remote.size} bytes; no BUFR message is that large")
    started = time.monotonic()
    here = find_file(remote, target)
    if here is not None:
        return here
    with store.storing(target):
        store.check_space(partials, remote.size, min_free)
        transfer = Transfer(source, remote, partials, on_bytes)
        content = _retrying(retries)(transfer.run)
        stored = store.publish(transfer.part, target, remote, content, compress=compress)
        logger(Component.INGEST).debug(
            "fetched",
            server=remote.server,
            path=str(remote.path),
            bytes=transfer.received,
            resumed_at_byte=transfer.resumed_at,
            attempts=transfer.attempts,
            seconds=round(time.monotonic() - started, 3),
        )
        return replace(
            _download(remote, stored),
            bytes_downloaded=transfer.received,
            resumed_at_byte=transfer.resumed_at,
            attempts=transfer.attempts,
            retry_reasons=tuple(transfer.failures),
            seconds=time.monotonic() - started,
        )


def find_file(remote: RemoteFile, target: Path) -> Download | None:
    """Return what is stored of this version, by size and time, in either form.

    Raises `StorageError` for a local fault.
    """
    with store.storing(target):
        stored = store.find(target, remote)
        return None if stored is None else _download(remote, stored)


def _retrying(retries: Retries) -> Retrying:
    return Retrying(
        stop=stop_after_attempt(retries.attempts),
        wait=wait_exponential_jitter(retries.pause, retries.longest_pause, jitter=retries.pause),
        retry=retry_if_exception_type((SourceUnreachable, DownloadIncomplete)),
        reraise=True,
    )


def _download(remote: RemoteFile, stored: store.Stored) -> Download:
    status = stored.path.stat()
    return Download(
        remote,
        stored.path,
        sha256=stored.sha256,
        size_bytes=status.st_size,
        downloaded_at=datetime.fromtimestamp(status.st_ctime, UTC),
    )
