"""The attempts to get one file: its part on disk, and whether what arrives fits to it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from radar_assets.errors import BufrError, DownloadIncomplete, RadarAssetsError
from radar_assets.ingest.sources.client import RemoteFile, SourceClient, Stream
from radar_assets.radar.bufr import frame

OVERLAP = 4096
"""bytes before the end of a part that are asked for again, to see whether the part matches"""


class Transfer:
    """Gets one file into its part in the folder `partials`; a later transfer goes on with it.

    `on_bytes` gets the size of each block that arrives.
    """

    def __init__(
        self,
        source: SourceClient,
        remote: RemoteFile,
        partials: Path,
        on_bytes: Callable[[int], None] | None = None,
    ) -> None:
        self.part = _part(partials, remote)
        self.attempts = 0
        self.failures: list[str] = []
        """why attempts failed"""
        self.received = 0
        """bytes that crossed the network, of all attempts"""
        self.resumed_at = 0
        """byte at which the last attempt went on; 0: at the beginning"""
        self._source, self._remote, self._on_bytes = source, remote, on_bytes

    def run(self) -> frame.Content:
        """Try once, from where the last attempt broke off; returns what the whole part holds.

        Raises the errors of `SourceClient`; `DownloadIncomplete` when a retry may help; else the
        `BufrError` that says why the file is not one whole message. They carry the number of
        attempts and why the earlier ones failed. A part that is of no use is removed.
        """
        self.attempts += 1
        try:
            return self._try()
        except RadarAssetsError as error:
            error.attempts, error.retry_reasons = self.attempts, tuple(self.failures)
            self.failures.append(str(error))
            raise

    def _try(self) -> frame.Content:
        size = self._size()
        stream = self._source.fetch(self._remote.path, max(0, size - OVERLAP))
        self.resumed_at = size if stream.offset else 0
        self._check_size(self._receive(stream))
        return self._content()

    def _size(self) -> int:
        size = self.part.stat().st_size if self.part.exists() else 0
        return size if size <= self._remote.size else 0

    def _receive(self, stream: Stream) -> int:
        """Write a stream to the part, or read it where the part has it; return where it ended."""
        self.part.touch()
        with closing(stream.blocks), self.part.open("r+b") as part:
            if not stream.offset:
                part.truncate()
            part.seek(stream.offset)
            for block in stream.blocks:
                self._count(len(block))
                known = part.read(len(block))
                if not block.startswith(known):
                    raise self._unfit("differs from the part of it that is here")
                part.write(block[len(known) :])
                if part.tell() > self._remote.size:
                    break
            return part.tell()

    def _count(self, size: int) -> None:
        self.received += size
        if self._on_bytes:
            self._on_bytes(size)

    def _check_size(self, size: int) -> None:
        if size > self._remote.size:
            raise self._unfit(f"has grown beyond {self._remote.size} bytes")
        if size < self._remote.size:
            raise DownloadIncomplete(
                f"{self._remote.path} ended after {size} of {self._remote.size} bytes"
            )

    def _content(self) -> frame.Content:
        try:
            return frame.check_file(self.part)
        except BufrError as error:
            fault = self._unfit(f"is not one whole BUFR message: {error}")
            raise fault if self.resumed_at else error.with_message(str(fault)) from None

    def _unfit(self, reason: str) -> DownloadIncomplete:
        """Remove the part; the next attempt begins at zero."""
        self.part.unlink()
        return DownloadIncomplete(f"{self._remote.path} {reason}")


def _part(folder: Path, remote: RemoteFile) -> Path:
    """Part of this very version of a remote file; those of others are removed."""
    stamp = "" if remote.modified_at is None else f"{remote.modified_at:%Y%m%dT%H%M%S%f}"
    part = folder / f"{remote.name}.{remote.size}-{stamp}.part"
    for other in folder.glob(f"{remote.name}.*.part"):
        if other != part:
            other.unlink(missing_ok=True)
    return part
