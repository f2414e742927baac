"""Entering what a window or retention changed into the index and the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import PurePosixPath

from radar_assets.stages.base.result import StageResult
from radar_assets.stages.base.stage import Task
from radar_assets.stages.base.workspace import Workspace
from radar_assets.stages.indexing.catalogue import enter_window
from radar_assets.stages.indexing.days import update_day
from radar_assets.stages.indexing.frames import Frame, frame_of
from radar_assets.stages.indexing.latest import update_latest


def index_window(task: Task, result: StageResult) -> None:
    """Enter the maps of a window that was recorded; take out those whose files are gone."""
    window = task.window
    paths = [str(path) for row in result.rows if (path := getattr(row, "path", None))]
    store = task.workspace.store
    by_path = {path: frame_of(store, path) for path in paths if store.stat(PurePosixPath(path))}
    frames = list(by_path.values())
    days = {window.start.date(), window.end.date()} | {_moment(frame).date() for frame in frames}
    update(task.workspace, window.owner, days, frames, (window.start, window.end))
    enter_window(task, result, by_path)


def update(
    workspace: Workspace,
    owner: str,
    days: Iterable[date],
    frames: Sequence[Frame] = (),
    span: tuple[datetime, datetime] | None = None,
) -> None:
    """Enter frames into days; those there, of a span or of all times, stay if their files do."""
    with workspace.lock(f"index-{owner}"):
        changed: list[Frame] = []
        for day in days:
            new = [frame for frame in frames if frame["time"].startswith(str(day))]
            changed += update_day(workspace, owner, day, new, span)
        with workspace.lock("index"):
            update_latest(workspace, owner, changed)


def _moment(frame: Frame) -> datetime:
    return datetime.fromisoformat(frame["time"])
