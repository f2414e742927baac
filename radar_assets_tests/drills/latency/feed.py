"""What the radars publish: volumes encoded beforehand, put on the server at their real times."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

from radar_assets.radar.bufr import Field, encode
from radar_assets.radar.names import BufrName, VolumeId
from radar_assets.simulator.publish import Timetable
from radar_assets.simulator.scan import SCANS, Scan, Site, scan_volume
from radar_assets.simulator.storms import Weather

_PAUSE = 0.2
"""seconds between the files of a volume"""
_MARGIN = 1.3
"""by which preparing may take longer than its estimate"""
_WARM_UP = timedelta(seconds=60)
"""in which the daemon comes up before the first volume"""


@dataclass
class Feed:
    """Volumes whose scans end in some minutes, and when each was whole on the server."""

    sites: tuple[Site, ...]
    server: Path
    """folder of the radars"""
    staging: Path
    """folder on the same disk where files wait for their time"""
    minutes: float
    begin: datetime = field(init=False)
    volumes: list[VolumeId] = field(init=False, default_factory=list)
    """first end of scan first"""
    published: dict[VolumeId, datetime] = field(init=False, default_factory=dict)

    @property
    def files(self) -> int:
        """Number of files of all volumes."""
        return sum(len(_scan(volume).fields) for volume in self.volumes)

    def prepare(self) -> None:
        """Encode every volume; sets `begin`, the moment from which scans end."""
        timetable = Timetable(tuple(site.radar for site in self.sites))
        self.begin = _now() + self._estimate(timetable) + _WARM_UP
        self.volumes = timetable.due(self.begin, self.begin + timedelta(minutes=self.minutes))
        for site in self.sites:
            (self.server / site.radar).mkdir(parents=True, exist_ok=True)  # it has sent before
            for scan in SCANS.values():
                wanted = [v for v in self.volumes if v.radar == site.radar and _scan(v) is scan]
                if wanted:
                    self._encode(scan_volume(site, scan, wanted[0].time, Weather()), wanted)

    def run(self, stop: Event) -> None:
        """Publish volumes as their scans end, until all are or `stop` is set."""
        for volume in self.volumes:
            if stop.wait(max(0.0, (ended(volume) - _now()).total_seconds())):
                return
            for path in sorted((self.staging / str(volume)).iterdir()):
                target = self.server / BufrName.parse(path.name).remote_path
                target.parent.mkdir(parents=True, exist_ok=True)
                os.utime(path)
                path.rename(target)
                self.published[volume] = _now()
                stop.wait(_PAUSE)

    def _estimate(self, timetable: Timetable) -> timedelta:
        """Time that encoding everything takes, from one volume of each kind."""
        hour = timedelta(minutes=self.minutes)
        seconds = 0.0
        for scan in SCANS.values():
            volumes = [v for v in timetable.observed(_now(), _now() + hour) if _scan(v) is scan]
            volume = VolumeId(self.sites[0].radar, scan.strategy, scan.volume, _whole(_now()))
            scanned, encoded = self._try(scan, volume)
            seconds += len(self.sites) * scanned + len(volumes) * encoded
        return timedelta(seconds=_MARGIN * seconds)

    def _try(self, scan: Scan, volume: VolumeId) -> tuple[float, float]:
        started = time.monotonic()
        fields = scan_volume(self.sites[0], scan, volume.time, Weather())
        scanned = time.monotonic()
        self._encode(fields, [volume])
        shutil.rmtree(self.staging / str(volume))
        return scanned - started, time.monotonic() - scanned

    def _encode(self, fields: dict[str, Field], volumes: list[VolumeId]) -> None:
        for volume in volumes:
            folder = self.staging / str(volume)
            folder.mkdir(parents=True)
            for name, measured in fields.items():
                data = encode(_at(measured, volume.time), level=1)
                (folder / str(BufrName(volume, name))).write_bytes(data)


def ended(volume: VolumeId) -> datetime:
    """When the scan of a volume ends."""
    return volume.time + _scan(volume).duration


def _scan(volume: VolumeId) -> Scan:
    return SCANS[volume.strategy, volume.volume]


def _at(measured: Field, start: datetime) -> Field:
    """The same values, as if they had been measured at another time."""
    lag = start - measured.time
    sweeps = (replace(s, start=s.start + lag, end=s.end + lag) for s in measured.sweeps)
    return replace(measured, time=start, sweeps=tuple(sweeps))


def _whole(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


def _now() -> datetime:
    return datetime.now(UTC)
