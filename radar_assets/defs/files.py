"""Rows of BUFR files: fetched, failed, kept from earlier, left, or not rightly named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

import dagster as dg

from radar_assets.defs.metadata import FileRow, failure, stamp
from radar_assets.defs.platform import Platform
from radar_assets.errors import (
    BadName,
    BufrError,
    RadarAssetsError,
    SourceUnreachable,
    VolumeIncomplete,
)
from radar_assets.errors.advice import class_named
from radar_assets.ingest.download.one_file import Download
from radar_assets.ingest.listing.model import Ignored, Listing
from radar_assets.ingest.scheduling.arrivals import VolumeArrival
from radar_assets.ingest.sources.client import RemoteFile
from radar_assets.radar.bufr import frame
from radar_assets.radar.names import BufrName


def fetched_row(
    platform: Platform, remote: RemoteFile, outcome: Download | RadarAssetsError
) -> FileRow:
    """Row of a file that was to be fetched."""
    now = stamp(platform.now())
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
        local_path=platform.relative(outcome.path),
        size_bytes=outcome.size_bytes,
        bytes_downloaded=outcome.bytes_downloaded,
        sha256=outcome.sha256,
        downloaded_at=stamp(outcome.downloaded_at),
        resumed_at_byte=outcome.resumed_at_byte,
    )


def kept_row(platform: Platform, path: Path) -> FileRow:
    """Row of a file that was fetched earlier and is not on the source any more."""
    status = path.stat()
    row = FileRow(
        **_identity(BufrName.parse(path.name)),
        local_path=platform.relative(path),
        size_bytes=status.st_size,
        downloaded_at=stamp(datetime.fromtimestamp(status.st_ctime, UTC)),
    )
    try:
        return replace(row, sha256=frame.check_file(path).sha256)
    except BufrError as error:
        return replace(row, **failure(error))


def left_rows(arrival: VolumeArrival) -> Iterator[FileRow]:
    """Rows of the files of a volume that is not fetched because fields are missing."""
    missing = ", ".join(sorted(arrival.missing))
    reason = VolumeIncomplete(f"{arrival.id} is left: it lacks {missing}")
    for file in arrival.files:
        yield FileRow(**_origin(file), **failure(reason))


def misnamed_rows(items: Iterable[Ignored]) -> Iterator[FileRow]:
    """Rows of what tries to be a BUFR file; the rest is only logged."""
    for item in items:
        message = f"{item.path} is {item.reason}; it is not fetched"
        name = PurePosixPath(item.path).name
        if ".BUFR" not in name:
            dg.get_dagster_logger().info(message)
            continue
        yield FileRow(file_name=name, remote_path=item.path, **failure(BadName(message)))


def unanswered_row(radar: str, listing: Listing) -> FileRow:
    """Row of a window that could not be listed."""
    kinds = [class_named(fault.error_type) for fault in listing.faults] or [SourceUnreachable]
    return FileRow(file_name="", remote_path=radar, **failure(kinds[0](told(listing))))


def told(listing: Listing) -> str:
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
