"""Stored files against their records: what is whole, what is gone, what has changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import dagster as dg

from radar_assets.defs.assets import asset_key
from radar_assets.defs.metadata import ROWS, rows_of
from radar_assets.defs.partitions import window_start
from radar_assets.defs.platform import Platform
from radar_assets.defs.records import newest
from radar_assets.defs.retention import kept_for
from radar_assets.defs.run import RangeRun, chosen_ranges, run_ranges
from radar_assets.ingest.archive.spans import RadarSpan, joined
from radar_assets.radar.bufr import frame
from radar_assets.radar.errors import BufrError
from radar_assets.radar.files import remove, sha256
from radar_assets.settings import Stage

_PATHS = {Stage.BUFR_FILES: "local_path", Stage.VOLUMES: "netcdf_path"}
"""column of the path of what a stage stores with a digest"""


class State(StrEnum):
    """What has become of a stored file."""

    OK = "ok"
    MISSING = "missing"
    DAMAGED = "damaged"
    """it is not what was recorded"""
    REMOVED = "removed"
    """it is gone, and past the age at which retention removes it"""


@dataclass(frozen=True)
class Recorded:
    """A file that a record tells of."""

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
    """A file that was looked at; `detail` says what is wrong with it."""

    file: Recorded
    state: State
    detail: str = ""

    @property
    def is_wrong(self) -> bool:
        """Whether it is to be made or fetched anew."""
        return self.state in (State.MISSING, State.DAMAGED)


def recorded_files(
    instance: dg.DagsterInstance,
    radars: Iterable[str],
    first: datetime | None = None,
    last: datetime | None = None,
) -> list[Recorded]:
    """Files with a digest in the newest records of windows that begin in [first, last)."""
    return [
        Recorded(radar, window, stage.value, row[path], row["size_bytes"], row["sha256"])
        for radar in radars
        for stage, path in _PATHS.items()
        for window, record in sorted(newest(instance, asset_key(radar, stage)).items())
        if _is_between(window_start(window), first, last)
        for row in rows_of(record.metadata, ROWS[stage].table)
        if row[path] and row["sha256"]
    ]


def check(platform: Platform, file: Recorded) -> Checked:
    """Compare a file on disk with its record."""
    path = platform.root / file.path
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        return Checked(file, State.REMOVED if _has_had_its_time(platform, file) else State.MISSING)
    if size != file.size:
        return Checked(file, State.DAMAGED, f"it has {size} bytes instead of {file.size}")
    try:
        digest = frame.check_file(path).sha256 if file.asset == Stage.BUFR_FILES else sha256(path)
    except BufrError as error:
        return Checked(file, State.DAMAGED, str(error))
    if digest != file.sha256:
        return Checked(file, State.DAMAGED, "its digest is not the one recorded")
    return Checked(file, State.OK)


def wrong_spans(found: Iterable[Checked], length: timedelta) -> list[RadarSpan]:
    """Windows in which something is to be made or fetched anew."""
    wrong = {(item.file.radar, item.file.start) for item in found if item.is_wrong}
    return joined(RadarSpan(radar, start, start + length) for radar, start in wrong)


def repair(
    defs: dg.Definitions,
    instance: dg.DagsterInstance,
    platform: Platform,
    found: Iterable[Checked],
    spans: Iterable[RadarSpan],
) -> Iterator[RangeRun]:
    """Run spans of windows again, with all stages; yields after each run.

    Damaged files are removed before: by size and time, a run would take them for what they were.
    """
    network = platform.network
    work = [(s.radar, chosen_ranges(network, s.radar, s.start, s.end)) for s in spans]
    for item in found:
        if item.state == State.DAMAGED:
            with platform.lock(item.file.radar):
                remove(platform.root / item.file.path, platform.root)
    for radar, ranges in work:
        stages = network.radar(radar).stages
        yield from run_ranges(defs, instance, platform, radar, ranges, stages=stages)


def after_repair(before: Iterable[Checked], now: Sequence[Checked]) -> list[Checked]:
    """What is there now, and files that were wrong and are not even recorded any more."""
    known = {item.file.path for item in now}
    lost = (item.file for item in before if item.is_wrong and item.file.path not in known)
    return [*now, *(Checked(file, State.MISSING, "no source has it any more") for file in lost)]


def _has_had_its_time(platform: Platform, file: Recorded) -> bool:
    settings = platform.network.settings
    age = kept_for(settings, Stage(file.asset))
    return age is not None and file.start + settings.window <= platform.now() - age


def _is_between(start: datetime, first: datetime | None, last: datetime | None) -> bool:
    return (first is None or first <= start) and (last is None or start < last)
