"""Stage `bufr_files`: the BUFR files of a window, brought from the radar's source."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import dagster as dg

from radar_assets.defs.metadata import FileRow, failure, stamp
from radar_assets.defs.partitions import Window
from radar_assets.defs.platform import Platform
from radar_assets.defs.stage import StageResult
from radar_assets.ingest.arrivals import VolumeArrival, assess
from radar_assets.ingest.download import Download
from radar_assets.ingest.fetching import fetch_many
from radar_assets.ingest.plan import Plan
from radar_assets.ingest.source import RemoteFile
from radar_assets.ingest.survey import Ignored, Listing, open_source, survey
from radar_assets.radar.errors import (
    BadName,
    FileTooLarge,
    RadarAssetsError,
    SourceError,
    SourceUnreachable,
    VolumeIncomplete,
)
from radar_assets.radar.files import sha256
from radar_assets.radar.names import BufrName, bufr_hour_folder


@dataclass(frozen=True)
class Look:
    """What a source had at a moment, and the sizes of its files some seconds before."""

    time: datetime
    listing: Listing
    seen: Mapping[str, int] = field(default_factory=dict)


def list_windows(platform: Platform, windows: Sequence[Window]) -> Look:
    """List what a radar's source has of contiguous windows.

    A file may have settled although its time does not show it: the server gives none, or has
    another clock. Where a whole volume hangs on that, a second look compares sizes.
    """
    radar, span = windows[0].radar, (windows[0].start, windows[-1].end)
    look = Look(platform.now(), survey(platform.network, radar, [span]))
    if not any(arrival.is_settling for arrival in _arrivals(platform, radar, look.listing, look)):
        return look
    time.sleep(platform.network.settings.settle_after.total_seconds())
    sizes = {str(file.name): file.size for file in look.listing.files}
    return Look(platform.now(), survey(platform.network, radar, [span]), sizes)


def fetch_window(platform: Platform, window: Window, look: Look) -> StageResult:
    """Bring the files of all volumes of a window that are due; the others are left waiting.

    A volume that the network file wants left, because it is incomplete, is told by failed rows;
    a window with nothing else is closed, so that it is not asked for again and again.
    """
    started = time.monotonic()
    listing = look.listing.within(window.start, window.end)
    arrivals = _arrivals(platform, window.radar, listing, look)
    due = [file for arrival in arrivals if arrival.is_due for file in arrival.files]
    rows = [*_fetch(platform, due), *_misnamed(listing.ignored)]
    rows += _kept(platform, window, {row.file_name for row in rows})
    left = _left(arrivals, {row.file_name for row in rows})
    is_wanted = bool(left) and not any(row.is_failed for row in rows)
    rows += left
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
        is_open=not (due or made or left or unanswered)
        and look.time < window.end + platform.network.settings.incomplete_after,
        shortfall=_shortfall(rows, listing, arrivals),
        is_wanted=is_wanted and not unanswered,
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


def _arrivals(
    platform: Platform, radar: str, listing: Listing, look: Look
) -> Sequence[VolumeArrival]:
    network = platform.network
    return assess(
        listing.files,
        lambda volume: network.expected_fields(radar, volume.strategy, volume.volume),
        look.time,
        Plan.of(network, radar).arrival,
        look.seen,
    )


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
    common = _origin(remote)
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


def _left(arrivals: Iterable[VolumeArrival], known: set[str]) -> list[FileRow]:
    """Rows of the files of volumes that are not fetched because fields are missing."""
    return [
        FileRow(**_origin(file), **failure(_incomplete(arrival)))
        for arrival in arrivals
        if arrival.state == "left"
        for file in arrival.files
        if str(file.name) not in known
    ]


def _incomplete(arrival: VolumeArrival) -> VolumeIncomplete:
    missing = ", ".join(sorted(arrival.missing))
    return VolumeIncomplete(f"{arrival.id} is left: it lacks {missing}")


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


def _misnamed(items: Iterable[Ignored]) -> Iterator[FileRow]:
    """Rows of what tries to be a BUFR file; the rest is only logged."""
    for item in items:
        message = f"{item.path} is {item.reason}; it is not fetched"
        name = PurePosixPath(item.path).name
        if ".BUFR" not in name:
            dg.get_dagster_logger().info(message)
            continue
        yield FileRow(file_name=name, remote_path=item.path, **failure(BadName(message)))


def _unanswered(window: Window, listing: Listing) -> FileRow:
    kinds = [fault.error_type for fault in listing.faults] or [SourceUnreachable.__name__]
    row = FileRow(
        file_name="", remote_path=window.radar, **failure(SourceUnreachable(_told(listing)))
    )
    return replace(row, error_type=kinds[0])


def _told(listing: Listing) -> str:
    return "; ".join(fault.message for fault in listing.faults) or "no source could be listed"


def _is_final(row: FileRow) -> bool:
    """Whether asking the source again is of no use."""
    return row.error_type in (FileTooLarge.__name__, VolumeIncomplete.__name__)


def _shortfall(
    rows: Sequence[FileRow], listing: Listing, arrivals: Iterable[VolumeArrival]
) -> str | None:
    if not listing.covered:
        return _told(listing)
    lost = [row.file_name for row in rows if row.is_failed and row.server and not _is_final(row)]
    if lost:
        return f"not fetched: {', '.join(lost)}"
    growing = [str(arrival.id) for arrival in arrivals if arrival.is_settling]
    return f"still being written: {', '.join(growing)}" if growing else None
