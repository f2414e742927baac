"""Stored files against their records: what is whole, what is gone, what has changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from typing import Any

import dagster as dg

from radar_assets.defs.keys import asset_key
from radar_assets.defs.metadata import rows_of
from radar_assets.defs.records import newest, recorded_windows
from radar_assets.defs.retention import kept_for, made_of
from radar_assets.defs.run import RangeRun, chosen_ranges, run_ranges
from radar_assets.errors import BufrError
from radar_assets.files import remove, sha256
from radar_assets.ingest.archive.spans import RadarSpan, joined
from radar_assets.radar.bufr import frame
from radar_assets.radar.names import BufrName, VolumeId
from radar_assets.stages import Stage, all_stages, bufr_files, stages_of
from radar_assets.stages.base.rows import column_types
from radar_assets.stages.base.windows import window_start
from radar_assets.stages.base.workspace import Workspace


class FileState(StrEnum):
    """What has become of a stored file."""

    OK = "ok"
    MISSING = "missing"
    UNREADABLE = "unreadable"
    """whether it is what was recorded is unknown"""
    DAMAGED = "damaged"
    """it is not what was recorded"""
    REMOVED = "removed"
    """it is gone, and past the age at which retention removes it"""


@dataclass(frozen=True)
class Recorded:
    """A file that a record names."""

    radar: str
    window: str
    asset: str
    path: str
    """below the data root"""
    size: int
    sha256: str

    @property
    def start(self) -> datetime:
        """Start of its window."""
        return window_start(self.window)


@dataclass(frozen=True)
class Checked:
    """A file that was checked; `detail` says what is wrong with it."""

    file: Recorded
    state: FileState
    detail: str = ""

    @property
    def is_wrong(self) -> bool:
        """Whether it is to be made or fetched anew."""
        return self.state in (FileState.MISSING, FileState.UNREADABLE, FileState.DAMAGED)


@dataclass
class Report:
    """What has become of files: all are counted, those that are wrong are listed."""

    counts: Counter[FileState] = field(default_factory=Counter)
    wrong: list[Checked] = field(default_factory=list)

    @classmethod
    def of(cls, checks: Iterable[Checked]) -> Report:
        """Count files as they are checked."""
        report = cls()
        for item in checks:
            report.add(item)
        return report

    def add(self, item: Checked) -> None:
        """Count a file."""
        self.counts[item.state] += 1
        if item.is_wrong:
            self.wrong.append(item)


@dataclass(frozen=True)
class Day:
    """Windows of a day of which a stage has recorded something."""

    radar: str
    stage: Stage
    windows: tuple[str, ...]
    """partition keys"""


def recorded_days(
    instance: dg.DagsterInstance,
    radars: Iterable[str],
    first: datetime | None = None,
    last: datetime | None = None,
) -> list[Day]:
    """Days with records of windows that begin in [first, last)."""
    return [
        Day(radar, stage, tuple(windows))
        for radar in radars
        for stage in all_stages().values()
        if _has_digests(stage)
        for _, windows in groupby(
            (
                window
                for window in recorded_windows(instance, asset_key(radar, stage.name))
                if _is_between(window_start(window), first, last)
            ),
            lambda window: window_start(window).date(),
        )
    ]


def check_day(instance: dg.DagsterInstance, workspace: Workspace, day: Day) -> Iterator[Checked]:
    """Check the files with a digest in the newest records of a day."""
    row_type = day.stage.row
    path, table = str(row_type.path_column), row_type.table
    records = newest(instance, asset_key(day.radar, day.stage.name), day.windows)
    for window, record in sorted(records.items()):
        for row in rows_of(record.metadata, table):
            if row[path] and row["sha256"]:
                checked = check_file(
                    workspace,
                    Recorded(
                        *(day.radar, window, day.stage.name),
                        *(row[path], row["size_bytes"], row["sha256"]),
                    ),
                )
                is_removed = checked.state is FileState.REMOVED
                if is_removed and _is_needed(instance, workspace, checked, row):
                    checked = Checked(checked.file, FileState.MISSING)
                yield checked


def _is_needed(
    instance: dg.DagsterInstance, workspace: Workspace, lost: Checked, row: Mapping[str, Any]
) -> bool:
    """Whether a later stage has not made the volume of a lost file: retention keeps such files."""
    file, stated = lost.file, row.get("volume_id")
    stage = all_stages()[file.asset]
    later = made_of(workspace, instance, file.radar, stage, [file.start])[file.start]
    volume = VolumeId.parse(stated) if stated else BufrName.parse(row["file_name"]).id
    return any(volume not in made for made in later)


def check_file(workspace: Workspace, file: Recorded) -> Checked:
    """Compare a file on disk with its record."""
    try:
        fault = _fault(workspace.root / file.path, file)
    except FileNotFoundError:
        return Checked(
            file, FileState.REMOVED if _has_had_its_time(workspace, file) else FileState.MISSING
        )
    except BufrError as error:
        return Checked(file, FileState.DAMAGED, str(error))
    except OSError as error:
        return Checked(file, FileState.UNREADABLE, str(error))
    return Checked(file, FileState.DAMAGED, fault) if fault else Checked(file, FileState.OK)


def _fault(path: Path, file: Recorded) -> str:
    """Say in words how a file is not the recorded one; empty: it is."""
    size = path.stat().st_size
    if size != file.size:
        return f"it has {size} bytes instead of {file.size}"
    digest = frame.check_file(path).sha256 if file.asset == bufr_files.STAGE.name else sha256(path)
    return "" if digest == file.sha256 else "its digest is not the one recorded"


def wrong_spans(report: Report, length: timedelta) -> list[RadarSpan]:
    """Windows in which something is to be made or fetched anew."""
    wrong = {(item.file.radar, item.file.start) for item in report.wrong}
    return joined(RadarSpan(radar, start, start + length) for radar, start in wrong)


def repair(
    defs: dg.Definitions,
    instance: dg.DagsterInstance,
    workspace: Workspace,
    report: Report,
    spans: Iterable[RadarSpan],
) -> Iterator[RangeRun]:
    """Run spans of windows again, with all stages; yields after each run.

    Damaged files are removed before: by size and time, a run would take them for what they were.
    """
    network = workspace.network
    now = workspace.now()
    work = [(s.radar, chosen_ranges(network, s.radar, s.start, s.end, now)) for s in spans]
    for item in report.wrong:
        if item.state == FileState.DAMAGED:
            with workspace.lock(item.file.radar):
                remove(workspace.root / item.file.path, workspace.root)
    for radar, ranges in work:
        stages = [stage.name for stage in stages_of(network, radar)]
        yield from run_ranges(defs, instance, workspace, radar, ranges, stages=stages)


def after_repair(before: Report, checks: Iterable[Checked]) -> Report:
    """What is there now, and files that were wrong and are not even recorded any more."""
    report, lost = Report(), {item.file.path: item.file for item in before.wrong}
    for item in checks:
        report.add(item)
        lost.pop(item.file.path, None)
    for file in lost.values():
        report.add(Checked(file, FileState.MISSING, "no source has it any more"))
    return report


def _has_had_its_time(workspace: Workspace, file: Recorded) -> bool:
    settings = workspace.network.settings
    age = kept_for(settings, all_stages()[file.asset])
    return age is not None and file.start + settings.window <= workspace.now() - age


def _has_digests(stage: Stage) -> bool:
    """Whether the records of a stage name files and their digests."""
    return stage.row.path_column is not None and "sha256" in column_types(stage.row)


def _is_between(start: datetime, first: datetime | None, last: datetime | None) -> bool:
    return (first is None or first <= start) and (last is None or start < last)
