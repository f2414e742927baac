"""BUFR files of a window with their rows: downloaded, failed, kept, skipped or misnamed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
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


@dataclass(frozen=True)
class WindowFile:
    """A BUFR file of a window: its row and, where it failed, the error."""

    row: FileRow
    error: RadarAssetsError | None = None

    @classmethod
    def failed(cls, error: RadarAssetsError, **columns: Any) -> WindowFile:  # noqa: ANN401
        """A file that failed, with the columns that are known of it."""
        return cls(FileRow(**{**columns, **failure(error)}), error)


def downloaded_file(
    workspace: Workspace, remote: RemoteFile, outcome: Download | RadarAssetsError
) -> WindowFile:
    """A file that was to be downloaded."""
    now = stamp(workspace.now())
    tried: dict[str, Any] = {
        "attempts": outcome.attempts,
        "retry_reasons": "; ".join(outcome.retry_reasons) or None,
        "last_attempt_at": now if outcome.attempts else None,
    }
    if isinstance(outcome, RadarAssetsError):
        return WindowFile.failed(outcome, **_origin(remote), **tried)
    row = FileRow(
        **_origin(outcome.remote),
        **tried,
        local_path=workspace.relative(outcome.path),
        size_bytes=outcome.size_bytes,
        bytes_downloaded=outcome.bytes_downloaded,
        sha256=outcome.sha256,
        downloaded_at=stamp(outcome.downloaded_at),
        resumed_at_byte=outcome.resumed_at_byte,
    )
    return WindowFile(row)


def kept_file(workspace: Workspace, path: Path) -> WindowFile:
    """A file that was downloaded earlier and is not on the source any more."""
    status = path.stat()
    columns = {
        **_identity(BufrName.parse(path.name)),
        "local_path": workspace.relative(path),
        "size_bytes": status.st_size,
        "downloaded_at": stamp(datetime.fromtimestamp(status.st_ctime, UTC)),
    }
    try:
        return WindowFile(FileRow(**columns, sha256=frame.check_file(path).sha256))
    except BufrError as error:
        return WindowFile.failed(error, **columns)


def skipped_files(arrival: VolumeArrival) -> Iterator[WindowFile]:
    """Files of a volume that is skipped because fields are missing."""
    missing = ", ".join(sorted(arrival.missing))
    reason = VolumeIncomplete(f"{arrival.id} is skipped: fields are missing: {missing}")
    for file in arrival.files:
        yield WindowFile.failed(reason, **_origin(file))


def misnamed_files(task: Task, items: Iterable[Ignored]) -> Iterator[WindowFile]:
    """Files that look like BUFR files but are not named like one; others are only logged."""
    for item in items:
        message = f"{item.path}: {item.reason}; it is not downloaded"
        name = PurePosixPath(item.path).name
        if ".BUFR" not in name.upper():
            task.run.log.info(message)
            continue
        yield WindowFile.failed(BadName(message), file_name=name, remote_path=item.path)


def unlisted_file(radar: str, listing: Listing) -> WindowFile:
    """The one row of a window that could not be listed."""
    errors = [fault.error for fault in listing.faults] or [SourceUnreachable()]
    error = errors[0].with_message(why_unlisted(listing))
    return WindowFile.failed(error, file_name="", remote_path=radar)


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
