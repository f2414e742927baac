"""What an older daemon did becomes records: its downloads, volumes and products, by window.

Only windows without a record get one. Where adopted files are here it is a materialization of
`bufr_files`; else an observation, because volumes and products of the older daemon are not here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain, groupby
from typing import Any

import dagster as dg

from radar_assets.defs.internals import DATA_VERSION_TAG
from radar_assets.defs.keys import asset_key
from radar_assets.defs.metadata import metadata_of, rows_of
from radar_assets.defs.records import RECORDED_AT, newest, recorded_windows
from radar_assets.errors import BadName, RemoteFileMissing
from radar_assets.ingest.archive.old_rows import OldRow, file_rows, product_rows, volume_rows
from radar_assets.ingest.archive.state_db import StateDb
from radar_assets.ingest.scheduling.plan import Plan
from radar_assets.ingest.times import window_of
from radar_assets.radar.names import BufrName
from radar_assets.stages import all_stages, bufr_files, stages_of
from radar_assets.stages.base import fingerprints
from radar_assets.stages.base.result import StageResult
from radar_assets.stages.base.rows import FileRow, Row, failure, row_from
from radar_assets.stages.base.stage import Task
from radar_assets.stages.base.windows import Window
from radar_assets.stages.base.workspace import Workspace
from radar_assets.stages.fetching.files import window_files
from radar_assets.stages.fetching.rows import kept_file

OLDER_DAEMON = "older_daemon"
"""entry of a record with rows of an older daemon"""
_NOTE = "from its state.db"


def record_older_daemon(
    instance: dg.DagsterInstance, workspace: Workspace, state: StateDb, only: str | None = None
) -> Counter[str]:
    """Record what a state.db says of windows without a record, of one radar or of the network's.

    Returns the number of rows by table. Files must have been adopted before.
    """
    length, counts = workspace.network.settings.window, Counter[str]()
    rows = chain(
        file_rows(state),
        sorted(volume_rows(state), key=_order),
        sorted(product_rows(state), key=_order),
    )
    recorded: dict[dg.AssetKey, set[str]] = {}
    for (stage, radar, start), group in groupby(rows, lambda row: _window_of(row, length)):
        key, window = asset_key(radar, stage), Window(radar, start, start + length)
        if only not in (None, radar) or not _is_wanted(workspace, window, stage):
            continue
        if key not in recorded:
            recorded[key] = set(recorded_windows(instance, key))
        if window.key not in recorded[key]:
            with workspace.lock(radar):
                found = list(group)
                made = _rows(workspace, window, stage, found)
                instance.report_runless_asset_event(_event(key, window, made, found))
                counts[all_stages()[stage].row.table] += len(made)
    return counts


def with_older_daemon(instance: dg.DagsterInstance, task: Task, result: StageResult) -> StageResult:
    """Keep what the record before has of an older daemon: its downloads, and its failures.

    Files that this platform has downloaded since are no longer the older daemon's.
    """
    files = [row for row in result.rows if isinstance(row, FileRow)]
    if task.stage != bufr_files.STAGE or (files and all(row.attempts for row in files)):
        return result
    key, partition = asset_key(task.window.owner, task.stage.name), task.window.key
    found = newest(instance, key, [partition]).get(partition)
    if found is None or OLDER_DAEMON not in found.metadata:
        return result
    stored = (row_from(FileRow, row) for row in rows_of(found.metadata, FileRow.table))
    before = {_message(row.file_name): row for row in stored}
    rows = [_kept(row, before.pop(_message(row.file_name), None)) for row in files]
    rows += [row for row in before.values() if row.is_failed]
    rows.sort(key=lambda row: row.file_name)
    return replace(result, rows=rows, texts={**result.texts, OLDER_DAEMON: _NOTE})


def _kept(row: FileRow, before: FileRow | None) -> FileRow:
    """A row of a file that was here already, with its download by the older daemon."""
    if before is None or row.is_failed or row.attempts or row.sha256 != before.sha256:
        return row
    return replace(
        row,
        remote_path=before.remote_path or row.remote_path,
        server=before.server or row.server,
        attempts=before.attempts,
        downloaded_at=before.downloaded_at or row.downloaded_at,
    )


def _order(row: OldRow) -> tuple[str, str, datetime]:
    return row.stage, row.volume.radar, row.volume.time


def _window_of(row: OldRow, length: timedelta) -> tuple[str, str, datetime]:
    return row.stage, row.volume.radar, window_of(row.volume.time, length)


def _is_wanted(workspace: Workspace, window: Window, stage: str) -> bool:
    network, radar = workspace.network, window.owner
    if radar not in network.radars or all_stages()[stage] not in stages_of(network, radar):
        return False
    return Plan.of(network, radar).includes(window.start)


def _rows(
    workspace: Workspace, window: Window, stage: str, found: Iterable[OldRow]
) -> Sequence[Row]:
    if stage == bufr_files.STAGE.name:
        return sorted(_file_rows(workspace, window, found), key=lambda row: row.file_name)
    return [all_stages()[stage].row(**row.columns, **_failure(row.error)) for row in found]


def _file_rows(workspace: Workspace, window: Window, found: Iterable[OldRow]) -> Iterator[FileRow]:
    """Rows of a window's files: those of the older daemon, and others that are here."""
    here = {_message(path.name): path for path in window_files(workspace, window)}
    for row in found:
        path = here.get(_message(row.columns["file_name"]))
        if row.error is None and path:
            del here[_message(path.name)]
            stored = {"local_path": workspace.relative(path), "size_bytes": path.stat().st_size}
            yield FileRow(**{**row.columns, "file_name": path.name, **stored})
        elif path is None:
            lost = RemoteFileMissing(f"{row.columns['file_name']} was adopted and is gone")
            yield FileRow(**row.columns, **_failure(row.error or lost))
    for path in here.values():
        yield kept_file(workspace, path).row


def _event(
    key: dg.AssetKey, window: Window, rows: Sequence[Row], found: Iterable[OldRow]
) -> dg.AssetMaterialization | dg.AssetObservation:
    moment = max((row.moment for row in found if row.moment), default=window.end)
    metadata = {
        **metadata_of(
            type(rows[0]),
            StageResult(rows=rows, totals=_totals(rows), made=0, texts={OLDER_DAEMON: _NOTE}),
        ),
        RECORDED_AT: dg.MetadataValue.timestamp(moment),
    }
    digests = [row.sha256 for row in rows if isinstance(row, FileRow) and not row.is_failed]
    if not digests:
        return dg.AssetObservation(key, partition=window.key, metadata=metadata)
    tags = {DATA_VERSION_TAG: fingerprints.of_all(digests)}
    return dg.AssetMaterialization(key, partition=window.key, metadata=metadata, tags=tags)


def _totals(rows: Sequence[Row]) -> dict[str, float]:
    made = [row for row in rows if not row.is_failed]
    files = [row for row in made if isinstance(row, FileRow)]
    if isinstance(rows[0], FileRow):
        return {"file_count": len(made), "byte_count": sum(row.size_bytes or 0 for row in files)}
    noun = rows[0].table.removesuffix("s")
    return {f"{noun}_count": len(made), "failed_count": len(rows) - len(made)}


def _failure(error: BaseException | None) -> dict[str, Any]:
    return failure(error) if error else {}


def _message(file_name: str) -> str:
    """Name of the message in a file, gzipped or not; the name itself for what is no BUFR file."""
    try:
        return str(replace(BufrName.parse(file_name), gzipped=False))
    except BadName:
        return file_name
