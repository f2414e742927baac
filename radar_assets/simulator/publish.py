"""Publishing volumes as the server does: a timetable, deliveries with faults, and a live loop."""

from __future__ import annotations

import heapq
import logging
import math
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import chain
from pathlib import Path
from threading import Event
from zlib import crc32

import numpy as np

from radar_assets.errors import SettingsError
from radar_assets.files import write_bytes
from radar_assets.radar.bufr import Field, encode
from radar_assets.radar.names import BufrName, VolumeId
from radar_assets.simulator.flaws import flaws_of
from radar_assets.simulator.scan import (
    DOPPLER_SCAN,
    REFLECTIVITY_SCAN,
    SCANS,
    Scan,
    Site,
    scan_volume,
)
from radar_assets.simulator.storms import Weather

_REPEAT = 600  # seconds
_CYCLE = ((DOPPLER_SCAN, 0), (REFLECTIVITY_SCAN, 240))  # scans and their start in seconds
_FASTEST = 60
_TICK = 0.5  # seconds between readings of the clock
_HEADER = 512  # bytes of a message that hold no payload
_LATE = (120, 1200)  # seconds

_log = logging.getLogger(__name__)


class Fault(StrEnum):
    """What can go wrong on the way from a radar to the server."""

    MISSING_FIELD = "missing-field"
    """a volume lacks a field"""
    TRUNCATED = "truncated"
    """a file ends early"""
    GARBLED = "garbled"
    """bytes inside a file are wrong"""
    LATE = "late"
    """a field comes 2 to 20 minutes after the others"""
    SILENT = "silent"
    """a radar stops"""


@dataclass(frozen=True)
class Timetable:
    """When radars scan: each repeats its volumes every 10 minutes, all of them staggered.

    With `speed`, volumes come that many times as often; a scan still takes its real time, so scans
    of one radar overlap, and no time stamp lies in the future.

    Raises:
        SettingsError: `speed` is not above 0 and at most 60.
    """

    radars: tuple[str, ...]
    speed: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.speed <= _FASTEST:
            raise SettingsError(f"a speed of {self.speed:g} is not above 0 and at most {_FASTEST}")

    @property
    def period(self) -> timedelta:
        """Time between two volumes of the same kind of a radar."""
        return timedelta(seconds=round(_REPEAT / self.speed))

    def observed(self, first: datetime, last: datetime) -> list[VolumeId]:
        """Volumes whose scan begins in [first, last), oldest first."""
        starts = [self._starts(scan, lag, first, last) for scan, lag in _CYCLE]
        return sorted(chain(*starts), key=lambda volume: volume.time)

    def due(self, since: datetime, until: datetime) -> list[VolumeId]:
        """Volumes whose scan ends, so that they are published, in [since, until); first end first.

        A volume's time is the beginning of its scan.
        """
        starts = [
            self._starts(scan, lag, since - scan.duration, until - scan.duration)
            for scan, lag in _CYCLE
        ]
        return sorted(chain(*starts), key=lambda volume: volume.time + _scan(volume).duration)

    def _starts(
        self, scan: Scan, offset: int, first: datetime, last: datetime
    ) -> Iterator[VolumeId]:
        period = round(self.period.total_seconds())
        for index, radar in enumerate(self.radars):
            lag = period * index // len(self.radars) + offset * period // _REPEAT
            begin, end = first.timestamp() - lag, last.timestamp() - lag
            for turn in range(math.ceil(begin / period), math.ceil(end / period)):
                time = datetime.fromtimestamp(lag + turn * period, UTC)
                yield VolumeId(radar, scan.strategy, scan.volume, time)


def _scan(volume: VolumeId) -> Scan:
    return SCANS[volume.strategy, volume.volume]


@dataclass(frozen=True)
class Delivery:
    """How one field's file reaches the server."""

    name: BufrName
    damage: Fault | None = None
    """TRUNCATED, GARBLED or none"""
    delay: timedelta = timedelta()


def plan(
    volume: VolumeId,
    fields: Iterable[str],
    faults: Collection[Fault] = (),
    *,
    rate: float = 0.2,
    seed: int = 0,
) -> list[Delivery]:
    """Decide how the files of a volume arrive.

    Each fault strikes a volume with probability `rate` and then hits one field. The same arguments
    give the same plan.
    """
    rng = np.random.default_rng([seed, crc32(str(volume).encode())])
    deliveries = {name: Delivery(BufrName(volume, name)) for name in fields}
    for fault in Fault:
        strikes, victim = rng.random() < rate, sorted(deliveries)[rng.integers(len(deliveries))]
        delay = timedelta(seconds=int(rng.integers(*_LATE)))
        if not strikes or fault not in faults:
            continue
        if fault is Fault.MISSING_FIELD and len(deliveries) > 1:
            del deliveries[victim]
        elif fault in {Fault.TRUNCATED, Fault.GARBLED}:
            deliveries[victim] = replace(deliveries[victim], damage=fault)
        elif fault is Fault.LATE:
            deliveries[victim] = replace(deliveries[victim], delay=delay)
    return list(deliveries.values())


def damaged(data: bytes, fault: Fault | None, *, seed: int = 0) -> bytes:
    """Return a file's bytes after an accident: cut short, or with 16 bytes inverted."""
    rng = np.random.default_rng([seed, crc32(data)])
    if fault is Fault.TRUNCATED:
        return data[: int(rng.integers(len(data) // 10, len(data) - 1))]
    if fault is Fault.GARBLED:
        garbled = np.frombuffer(data, np.uint8).copy()
        first = min(_HEADER, len(data) // 2)
        garbled[rng.choice(np.arange(first, len(data) - 4), 16, replace=False)] ^= 0xFF
        return garbled.tobytes()
    return data


def publish_volume(
    root: Path, volume: VolumeId, fields: Mapping[str, Field], *, level: int = 1
) -> list[Path]:
    """Write a volume's fields below `root` as the server lays them out; return the paths.

    Every file becomes visible in one step. `level` is the zlib level of the payload.
    """
    return [
        _write(root, BufrName(volume, name), encode(content, level=level))
        for name, content in fields.items()
    ]


def _write(root: Path, name: BufrName, data: bytes) -> Path:
    path = root / name.remote_path
    write_bytes(path, data, scratch=root / ".incoming")
    return path


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Simulation:
    """A network of radars that publishes what it sees of the synthetic weather below `root`.

    All radars see `Weather(seed)`, each with its own noise and `flaws_of` it.
    """

    root: Path
    """folder that holds the radars' folders, such as L2"""
    sites: tuple[Site, ...]
    speed: float = 1.0
    faults: frozenset[Fault] = frozenset()
    fault_rate: float = 0.2
    """probability that a fault strikes a volume"""
    seed: int = 0
    coarseness: int = 1
    """length of gates in units of the real ones: more makes smaller files, faster"""
    pause: float = 0.2
    """seconds between the files of a volume in the live loop"""
    keep: timedelta = timedelta(hours=6)
    """age at which the live loop removes the files it wrote"""
    timetable: Timetable = field(init=False)
    _late: list[tuple[datetime, BufrName, bytes]] = field(init=False, default_factory=list)
    _written: deque[tuple[datetime, Path]] = field(init=False, default_factory=deque)

    def __post_init__(self) -> None:
        self.timetable = Timetable(tuple(site.radar for site in self.sites), self.speed)
        self.root.mkdir(parents=True, exist_ok=True)

    def fields(self, volume: VolumeId) -> dict[str, Field]:
        """What a radar measures in a volume."""
        site = next(site for site in self.sites if site.radar == volume.radar)
        scan = _scan(volume).coarser(self.coarseness)
        flaws = flaws_of(site.radar, self.seed)
        weather = Weather(self.seed)
        return scan_volume(site, scan, volume.time, weather, seed=self.seed, flaws=flaws)

    def publish_span(self, first: datetime, last: datetime) -> list[VolumeId]:
        """Publish at once all volumes observed in [first, last), late files too; return them.

        A silent radar falls silent in the middle of the span.
        """
        volumes = self._audible(self.timetable.observed(first, last), first + (last - first) / 2)
        for volume in volumes:
            self._publish(volume, Event(), last, pause=0)
        self._deliver_late(datetime.max.replace(tzinfo=UTC))
        return volumes

    def run(self, stop: Event, clock: Callable[[], datetime] = _now) -> None:
        """Publish volumes as their scans end, until `stop` is set.

        It begins with the last repetition before now. When it is two repetitions behind, it skips
        all but the last one. A silent radar falls silent after two repetitions.
        """
        period = self.timetable.period
        begun = clock()
        since, silence = begun - period, begun + 2 * period
        while not stop.is_set():
            now = clock()
            if now - since > 2 * period:
                since = now - period
                _log.warning("the simulation is behind and skips volumes that ended by %s", since)
            for volume in self._audible(self.timetable.due(since, now), silence):
                self._publish(volume, stop, now, self.pause)
            since = now
            self._deliver_late(now)
            self._remove_old(now)
            stop.wait(_TICK)

    def _audible(self, volumes: list[VolumeId], silence: datetime) -> list[VolumeId]:
        if Fault.SILENT not in self.faults:
            return volumes
        silent = self.sites[np.random.default_rng(self.seed).integers(len(self.sites))].radar
        return [v for v in volumes if v.radar != silent or v.time < silence]

    def _publish(self, volume: VolumeId, stop: Event, now: datetime, pause: float) -> None:
        fields = self.fields(volume)
        for delivery in plan(volume, fields, self.faults, rate=self.fault_rate, seed=self.seed):
            if stop.is_set():
                return
            data = encode(fields[delivery.name.field], level=1)
            data = damaged(data, delivery.damage, seed=self.seed)
            if delivery.delay:
                heapq.heappush(self._late, (now + delivery.delay, delivery.name, data))
            else:
                self._write(delivery.name, data, now)
            stop.wait(pause)

    def _deliver_late(self, now: datetime) -> None:
        while self._late and self._late[0][0] <= now:
            _, name, data = heapq.heappop(self._late)
            self._write(name, data, now)

    def _write(self, name: BufrName, data: bytes, now: datetime) -> None:
        self._written.append((now, _write(self.root, name, data)))

    def _remove_old(self, now: datetime) -> None:
        while self._written and now - self._written[0][0] > self.keep:
            _, path = self._written.popleft()
            path.unlink(missing_ok=True)
            with suppress(OSError):
                path.parent.rmdir()
