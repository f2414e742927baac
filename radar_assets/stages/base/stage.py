"""What a stage is, and what it is given to work on a window.

A `Stage` is one frozen object: assets, records, checks and commands are derived from it.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Protocol

from radar_assets.errors.advice import MEMORY, advice, full_text
from radar_assets.errors.masking import mask_known
from radar_assets.ingest.archive.retention import OldFile
from radar_assets.ingest.download.progress import Progress
from radar_assets.logs import Component
from radar_assets.settings import Network
from radar_assets.stages.base.result import StageResult, Verdict
from radar_assets.stages.base.rows import Row, Rows, columns
from radar_assets.stages.base.selection import EVERYTHING, Selection
from radar_assets.stages.base.sharing import SharedValues
from radar_assets.stages.base.windows import Window
from radar_assets.stages.base.workspace import Workspace


class Scope(StrEnum):
    """Whose windows a stage works on."""

    RADAR = "radar"
    COMPOSITE = "composite"


@dataclass(frozen=True)
class Check:
    """A check of the stage's assets, named as a sentence that is true when it passes."""

    name: str
    description: str


@dataclass(frozen=True)
class Retention:
    """How the files of a stage are found and dated, to be removed past an age."""

    setting: str
    """name of the setting that holds the age"""
    folder: str
    """below the data root; a folder per radar and day lies in it"""
    read: Callable[[Path], OldFile]


@dataclass(frozen=True)
class Stage:
    """A stage of a radar or composite. `name` is that of its module and of its assets."""

    name: str
    description: str
    """of its assets; may name {owner}, {sources}, {crs} and {overdue}"""
    kind: str
    """label of its assets in the UI"""
    row: type[Row]
    """type of the rows of its records"""
    work: Callable[[Task], StageResult]
    scope: Scope = Scope.RADAR
    upstream: tuple[str, ...] = ()
    """stages whose records it takes; those of its radars where it is a composite's"""
    reach: Callable[[Network, str], int] = lambda _network, _owner: 0
    """how many windows before its own the input of an owner's window reaches back"""
    is_made: Callable[[Network, str], bool] = lambda _network, _owner: True
    """whether an owner has the stage by the settings"""
    checks: tuple[Check, ...] = ()
    seconds: tuple[str, ...] = ()
    """totals of its records that are times of work"""
    component: Component = Component.PRODUCTS
    """part of the structured logs"""
    retention: Retention | None = None
    recorded: Callable[[Task, StageResult], None] = lambda _task, _result: None
    """cleans up once a window is recorded"""
    judge: Callable[[Workspace, str], Verdict] | None = None
    """a check of the owner at this moment rather than of a window"""


class Records(Protocol):
    """Where records of windows are read."""

    def rows(self, stage: Stage, windows: Sequence[Window]) -> Mapping[Window, Rows]:
        """Rows of the newest record of each window that has one, be it made or failed."""


@dataclass(frozen=True)
class Run:
    """What all windows of a run share."""

    workspace: Workspace
    windows: Sequence[Window]
    stages: frozenset[str]
    """names of the stages that the run makes"""
    records: Records
    progress: Progress
    log: logging.Logger
    selection: Selection = EVERYTHING
    run_id: str = ""
    shared: SharedValues = field(default_factory=SharedValues)


@dataclass(frozen=True)
class Input:
    """What an upstream stage recorded of a window."""

    window: Window
    rows: Rows
    is_fresh: bool
    """whether this run made it, and has just seen the files that it names"""


@dataclass(frozen=True)
class Task:
    """A stage's work on one window."""

    run: Run
    stage: Stage
    window: Window
    upstream: Mapping[str, Stage]
    """descriptors of the stages that it takes"""
    made: Mapping[str, StageResult] = field(default_factory=dict)
    """what this run has made of the window so far, by stage"""
    shared: SharedValues = field(default_factory=SharedValues)
    """shared by the stages of the window"""

    @property
    def workspace(self) -> Workspace:
        """Paths, clock, store and network."""
        return self.run.workspace

    @property
    def selection(self) -> Selection:
        """What the run is asked to make."""
        return self.run.selection

    @property
    def reach(self) -> int:
        """Windows before its own that the input reaches back."""
        return self.stage.reach(self.workspace.network, self.window.owner)

    @cached_property
    def previous(self) -> Rows:
        """Rows of the newest record of this stage and window, from before the work."""
        return self.run.records.rows(self.stage, [self.window]).get(self.window, ())

    def inputs(self, name: str) -> list[Input]:
        """Newest records of an upstream stage that has any: of this window and those in reach.

        Those of a composite's radars where the stage is a radar's; in the order of owners and time.
        """
        stage, network = self.upstream[name], self.workspace.network
        is_own = stage.scope == self.stage.scope
        owners = (self.window.owner,) if is_own else network.radars_of(self.window.owner)
        back = range(self.reach, -1, -1)
        windows = [self.window.of(owner).back(n) for owner in owners for n in back]
        fresh = self.made.get(name) if is_own else None
        asked = [window for window in windows if not (fresh and window == self.window)]
        found = dict(self.run.records.rows(stage, asked)) if asked else {}
        if fresh:
            found[self.window] = [columns(row) for row in fresh.rows]
        return [
            Input(window, found[window], is_fresh=bool(fresh) and window == self.window)
            for window in windows
            if window in found
        ]

    def log_failure(self, what: str, error: BaseException) -> None:
        """Write an error and its traceback to the run's log."""
        log_failure(self.run.log, what, error)


def log_failure(log: logging.Logger, what: str, error: BaseException) -> None:
    """Write an error to a log of Dagster, with its traceback unless memory ran out.

    The log does not keep `exc_info`.
    """
    trace = "" if advice(error) is MEMORY else "".join(traceback.format_exception(error))
    log.error("%s failed: %s", what, mask_known(f"{full_text(error, None)}\n{trace}".rstrip()))
