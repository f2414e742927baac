"""Stage `bufr_files`: the BUFR files of a window, downloaded from the radar's sources."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Literal

from radar_assets.errors import BadName, RadarAssetsError, VolumeIncomplete
from radar_assets.ingest.archive.newest import newest_observation
from radar_assets.ingest.archive.retention import bufr_file
from radar_assets.ingest.download.failover import fetch_many
from radar_assets.ingest.download.situation import is_final, is_refusal, judge
from radar_assets.ingest.listing.model import Listing
from radar_assets.ingest.scheduling.arrivals import VolumeArrival
from radar_assets.ingest.sources.client import RemoteFile
from radar_assets.logs import Component
from radar_assets.stages.base.result import Severity, Shortfall, StageResult, Verdict
from radar_assets.stages.base.rows import FileRow
from radar_assets.stages.base.stage import Check, Retention, Stage, Task
from radar_assets.stages.base.workspace import Workspace
from radar_assets.stages.building.conformity import check_site
from radar_assets.stages.fetching.files import window_files
from radar_assets.stages.fetching.listing import Listed, arrivals_of, list_windows
from radar_assets.stages.fetching.rows import (
    WindowFile,
    downloaded_file,
    kept_file,
    misnamed_files,
    skipped_files,
    unlisted_file,
    why_unlisted,
)
from radar_assets.watch import freshness
from radar_assets.watch.freshness import Feed

SKIPPED = (BadName, VolumeIncomplete)
"""classes of errors of files that are not meant to be downloaded"""


def fetch_window(task: Task) -> StageResult:
    """Download the files of all volumes of a window that are due; the others wait.

    A volume that is to be skipped by the network file, because it is incomplete, has failed rows;
    a window with nothing else is closed, so that it is not asked for again and again.
    """
    started = time.monotonic()
    workspace, window = task.workspace, task.window
    listed = task.run.shared.once("listing", lambda: list_windows(task.run))
    listing = listed.listing.within(window.start, window.end)
    arrivals = arrivals_of(workspace, window.owner, listing, listed)
    due = [file for arrival in arrivals if arrival.is_due for file in arrival.files]
    files = [*_fetch(task, due), *misnamed_files(task, listing.ignored)]
    files += _kept(task, files)
    skipped = _skipped(arrivals, {file.row.file_name for file in files})
    is_wanted = bool(skipped) and not any(file.error for file in files)
    files += skipped
    made = [file.row for file in files if not file.error]
    is_unlisted = not listing.covered
    if is_unlisted and not made:
        files.append(unlisted_file(window.owner, listing))
    files.sort(key=lambda file: file.row.file_name)
    is_over = _is_over(task, listed)
    situation = judge(_failures(files, listing), has_files=bool(made), is_over=is_over)
    rows = [file.row for file in files]
    return StageResult(
        rows=rows,
        totals={
            "file_count": len(made),
            "byte_count": sum(row.size_bytes or 0 for row in made),
            "download_seconds": time.monotonic() - started,
        },
        made=len(made),
        verdicts=(judge_files(files),),
        texts={"situation": situation.describe()},
        is_open=not (due or made or skipped or is_unlisted or is_over),
        shortfall=_shortfall(files, listing, arrivals),
        is_wanted=is_wanted and not is_unlisted,
    )


def feed_of(workspace: Workspace, radar: str) -> Feed:
    """Judge whether a radar sends, by the newest volume that is stored."""
    network = workspace.network
    return freshness.feed_of(
        radar,
        newest=newest_observation(
            workspace.root / "bufr" / radar, partial(check_site, network=network)
        ),
        now=workspace.now(),
        cadence=network.cadence(radar),
        missed=network.settings.stale_after_missed,
        end=network.radar(radar).end,
        is_reachable=any(
            not workspace.sources.health(name).failures for name in network.radar(radar).sources
        ),
    )


def _is_over(task: Task, listed: Listed) -> bool:
    """Whether no more files of the window are expected."""
    return listed.time >= task.window.end + task.workspace.network.settings.incomplete_after


def _fetch(task: Task, files: Sequence[RemoteFile]) -> Iterator[WindowFile]:
    workspace, progress = task.workspace, task.run.progress
    progress.add(files=len(files))
    result = fetch_many(
        workspace.sources,
        task.window.owner,
        files,
        workspace.root,
        workspace.partial,
        on_bytes=lambda count: progress.add(bytes_done=count),
    )
    progress.add(files_done=len(files))
    for fault in result.faults:
        task.run.log.warning("downloading from another source instead: %s", fault.message)
    for remote, outcome in zip(files, result.outcomes, strict=True):
        yield downloaded_file(workspace, remote, outcome)


def _kept(task: Task, files: Iterable[WindowFile]) -> list[WindowFile]:
    """Stored files that the source does not list any more."""
    rows = [file.row for file in files]
    known = {name for row in rows for name in (row.file_name, Path(row.local_path or "").name)}
    paths = window_files(task.workspace, task.window)
    return [kept_file(task.workspace, path) for path in paths if path.name not in known]


def _skipped(arrivals: Iterable[VolumeArrival], known: set[str]) -> list[WindowFile]:
    """Files of the volumes that the network file says to skip."""
    skipped = (arrival for arrival in arrivals if arrival.state == "skipped")
    files = (file for arrival in skipped for file in skipped_files(arrival))
    return [file for file in files if file.row.file_name not in known]


def _failures(files: Iterable[WindowFile], listing: Listing) -> list[type[RadarAssetsError]]:
    """Classes of the errors of files and, where nothing could be listed, of the listing."""
    faults = () if listing.covered else listing.faults
    errors = [file.error for file in files] + [fault.error for fault in faults]
    return [type(error) for error in errors if error]


def _shortfall(
    files: Sequence[WindowFile], listing: Listing, arrivals: Iterable[VolumeArrival]
) -> Shortfall | None:
    if not listing.covered:
        return Shortfall(why_unlisted(listing))
    if missing := _missing(files):
        is_refused = all(map(is_refusal, missing.values()))
        kind: Literal["refused", "failure"] = "refused" if is_refused else "failure"
        return Shortfall(f"not fetched: {', '.join(missing)}", kind)
    growing = [str(arrival.id) for arrival in arrivals if arrival.is_settling]
    return Shortfall(f"still being written: {', '.join(growing)}") if growing else None


def _missing(files: Iterable[WindowFile]) -> dict[str, type[RadarAssetsError]]:
    """Names of files for which a retry may succeed, with the classes of their errors."""
    return {
        file.row.file_name: type(file.error)
        for file in files
        if file.row.server and file.error and not is_final(type(file.error))
    }


def judge_files(files: Sequence[WindowFile]) -> Verdict:
    """Verdict on a window's files, except misnamed files and those of skipped volumes."""
    failed = (file.row for file in files if file.error and not isinstance(file.error, SKIPPED))
    return Verdict("every_file_was_fetched", tuple(row.error_message or "" for row in failed))


def judge_feed(feed: Feed) -> Verdict:
    """Verdict on whether a radar sends."""
    return Verdict("feed_is_fresh", () if feed.is_well else (feed.detail,), Severity.WARN)


STAGE = Stage(
    name="bufr_files",
    description=(
        "BUFR files of {owner}, as the server has them: one file per field of a volume. "
        "Fetched from {sources} when a volume is complete or {overdue} old."
    ),
    kind="bufr",
    row=FileRow,
    work=fetch_window,
    checks=(
        Check(
            "feed_is_fresh",
            "The newest volume of the radar is not older than the network allows.",
        ),
        Check(
            "every_file_was_fetched",
            "Every file of the window's volumes came here as it should be.",
        ),
    ),
    seconds=("download_seconds",),
    component=Component.INGEST,
    retention=Retention("keep_bufr", "bufr", bufr_file),
    judge=lambda workspace, radar: judge_feed(feed_of(workspace, radar)),
)
