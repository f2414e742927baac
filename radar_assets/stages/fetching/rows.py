"""Rows of BUFR files: fetched, failed, kept from earlier, skipped, or not rightly named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from radar_assets.errors import (
    BadName,
    BufrError,
    RadarAssetsError,
    SourceUnreachable,
    VolumeIncomplete,
)
from radar_assets.ingest.download.one_file import Download
from radar_assets.ingest.listing.model import Ignored, Listing
from radar_assets.ingest.scheduling.arrivals import VolumeArrival
from radar_assets.ingest.sources.client import RemoteFile
from radar_assets.radar.bufr import frame
from radar_assets.radar.names import BufrName
from radar_assets.stages.base.rows import FileRow, failure, stamp
from radar_assets.stages.base.stage import Task
from radar_assets.stages.base.workspace import Workspace


def fetched_row(
    workspace: Workspace, remote: RemoteFile, outcome: Download | RadarAssetsError
) -> FileRow:
    """Row of a file that was to be fetched."""
    now = stamp(workspace.now())
    tried: dict[str, Any] = {
        "attempts": outcome.attempts,
        "retry_reasons": "; ".join(outcome.retry_reasons) or None,
        "last_attempt_at": now if outcome.attempts else None,
    }
    if isinstance(outcome, RadarAssetsError):
        return FileRow(**_origin(remote), **failure(outcome), **tried)
    return FileRow(
        **_origin(outcome.remote),
        **tried,
        local_path=workspace.relative(outcome.path),
        size_bytes=outcome.size_bytes,
        bytes_downloaded=outcome.bytes_downloaded,
        sha256=outcome.sha256,
        downloaded_at=stamp(outcome.downloaded_at),
        resumed_at_byte=outcome.resumed_at_byte,
    )


def kept_row(workspace: Workspace, path: Path) -> FileRow:
    """Row of a file that was fetched earlier and is not on the source any more."""
    status = path.stat()
    row = FileRow(
        **_identity(BufrName.parse(path.name)),
        local_path=workspace.relative(path),
        size_bytes=status.st_size,
        downloaded_at=stamp(datetime.fromtimestamp(status.st_ctime, UTC)),
    )
    try:
        return replace(row, sha256=frame.check_file(path).sha256)
    except BufrError as error:
        return replace(row, **failure(error))


def skipped_rows(arrival: VolumeArrival) -> Iterator[FileRow]:
    """Rows of the files of a volume that is skipped because fields are missing."""
    missing = ", ".join(sorted(arrival.missing))
    reason = VolumeIncomplete(f"{arrival.id} is left: it lacks {missing}")
    for file in arrival.files:
        yield FileRow(**_origin(file), **failure(reason))


def misnamed_rows(task: Task, items: Iterable[Ignored]) -> Iterator[FileRow]:
    """Rows of what tries to be a BUFR file; the rest is only logged."""
    for item in items:
        message = f"{item.path}: {item.reason}; it is not fetched"
        name = PurePosixPath(item.path).name
        if ".BUFR" not in name.upper():
            task.run.log.info(message)
            continue
        yield FileRow(file_name=name, remote_path=item.path, **failure(BadName(message)))


def unlisted_row(radar: str, listing: Listing) -> FileRow:
    """Row of a window that could not be listed."""
    errors = [fault.error for fault in listing.faults] or [SourceUnreachable()]
    error = errors[0].with_message(why_unlisted(listing))
    return FileRow(file_name="", remote_path=radar, **failure(error))


def why_unlisted(listing: Listing) -> str:
    """Why something could not be listed."""
    return "; ".join(fault.message for fault in listing.faults) or "no source could be listed"


def _origin(remote: RemoteFile) -> dict[str, Any]:
    return {
        **_identity(remote.name),
        "remote_path": str(remote.path),
        "server": remote.server,
        "remote_modified_at": stamp(remote.modified_at) if remote.modified_at else None,
    }


def _identity(name: BufrName) -> dict[str, Any]:
    return {
        "file_name": str(name),
        "strategy": name.id.strategy,
        "volume": name.id.volume,
        "field": name.field,
        "observation_time": stamp(name.id.time),
    }
