"""Stage `bufr_files`: the BUFR files of a window, brought from the radar's source."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from radar_assets.defs.metadata import FAILED, FileRow, failure, stamp
from radar_assets.defs.partitions import Window
from radar_assets.defs.platform import Platform
from radar_assets.defs.stage import StageResult
from radar_assets.ingest.arrivals import assess
from radar_assets.ingest.download import Download, fetch_many
from radar_assets.ingest.plan import Plan
from radar_assets.ingest.source import RemoteFile
from radar_assets.ingest.survey import Ignored, Listing, open_source, survey
from radar_assets.radar.errors import (
    BadName,
    FileTooLarge,
    RadarAssetsError,
    SourceError,
    SourceUnreachable,
)
from radar_assets.radar.files import sha256
from radar_assets.radar.names import BufrName, bufr_hour_folder


@dataclass(frozen=True)
class Look:
    """What a source had at a moment."""

    time: datetime
    listing: Listing


def list_windows(platform: Platform, windows: Sequence[Window]) -> Look:
    """List what a radar's source has of contiguous windows."""
    now = platform.now()
    span = (windows[0].start, windows[-1].end)
    return Look(now, survey(platform.network, windows[0].radar, [span]))


def fetch_window(platform: Platform, window: Window, look: Look) -> StageResult:
    """Bring the files of all volumes of a window that are due; the others are left waiting."""
    started = time.monotonic()
    listing = look.listing.within(window.start, window.end)
    due = _due(platform, window, listing, look.time)
    rows: list[FileRow] = [
        *_fetch(platform, due),
        *(_misnamed(item) for item in listing.ignored),
    ]
    rows += _kept(platform, window, {row.file_name for row in rows})
    made = [row for row in rows if row.local_path]
    unanswered = not listing.covered
    if unanswered and not made:
        rows.append(_unanswered(window, listing))
    rows.sort(key=lambda row: row.file_name)
    return StageResult(
        stage="bufr_files",
        rows=rows,
        totals={
            "file_count": len(made),
            "byte_count": sum(row.size_bytes or 0 for row in made),
            "download_seconds": time.monotonic() - started,
        },
        made=len(made),
        is_open=not (due or made or unanswered)
        and look.time < window.end + platform.network.settings.incomplete_after,
        shortfall=_shortfall(rows, listing),
    )


def window_files(platform: Platform, window: Window) -> list[Path]:
    """BUFR files of a window on disk."""
    folder = platform.path(bufr_hour_folder(window.radar, window.start))
    return sorted(path for path in folder.glob("*/*") if _belongs(path, window))


def _belongs(path: Path, window: Window) -> bool:
    try:
        return window.start <= BufrName.parse(path.name).id.time < window.end
    except BadName:
        return False


def _due(platform: Platform, window: Window, listing: Listing, now: datetime) -> list[RemoteFile]:
    network = platform.network
    arrivals = assess(
        listing.files,
        lambda volume: network.expected_fields(window.radar, volume.strategy, volume.volume),
        now,
        Plan.of(network, window.radar).arrival,
        seen={},
    )
    return [file for arrival in arrivals if arrival.is_due for file in arrival.files]


def _fetch(platform: Platform, files: Sequence[RemoteFile]) -> Iterator[FileRow]:
    for server in sorted({file.server for file in files}):
        source = platform.network.sources[server]
        wanted = [file for file in files if file.server == server]
        outcomes = fetch_many(
            partial(open_source, server, source),
            wanted,
            platform.root,
            platform.partial,
            connections=source.max_connections,
        )
        for remote, outcome in zip(wanted, outcomes, strict=True):
            yield _row(platform, remote, outcome)


def _row(platform: Platform, remote: RemoteFile, outcome: Download | RadarAssetsError) -> FileRow:
    common: dict[str, Any] = {
        **_identity(remote.name),
        "remote_path": str(remote.path),
        "server": remote.server,
        "remote_modified_at": stamp(remote.modified_at) if remote.modified_at else None,
    }
    now = stamp(platform.now())
    if isinstance(outcome, RadarAssetsError):
        attempts = outcome.attempts if isinstance(outcome, SourceError) else 0
        return FileRow(**common, **failure(outcome), attempts=attempts, last_attempt_at=now)
    return FileRow(
        **common,
        local_path=platform.relative(outcome.path),
        size_bytes=outcome.size_bytes,
        bytes_downloaded=outcome.bytes_downloaded,
        sha256=outcome.sha256,
        downloaded_at=stamp(outcome.downloaded_at),
        last_attempt_at=now if outcome.attempts else None,
        attempts=outcome.attempts,
        resumed_at_byte=outcome.resumed_at_byte,
    )


def _kept(platform: Platform, window: Window, known: set[str]) -> Iterator[FileRow]:
    """Files that were fetched earlier and are not on the source any more."""
    for path in window_files(platform, window):
        if path.name in known:
            continue
        status = path.stat()
        yield FileRow(
            **_identity(BufrName.parse(path.name)),
            local_path=platform.relative(path),
            size_bytes=status.st_size,
            sha256=sha256(path),
            downloaded_at=stamp(datetime.fromtimestamp(status.st_ctime, UTC)),
        )


def _identity(name: BufrName) -> dict[str, Any]:
    return {
        "file_name": str(name),
        "strategy": name.id.strategy,
        "volume": name.id.volume,
        "field": name.field,
        "observation_time": stamp(name.id.time),
    }


def _misnamed(item: Ignored) -> FileRow:
    return FileRow(
        file_name=PurePosixPath(item.path).name,
        remote_path=item.path,
        status=FAILED,
        error_type=BadName.__name__,
        error_message=f"{item.path} is {item.reason}; it is not fetched",
    )


def _unanswered(window: Window, listing: Listing) -> FileRow:
    error = SourceUnreachable("; ".join(listing.faults) or "no source could be listed")
    return FileRow(file_name="", remote_path=window.radar, **failure(error))


def _is_final(row: FileRow) -> bool:
    """Whether asking the source again is of no use."""
    return row.error_type == FileTooLarge.__name__


def _shortfall(rows: Sequence[FileRow], listing: Listing) -> str | None:
    if not listing.covered:
        return "; ".join(listing.faults)
    lost = [row.file_name for row in rows if row.is_failed and row.server and not _is_final(row)]
    return f"not fetched: {', '.join(lost)}" if lost else None
