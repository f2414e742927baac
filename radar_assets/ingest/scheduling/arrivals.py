"""Readiness: which volumes are whole, which still arrive, which will never be whole.

Live ingest and runs share this function. A file has settled when its modification time is some
seconds past or, whatever its time says, when two listings show the same size. A time before the
volume's own comes from a wrong clock or another time zone and says nothing. A volume far in the
future comes from a wrong clock; it counts like one as far in the past, because waiting for it could
last for ever.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from radar_assets.ingest.sources.source import RemoteFile
from radar_assets.ingest.times import is_past
from radar_assets.radar.names import VolumeId

ArrivalState = Literal["waiting", "ready", "overdue", "skipped"]
"""overdue: processed although fields are missing; skipped: not processed because of that"""

Expected = Callable[[VolumeId], frozenset[str] | None]
"""fields that make a volume whole, or None where that is not known"""


@dataclass(frozen=True)
class ArrivalRules:
    """When a file has settled and how long missing fields are waited for."""

    incomplete_after: timedelta = timedelta(minutes=15)
    settle_after: timedelta = timedelta(seconds=20)
    allow_incomplete: bool = True


@dataclass(frozen=True)
class VolumeArrival:
    """A volume of which at least one file is listed; one file per field, sorted by field."""

    id: VolumeId
    files: tuple[RemoteFile, ...]
    expected: frozenset[str] | None
    state: ArrivalState

    @property
    def missing(self) -> frozenset[str]:
        """Expected fields without a file."""
        return (self.expected or frozenset()) - {file.name.field for file in self.files}

    @property
    def is_settling(self) -> bool:
        """Whether all fields are there and some file may still grow."""
        is_whole = self.expected is not None and not self.missing
        return self.state == "waiting" and is_whole and all(file.size for file in self.files)

    @property
    def is_due(self) -> bool:
        """Whether the volume is to be processed as it is."""
        return self.state in ("ready", "overdue")

    @property
    def is_decided(self) -> bool:
        """Whether it is clear what to do with the volume: to process or to skip it."""
        return self.state != "waiting"


def assess(
    files: Iterable[RemoteFile],
    expected: Expected,
    now: datetime,
    rules: ArrivalRules,
    sizes: Mapping[str, int],
) -> tuple[VolumeArrival, ...]:
    """Find the volumes that some files belong to, and the state of each, in order of their time.

    `sizes` are those of the previous listing, in bytes, by file name.
    """
    volumes: dict[VolumeId, list[RemoteFile]] = defaultdict(list)
    for file in files:
        volumes[file.name.id].append(file)
    arrivals = []
    for volume in sorted(volumes, key=lambda volume: (volume.time, volume)):
        best, wanted = _one_per_field(volumes[volume]), expected(volume)
        is_old = is_past(volume.time, now, rules.incomplete_after)
        is_settled = is_old or all(_has_settled(file, now, rules, sizes) for file in best)
        is_whole = is_old if wanted is None else wanted <= {file.name.field for file in best}
        state = _state(rules, is_old=is_old, is_ready=is_whole and is_settled)
        arrivals.append(VolumeArrival(volume, best, wanted, state))
    return tuple(arrivals)


def _state(rules: ArrivalRules, *, is_old: bool, is_ready: bool) -> ArrivalState:
    if is_ready:
        return "ready"
    if not is_old:
        return "waiting"
    return "overdue" if rules.allow_incomplete else "skipped"


def _has_settled(
    file: RemoteFile, now: datetime, rules: ArrivalRules, sizes: Mapping[str, int]
) -> bool:
    if file.size == 0:
        return False
    if sizes.get(str(file.name)) == file.size:
        return True
    modified = file.modified_at
    if modified is None or modified < file.name.id.time:
        return False
    return now - modified >= rules.settle_after


def _one_per_field(files: Iterable[RemoteFile]) -> tuple[RemoteFile, ...]:
    best: dict[str, RemoteFile] = {}
    for file in sorted(files, key=_preference):
        best[file.name.field] = file
    return tuple(best[field] for field in sorted(best))


def _preference(file: RemoteFile) -> tuple[bool, bool, float, int]:
    """Sort key, best last: a file with content, uncompressed; then the newest, the largest."""
    modified = file.modified_at.timestamp() if file.modified_at else 0.0
    return file.size > 0, not file.name.gzipped, modified, file.size
