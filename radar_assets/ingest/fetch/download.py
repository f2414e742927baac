"""Fetching files: resumed where they broke off, tried again, checked, published in one step."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tenacity import (
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_exponential_jitter,
)

from radar_assets.ingest.source import RemoteFile, Source
from radar_assets.radar import files
from radar_assets.radar.errors import (
    DownloadIncomplete,
    FileTooLarge,
    SourceError,
    SourceUnreachable,
    StorageError,
)

MAX_BYTES = 2**24 - 1
"""a BUFR message counts its length in 24 bits"""


@dataclass(frozen=True)
class Retries:
    """How often a download is tried and the first pause, in seconds; pauses double, with jitter."""

    attempts: int = 4
    pause: float = 1.0
    longest_pause: float = 30.0


@dataclass(frozen=True)
class Download:
    """A file that is here now; `attempts` is 0 when it was here before."""

    remote: RemoteFile
    path: Path
    sha256: str
    size_bytes: int
    downloaded_at: datetime
    """when the file came here, UTC"""
    bytes_downloaded: int = 0
    """bytes that crossed the network, of all attempts"""
    resumed_at_byte: int = 0
    """where the last attempt went on; 0: at the beginning"""
    attempts: int = 0
    seconds: float = 0.0


def fetch_file(
    source: Source, remote: RemoteFile, target: Path, partials: Path, retries: Retries = Retries()
) -> Download:
    """Bring a file to `target`, unless this very version, by size and time, is there.

    What has arrived so far waits in the folder `partials` (same file system) and is resumed by a
    later call. The target gets the time stamp of the remote file. Raises `FileTooLarge` before
    anything is written, `StorageError` for a local fault, else the errors of `Source`, with
    `attempts` set, or `DownloadIncomplete`.
    """
    if remote.size > MAX_BYTES:
        raise FileTooLarge(f"{remote.path} has {remote.size} bytes; no BUFR message is that large")
    started = time.monotonic()
    with _storage(target):
        if _is_current(target, remote):
            return _download(remote, target)
        transfer = _Transfer(source, remote, _partial(partials, remote))
        retrying = Retrying(
            stop=stop_after_attempt(retries.attempts),
            wait=wait_exponential_jitter(
                retries.pause, retries.longest_pause, jitter=retries.pause
            ),
            retry=retry_if_exception_type((SourceUnreachable, DownloadIncomplete)),
            reraise=True,
        )
        try:
            retrying(transfer.run)
        except SourceError as error:
            error.attempts = transfer.attempts
            raise
        _publish(transfer.partial, target, remote)
        return _download(remote, target, transfer, time.monotonic() - started)


class _Transfer:
    """The attempts to get one file into its partial file."""

    def __init__(self, source: Source, remote: RemoteFile, partial: Path) -> None:
        self.source, self.remote, self.partial = source, remote, partial
        self.attempts = self.received = self.resumed_at = 0

    def run(self) -> None:
        """Try once, from where the last attempt broke off."""
        self.attempts += 1
        offset = self.partial.stat().st_size if self.partial.exists() else 0
        if not 0 < offset < self.remote.size:
            offset = 0
        stream = self.source.fetch(self.remote.path, offset)
        self.resumed_at = stream.offset
        self.partial.parent.mkdir(parents=True, exist_ok=True)
        size = stream.offset
        with closing(stream.blocks), self.partial.open("ab") as out:
            out.truncate(stream.offset)
            for block in stream.blocks:
                self.received += len(block)
                size += len(block)
                if size > self.remote.size:
                    break
                out.write(block)
        self._check(size)

    def _check(self, size: int) -> None:
        if size > self.remote.size:
            self.partial.unlink()
            raise DownloadIncomplete(
                f"{self.remote.path} has grown beyond {self.remote.size} bytes"
            )
        if size < self.remote.size:
            raise DownloadIncomplete(
                f"{self.remote.path} ended after {size} of {self.remote.size} bytes"
            )


def _partial(folder: Path, remote: RemoteFile) -> Path:
    """Partial file of this very version of a remote file; those of others are removed."""
    stamp = "" if remote.modified_at is None else f"{remote.modified_at:%Y%m%dT%H%M%S%f}"
    partial = folder / f"{remote.name}.{remote.size}-{stamp}.part"
    for other in folder.glob(f"{remote.name}.*.part"):
        if other != partial:
            other.unlink(missing_ok=True)
    return partial


def _is_current(target: Path, remote: RemoteFile) -> bool:
    if not target.exists():
        return False
    status = target.stat()
    if status.st_size != remote.size:
        return False
    return (
        remote.modified_at is None
        or _microseconds(remote.modified_at) == status.st_mtime_ns // 1000
    )


def _publish(partial: Path, target: Path, remote: RemoteFile) -> None:
    if remote.modified_at is not None:
        stamp = _microseconds(remote.modified_at) * 1000
        os.utime(partial, ns=(stamp, stamp))
    files.publish(partial, target)


def _download(
    remote: RemoteFile, target: Path, transfer: _Transfer | None = None, seconds: float = 0.0
) -> Download:
    status = target.stat()
    return Download(
        remote,
        target,
        sha256=files.sha256(target),
        size_bytes=status.st_size,
        downloaded_at=datetime.fromtimestamp(status.st_ctime, UTC),
        bytes_downloaded=transfer.received if transfer else 0,
        resumed_at_byte=transfer.resumed_at if transfer else 0,
        attempts=transfer.attempts if transfer else 0,
        seconds=seconds,
    )


def _microseconds(moment: datetime) -> int:
    delta = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86400 + delta.seconds) * 1_000_000 + delta.microseconds


@contextmanager
def _storage(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        advice = "; free some space or let RADAR_ASSETS_DATA name another disk" if full else ""
        raise StorageError(f"cannot store {target}: {error.strerror}{advice}") from error
