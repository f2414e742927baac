"""Stored files against their records: what is whole, what is gone, what has changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import Any

import dagster as dg

from radar_assets.defs.keys import asset_key
from radar_assets.defs.metadata import rows_of
from radar_assets.defs.records import newest, recorded_windows
from radar_assets.defs.retention import kept_for, made_of, present
from radar_assets.defs.run import RangeRun, chosen_ranges, run_ranges
from radar_assets.errors import BufrError
from radar_assets.files import remove, sha256
from radar_assets.ingest.archive.spans import RadarSpan, joined
from radar_assets.maps.sidecars import beside
from radar_assets.radar.bufr import frame
from radar_assets.radar.names import BufrName, VolumeId, map_time
from radar_assets.stages import Stage, all_stages, bufr_files, draws, stages_of
from radar_assets.stages.base.windows import window_start
from radar_assets.stages.base.workspace import Workspace
from radar_assets.stages.drawing.files import thumbnail_key


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
    """empty where an older release did not record it"""
    volume_id: str = ""
    """empty for maps of composites"""
    picture_sha256: str = ""
    """of the PNG beside a GeoTIFF of a composite"""

    @classmethod
    def of(cls, day: Day, window: str, row: Mapping[str, Any]) -> Recorded:
        """The file of a row."""
        stated = row.get("volume_id") or row.get("file_name")
        is_bufr = day.stage is bufr_files.STAGE
        return cls(
            *(day.radar, window, day.stage.name),
            *(row[str(day.stage.row.path_column)], row["size_bytes"], row.get("sha256") or ""),
            str(BufrName.parse(str(stated)).id if is_bufr else stated or ""),
            row.get("picture_sha256") or "",
        )

    @property
    def stage(self) -> Stage:
        """The stage that made it."""
        return all_stages()[self.asset]

    @property
    def time(self) -> datetime:
        """By which retention judges it: that in the name of a map, else the start of its window."""
        return (map_time(PurePosixPath(self.path).name) if self.is_map else None) or self.start

    @property
    def is_map(self) -> bool:
        """Whether it is a map."""
        return draws(self.asset)

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
        if stage.row.path_column
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
    """Check the files that the newest records of a day name."""
    records = newest(instance, asset_key(day.radar, day.stage.name), day.windows)
    path, now = str(day.stage.row.path_column), present(workspace)
    for window, record in sorted(records.items()):
        rows = rows_of(record.metadata, day.stage.row.table)
        checks = [check_file(workspace, Recorded.of(day, window, row)) for row in rows if row[path]]
        left = {item.file.time for item in checks if item.state is not FileState.MISSING}
        for item in checks:
            is_gone = item.state is FileState.MISSING and not item.detail
            if (
                is_gone
                and item.file.time not in left
                and _has_had_its_time(workspace, item.file, now)
                and not _is_needed(instance, workspace, item.file)
            ):
                yield Checked(item.file, FileState.REMOVED)
            else:
                yield item


def _is_needed(instance: dg.DagsterInstance, workspace: Workspace, file: Recorded) -> bool:
    """Whether a later stage has not made the volume of a lost file: retention keeps such files."""
    if file.is_map:
        return False
    later = made_of(workspace, instance, file.radar, file.stage, [file.start])[file.start]
    return any(VolumeId.parse(file.volume_id) not in made for made in later)


def check_file(workspace: Workspace, file: Recorded) -> Checked:
    """Compare a file on disk, and what belongs to a map, with its record."""
    try:
        fault = _fault(workspace.root / file.path, file)
    except FileNotFoundError:
        return Checked(file, FileState.MISSING)
    except BufrError as error:
        return Checked(file, FileState.DAMAGED, str(error))
    except OSError as error:
        return Checked(file, FileState.UNREADABLE, str(error))
    if fault:
        return Checked(file, FileState.DAMAGED, fault)
    if file.is_map and (lost := _lost_beside(workspace, file)):
        return Checked(file, FileState.MISSING, lost)
    return Checked(file, FileState.OK)


def _fault(path: Path, file: Recorded) -> str:
    """Say in words how a file is not the recorded one; empty: it is."""
    size = path.stat().st_size
    if size != file.size:
        return f"it has {size} bytes instead of {file.size}"
    if not file.sha256:
        return ""
    digest = frame.check_file(path).sha256 if file.asset == bufr_files.STAGE.name else sha256(path)
    if digest != file.sha256:
        return "its digest is not the one recorded"
    picture = path.with_suffix(".png")
    if file.picture_sha256 and picture.is_file() and sha256(picture) != file.picture_sha256:
        return f"{picture.name} beside it is not the one recorded"
    return ""


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
    ordered = sorted(spans, key=lambda span: network.owners.index(span.radar))
    work = [(s.radar, chosen_ranges(network, s.radar, s.start, s.end, now)) for s in ordered]
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


def _lost_beside(workspace: Workspace, file: Recorded) -> str:
    """Say what belongs to a map with a picture and is not stored; empty: all is there."""
    picture = PurePosixPath(file.path).with_suffix(".png")
    if picture.name != PurePosixPath(file.path).name and not file.picture_sha256:
        return ""
    wanted = (picture, thumbnail_key(picture), *beside(picture))
    lost = next((item for item in wanted if workspace.store.stat(item) is None), None)
    return f"{lost}, which belongs to it, is gone" if lost else ""


def _has_had_its_time(workspace: Workspace, file: Recorded, now: datetime) -> bool:
    settings = workspace.network.settings
    age = kept_for(settings, file.stage)
    if age is None:
        return False
    return file.time < now - age if file.is_map else file.time + settings.window <= now - age


def _is_between(start: datetime, first: datetime | None, last: datetime | None) -> bool:
    return (first is None or first <= start) and (last is None or start < last)
