"""What the radars publish in the night, and the book of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from threading import Event

from radar_assets.files import write_bytes
from radar_assets.radar.bufr import encode
from radar_assets.radar.names import BufrName, VolumeId
from radar_assets.settings import load_network
from radar_assets.simulator.publish import Fault, damaged
from radar_assets_tests.fields import bufr_field, field_sweep, ramp

FIELDS = ("DBZH", "ZDR")
BROKEN = 0.05
"""share of files that are cut short on the server"""
MINUTE = timedelta(minutes=1)
ALTITUDE = 100.0
"""metres, of radars whose altitude the network file does not know"""


@dataclass
class Feed:
    """Volumes of small fields, one per radar and minute; `book` has the files that are whole."""

    radars: tuple[str, ...]
    server: Path
    """folder of the radars"""
    begin: datetime
    minutes: int
    silent: tuple[str, range]
    """a radar, and the minutes in which it sends nothing"""
    seed: int
    book: dict[BufrName, bool] = field(default_factory=dict)

    def run(self, stop: Event, now: Callable[[], datetime]) -> None:
        """Publish the volumes of each minute a second into it, until the night ends."""
        random = Random(self.seed)
        for minute in range(self.minutes):
            moment = self.begin + minute * MINUTE + timedelta(seconds=5)
            if stop.wait(max(0.0, (moment - now()).total_seconds())):
                return
            for radar in self.radars:
                if radar != self.silent[0] or minute not in self.silent[1]:
                    self.publish(radar, moment - timedelta(seconds=4), random)

    @property
    def volumes(self) -> set[VolumeId]:
        """Volumes of which at least one file is whole."""
        return {name.id for name, is_whole in self.book.items() if is_whole}

    def publish(self, radar: str, moment: datetime, random: Random) -> None:
        """Publish a volume, of which each file may be broken, and note it in the book."""
        place = load_network().radar(radar)
        for quantity in FIELDS:
            name = BufrName(VolumeId(radar, "0315", "01", moment), quantity)
            sweeps = [field_sweep(ramp() / 1000, start=moment, elevation=0.5)]
            whole = bufr_field(
                quantity,
                *sweeps,
                radar=radar,
                time=moment,
                latitude=place.latitude,
                longitude=place.longitude,
                altitude=place.altitude or ALTITUDE,
            )
            is_whole = random.random() >= BROKEN
            data = damaged(encode(whole, level=1), None if is_whole else Fault.TRUNCATED)
            write_bytes(self.server / name.remote_path, data)
            self.book[name] = is_whole
