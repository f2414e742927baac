"""How sources have served lately, and in which order to ask them.

What is known of a source is a small file that all processes share. It only changes the order in
which sources are asked, so it may be lost or wrong at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from filelock import FileLock
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from radar_assets import files
from radar_assets.errors.advice import class_of
from radar_assets.ingest.times import is_past

_PAUSE, _LONGEST_PAUSE = timedelta(minutes=1), timedelta(minutes=30)
_MEMORY = timedelta(hours=6)
"""age at which a measurement is forgotten, so that a source that was slow gets another chance"""
_FRESH = timedelta(seconds=30)
"""age up to which a measurement is not worth being replaced"""
_WEIGHT = 0.3
"""of a measurement against those before it"""
_LOGIN_PRECISION, _LOGIN_VALID = timedelta(minutes=10), timedelta(hours=1)
_VOLUME = 5e6
"""bytes of a usual volume"""
_PATIENCE = 5.0
"""seconds to wait for another process to have written the file"""
_NOTABLE = 2.0
"""how many times as long as the fastest a source may take and count as no slower"""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True)


class Measure(_Model):
    """A measured value, smoothed, and when it was measured last."""

    value: float = Field(gt=0, allow_inf_nan=False)
    at: AwareDatetime

    @classmethod
    def after(cls, before: Measure | None, value: float | None, now: datetime) -> Measure | None:
        """What is known after another measurement, or after none."""
        if not value or (before and not is_past(before.at, now, _FRESH)):
            return before
        if before is None or is_past(before.at, now, _MEMORY):
            return cls(value=value, at=now)
        return cls(value=before.value + _WEIGHT * (value - before.value), at=now)


class Health(_Model):
    """How a source has served; nothing of it is secret."""

    url: str = ""
    failures: int = Field(default=0, ge=0)
    """how often in a row it was down when it was asked"""
    failed_at: AwareDatetime | None = None
    """when the last of them began"""
    reason: str = ""
    """name of its error's class"""
    listing: Measure | None = None
    """seconds to list a folder"""
    speed: Measure | None = None
    """bytes per second of a connection"""
    granted: Measure | None = None
    """connections that the server grants, where it refused another one"""
    logged_in_at: AwareDatetime | None = None
    """when a login was accepted, to ten minutes"""
    hides_entries: bool = False
    """whether its usual listing lacked entries that another command showed"""

    @property
    def pause(self) -> timedelta:
        """How long the source is asked last after its last failure."""
        return min(_PAUSE / 2 * (1 << min(self.failures, 10)), _LONGEST_PAUSE)

    def is_penalised(self, now: datetime) -> bool:
        """Whether the source is asked after all others."""
        return self.failed_at is not None and not is_past(self.failed_at, now, self.pause)

    def cost(self, now: datetime) -> float | None:
        """Seconds to list and fetch a usual volume, or None where that is not known."""
        seconds, speed = _known(self.listing, now), _known(self.speed, now)
        return None if seconds is None or speed is None else seconds + _VOLUME / speed

    def describe(self) -> str:
        """Say what is known; nothing where that is nothing."""
        parts = []
        if self.listing:
            parts.append(f"{self.listing.value:.2g} s to list a folder")
        if self.speed:
            parts.append(f"{self.speed.value / 1e6:.2g} MB/s over a connection")
        if self.granted:
            count = round(self.granted.value)
            parts.append(f"grants {count} connection{'' if count == 1 else 's'} at a time")
        if self.hides_entries:
            parts.append("its MLSD hides entries, so LIST is used")
        if self.failed_at:
            times = f"{self.failures} times in a row" if self.failures > 1 else "once"
            kind = class_of(self.reason).__name__
            parts.append(
                f"found down {times}, on {self.failed_at:%Y-%m-%d %H:%M} UTC ({kind}), "
                f"and asked last for {self.pause} since then"
            )
        return ", ".join(parts)

    def failed(self, reason: str, now: datetime) -> Health:
        """After it was found down; all that find it so during its pause saw the same failure."""
        if self.is_penalised(now):
            return self
        changes = {"failures": self.failures + 1, "failed_at": now, "reason": reason}
        return self.model_copy(update=changes)

    def answered(
        self, now: datetime, *, listing: float | None = None, speed: float | None = None
    ) -> Health:
        """After it has answered, with what was measured."""
        before = self.logged_in_at
        is_recent = before is not None and not is_past(before, now, _LOGIN_PRECISION)
        return Health(
            url=self.url,
            listing=Measure.after(self.listing, listing, now),
            speed=Measure.after(self.speed, speed, now),
            granted=self.granted if self.limit(now) else None,
            logged_in_at=before if is_recent else now,
            hides_entries=self.hides_entries,
        )

    def limit(self, now: datetime) -> int | None:
        """Connections that the server grants, or None where no limit is known."""
        value = _known(self.granted, now)
        return None if value is None else max(1, round(value))

    def refused_more_than(self, granted: int, now: datetime) -> Health:
        """After it has refused a connection beside so many others."""
        known = self.limit(now)
        count = granted if known is None else min(known, granted)
        return self.model_copy(update={"granted": Measure(value=count, at=now)})

    def has_accepted_login(self, now: datetime) -> bool:
        """Whether it has accepted the login lately, so that a refusal may be of connections."""
        return self.logged_in_at is not None and not is_past(self.logged_in_at, now, _LOGIN_VALID)


@dataclass(frozen=True)
class SourceChoice:
    """A source that could be asked."""

    name: str
    priority: int = 1
    health: Health = field(default_factory=Health)


def ranked(candidates: Iterable[SourceChoice], now: datetime) -> list[str]:
    """Names of sources in the order in which to ask them, from the order of the network file.

    Those that failed lately come last; else the lower priority comes first, then those that are
    not much slower than the fastest of their priority. Otherwise the network file's order decides.
    """

    def group(candidate: SourceChoice) -> tuple[bool, int]:
        return candidate.health.is_penalised(now), candidate.priority

    known = list(candidates)
    fastest: dict[tuple[bool, int], float] = {}
    for one in known:
        if (cost := one.health.cost(now)) is not None:
            fastest[group(one)] = min(cost, fastest.get(group(one), cost))

    def rank(candidate: SourceChoice) -> tuple[bool, int, bool]:
        cost = candidate.health.cost(now) or 0.0
        return *group(candidate), cost > _NOTABLE * fastest.get(group(candidate), 0.0)

    return [one.name for one in sorted(known, key=rank)]


class HealthFile:
    """Where the health of a source is kept; one that is lost or broken says nothing."""

    def __init__(self, path: Path, url: str) -> None:
        self._path, self._url = path, url

    def read(self) -> Health:
        """What is known of the source at this address."""
        try:
            found = Health.model_validate_json(self._path.read_bytes())
        except (OSError, ValidationError):
            return Health(url=self._url)
        return found if found.url == self._url else Health(url=self._url)

    def update(self, change: Callable[[Health], Health]) -> None:
        """Replace what is known; never fails, for nothing depends on it."""
        with suppress(OSError), FileLock(self._path.with_suffix(".lock"), timeout=_PATIENCE):
            before = self.read()
            after = change(before)
            if after != before:
                for abandoned in files.leftovers(self._path.parent):
                    abandoned.unlink()
                files.write_bytes(self._path, after.model_dump_json().encode())


def _known(measure: Measure | None, now: datetime) -> float | None:
    return None if measure is None or is_past(measure.at, now, _MEMORY) else measure.value
