"""Stage `bufr_files`: the BUFR files of a window, downloaded from the radar's sources."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

from radar_assets.errors import BadName, VolumeIncomplete
from radar_assets.errors.advice import advice
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
    fetched_row,
    kept_row,
    misnamed_rows,
    skipped_rows,
    unlisted_row,
    why_unlisted,
)
from radar_assets.watch import freshness
from radar_assets.watch.freshness import Feed

UNWANTED = {advice(kind).code for kind in (BadName, VolumeIncomplete)}
"""codes of errors of files that no one misses"""


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
    rows = [*_fetch(task, due), *misnamed_rows(task, listing.ignored)]
    rows += _kept(task, rows)
    skipped = _skipped(arrivals, {row.file_name for row in rows})
    is_wanted = bool(skipped) and not any(row.is_failed for row in rows)
    rows += skipped
    made = [row for row in rows if not row.is_failed]
    is_unlisted = not listing.covered
    if is_unlisted and not made:
        rows.append(unlisted_row(window.owner, listing))
    rows.sort(key=lambda row: row.file_name)
    is_over = _is_over(task, listed)
    situation = judge(_failures(rows, listing), has_files=bool(made), is_over=is_over)
    return StageResult(
        rows=rows,
        totals={
            "file_count": len(made),
            "byte_count": sum(row.size_bytes or 0 for row in made),
            "download_seconds": time.monotonic() - started,
        },
        made=len(made),
        verdicts=(judge_files(rows),),
        texts={"situation": situation.describe()},
        is_open=not (due or made or skipped or is_unlisted or is_over),
        shortfall=_shortfall(rows, listing, arrivals),
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
    """Whether no file of the window is waited for any longer."""
    return listed.time >= task.window.end + task.workspace.network.settings.incomplete_after


def _fetch(task: Task, files: Sequence[RemoteFile]) -> Iterator[FileRow]:
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
        task.run.log.warning("another source stands in for %s", fault.message)
    for remote, outcome in zip(files, result.outcomes, strict=True):
        yield fetched_row(workspace, remote, outcome)


def _kept(task: Task, rows: Iterable[FileRow]) -> list[FileRow]:
    """Rows of files that are stored and in no row: the source does not have them any more."""
    known = {name for row in rows for name in (row.file_name, Path(row.local_path or "").name)}
    paths = window_files(task.workspace, task.window)
    return [kept_row(task.workspace, path) for path in paths if path.name not in known]


def _skipped(arrivals: Iterable[VolumeArrival], known: set[str]) -> list[FileRow]:
    """Rows of the files of volumes that are to be skipped by the network file."""
    skipped = (arrival for arrival in arrivals if arrival.state == "skipped")
    rows = (row for arrival in skipped for row in skipped_rows(arrival))
    return [row for row in rows if row.file_name not in known]


def _failures(rows: Iterable[FileRow], listing: Listing) -> list[str]:
    """Codes of what went wrong."""
    faults = () if listing.covered else listing.faults
    return [
        *(row.error_code for row in rows if row.error_code),
        *(fault.error.code for fault in faults),
    ]


def _shortfall(
    rows: Sequence[FileRow], listing: Listing, arrivals: Iterable[VolumeArrival]
) -> Shortfall | None:
    if not listing.covered:
        return Shortfall(why_unlisted(listing))
    if lost := _lost(rows):
        is_refused = all(map(is_refusal, lost.values()))
        return Shortfall(f"not fetched: {', '.join(lost)}", "refused" if is_refused else "failure")
    growing = [str(arrival.id) for arrival in arrivals if arrival.is_settling]
    return Shortfall(f"still being written: {', '.join(growing)}") if growing else None


def _lost(rows: Iterable[FileRow]) -> dict[str, str]:
    """Names of files that were not fetched and may be later, with the codes of their errors."""
    return {
        row.file_name: row.error_code
        for row in rows
        if row.server and row.error_code and not is_final(row.error_code)
    }


def judge_files(rows: Sequence[FileRow]) -> Verdict:
    """Verdict on a window's files; not on those of other names, or of skipped volumes."""
    failed = (row for row in rows if row.is_failed and row.error_code not in UNWANTED)
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
