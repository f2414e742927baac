"""Stage `bufr_files`: the BUFR files of a window, brought from the radar's sources."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import dagster as dg

from radar_assets.defs.checks import judge_files
from radar_assets.defs.files import (
    fetched_row,
    kept_row,
    left_rows,
    misnamed_rows,
    told,
    unanswered_row,
)
from radar_assets.defs.metadata import FileRow
from radar_assets.defs.partitions import Window
from radar_assets.defs.platform import Platform
from radar_assets.defs.stage import StageResult
from radar_assets.errors import BadName
from radar_assets.ingest.download.failover import fetch_many
from radar_assets.ingest.download.progress import Progress
from radar_assets.ingest.download.situation import is_final, is_refusal, judge
from radar_assets.ingest.listing.confirm import confirm_empty
from radar_assets.ingest.listing.model import Listing, Span
from radar_assets.ingest.listing.query import survey
from radar_assets.ingest.scheduling.arrivals import VolumeArrival, assess
from radar_assets.ingest.scheduling.plan import Plan
from radar_assets.ingest.sources.client import RemoteFile
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
    now = platform.now()
    over = now - platform.network.settings.incomplete_after
    closed = [(window.start, window.end) for window in windows if window.end <= over]
    look = Look(now, _listing(platform, radar, span, closed))
    if not any(arrival.is_settling for arrival in _arrivals(platform, radar, look.listing, look)):
        return look
    time.sleep(platform.network.settings.settle_after.total_seconds())
    sizes = {str(file.name): file.size for file in look.listing.files}
    return Look(platform.now(), _listing(platform, radar, span, closed), sizes)


def fetch_window(platform: Platform, window: Window, look: Look, progress: Progress) -> StageResult:
    """Bring the files of all volumes of a window that are due; the others are left waiting.

    A volume that the network file wants left, because it is incomplete, is told by failed rows;
    a window with nothing else is closed, so that it is not asked for again and again.
    """
    started = time.monotonic()
    listing = look.listing.within(window.start, window.end)
    arrivals = _arrivals(platform, window.radar, listing, look)
    due = [file for arrival in arrivals if arrival.is_due for file in arrival.files]
    rows = [*_fetch(platform, window.radar, due, progress), *misnamed_rows(listing.ignored)]
    rows += _kept(platform, window, rows)
    left = _left(arrivals, {row.file_name for row in rows})
    is_wanted = bool(left) and not any(row.is_failed for row in rows)
    rows += left
    made = [row for row in rows if not row.is_failed]
    unanswered = not listing.covered
    if unanswered and not made:
        rows.append(unanswered_row(window.radar, listing))
    rows.sort(key=lambda row: row.file_name)
    is_over = look.time >= window.end + platform.network.settings.incomplete_after
    situation = judge(_failures(rows, listing), has_files=bool(made), is_over=is_over)
    return StageResult(
        stage="bufr_files",
        rows=rows,
        totals={
            "file_count": len(made),
            "byte_count": sum(row.size_bytes or 0 for row in made),
            "download_seconds": time.monotonic() - started,
        },
        made=len(made),
        verdicts=(judge_files(rows),),
        extra={"situation": dg.MetadataValue.text(situation.describe())},
        is_open=not (due or made or left or unanswered or is_over),
        shortfall=_shortfall(rows, listing, arrivals),
        is_refusal=_is_refused(rows, listing),
        is_wanted=is_wanted and not unanswered,
    )


def window_files(platform: Platform, window: Window) -> list[Path]:
    """BUFR files of a window on disk."""
    folder = platform.path(bufr_hour_folder(window.radar, window.start))
    return sorted(path for path in folder.glob("*/*") if _belongs(path, window))


def _listing(platform: Platform, radar: str, span: Span, closed: Iterable[Span]) -> Listing:
    listing = survey(platform.servers, radar, [span])
    listing = confirm_empty(platform.servers, radar, listing, closed)
    for fault in listing.faults:
        dg.get_dagster_logger().warning(fault.message)
    return listing


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


def _fetch(
    platform: Platform, radar: str, files: Sequence[RemoteFile], progress: Progress
) -> Iterator[FileRow]:
    progress.add(files=len(files))
    result = fetch_many(
        platform.servers,
        radar,
        files,
        platform.root,
        platform.partial,
        on_bytes=lambda count: progress.add(bytes_done=count),
    )
    progress.add(files_done=len(files))
    for fault in result.faults:
        dg.get_dagster_logger().warning("another source stands in for %s", fault.message)
    for remote, outcome in zip(files, result.outcomes, strict=True):
        yield fetched_row(platform, remote, outcome)


def _kept(platform: Platform, window: Window, rows: Iterable[FileRow]) -> list[FileRow]:
    """Rows of files that are on disk and that no row tells of: the source has them no more."""
    told_of = {name for row in rows for name in (row.file_name, Path(row.local_path or "").name)}
    paths = window_files(platform, window)
    return [kept_row(platform, path) for path in paths if path.name not in told_of]


def _left(arrivals: Iterable[VolumeArrival], known: set[str]) -> list[FileRow]:
    """Rows of the files of volumes that the network file wants left."""
    rows = (row for arrival in arrivals if arrival.state == "left" for row in left_rows(arrival))
    return [row for row in rows if row.file_name not in known]


def _failures(rows: Iterable[FileRow], listing: Listing) -> list[str]:
    """Classes of what went wrong."""
    faults = () if listing.covered else listing.faults
    return [
        *(row.error_type for row in rows if row.error_type),
        *(fault.error_type for fault in faults),
    ]


def _shortfall(
    rows: Sequence[FileRow], listing: Listing, arrivals: Iterable[VolumeArrival]
) -> str | None:
    if not listing.covered:
        return told(listing)
    if lost := _lost(rows):
        return f"not fetched: {', '.join(lost)}"
    growing = [str(arrival.id) for arrival in arrivals if arrival.is_settling]
    return f"still being written: {', '.join(growing)}" if growing else None


def _is_refused(rows: Iterable[FileRow], listing: Listing) -> bool:
    """Whether nothing but files that a server refuses is short."""
    lost = _lost(rows).values()
    return bool(listing.covered and lost) and all(map(is_refusal, lost))


def _lost(rows: Iterable[FileRow]) -> dict[str, str]:
    """Names of files that were not fetched and may be later, with the classes of their errors."""
    return {
        row.file_name: row.error_type
        for row in rows
        if row.server and row.error_type and not is_final(row.error_type)
    }
