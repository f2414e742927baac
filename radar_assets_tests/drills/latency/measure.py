"""Where the time of each volume went, from Dagster's runs and the times of its pictures."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg

from radar_assets.defs.partitions import range_of
from radar_assets.ingest.times import window_of
from radar_assets.radar.names import VolumeId, parse_product
from radar_assets_tests.pictures import map_of

STAGES = ("sensor", "queue", "process", "work")
"""until the run is asked for (files settle, the sensor looks), until it is launched, until its
process begins the work, and until the last picture is there"""

_WINDOW = timedelta(minutes=10)
_ROUNDING = timedelta(seconds=2)
"""by which clocks of files and records may differ"""


@dataclass(frozen=True)
class Times:
    """Moments in the life of a run, in seconds of the epoch."""

    asked: float
    launched: float
    started: float
    ended: float


@dataclass(frozen=True)
class Journey:
    """The way of a volume from the server to its last picture."""

    volume: VolumeId
    published: datetime
    """when its last byte was on the server"""
    pictured: datetime
    run: Times

    @property
    def seconds(self) -> float:
        """The whole of it."""
        return (self.pictured - self.published).total_seconds()

    @property
    def stages(self) -> dict[str, float]:
        """Its parts, in seconds; a run may have been asked for before the volume was whole."""
        run, before = self.run, self.published.timestamp()
        moments = (run.asked, run.launched, run.started, self.pictured.timestamp())
        found = {}
        for stage, moment in zip(STAGES, moments, strict=True):
            found[stage] = max(0.0, moment - before)
            before = max(before, moment)
        return found


def journeys(
    published: dict[VolumeId, datetime],
    pictures: dict[VolumeId, datetime],
    runs: dict[tuple[str, datetime], list[Times]],
) -> list[Journey]:
    """Journeys of the volumes that have pictures; `runs` by radar and window."""
    found = []
    for volume, moment in published.items():
        pictured = pictures.get(volume)
        window = window_of(volume.time, _WINDOW)
        run = pictured and _during(runs.get((volume.radar, window), []), pictured)
        if pictured and run:
            found.append(Journey(volume, moment, pictured, run))
    return found


def _during(runs: Collection[Times], moment: datetime) -> Times | None:
    """The run that was at work at a moment."""
    first, last = ((moment + sign * _ROUNDING).timestamp() for sign in (1, -1))
    return next((run for run in runs if run.started <= first and run.ended >= last), None)


def last_pictures(products: Path, volumes: Collection[VolumeId]) -> dict[VolumeId, datetime]:
    """When the last map file of each volume was written."""
    known = {(volume.radar, volume.time): volume for volume in volumes}
    found: dict[VolumeId, datetime] = {}
    folders = [products / radar for radar in {volume.radar for volume in volumes}]
    for path in itertools.chain.from_iterable(folder.rglob("*.*") for folder in folders):
        name = parse_product(map_of(path.name))
        volume = known.get((name.radar, name.time))
        if volume:
            written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            found[volume] = max(written, found.get(volume, written))
    return found


def run_times(instance: dg.DagsterInstance) -> dict[tuple[str, datetime], list[Times]]:
    """Moments of the runs that succeeded, by radar and window."""
    found: dict[tuple[str, datetime], list[Times]] = defaultdict(list)
    for record in instance.get_run_records(dg.RunsFilter(statuses=[dg.DagsterRunStatus.SUCCESS])):
        run = record.dagster_run
        times = Times(
            record.create_timestamp.timestamp(),
            _launched(instance, run.run_id),
            record.start_time or 0.0,
            record.end_time or 0.0,
        )
        for window in range_of(run.tags, _WINDOW):
            found[run.tags["radar"], window].append(times)
    return found


def _launched(instance: dg.DagsterInstance, run_id: str) -> float:
    records = instance.get_records_for_run(run_id, of_type=dg.DagsterEventType.RUN_STARTING).records
    return records[0].timestamp if records else 0.0
