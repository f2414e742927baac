"""Fetching many files of one source, several at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from radar_assets.ingest.download import Download, Retries, fetch_file
from radar_assets.ingest.source import RemoteFile, Source
from radar_assets.radar.errors import (
    AccessDenied,
    RadarAssetsError,
    SourceError,
    SourceUnreachable,
)

_HOPELESS_AFTER = 3
_PATIENT = Retries()


def fetch_many(
    connect: Callable[[], Source],
    remotes: Sequence[RemoteFile],
    root: Path,
    partials: Path,
    *,
    connections: int,
    retries: Retries = _PATIENT,
) -> list[Download | RadarAssetsError]:
    """Bring files of one source below the data root `root`, over at most `connections` connections.

    Returns for each file, in the order given, the download or the error that prevented it. A
    source that refuses the login, or fails for several files in a row, is not asked any further.
    """
    local = threading.local()
    hope = _Hope()
    with ExitStack() as sources, ThreadPoolExecutor(connections) as pool:

        def fetch(remote: RemoteFile) -> Download | RadarAssetsError:
            if hope.lost:
                return hope.lost
            try:
                if not hasattr(local, "source"):
                    local.source = sources.enter_context(connect())
                target = root / remote.name.path
                outcome = fetch_file(local.source, remote, target, partials, retries)
            except RadarAssetsError as error:
                hope.sink(error)
                return error
            hope.rise()
            return outcome

        return list(pool.map(fetch, remotes))


class _Hope:
    """Whether asking the source on is of any use; `lost` is the error of all other files."""

    def __init__(self) -> None:
        self.lost: SourceError | None = None
        self._failures = 0

    def rise(self) -> None:
        self._failures = 0

    def sink(self, error: RadarAssetsError) -> None:
        if isinstance(error, SourceUnreachable):
            self._failures += 1
        if isinstance(error, SourceError) and (
            isinstance(error, AccessDenied) or self._failures >= _HOPELESS_AFTER
        ):
            self.lost = type(error)(f"not tried, because before: {error}")
            self.lost.attempts = 0
