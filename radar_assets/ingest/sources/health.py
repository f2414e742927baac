"""Recent failures and speed of each source, and the order in which to try sources.

The health of a source is a small JSON file that all processes share. It only changes the order of
sources, so that it may be lost or wrong at any time.
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
"""age at which a measurement expires, so that a source that was slow is tried again"""
_FRESH = timedelta(seconds=30)
"""age up to which a measurement is not replaced"""
_WEIGHT = 0.3
"""of a measurement against those before it"""
_LOGIN_PRECISION, _LOGIN_VALID = timedelta(minutes=10), timedelta(hours=1)
_VOLUME = 5e6
"""bytes of a usual volume"""
_PATIENCE = 5.0
"""seconds to wait for another process to have written the file"""
_NOTABLE = 2.0
"""times the cost of the fastest source up to which a source does not count as slower"""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True)


class Measure(_Model):
    """A smoothed measurement, and its latest time."""

    value: float = Field(gt=0, allow_inf_nan=False)
    at: AwareDatetime

    @classmethod
    def after(cls, before: Measure | None, value: float | None, now: datetime) -> Measure | None:
        """The measure after another value; unchanged for None."""
        if not value or (before and not is_past(before.at, now, _FRESH)):
            return before
        if before is None or is_past(before.at, now, _MEMORY):
            return cls(value=value, at=now)
        return cls(value=before.value + _WEIGHT * (value - before.value), at=now)


class Health(_Model):
    """Recent failures, speed and limits of a source; none of it is secret."""

    url: str = ""
    failures: int = Field(default=0, ge=0)
    """consecutive failures"""
    failed_at: AwareDatetime | None = None
    """time of the latest failure"""
    reason: str = ""
    """code of its error"""
    listing: Measure | None = None
    """seconds to list a folder"""
    speed: Measure | None = None
    """bytes per second of a connection"""
    granted: Measure | None = None
    """connections that the server allows at a time, where it refused another one"""
    logged_in_at: AwareDatetime | None = None
    """time of the latest accepted login, to ten minutes"""
    hides_entries: bool = False
    """whether another command showed entries that its usual listing did not"""

    @property
    def pause(self) -> timedelta:
        """Backoff: how long the source comes last after its latest failure."""
        return min(_PAUSE / 2 * (1 << min(self.failures, 10)), _LONGEST_PAUSE)

    def is_penalised(self, now: datetime) -> bool:
        """Whether the source comes after all others."""
        return self.failed_at is not None and not is_past(self.failed_at, now, self.pause)

    def cost(self, now: datetime) -> float | None:
        """Seconds to list and download a usual volume; None where that is not known."""
        seconds, speed = _known(self.listing, now), _known(self.speed, now)
        return None if seconds is None or speed is None else seconds + _VOLUME / speed

    def describe(self) -> str:
        """Describe it in words; empty where nothing is known."""
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
                f"failed {times}, last on {self.failed_at:%Y-%m-%d %H:%M} UTC ({kind}), "
                f"and is tried after other sources for {self.pause}"
            )
        return ", ".join(parts)

    def failed(self, reason: str, now: datetime) -> Health:
        """The health after a failure; failures during the backoff count as the same one."""
        if self.is_penalised(now):
            return self
        changes = {"failures": self.failures + 1, "failed_at": now, "reason": reason}
        return self.model_copy(update=changes)

    def answered(
        self, now: datetime, *, listing: float | None = None, speed: float | None = None
    ) -> Health:
        """The health after an answer, with what was measured."""
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
        """Connections that the server allows at a time; None where no limit is known."""
        value = _known(self.granted, now)
        return None if value is None else max(1, round(value))

    def refused_more_than(self, granted: int, now: datetime) -> Health:
        """The health after the server refused a connection while `granted` others were open."""
        known = self.limit(now)
        count = granted if known is None else min(known, granted)
        return self.model_copy(update={"granted": Measure(value=count, at=now)})

    def has_accepted_login(self, now: datetime) -> bool:
        """Whether a login was accepted within an hour; a refusal may then be of connections."""
        return self.logged_in_at is not None and not is_past(self.logged_in_at, now, _LOGIN_VALID)


@dataclass(frozen=True)
class SourceChoice:
    """A source to choose from."""

    name: str
    priority: int = 1
    health: Health = field(default_factory=Health)


def ranked(candidates: Iterable[SourceChoice], now: datetime) -> list[str]:
    """Names of sources in the order in which to try them, from the network file's order.

    Sources in backoff come last; then the lower priority number comes first, then sources that are
    not much slower than the fastest of their priority; then the network file's order decides.
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
    """The file that holds the health of a source; a lost or broken one counts as empty."""

    def __init__(self, path: Path, url: str) -> None:
        self._path, self._url = path, url

    def read(self) -> Health:
        """The health of the source at this address."""
        try:
            found = Health.model_validate_json(self._path.read_bytes())
        except (OSError, ValidationError):
            return Health(url=self._url)
        return found if found.url == self._url else Health(url=self._url)

    def update(self, change: Callable[[Health], Health]) -> None:
        """Update the file; never fails, because nothing depends on it."""
        with suppress(OSError), FileLock(self._path.with_suffix(".lock"), timeout=_PATIENCE):
            before = self.read()
            after = change(before)
            if after != before:
                for abandoned in files.leftovers(self._path.parent):
                    abandoned.unlink()
                files.write_bytes(self._path, after.model_dump_json().encode())


def _known(measure: Measure | None, now: datetime) -> float | None:
    return None if measure is None or is_past(measure.at, now, _MEMORY) else measure.value
